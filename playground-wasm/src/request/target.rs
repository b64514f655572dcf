//! The URL of a request.

use std::net::IpAddr;

use crate::behavior::Reference;
use crate::behavior::address;
use crate::cluster::{PodId, ServiceId};
use crate::model::{PortRef, Protocol};

/// Where a request goes and how it is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// As it was written.
    pub text: String,
    pub transport: Transport,
    pub host: String,
    pub port: u16,
    /// With its query.
    pub path: String,
    /// Where to connect, whatever the host resolves to.
    pub address: Option<IpAddr>,
    /// The pod in whose network namespace the connection starts, whoever asks for it.
    pub inside: Option<Inside>,
}

/// A tunnel of `kubectl port-forward`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    pub pod: PodId,
    /// The Service that picked the pod, its port and what that is in the pod.
    pub service: Option<(ServiceId, PortRef, u16)>,
}

/// How the sender speaks once it is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Http,
    Https,
    /// A connection is all that is asked for.
    Plain(Protocol),
    /// Whatever the listener speaks: a `host:port` does not say.
    AsListener,
}

impl Target {
    pub fn protocol(&self) -> Protocol {
        match self.transport {
            Transport::Plain(protocol) => protocol,
            Transport::Http | Transport::Https | Transport::AsListener => Protocol::Tcp,
        }
    }

    /// The address, where none has to be looked up.
    pub fn known_address(&self) -> Option<IpAddr> {
        self.address.or_else(|| self.host.parse().ok())
    }

    /// The Host header: the port stands in it unless it is the scheme's own.
    pub fn host_header(&self) -> String {
        let default = if self.transport == Transport::Https { 443 } else { 80 };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == default { host } else { format!("{host}:{}", self.port) }
    }
}

impl From<&Reference> for Target {
    fn from(reference: &Reference) -> Self {
        let transport = transport(reference.scheme.as_deref().unwrap_or_default());
        Self {
            text: reference.text.clone(),
            transport,
            host: reference.host.clone(),
            port: reference.port,
            path: reference.path.clone(),
            address: None,
            inside: None,
        }
    }
}

fn transport(scheme: &str) -> Transport {
    match scheme {
        "http" | "ws" | "h2c" | "grpc" => Transport::Http,
        "https" | "wss" | "grpcs" => Transport::Https,
        "udp" | "dns" | "statsd" | "syslog" => Transport::Plain(Protocol::Udp),
        "sctp" => Transport::Plain(Protocol::Sctp),
        "" => Transport::AsListener,
        _ => Transport::Plain(Protocol::Tcp),
    }
}

/// Reads the URL of a request; the error says what it should look like.
pub fn parse(text: &str) -> Result<Target, String> {
    let text = text.trim();
    let parsed = if text.contains("://") { address::url(text) } else { address::url(&format!("http://{text}")) };
    let parts = parsed.ok_or_else(|| {
        format!("{text:?} is not a URL that can be sent: write http://web.shop:8080/path, or tcp://db:5432, with a host and, but for http and https, a port")
    })?;
    let (transport, address) = (transport(&parts.scheme), parts.host.parse().ok());
    Ok(Target { text: text.to_owned(), transport, host: parts.host, port: parts.port, path: parts.path, address, inside: None })
}
