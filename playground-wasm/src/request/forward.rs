//! What CoreDNS does with a name that is not the cluster's: `forward` (`plugin/forward`) behind its cache.
//!
//! A server that the Corefile names for some names only is taken to know all of these; others know what the world outside knows.
//!
//! `/etc/resolv.conf` is the one in CoreDNS's own pod, and what it sends is traffic from that pod. Once its health checks have found all
//! servers dead it tries one of them for 2 seconds and answers SERVFAIL; left out are its first queries, for which it takes longer.
//! A circle of CoreDNS asking itself fails like a server that is silent, where the plugin `loop` would end CoreDNS.

use std::net::IpAddr;

use crate::cluster::PodId;
use crate::dns::corefile::{ForwardTo, Upstream};
use crate::dns::{Decision, Question, Rcode, ResolvConf, Response, world};
use crate::model::Protocol;
use crate::net::{FailureKind, Netns, Network, Reached, Session, Step, connect};

/// How long CoreDNS waits for a server.
pub(super) const PATIENCE_US: u64 = 2_000_000;

/// A CoreDNS pod while it answers one question.
pub(super) struct Forwarder<'a, 'b> {
    pub net: Network<'a>,
    pub pod: PodId,
    pub at_us: u64,
    pub session: &'b mut Session,
    /// The way of its packets, added where it failed.
    pub steps: &'b mut Vec<Step>,
    /// Whether a server was waited for in vain.
    pub waited: bool,
}

impl Forwarder<'_, '_> {
    /// Answers from the cache, or asks its servers one after the other.
    pub fn ask(&mut self, question: &Question, to: &ForwardTo) -> Response {
        let remembered = to.cache_s.and_then(|_| self.session.names.recall(self.pod, question, self.at_us));
        self.session.note(usize::from(remembered.is_some()));
        if let Some(remembered) = remembered {
            return remembered;
        }
        let own = ResolvConf::for_pod(self.net.cluster, self.net.cluster.pod(self.pod)).nameservers;
        let servers = to.to.iter().flat_map(|upstream| match upstream {
            Upstream::Address(address) => std::slice::from_ref(address),
            Upstream::ResolvConf => &own,
        });
        let servers: Vec<IpAddr> = servers.copied().collect();
        for &server in &servers {
            if let Some(response) = self.ask_server(server, question, to.is_stub()) {
                let Some(longest_s) = to.cache_s else { return response };
                return self.session.names.remember(self.pod, question, response, longest_s, self.at_us);
            }
        }
        Response::empty(Rcode::ServFail, Decision::NoUpstream { server: servers.first().copied() })
    }

    fn ask_server(&mut self, server: IpAddr, question: &Question, stub: bool) -> Option<Response> {
        let mut steps = Vec::new();
        let from = Netns::of_pod(self.net.cluster, self.pod)?;
        match connect(self.net, from, server, 53, Protocol::Udp, self.session, &mut steps) {
            Ok(connection) => match connection.reached {
                Reached::Outside(_) if stub => return Some(world::known(question)),
                Reached::Outside(_) => return Some(world::answer(self.net.cluster, question)),
                Reached::Listener(_) | Reached::HealthCheck { .. } => self.waited = true,
            },
            Err(failure) => self.waited |= failure.kind != FailureKind::Refused,
        }
        self.steps.append(&mut steps);
        None
    }
}
