//! Which ports a container opens, as its image, its command line and its env say (`images.yaml`).
//!
//! A known image listens where its documentation says, whatever the declared ports are: those are documentation to Kubernetes,
//! too. An own `command` leaves of the image only what the table knows of the program that it names. Where a command line is
//! not known, nothing is concluded from it.

use std::collections::BTreeSet;

use super::address;
use super::bind::{Bind, endpoints};
use super::command::{self, Word};
use super::environment::Variable;
use super::table::{Image, Listen, Program, Server, table, tag};
use super::{App, Listener, Respond, Subject, container_path};
use crate::model::Protocol;
use crate::text::Step;

/// The open ports of a container; absent where nothing is known and so the declared ones count.
///
/// A declared port that is none of the known ones says nothing by itself. Beside a known one it says what the table does not:
/// that this server is set up, or built, to open one more.
pub fn listeners(subject: &Subject<'_>, line: &[Word]) -> Option<Vec<Listener>> {
    let mut listeners = documented(subject, line)?;
    let is_open = |listeners: &[Listener], listener: &Listener| {
        listeners.iter().any(|open| (open.port, open.protocol) == (listener.port, listener.protocol))
    };
    let (known, more): (Vec<Listener>, Vec<Listener>) =
        super::declared(subject).into_iter().partition(|declared| is_open(&listeners, declared));
    if !known.is_empty() {
        listeners.extend(more);
    }
    Some(listeners)
}

fn documented(subject: &Subject<'_>, line: &[Word]) -> Option<Vec<Listener>> {
    let container = subject.container;
    let image = table().image(&container.image);
    let own = match image {
        Image::Server(server) => Some(server),
        Image::Base | Image::Unknown => None,
    };
    if !container.command.is_empty() {
        return of_line(subject, line, own);
    }
    let mut image_path = container_path(subject.spec, container);
    image_path.push(Step::from("image"));
    match (image, line.first()) {
        (Image::Server(server), None) if !server.listen.is_empty() => Run { subject, args: line, origin: image_path }.open(server),
        // A base, or a server that waits for a subcommand: nobody deploys it like that but to sketch something.
        (_, None) => None,
        (Image::Server(server), Some(_)) if server.entrypoint => {
            match server.programs.first().and_then(|program| program.split(' ').next()) {
                Some(program) => {
                    let entrypoint = Word { text: program.to_owned(), at: 0 };
                    let full: Vec<Word> = std::iter::once(entrypoint).chain(line.iter().cloned()).collect();
                    match table().program(&full, own) {
                        Program::Server(server, count) => Run { subject, args: &full[count..], origin: image_path }.open(server),
                        Program::Idle => Some(Vec::new()),
                        Program::Unknown => None,
                    }
                }
                None => Run { subject, args: line, origin: image_path }.open(server),
            }
        }
        (Image::Server(server), Some(first)) if first.text.starts_with('-') => Run { subject, args: line, origin: image_path }.open(server),
        (Image::Server(_) | Image::Base, Some(_)) => of_line(subject, line, own),
        // An unknown image may have an ENTRYPOINT that takes these words as arguments; only what nobody would name a
        // subcommand is believed to be a program.
        (Image::Unknown, Some(first)) => {
            let believed = matches!(command::program_name(&first.text), "sleep" | "tail") || command::script(line).is_some();
            believed.then(|| of_line(subject, line, own)).flatten()
        }
    }
}

/// What an image is known to be beside its pod's other containers: `proxy`, `shipper`, `exporter`; empty where it is none of them.
pub fn does(image: &str) -> &'static str {
    match table().image(image) {
        Image::Server(server) => &server.does,
        Image::Base | Image::Unknown => "",
    }
}

/// The known server that a container runs: of its image, or the one that its command names.
pub fn server(container: &crate::model::Container, line: &[Word]) -> Option<&'static Server> {
    match (table().image(&container.image), container.command.is_empty()) {
        (Image::Server(server), true) => Some(server),
        (image, _) => {
            let own = if let Image::Server(server) = image { Some(server) } else { None };
            match table().program(command::program(line), own) {
                Program::Server(server, _) => Some(server),
                Program::Idle | Program::Unknown => None,
            }
        }
    }
}

/// Whether the image is known to speak nothing but protocols of its own, so that its declared ports do, too.
pub fn speaks_raw(image: &str) -> bool {
    match table().image(image) {
        Image::Server(server) => !server.listen.is_empty() && server.listen.iter().all(|port| port.app == "raw"),
        Image::Base | Image::Unknown => false,
    }
}

/// What a command line opens: what its known servers open, and nothing if all it runs is known to listen on nothing.
fn of_line(subject: &Subject<'_>, line: &[Word], own: Option<&'static Server>) -> Option<Vec<Listener>> {
    let mut listeners: Vec<Listener> = Vec::new();
    // A loop around `nc -l` opens one port, however often it is written.
    let mut sockets = BTreeSet::new();
    let (mut any, mut unknown) = (false, false);
    for words in command::commands(line, subject.env) {
        let words = command::program(&words);
        let opened = match table().program(words, own) {
            // In a script a keyword alone (`fi`) or an assignment leaves no program.
            Program::Unknown if words.is_empty() && line.len() > 1 => continue,
            Program::Unknown => None,
            Program::Idle => continue,
            Program::Server(server, count) => {
                let origin = command::origin(subject.spec, subject.container, words[0].at);
                Run { subject, args: &words[count..], origin }.open(server)
            }
        };
        match opened {
            Some(opened) => {
                any |= !opened.is_empty();
                listeners.extend(opened.into_iter().filter(|new| sockets.insert((new.port, new.protocol, new.address))));
            }
            None => unknown = true,
        }
    }
    (any || !unknown).then_some(listeners)
}

/// A server that is started.
struct Run<'a> {
    subject: &'a Subject<'a>,
    args: &'a [Word],
    /// The line that starts it.
    origin: Vec<Step>,
}

/// A text that sets something, and the line it stands in.
struct Said<'a> {
    text: &'a str,
    origin: Vec<Step>,
}

impl Run<'_> {
    /// The ports that the server opens; absent where only a file or the program's own code knows.
    fn open(&self, server: &Server) -> Option<Vec<Listener>> {
        if !self.subject.container.ports.is_empty() && server.config.iter().any(|config| self.configured(config)) {
            return None;
        }
        let mut listeners = Vec::new();
        // What listens only where its configuration says so.
        let mut unknown = server.listen.is_empty() && !server.config.is_empty();
        for port in server.listen.iter().filter(|port| self.applies(port)) {
            let default = Bind::read(&port.address);
            let bound = self.first(&port.address_from, |text| Some(Bind::read(text)));
            let bind = bound.as_ref().map(|(bind, _)| *bind);
            let mut add = |number, bind: Bind, body: &str, origin| {
                let protocol = Protocol::from_name(&port.protocol).unwrap_or_default();
                listeners.push(Listener { port: number, protocol, address: bind.address(), app: self.app(port, body), origin });
            };
            if !port.each.is_empty() {
                for variable in self.subject.env.declared() {
                    if let Some(number) = variable.name.strip_prefix(&port.each).and_then(address::port) {
                        add(number, default, &variable.value, variable.origin.clone());
                    }
                }
                continue;
            }
            match self.first(&port.from, endpoints) {
                Some((endpoints, said)) => {
                    for (with, number) in endpoints {
                        add(number, bind.or(with).unwrap_or(default), "", said.origin.clone());
                    }
                }
                None if port.port == 0 => unknown = true,
                None => {
                    let said = bound.as_ref().map(|(_, said)| &said.origin).filter(|origin| !origin.is_empty());
                    add(port.port, bind.unwrap_or(default), "", said.unwrap_or(&self.origin).clone());
                }
            }
        }
        (!listeners.is_empty() || !unknown).then_some(listeners)
    }

    fn applies(&self, port: &Listen) -> bool {
        let given = |flag: &String| {
            if flag.starts_with('-') {
                self.args.iter().any(|word| command::is_flag(&word.text, flag))
            } else {
                self.variable(flag).is_some()
            }
        };
        (port.r#if.is_empty() || port.r#if.iter().any(given))
            && !port.unless.iter().any(given)
            && tag(&self.subject.container.image).contains(&port.tag)
    }

    fn configured(&self, config: &str) -> bool {
        let lower = config.to_ascii_lowercase();
        if config.starts_with('/') {
            // A mount of the folder, of one above it, or of a file or folder in it.
            let within = |path: &str, folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let mounts = self.subject.container.mounts.iter().map(|mount| mount.path.trim_end_matches('/'));
            return mounts.into_iter().any(|mount| within(mount, config) || (!mount.is_empty() && within(config, mount)));
        }
        let mut args = self.args.iter().map(|word| word.text.to_ascii_lowercase());
        if config.starts_with('-') { args.any(|arg| arg.starts_with(&lower)) } else { args.any(|arg| arg.contains(&lower)) }
    }

    fn app(&self, port: &Listen, body: &str) -> App {
        match (port.app.as_str(), port.protocol.as_str()) {
            ("dns", _) => App::Dns,
            ("raw", _) | (_, "UDP" | "SCTP") => App::Raw,
            _ if let Some((site, _)) = self.first(&port.upstream_from, |url| super::Site::forward(url, &self.origin)) => {
                let login = port.login;
                App::Proxy([super::Site { login, ..site.unchanged() }].into())
            }
            _ => {
                let status = self.first(&port.status_from, address::port).map_or(200, |(status, _)| status);
                // A line, as these programs print it.
                let said = self.first(&port.body_from, |text| Some(format!("{text}\n")));
                let delay = Some(port.delay.clone()).filter(|delay| !delay.is_empty());
                App::Http(Respond { status, body: said.map_or_else(|| body.to_owned(), |(text, _)| text), delay, ..Respond::default() })
            }
        }
    }

    /// The first of some sources that says something readable.
    fn first<T>(&self, sources: &[String], read: impl Fn(&str) -> Option<T>) -> Option<(T, Said<'_>)> {
        sources.iter().find_map(|source| {
            let said = if source == "argument" {
                self.args
                    .iter()
                    .rev()
                    .filter(|word| !word.text.starts_with('-') && read(&word.text).is_some())
                    .map(|word| self.at(&word.text, word.at))
                    .next()
            } else if source.starts_with('-') {
                command::flag_value(self.args, source).map(|(text, at)| self.at(text, at))
            } else if source.ends_with(['=', ':']) {
                self.args.iter().rev().find_map(|word| word.text.strip_prefix(source.as_str()).map(|text| self.at(text, word.at)))
            } else {
                self.variable(source)
            }?;
            Some((read(said.text)?, said))
        })
    }

    fn at<'w>(&self, text: &'w str, at: usize) -> Said<'w> {
        Said { text, origin: command::origin(self.subject.spec, self.subject.container, at) }
    }

    /// Service variables do not count: a Service named `server` gives every neighbor a SERVER_PORT that none has asked for.
    fn variable(&self, name: &str) -> Option<Said<'_>> {
        let written = |variable: &&Variable| variable.name == name && !variable.value.is_empty();
        self.subject.env.declared().find(written).map(|variable| Said { text: &variable.value, origin: variable.origin.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::environment::Environment;
    use super::super::test_container;
    use super::*;
    use crate::model::{ContainerPort, Mount};
    use crate::text::path_string;

    struct Case {
        image: &'static str,
        command: &'static [&'static str],
        args: &'static [&'static str],
        env: &'static [(&'static str, &'static str)],
        mounts: &'static [&'static str],
        /// What listens, or `declared`.
        want: &'static str,
    }

    const DEFAULT: Case = Case { image: "acme/app", command: &[], args: &[], env: &[], mounts: &[], want: "declared" };

    fn opened(case: &Case) -> String {
        let mut container = test_container("c", case.image);
        container.command = case.command.iter().map(ToString::to_string).collect();
        container.args = case.args.iter().map(ToString::to_string).collect();
        let mount = |path: &&str| Mount { name: "v".into(), path: (*path).into(), sub_path: String::new(), read_only: false };
        container.mounts = case.mounts.iter().map(mount).collect();
        let declared = ContainerPort { name: None, port: 1, protocol: Protocol::Tcp, host_port: None, host_ip: None };
        container.ports.push(declared);
        let env = case
            .env
            .iter()
            .map(|(name, value)| Variable { name: (*name).into(), value: (*value).into(), origin: vec![Step::from("env")] })
            .collect();
        let spec = [Step::from("spec")];
        let subject = Subject { container: &container, spec: &spec, env: &env, annotated: None };
        let line = command::words(&container, &env);
        let Some(listeners) = listeners(&subject, &line) else { return "declared".into() };
        let shown = listeners.iter().map(|l| {
            let address = l.address.map(|address| format!("{address}:")).unwrap_or_default();
            let app = match &l.app {
                App::Http(Respond { status: 200, body, .. }) if body.is_empty() => String::new(),
                App::Http(Respond { status, body, .. }) => format!(" {status} {body:?}"),
                App::Raw => " raw".into(),
                App::Dns => " dns".into(),
                App::Proxy(sites) => format!(
                    " to {}",
                    sites.iter().flat_map(super::super::Site::targets).map(|target| target.text.as_str()).collect::<Vec<_>>().join(", ")
                ),
            };
            let protocol = if l.protocol == Protocol::Tcp { String::new() } else { format!("/{}", l.protocol) };
            format!("{address}{}{protocol}{app}", l.port)
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_declared_port_is_believed_beside_a_known_one_only() {
        let open = |ports: &[u16]| {
            let mut container = test_container("c", "nginx");
            let declared = |&port: &u16| ContainerPort { name: None, port, protocol: Protocol::Tcp, host_port: None, host_ip: None };
            container.ports = ports.iter().map(declared).collect();
            let env = Environment::default();
            let spec = [Step::from("spec")];
            let subject = Subject { container: &container, spec: &spec, env: &env, annotated: None };
            let listeners = listeners(&subject, &[]).unwrap();
            listeners.iter().map(|listener| listener.port).collect::<Vec<_>>()
        };
        assert_eq!(open(&[]), [80]);
        assert_eq!(open(&[8080]), [80]);
        assert_eq!(open(&[80, 443]), [80, 443]);
    }

    #[test]
    fn images_listen_where_their_documentation_says() {
        for (image, want) in [
            ("nginx", "80"),
            ("docker.io/library/nginx:1.27@sha256:00", "80"),
            ("nginxinc/nginx-unprivileged:stable", "8080"),
            ("registry.k8s.io/nginx-slim:0.27", "80"),
            ("bitnami/nginx", "8080"),
            ("httpd:2.4", "80"),
            ("caddy", "80"),
            ("traefik:v3", "80"),
            ("traefik/whoami", "80"),
            ("hashicorp/http-echo:1.0", "5678"),
            ("kennethreitz/httpbin", "80"),
            ("mccutchen/go-httpbin", "8080"),
            ("gcr.io/google-samples/hello-app:1.0", "8080"),
            ("us-docker.pkg.dev/google-samples/containers/gke/hello-app:2.0", "8080"),
            ("gcr.io/google_samples/gb-frontend:v5", "80"),
            ("gcr.io/google_samples/gb-redisslave:v1", "6379 raw"),
            ("registry.k8s.io/redis:e2e", "6379 raw"),
            ("valkey/valkey:8", "6379 raw"),
            ("memcached", "11211 raw"),
            ("docker.io/istio/examples-bookinfo-mysqldb:1.20", "3306 raw"),
            ("docker.io/istio/examples-bookinfo-mongodb:1.20", "27017 raw"),
            ("docker.io/istio/examples-bookinfo-reviews-v1:1.20", "9080"),
            ("registry.k8s.io/ingress-nginx/controller:v1.15.0", "80, 443, 10254"),
            ("postgres:17", "5432 raw"),
            ("mysql:8", "3306 raw"),
            ("mariadb", "3306 raw"),
            ("mongo", "27017 raw"),
            ("rabbitmq:4", "5672 raw, 15692, 4369 raw, 25672 raw"),
            ("rabbitmq:4-management", "5672 raw, 15672, 15692, 4369 raw, 25672 raw"),
            ("nats:2", "4222 raw, 8222"),
            ("apache/kafka", "9092 raw"),
            ("docker.elastic.co/elasticsearch/elasticsearch:9.0.0", "9200, 9300 raw"),
            ("registry.k8s.io/etcd:3.5", "127.0.0.1:2379, 127.0.0.1:2380"),
            ("quay.io/minio/minio", "9000"),
            ("quay.io/prometheus/prometheus", "9090"),
            ("grafana/grafana", "3000"),
            ("envoyproxy/envoy:v1.33", "10000, 9901"),
            ("registry.k8s.io/coredns/coredns:v1.12.0", "53/UDP dns, 53 dns, 9153, 8080, 8181"),
            ("docker.io/istio/examples-bookinfo-reviews-v1:1.20", "9080"),
            ("php:8-apache", "80"),
            ("php:8-fpm", "9000 raw"),
            ("php:8-cli", ""),
            ("registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0", "3000, 3001"),
            ("registry.k8s.io/ingressconformance/echoserver:v0.0.1", "3000"),
            // Nothing runs in these, or a subcommand is missing: the manifest is a sketch, and its ports are all it says.
            ("busybox:1.36", "declared"),
            ("registry.k8s.io/e2e-test-images/agnhost:2.43", "declared"),
            ("acme/nginx", "declared"),
            ("mynginx", "declared"),
        ] {
            assert_eq!(opened(&Case { image, ..DEFAULT }), want, "{image}");
        }
    }

    #[test]
    fn arguments_and_environment_move_ports() {
        for case in [
            Case { image: "redis", args: &["--port", "6380"], want: "6380 raw", ..DEFAULT },
            Case {
                image: "redis",
                args: &["redis-server", "--port", "6380", "--bind", "127.0.0.1"],
                want: "127.0.0.1:6380 raw",
                ..DEFAULT
            },
            Case { image: "redis", args: &["--bind", "127.0.0.1 -::1"], want: "127.0.0.1:6379 raw", ..DEFAULT },
            Case { image: "redis", args: &["--port", "0"], want: "", ..DEFAULT },
            Case { image: "redis", command: &["redis-server", "/etc/redis.conf"], want: "declared", ..DEFAULT },
            Case { image: "acme/cache", command: &["/usr/bin/redis-server", "--port=7000"], want: "7000 raw", ..DEFAULT },
            Case { image: "hashicorp/http-echo", args: &["-listen=:8080", "-text=hi"], want: "8080 200 \"hi\\n\"", ..DEFAULT },
            Case {
                image: "hashicorp/http-echo",
                args: &["-listen", "127.0.0.1:5678", "-status-code=503"],
                want: "127.0.0.1:5678 503 \"\"",
                ..DEFAULT
            },
            Case { image: "traefik/whoami", args: &["--port", "8080"], want: "8080", ..DEFAULT },
            Case { image: "traefik/whoami", env: &[("WHOAMI_PORT_NUMBER", "8081")], want: "8081", ..DEFAULT },
            Case { image: "postgres", env: &[("PGPORT", "5433")], want: "5433 raw", ..DEFAULT },
            Case { image: "postgres", args: &["-c", "port=5434"], env: &[("PGPORT", "5433")], want: "5434 raw", ..DEFAULT },
            Case { image: "memcached", args: &["-m", "64", "-p11212"], want: "11212 raw", ..DEFAULT },
            Case { image: "mongo", args: &["mongod", "--bind_ip", "localhost,mongo-0.mongo"], want: "27017 raw", ..DEFAULT },
            Case { image: "nginx", mounts: &["/etc/nginx/conf.d"], want: "declared", ..DEFAULT },
            Case { image: "nginx", mounts: &["/etc"], want: "declared", ..DEFAULT },
            Case { image: "nginx", mounts: &["/usr/share/nginx/html", "/etc/nginx-extra"], want: "80", ..DEFAULT },
            Case { image: "nginx", args: &["nginx", "-g", "daemon off;"], want: "80", ..DEFAULT },
            Case { image: "nginx", args: &["nginx-debug", "-g", "daemon off;"], want: "80", ..DEFAULT },
            Case { image: "nginxinc/nginx-unprivileged", command: &["nginx", "-g", "daemon off;"], want: "8080", ..DEFAULT },
            Case { image: "traefik", args: &["--entryPoints.web.address=:8000"], want: "declared", ..DEFAULT },
            Case { image: "gcr.io/google-samples/hello-app:1.0", env: &[("PORT", "9000")], want: "9000", ..DEFAULT },
            Case { image: "acme/echo-basic", env: &[("TCP_ECHO_SERVER", "1")], want: "3000 raw", ..DEFAULT },
            Case { image: "acme/echo-basic", env: &[("UDP_ECHO_SERVER", "1"), ("UDP_PORT", "53")], want: "53/UDP raw", ..DEFAULT },
            Case { image: "gcr.io/google-samples/hello-app:1.0", env: &[("PORT", "tcp://10.0.0.1:1/x")], want: "8080", ..DEFAULT },
            Case {
                image: "registry.k8s.io/etcd:3.5",
                command: &["etcd", "--listen-client-urls=http://0.0.0.0:2379,http://127.0.0.1:4001"],
                want: "2379, 127.0.0.1:4001, 127.0.0.1:2380",
                ..DEFAULT
            },
            Case { image: "apache/kafka", env: &[("KAFKA_LISTENERS", "A://:9092,B://:9093")], want: "9092 raw, 9093 raw", ..DEFAULT },
        ] {
            assert_eq!(opened(&case), case.want, "{} {:?} {:?} {:?}", case.image, case.command, case.args, case.env);
        }
    }

    #[test]
    fn agnhost_does_what_its_subcommand_says() {
        for (args, want) in [
            (&["netexec"][..], "8080, 8081/UDP raw"),
            (&["netexec", "--http-port=80", "--udp-port=-1", "--sctp-port", "82"], "80, 82/SCTP raw"),
            (&["serve-hostname"], "9376"),
            (&["serve-hostname", "--http=false", "--tcp", "--port", "80"], "80 raw"),
            (&["serve-hostname", "--http=false", "--udp=true"], "9376/UDP raw"),
            (&["porter"], "81 200 \"hi\", 82/UDP raw"),
            (&["pause"], ""),
            (&["something-new"], "declared"),
        ] {
            let env = &[("SERVE_PORT_81", "hi"), ("SERVE_UDP_PORT_82", ""), ("SERVE_PORT_x", "")];
            let case = Case { image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args, env, ..DEFAULT };
            assert_eq!(opened(&case), want, "{args:?}");
            let mut command = vec!["/agnhost"];
            command.extend(args);
            let case = Case { command: command.leak(), args: &[], ..case };
            assert_eq!(opened(&case), want, "{args:?} as command");
        }
    }

    #[test]
    fn an_own_command_line_replaces_the_images() {
        for (command, args, want) in [
            (&["sleep", "3600"][..], &[][..], ""),
            (&["tail", "-f", "/dev/null"], &[], ""),
            (&["sh", "-c", "sleep infinity & wait"], &[], ""),
            (&["/bin/sh"], &["-c", "while true; do wget -qO- http://web; sleep 5; done"], ""),
            (&["./server"], &[], "declared"),
            (&["sh", "-c", "./migrate && ./server"], &[], "declared"),
            (&[], &["sleep", "1d"], ""),
            (&["nc", "-lk", "-p", "8080"], &[], "8080 raw"),
            (&["nc", "-lkp", "8080", "-e", "cat"], &[], "8080 raw"),
            (&["nc", "-l", "0.0.0.0", "8080"], &[], "8080 raw"),
            (&["nc", "-lu", "-p", "53"], &[], "53/UDP raw"),
            (&["nc", "-z", "db", "5432"], &[], ""),
            (&["sh", "-c", "while true; do echo hi | nc -l -p 8080; done"], &[], "8080 raw"),
            (&["python3", "-m", "http.server"], &[], "8000"),
            (&["python", "-u", "-m", "http.server", "8080", "--directory", "/www"], &[], "8080"),
            (&["sh", "-c", "cd /www && exec python3 -m http.server 80 --bind 127.0.0.1"], &[], "127.0.0.1:80"),
            (&["busybox", "httpd", "-f", "-p", "3000"], &[], "3000"),
            (&["httpd", "-f", "-p", "127.0.0.1:3000"], &[], "127.0.0.1:3000"),
            (&["uvicorn", "main:app"], &[], "127.0.0.1:8000"),
            (&["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "80"], &[], "80"),
            (&["gunicorn", "-w", "4", "-b", "0.0.0.0:8000", "app:app"], &[], "8000"),
            (&["gunicorn", "app:app"], &[], "declared"),
            (&["flask", "run", "--host=0.0.0.0"], &[], "5000"),
            (&["flask", "routes"], &[], "declared"),
            (&["python", "manage.py", "runserver", "0.0.0.0:8000"], &[], "8000"),
            (&["java", "-jar", "app.jar", "--server.port=8081"], &[], "8081"),
            (&["java", "-jar", "app.jar"], &[], "declared"),
            (&["socat", "TCP-LISTEN:8080,fork", "EXEC:cat"], &[], "8080 raw"),
            (&["php", "-S", "0.0.0.0:80"], &[], "80"),
        ] {
            assert_eq!(opened(&Case { image: "busybox", command, args, ..DEFAULT }), want, "{command:?} {args:?}");
        }
        // What looks like a subcommand of an unknown image's entrypoint says nothing.
        assert_eq!(opened(&Case { args: &["watch"], ..DEFAULT }), "declared");
        assert_eq!(opened(&Case { args: &["sleep", "5"], ..DEFAULT }), "");
    }

    #[test]
    fn a_listener_names_the_line_it_comes_from() {
        let origin = |image: &str, command: &[&str], args: &[&str], env: &Environment<'_>| {
            let mut container = test_container("c", image);
            container.command = command.iter().map(ToString::to_string).collect();
            container.args = args.iter().map(ToString::to_string).collect();
            let subject = Subject { container: &container, spec: &[Step::from("spec")], env, annotated: None };
            let listeners = listeners(&subject, &command::words(&container, env)).unwrap();
            path_string(&listeners[0].origin)
        };
        let none = Environment::default();
        let port = Variable { name: "PORT".into(), value: "81".into(), origin: vec![Step::from("env"), Step::from(0)] };
        assert_eq!(origin("nginx", &[], &[], &none), "spec.containers[0].image");
        assert_eq!(origin("redis", &[], &["--port", "6380"], &none), "spec.containers[0].args[1]");
        assert_eq!(origin("x", &["redis-server"], &["--port=6380"], &none), "spec.containers[0].args[0]");
        assert_eq!(origin("x", &["sh", "-c", "redis-server"], &[], &none), "spec.containers[0].command[2]");
        assert_eq!(origin("acme/hello-app", &[], &[], &[port].into_iter().collect()), "env[0]");
        let services = crate::model::Labels::from([("PORT".to_owned(), "81".to_owned())]);
        assert_eq!(origin("acme/hello-app", &[], &[], &Environment::of_services(&services)), "spec.containers[0].image");
    }
}
