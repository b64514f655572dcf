//! Ports, hosts and URLs as people write them in env, args and annotations.
//!
//! Stricter than RFC 3986 on purpose: what is read here becomes a call on the picture, so a doubtful text is none.

use std::net::{IpAddr, Ipv6Addr};

/// The parts of a URL, or of `host:port` with its optional path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Lower case, without what stands before the last `+` or `:` (`jdbc:postgresql` is `postgresql`); empty for `host:port`.
    pub scheme: String,
    /// Without brackets, and without the user before `@`.
    pub host: String,
    pub port: u16,
    pub path: String,
}

/// The port of a scheme's URL where none is written.
enum DefaultPort {
    Is(u16),
    /// One must be written.
    None,
}

/// What a scheme of a network service says of the port.
///
/// A scheme that is not here (`file`, `s3`, `unix`, `docker`) names no network address, or one that no Service can stand for.
fn scheme_port(scheme: &str) -> Option<DefaultPort> {
    Some(DefaultPort::Is(match scheme {
        "http" | "ws" | "h2c" => 80,
        "https" | "wss" | "grpcs" => 443,
        "redis" | "rediss" | "valkey" => 6379,
        "postgres" | "postgresql" | "pgsql" => 5432,
        "mysql" | "mysql2" | "mariadb" => 3306,
        "mongodb" | "mongo" => 27017,
        "amqp" | "rabbitmq" => 5672,
        "amqps" => 5671,
        "nats" => 4222,
        "kafka" => 9092,
        "memcached" | "memcache" => 11211,
        "mqtt" => 1883,
        "mqtts" => 8883,
        "etcd" => 2379,
        "zookeeper" | "zk" => 2181,
        "cassandra" => 9042,
        "elasticsearch" | "opensearch" => 9200,
        "clickhouse" => 9000,
        "neo4j" | "bolt" => 7687,
        "sqlserver" | "mssql" => 1433,
        "pulsar" => 6650,
        "ldap" => 389,
        "ldaps" => 636,
        "smtp" => 25,
        "smtps" => 465,
        "ftp" => 21,
        "sftp" | "ssh" => 22,
        "tcp" | "udp" | "sctp" | "tls" | "ssl" | "grpc" | "dns" | "thrift" | "statsd" | "syslog" | "otlp" | "proxy" | "socks5"
        | "spark" | "hdfs" | "stomp" | "rsocket" | "dubbo" | "couchbase" | "influxdb" => {
            return Some(DefaultPort::None);
        }
        _ => return None,
    }))
}

/// The port of a data store by the name that people give its variables: `redis`, `POSTGRES`.
pub fn store_port(name: &str) -> Option<u16> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        // These say how to speak, not whom one speaks to.
        "http" | "https" | "ws" | "wss" | "h2c" | "grpcs" | "ssh" => None,
        "pg" => Some(5432),
        other => match scheme_port(other)? {
            DefaultPort::Is(port) => Some(port),
            DefaultPort::None => None,
        },
    }
}

/// A port number as digits only: `parse` alone would also take `+80`.
pub fn port(text: &str) -> Option<u16> {
    let digits = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Whether this is a DNS name as something in a cluster or outside could have it.
///
/// Underscores pass: no Service has one, and a name brought over from docker-compose shall be found, not overlooked.
pub fn is_dns_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits only is a mistyped address or a version, never a name.
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253 && name.split('.').all(label) && !last.bytes().all(|b| b.is_ascii_digit())
}

/// A host that can be called: an address other than the unspecified one (which only says "listen everywhere"), or a name.
fn callable(host: &str) -> Option<String> {
    match host.parse::<IpAddr>() {
        Ok(address) => (!address.is_unspecified()).then(|| address.to_string()),
        Err(_) => is_dns_name(host).then(|| host.to_owned()),
    }
}

/// Splits `host:port`, `[v6]:port` or `host`; the port is absent where none is written.
fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        host.parse::<Ipv6Addr>().ok()?;
        return if rest.is_empty() { Some((host, None)) } else { Some((host, Some(rest.strip_prefix(':')?))) };
    }
    match authority.split_once(':') {
        // A second colon: a time, an image digest, an IPv6 address without brackets.
        Some((_, port)) if port.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

/// Cuts what follows the authority; a path keeps its query and loses its fragment.
fn split_path(text: &str) -> (&str, String) {
    let end = text.find(['/', '?', '#', ';']).unwrap_or(text.len());
    let (authority, rest) = text.split_at(end);
    let path = rest.split('#').next().unwrap_or_default();
    let path = match path.as_bytes().first() {
        Some(b'/') => path.to_owned(),
        Some(b'?') => format!("/{path}"),
        _ => "/".to_owned(),
    };
    (authority, path)
}

/// Reads one URL; absent where its scheme is not one of a network service or its host is none.
pub fn url(text: &str) -> Option<Target> {
    let (scheme, rest) = text.split_once("://")?;
    // `mongodb+srv` names an SRV record, not the hosts that are called.
    if scheme.ends_with("+srv") {
        return None;
    }
    // `jdbc:postgresql`, `postgresql+asyncpg`: the word that names the protocol.
    let scheme = scheme.rsplit(':').next().unwrap_or(scheme);
    let scheme = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
    let default = scheme_port(&scheme)?;
    // gRPC's name syntax is `dns://[authority]/host:port`; the authority is a resolver, usually left out.
    let (scheme, rest) = if scheme == "dns" { ("grpc".to_owned(), rest.split_once('/')?.1) } else { (scheme, rest) };
    let (authority, path) = split_path(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, written) = split_authority(authority)?;
    let port = match (written.filter(|text| !text.is_empty()), default) {
        (Some(text), _) => port(text)?,
        (None, DefaultPort::Is(port)) => port,
        (None, DefaultPort::None) => return None,
    };
    Some(Target { scheme, host: callable(host)?, port, path })
}

/// Reads `host:port`, with a path behind it or without.
///
/// The host must be an address or begin with a letter: `12:30` is a time, `1:2` a ratio. No `@` (a mail address), no `/`
/// before the port (a path), no second colon (an image in a registry with a port, a digest).
pub fn host_port(text: &str) -> Option<Target> {
    let (authority, path) = split_path(text);
    let (host, written) = split_authority(authority)?;
    let port = port(written?)?;
    // `tcp:5432` says how to listen, as proxies take it.
    let word = matches!(host, "tcp" | "tcp4" | "tcp6" | "udp" | "sctp" | "http" | "https" | "unix");
    let named = !word && host.starts_with(|c: char| c.is_ascii_alphabetic()) || host.parse::<IpAddr>().is_ok();
    (named && !path.contains([':', ' '])).then(|| callable(host)).flatten().map(|host| Target { scheme: String::new(), host, port, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(target: Option<Target>) -> Option<String> {
        target.map(|t| format!("{} {} {} {}", t.scheme, t.host, t.port, t.path))
    }

    #[test]
    fn reads_urls() {
        for (text, want) in [
            ("http://api/cart?x=1#top", Some("http api 80 /cart?x=1")),
            ("HTTPS://api.shop.svc.cluster.local.", Some("https api.shop.svc.cluster.local. 443 /")),
            ("http://web:8080", Some("http web 8080 /")),
            ("http://web:", Some("http web 80 /")),
            ("http://[fd00::1]:81/x", Some("http fd00::1 81 /x")),
            ("http://10.0.0.1?y", Some("http 10.0.0.1 80 /?y")),
            ("postgres://user:p%40ss@db/orders", Some("postgres db 5432 /orders")),
            ("jdbc:postgresql://db:5433/x", Some("postgresql db 5433 /x")),
            ("jdbc:sqlserver://db:1433;databaseName=x", Some("sqlserver db 1433 /")),
            ("postgresql+asyncpg://u:p@db/x", Some("postgresql db 5432 /x")),
            ("redis://:secret@redis-0.redis:6380/0", Some("redis redis-0.redis 6380 /0")),
            ("amqp://guest:guest@mq", Some("amqp mq 5672 /")),
            ("dns:///orders.shop:50051", Some("grpc orders.shop 50051 /")),
            ("tcp://redis:6379", Some("tcp redis 6379 /")),
            // A protocol without a port of its own, and none written.
            ("grpc://orders", None),
            ("mongodb+srv://cluster0.example.net/db", None),
            ("file:///etc/passwd", None),
            ("unix:///run/app.sock", None),
            ("http://0.0.0.0:80", None),
            ("http://+:8080", None),
            ("http://*:8080", None),
            ("http://${HOST}:8080", None),
            ("http://web:99999", None),
            ("http://", None),
        ] {
            assert_eq!(shown(url(text)).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn reads_host_and_port() {
        for (text, want) in [
            ("redis-cart:6379", Some(" redis-cart 6379 /")),
            ("10.0.0.1:80", Some(" 10.0.0.1 80 /")),
            ("[fd00::1]:80", Some(" fd00::1 80 /")),
            ("api.shop:8080/v1", Some(" api.shop 8080 /v1")),
            ("localhost:3000", Some(" localhost 3000 /")),
            ("12:30", None),
            ("1.2.3:80", None),
            ("0.0.0.0:80", None),
            ("[::]:80", None),
            (":8080", None),
            ("nginx:1.27", None),
            ("web:080", None),
            ("web:+80", None),
            ("web:65536", None),
            ("web:0", None),
            ("a@example.com:25", None),
            ("C:\\temp", None),
            ("registry:5000/app:1", None),
            ("::1:80", None),
            ("app:web", None),
            ("tcp:5432", None),
        ] {
            assert_eq!(shown(host_port(text)).as_deref(), want, "{text}");
        }
    }
}
