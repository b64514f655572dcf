//! What CoreDNS does with a name that is not the cluster's: `forward . /etc/resolv.conf` (`plugin/forward`) behind its cache.
//!
//! The file is the one in CoreDNS's own pod, and what it sends is traffic from that pod. Once its health checks have found all
//! servers dead it tries one of them for 2 seconds and answers SERVFAIL; left out are its first queries, for which it takes longer.
//! A circle of CoreDNS asking itself fails like a server that is silent, where the plugin `loop` would end CoreDNS.

use std::net::IpAddr;

use crate::cluster::PodId;
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
    pub fn ask(&mut self, question: &Question) -> Response {
        if let Some(remembered) = self.session.names.recall(self.pod, question, self.at_us) {
            return remembered;
        }
        let conf = ResolvConf::for_pod(self.net.cluster, self.net.cluster.pod(self.pod));
        for &server in &conf.nameservers {
            if let Some(response) = self.ask_server(server, question) {
                return self.session.names.remember(self.pod, question, response, self.at_us);
            }
        }
        Response::empty(Rcode::ServFail, Decision::NoUpstream { server: conf.nameservers.first().copied() })
    }

    fn ask_server(&mut self, server: IpAddr, question: &Question) -> Option<Response> {
        let mut steps = Vec::new();
        let from = Netns::of_pod(self.net.cluster, self.pod)?;
        match connect(self.net, from, server, 53, Protocol::Udp, self.session, &mut steps) {
            Ok(connection) => match connection.reached {
                Reached::Outside(_) => return Some(world::answer(self.net.cluster, question)),
                Reached::Listener(_) => self.waited = true,
            },
            Err(failure) => self.waited |= failure.kind != FailureKind::Refused,
        }
        self.steps.append(&mut steps);
        None
    }
}
