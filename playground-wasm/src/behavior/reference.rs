//! Whom a container calls, as its env, command and args name it: URLs, `host:port`, and pairs such as REDIS_HOST and REDIS_PORT.
//!
//! A call that is not there misleads more than one that is missed, so a text that may mean something else is passed over;
//! each rule below says what it keeps out. Names outside the cluster are references like any other.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::address::{self, Target};
use super::command::{self, Word};
use super::environment::Variable;
use super::{Listener, Reference, Subject, client};
use crate::text::Step;

/// The references of a container in written order, each host, port and path once.
///
/// What it listens on itself (`--bind 127.0.0.1:8000`) is none.
pub fn infer(subject: &Subject<'_>, line: &[Word], listeners: &[Listener]) -> Vec<Reference> {
    let own = listeners.iter().map(|listener| (listener.port, listener.origin.as_slice())).collect();
    let mut found = Found { seen: BTreeSet::new(), references: Vec::new(), own };
    for variable in subject.env.declared() {
        let named = Named { name: &variable.name, origin: &variable.origin };
        found.scan(&variable.value, named);
        if let Some(target) = pair(variable, |name| subject.env.get(name)) {
            found.add(format!("{}:{}", target.host, target.port), target, named.origin);
        }
    }
    for words in command::commands(line, subject.env) {
        let origin = |at| command::origin(subject.spec, subject.container, at);
        client::references(&words, &mut found, &origin);
    }
    found.references
}

/// The references that were found so far.
pub struct Found<'a> {
    seen: BTreeSet<(String, u16, String)>,
    references: Vec<Reference>,
    /// Ports that the container opens, with the line that says so.
    own: BTreeSet<(u16, &'a [Step])>,
}

/// The name that a value goes by, a variable's or a flag's (empty for a bare argument), and the line it stands in.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    pub name: &'a str,
    pub origin: &'a [Step],
}

impl Found<'_> {
    /// Adds one, unless it is there or is the container's own listener.
    pub fn add(&mut self, text: String, target: Target, origin: &[Step]) {
        let Target { scheme, host, port, path } = target;
        if is_address(&host) && self.own.contains(&(port, origin)) {
            return;
        }
        if self.seen.insert((host.to_ascii_lowercase(), port, path.clone())) {
            let scheme = (!scheme.is_empty()).then_some(scheme);
            self.references.push(Reference { text, scheme, host, port, path, origin: origin.to_vec(), explicit: false, on: None });
        }
    }

    /// Finds all references of a value.
    pub fn scan(&mut self, value: &str, named: Named<'_>) {
        if says_own_address(named.name) {
            return;
        }
        if value.contains("://") {
            self.urls(value, named);
        } else if let Some((_, rest)) = value.split_once("@tcp(") {
            // Go's MySQL driver: `user:password@tcp(db:3306)/shop`.
            let place = rest.split(')').next().unwrap_or_default();
            if let Some(target) = address::host_port(place) {
                self.add(place.to_owned(), target, named.origin);
            }
        } else {
            self.list(value, named);
        }
    }

    /// URLs anywhere in a text: alone, in JSON, in a list, behind `key=`.
    fn urls(&mut self, value: &str, named: Named<'_>) {
        for token in value.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '|' | '(' | ')' | '\\')) {
            // The scheme of the piece before, where its authority may go on behind a comma: `kafka://a:9092,b:9092`.
            let mut open: Option<&str> = None;
            for piece in token.split(',') {
                let written;
                let text = if let Some(at) = piece.find("://") {
                    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
                    let start =
                        piece[..at].rfind(|c| !is_scheme(c)).map_or(0, |end| end + piece[end..].chars().next().map_or(1, char::len_utf8));
                    open = Some(&piece[start..at]);
                    &piece[start..]
                } else if let Some(scheme) = open
                    && address::host_port(piece).is_some()
                {
                    written = format!("{scheme}://{piece}");
                    &written
                } else {
                    continue;
                };
                let target = address::url(text).filter(|target| !own_loopback(named.name, target));
                if target.as_ref().is_none_or(|target| target.path != "/") {
                    open = None;
                }
                if let Some(target) = target {
                    self.add(text.to_owned(), target, named.origin);
                }
            }
        }
    }

    /// A value that is nothing but `host:port`, a list of such, or settings with such among them
    /// (`redis:6379,ssl=False`, `Host=db;Port=5432`, `-Dbroker=mq:5672 -Xmx1g`). One piece of another form makes it prose.
    fn list(&mut self, value: &str, named: Named<'_>) {
        if says_no_host(named.name) {
            return;
        }
        let pieces = || value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|piece| !piece.is_empty());
        let place = |piece: &str| address::host_port(piece).filter(|target| !own_loopback(named.name, target));
        if !pieces().all(|piece| piece.contains('=') || piece.starts_with('-') || place(piece).is_some()) {
            return;
        }
        let (mut host, mut port) = (None, None);
        for piece in pieces() {
            match piece.split_once('=') {
                Some((key, value)) => match key.to_ascii_lowercase().as_str() {
                    "host" | "server" => host = address::url(&format!("http://{value}")).map(|target| target.host),
                    "port" => port = address::port(value),
                    _ if says_own_address(key) || says_no_host(key) => {}
                    _ => {
                        if let Some(target) = place(value) {
                            self.add(value.to_owned(), target, named.origin);
                        }
                    }
                },
                None => {
                    if let Some(target) = place(piece) {
                        self.add(piece.to_owned(), target, named.origin);
                    }
                }
            }
        }
        if let (Some(host), Some(port)) = (host, port) {
            self.add(format!("{host}:{port}"), Target { scheme: String::new(), host, port, path: "/".into() }, named.origin);
        }
    }
}

/// The words of a variable's or flag's name, in capitals: `--metrics-bind-address` is METRICS, BIND, ADDRESS.
fn name_words(name: &str) -> impl DoubleEndedIterator<Item = String> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase)
}

/// Names of what a program listens on or tells others about itself, and of addresses that are compared and not called:
/// LISTEN_ADDR, `--bind`, KAFKA_ADVERTISED_LISTENERS, CORS_ALLOWED_ORIGINS, OAUTH_REDIRECT_URL, NO_PROXY.
fn says_own_address(name: &str) -> bool {
    let own = |word: String| {
        word.starts_with("LISTEN")
            || word.starts_with("ADVERTIS")
            || matches!(word.as_str(), "BIND" | "CORS" | "ORIGINS" | "CALLBACK" | "REDIRECT")
    };
    name.eq_ignore_ascii_case("no_proxy") || name_words(name).any(own)
}

/// Names whose values look like `host:port` and are none: images (`redis:7`), users (`app:1000`), labels (`tier:1`).
fn says_no_host(name: &str) -> bool {
    let last = name_words(name).next_back().unwrap_or_default();
    matches!(
        last.as_str(),
        "IMAGE"
            | "IMAGES"
            | "TAG"
            | "VERSION"
            | "USER"
            | "U"
            | "OWNER"
            | "GROUP"
            | "UID"
            | "LABEL"
            | "LABELS"
            | "SELECTOR"
            | "TIME"
            | "KEY"
            | "FORMAT"
            | "PASSWORD"
            | "PASSWD"
            | "USERPASS"
            | "CREDENTIALS"
    )
}

/// `ADDR=127.0.0.1:8080`, `--address localhost:80`: at loopback a name that says nothing of another program means its own.
fn own_loopback(name: &str, target: &Target) -> bool {
    const OWN: [&str; 9] = ["ADDR", "ADDRESS", "HOST", "SERVER", "HTTP", "GRPC", "METRICS", "APP", "WEB"];
    is_loopback(&target.host) && !name.is_empty() && name_words(name).all(|word| OWN.contains(&word.as_str()))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn is_address(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok()
}

/// A variable with a host whose port is in another: REDIS_HOST and REDIS_PORT, PGHOST and PGPORT. Without the other one the
/// port of a data store that the name says; HOST and PORT alone are where a program listens.
fn pair<'v>(variable: &Variable, value: impl Fn(&str) -> Option<&'v str>) -> Option<Target> {
    let name = variable.name.as_str();
    let prefix = ["HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS"].iter().find_map(|suffix| name.strip_suffix(suffix))?;
    if prefix.is_empty() || says_own_address(prefix) {
        return None;
    }
    let host = variable.value.as_str();
    if host.contains([':', '/', '@']) {
        return None;
    }
    let port = match value(&format!("{prefix}PORT")) {
        Some(text) => address::port(text)?,
        None if name == "WORDPRESS_DB_HOST" => 3306,
        None => name_words(prefix).find_map(|word| address::store_port(&word))?,
    };
    let target = address::url(&format!("tcp://{host}:{port}"))?;
    (!own_loopback(prefix, &target)).then(|| Target { scheme: String::new(), ..target })
}

#[cfg(test)]
mod tests {
    use super::super::test_container;
    use super::*;
    use crate::text::path_string;

    fn refer(env: &[(&str, &str)], command: &[&str], args: &[&str]) -> Vec<Reference> {
        let mut container = test_container("c", "acme/app");
        container.command = command.iter().map(ToString::to_string).collect();
        container.args = args.iter().map(ToString::to_string).collect();
        let variable = |(index, (name, value)): (usize, &(&str, &str))| Variable {
            name: (*name).into(),
            value: (*value).into(),
            origin: vec!["env".into(), index.into(), "value".into()],
        };
        let env = env.iter().enumerate().map(variable).collect();
        let spec = [Step::from("spec")];
        let subject = Subject { container: &container, spec: &spec, env: &env, annotated: None };
        super::super::behave(&subject).calls
    }

    fn shown(references: &[Reference]) -> Vec<String> {
        let show = |r: &Reference| {
            let scheme = r.scheme.as_ref().map(|scheme| format!("{scheme}://")).unwrap_or_default();
            format!("{scheme}{}:{}{}", r.host, r.port, if r.path == "/" { "" } else { &r.path })
        };
        references.iter().map(show).collect()
    }

    #[test]
    fn finds_references_in_env() {
        for (name, value, want) in [
            ("PRODUCT_CATALOG_SERVICE_ADDR", "productcatalogservice:3550", &["productcatalogservice:3550"][..]),
            ("REDIS_ADDR", "redis-cart:6379", &["redis-cart:6379"]),
            ("API", "http://api.shop/v1", &["http://api.shop:80/v1"]),
            ("DATABASE_URL", "postgres://u:p@db/orders?sslmode=disable", &["postgres://db:5432/orders?sslmode=disable"]),
            ("SPRING_DATASOURCE_URL", "jdbc:postgresql://db:5432/x", &["postgresql://db:5432/x"]),
            ("PAYMENTS", "https://api.stripe.com/v1", &["https://api.stripe.com:443/v1"]),
            ("BROKERS", "kafka-0.kafka:9092,kafka-1.kafka:9092", &["kafka-0.kafka:9092", "kafka-1.kafka:9092"]),
            ("BROKERS", "kafka-0.kafka:9092, kafka-1.kafka:9092", &["kafka-0.kafka:9092", "kafka-1.kafka:9092"]),
            ("ETCD", "http://etcd-0:2379,http://etcd-1:2379", &["http://etcd-0:2379", "http://etcd-1:2379"]),
            ("MONGO", "mongodb://u:p@a:27017,b:27018/db", &["mongodb://a:27017", "mongodb://b:27018/db"]),
            ("CONFIG", r#"{"orders":"http://orders:8080","n":1}"#, &["http://orders:8080"]),
            ("DSN", "user:secret@tcp(mysql:3306)/shop", &["mysql:3306"]),
            ("CONNECTION", "Host=db;Port=5432;Database=x", &["db:5432"]),
            ("DSN", "host=db port=5432 user=x", &["db:5432"]),
            ("REDIS", "redis:6379,password=x,ssl=False", &["redis:6379"]),
            ("JAVA_OPTS", "-Xmx1g -Dbroker=mq:5672", &["mq:5672"]),
            ("JAVA_OPTS", "-Durl=http://orders/x -Xmx1g", &["http://orders:80/x"]),
            ("HTTP_PROXY", "http://proxy.corp:3128", &["http://proxy.corp:3128"]),
            ("SIDECAR", "localhost:3500", &["localhost:3500"]),
            ("SIDECAR", "127.0.0.1:3500", &["127.0.0.1:3500"]),
            ("USER_SERVICE_URL", "http://user:8080", &["http://user:8080"]),
            ("IMAGE_SERVICE", "images:8080", &["images:8080"]),
            ("TARGET", "dns:///orders:50051", &["grpc://orders:50051"]),
            ("SAME", "http://a/x http://a/x http://a/y", &["http://a:80/x", "http://a:80/y"]),
            // Its own address, or one that is compared and not called.
            ("LISTEN_ADDR", "localhost:8080", &[]),
            ("BIND_ADDRESS", "10.0.0.1:8080", &[]),
            ("ADDR", "127.0.0.1:8080", &[]),
            ("HTTP_ADDR", "localhost:8080", &[]),
            ("KAFKA_ADVERTISED_LISTENERS", "PLAINTEXT://kafka-0:9092", &[]),
            ("CORS_ALLOWED_ORIGINS", "https://shop.example.com", &[]),
            ("NO_PROXY", "web:80", &[]),
            ("OWN", "0.0.0.0:8080", &[]),
            ("OWN", ":8080", &[]),
            ("OWN", "[::]:80", &[]),
            ("ASPNETCORE_URLS", "http://+:8080;http://*:81", &[]),
            // What only looks like one.
            ("IMAGE", "nginx:1", &[]),
            ("X", "nginx:1.27", &[]),
            ("X", "12:30", &[]),
            ("X", "key:value", &[]),
            ("X", "C:\\temp", &[]),
            ("X", "me@example.com:25", &[]),
            ("SELECTOR", "tier:1", &[]),
            ("X", "10.0.0.0/8", &[]),
            ("RUN_AS_USER", "app:1000", &[]),
            ("X", "see web:80 for more", &[]),
            ("X", "file:///etc/hosts", &[]),
            ("X", "http://${HOST}:80", &[]),
            ("X", "$(REDIS_HOST):6379", &[]),
            ("X", "a:1:2", &[]),
            ("X", "sha256:1234567", &[]),
            ("PORT", "8080", &[]),
            ("X", "", &[]),
        ] {
            assert_eq!(shown(&refer(&[(name, value)], &[], &[])), want, "{name}={value}");
        }
    }

    #[test]
    fn a_host_and_its_port_may_stand_apart() {
        for (env, want) in [
            (&[("REDIS_HOST", "redis"), ("REDIS_PORT", "6380")][..], &["redis:6380"][..]),
            (&[("DB_PORT", "5432"), ("DB_HOST", "db.shop")], &["db.shop:5432"]),
            (&[("PGHOST", "db"), ("PGPORT", "5433")], &["db:5433"]),
            (&[("PGHOST", "db")], &["db:5432"]),
            (&[("SESSION_REDIS_HOST", "redis")], &["redis:6379"]),
            (&[("WORDPRESS_DB_HOST", "wordpress-mysql")], &["wordpress-mysql:3306"]),
            (&[("WORDPRESS_DB_HOST", "wordpress-mysql:3307")], &["wordpress-mysql:3307"]),
            (&[("REDIS_HOST", "localhost"), ("REDIS_PORT", "6379")], &["localhost:6379"]),
            (&[("DB_HOST", "db")], &[]),
            (&[("REDIS_HOST", "redis"), ("REDIS_PORT", "tcp://10.96.0.1:6379")], &["tcp://10.96.0.1:6379"]),
            (&[("HOST", "localhost"), ("PORT", "80")], &[]),
            (&[("SERVER_HOST", "localhost"), ("SERVER_PORT", "80")], &[]),
            (&[("LISTEN_HOST", "web"), ("LISTEN_PORT", "80")], &[]),
            (&[("X_HOST", "0.0.0.0"), ("X_PORT", "80")], &[]),
        ] {
            assert_eq!(shown(&refer(env, &[], &[])), want, "{env:?}");
        }
    }

    #[test]
    fn finds_references_in_command_lines() {
        for (command, args, want) in [
            (&[][..], &["--redis-addr=redis:6379", "--api", "http://api:8080/"][..], &["redis:6379", "http://api:8080"][..]),
            (&["wait-for-it.sh", "db:5432", "--", "./server"], &[], &["db:5432"]),
            (&["sh", "-c", "until nc -z db 5432; do sleep 1; done"], &[], &["db:5432"]),
            (&["sh", "-c", "nc -zu dns 53 && nc -l -p 80"], &[], &["udp://dns:53"]),
            (&["sh", "-c", "wget -qO- web && curl -s -o /dev/null -X POST api:8080/x"], &[], &["http://web:80", "http://api:8080/x"]),
            (&["curl", "-H", "Host: other:80", "-u", "me:1234", "--data", "http://not.called", "http://web"], &[], &["http://web:80"]),
            (&["sh", "-c", "echo > /dev/tcp/db/5432"], &[], &["tcp://db:5432"]),
            (&["redis-cli", "-h", "redis", "ping"], &[], &["redis:6379"]),
            (&["pg_isready", "-h", "db", "-p", "5433"], &[], &["db:5433"]),
            (&["redis-server", "--replicaof", "redis-0.redis", "6379"], &[], &["redis-0.redis:6379"]),
            (&["python", "-c", "import requests; requests.get('http://api/x')"], &[], &["http://api:80/x"]),
            (&["etcd", "--initial-cluster=a=http://a.etcd:2380,b=http://b.etcd:2380"], &[], &["http://a.etcd:2380", "http://b.etcd:2380"]),
            (&["sh", "-c", "HOST=web; while true; do wget -q http://$HOST:8080/; done"], &[], &["http://web:8080"]),
            (&["gunicorn", "-b", "127.0.0.1:8000"], &[], &[]),
            (&["app", "--listen", "localhost:80", "--web.listen-address=web:80", "--metrics-bind-address=:9"], &[], &[]),
            (&["etcd", "--advertise-client-urls=http://etcd-0.etcd:2379"], &[], &[]),
            (&["sh", "-c", "echo http://web is up at 12:30; chown app:1000 /data"], &[], &[]),
            (&["sh", "-c", "curl -s $NONE:80 $(host):80"], &[], &[]),
            (&["sleep", "3600"], &[], &[]),
        ] {
            assert_eq!(shown(&refer(&[], command, args)), want, "{command:?} {args:?}");
        }
    }

    #[test]
    fn references_keep_their_text_and_their_line() {
        let references = refer(&[("A", "1"), ("API", "http://api/")], &["sh", "-c"], &["wget http://api; wget http://web/x"]);
        let lines: Vec<(&str, String)> = references.iter().map(|r| (r.text.as_str(), path_string(&r.origin))).collect();
        assert_eq!(lines, [("http://api/", "env[1].value".into()), ("http://web/x", "spec.containers[0].args[0]".into())]);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(name in "[A-Z_]{0,12}", value in "\\PC*", script in "[a-z$(){}'\"\\\\:/=,;|&<>@# \\[\\]0-9é\n-]*") {
            let references = refer(&[(&name, &value), ("X_HOST", &value), ("X_PORT", "1")], &["sh", "-c", &script], &[&value, &script]);
            for reference in references {
                assert!(reference.port > 0 && !reference.host.is_empty() && reference.path.starts_with('/'));
            }
        }
    }
}
