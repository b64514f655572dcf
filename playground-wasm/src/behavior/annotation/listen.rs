//! One entry of `listen`: where it listens, and what it answers.

use std::net::{IpAddr, Ipv6Addr};

use super::Reader;
use super::shape::{WrittenListener, WrittenPath};
use crate::behavior::respond::{ALL, Fail, PathRespond};
use crate::behavior::reverse::Site;
use crate::behavior::{App, Listener, Reference, Respond};
use crate::model::Protocol;
use crate::text::{Node, Scalar, Value};

impl Reader {
    /// Reads an entry; calls of its paths are added to those of the container.
    pub fn listener(&mut self, written: WrittenListener, node: &Node, calls: &mut Vec<Reference>) -> Option<Listener> {
        let span = |field: &str| node.get(field).map_or(node.head(), Node::head);
        let Some(given) = written.port else {
            self.problem("this entry of `listen` has no `port`".into(), "Add `port:` with the number it listens on.".into(), node.head());
            return None;
        };
        let Some(port) = u16::try_from(given).ok().filter(|&port| port > 0) else {
            self.problem(format!("{given} is not a port"), "Ports run from 1 to 65535.".into(), span("port"));
            return None;
        };
        let protocol = match written.protocol.as_deref().map(Protocol::from_name) {
            None => Protocol::Tcp,
            Some(Some(protocol)) => protocol,
            Some(None) => {
                let message = format!("{:?} is not a protocol", written.protocol.unwrap_or_default());
                self.problem(message, "It is TCP, UDP or SCTP; left out, it is TCP.".into(), span("protocol"));
                return None;
            }
        };
        let address = match written.address.as_deref().map(str::parse::<IpAddr>) {
            None => None,
            // A socket of IPv6 on every address takes IPv4, too (`ipv6(7)`, `IPV6_V6ONLY` is off), which is what leaving it out says.
            Some(Ok(address)) => (address != Ipv6Addr::UNSPECIFIED).then_some(address),
            Some(Err(_)) => {
                let message = format!("{:?} is not an IP address", written.address.unwrap_or_default());
                self.problem(message, "Write 127.0.0.1 for loopback, or leave it out for every address.".into(), span("address"));
                return None;
            }
        };
        let response = written.respond.unwrap_or_default();
        let status = self.status(response.status, node.get("respond").and_then(|respond| respond.get("status")), node)?;
        let delay_us = self.micros(written.delay, node, "delay").unwrap_or_default();
        let fail = self.fail(written.fail_status, node)?;
        let mut paths = Vec::new();
        for (path, own) in written.paths {
            let at = node.get("paths").and_then(|paths| paths.get(&path)).unwrap_or(node);
            paths.extend(self.path(path, own, at, calls));
        }
        let app = match (protocol, &written.forward) {
            (Protocol::Tcp, Some(url)) => {
                let Some(site) = Site::forward(url, &self.path) else {
                    self.problem(
                        format!("{url:?} is not a URL that can be called"),
                        "Write a URL such as `http://localhost:8080/`.".into(),
                        span("forward"),
                    );
                    return None;
                };
                App::Proxy([site].into())
            }
            (Protocol::Tcp, None) => {
                App::Http(Respond { status, body: response.body.unwrap_or_default().into(), delay: None, delay_us, fail, paths })
            }
            (Protocol::Udp | Protocol::Sctp, _) => App::Raw,
        };
        Some(Listener { port, protocol, address, app, origin: self.path.clone() })
    }

    /// A status; absent where it is none, with the problem told.
    fn status(&mut self, given: Option<i64>, at: Option<&Node>, node: &Node) -> Option<u16> {
        match given.map(u16::try_from) {
            None => Some(200),
            // 1xx are interim answers: a server cannot leave it at one.
            Some(Ok(status @ 200..=599)) => Some(status),
            Some(_) => {
                let message = format!("{} is not the status of a response", given.unwrap_or_default());
                self.problem(message, "HTTP's statuses run from 200 to 599.".into(), at.unwrap_or(node).head());
                None
            }
        }
    }

    /// The share of answers that fail; absent where it cannot be read, with the problem told.
    #[expect(clippy::option_option, reason = "what is wrong and what is not said are two things")]
    fn fail(&mut self, status: Option<i64>, node: &Node) -> Option<Option<Fail>> {
        let status = self.status(status.or(Some(500)), node.get("fail_status"), node)?;
        let Some(rate) = node.get("fail_rate").filter(|rate| !rate.is_null()) else { return Some(None) };
        let share = match &rate.value {
            Value::Scalar(Scalar::Int(0)) => Some(0),
            Value::Scalar(Scalar::Int(1)) => Some(ALL),
            // The digits behind the point are the share: a fraction below one has no others.
            Value::Scalar(Scalar::Float(text)) => text.strip_prefix("0.").and_then(|digits| format!("{digits:0<6.6}").parse().ok()),
            _ => None,
        };
        let Some(share) = share else {
            self.problem("`fail_rate` is a share from 0 to 1".into(), "Write 0.1 for one answer in ten.".into(), rate.head());
            return None;
        };
        Some((share > 0).then_some(Fail { share, status }))
    }

    fn path(&mut self, path: String, written: WrittenPath, node: &Node, calls: &mut Vec<Reference>) -> Option<PathRespond> {
        if !path.starts_with('/') {
            self.problem(format!("{path:?} is not a path"), "Begin it with a slash: `/healthz`.".into(), node.head());
            return None;
        }
        let status = self.status(written.status, node.get("status"), node)?;
        let delay_us = self.micros(written.delay, node, "delay").unwrap_or_default();
        let own_calls = written.calls.is_some();
        let nodes = node.get("calls").map(Node::items).unwrap_or_default();
        calls.extend(self.calls(written.calls.unwrap_or_default(), nodes, Some(&path)));
        Some(PathRespond { path, status, body: written.body.unwrap_or_default().into(), delay_us, own_calls })
    }
}
