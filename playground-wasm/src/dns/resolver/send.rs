//! Servers, attempts and time-outs (glibc `resolv/res_send.c`: `__res_context_send`, `send_dg`), over UDP, with `options use-vc` over
//! TCP (`send_vc`). Left out: truncation, for which questions are sent again over TCP; and without an answer TCP takes minutes to give up.
//!
//! The questions of one candidate share the fate of their server here: one that answers the first and loses the second, for which
//! glibc has its `single-request` retries, is not modelled.

use std::net::{IpAddr, Ipv4Addr};

use super::{Carry, Exchange, SentQuery, Status};
use crate::dns::{Question, Rcode, ResolvConf, Response};
use crate::model::Protocol;

/// What a round trip to a name server takes on the virtual clock.
const ROUND_TRIP_US: u64 = 500;

/// A process's resolver during one lookup.
pub(super) struct Client<'a> {
    pub conf: &'a ResolvConf,
    /// Whether records that are answered do not count: only whether the name exists is asked.
    pub blank: bool,
    /// With `options rotate`, the server that is first; the next one after each candidate.
    turn: usize,
    exchange: &'a mut Carry<'a>,
    queries: Vec<SentQuery>,
    elapsed_us: u64,
}

/// What came of sending a candidate's questions.
pub(super) enum Sent {
    /// From one server, only those answers that say whether there are records.
    Answered(Vec<Response>),
    /// The last failing answer of any server; `Refused` only where all packets were turned back.
    Failed(Status),
}

impl<'a> Client<'a> {
    pub(super) fn new(conf: &'a ResolvConf, turn: usize, exchange: &'a mut Carry<'a>) -> Self {
        Self { conf, blank: false, turn, exchange, queries: Vec::new(), elapsed_us: 0 }
    }

    /// What was sent, and the virtual microseconds it took.
    pub(super) fn finish(self) -> (Vec<SentQuery>, u64) {
        (self.queries, self.elapsed_us)
    }

    /// Asks one server after the other, all of them as often as `attempts` says, until one answers.
    pub(super) fn send(&mut self, questions: &[Question]) -> Sent {
        let local = [IpAddr::V4(Ipv4Addr::LOCALHOST)];
        let conf = self.conf;
        let servers = if conf.nameservers.is_empty() { &local } else { conf.nameservers.as_slice() };
        let first = if conf.has_option("rotate") { self.turn % servers.len() } else { 0 };
        self.turn += 1;
        let protocol = if conf.has_option("use-vc") { Protocol::Tcp } else { Protocol::Udp };
        let mut failed = Status::Refused;
        for _ in 0..conf.attempts {
            for (index, &server) in servers.iter().enumerate().cycle().skip(first).take(servers.len()) {
                let patience_us = patience_us(conf, index, servers.len());
                let usable = self.ask(server, protocol, questions, patience_us, &mut failed);
                if !usable.is_empty() {
                    return Sent::Answered(usable);
                }
            }
        }
        Sent::Failed(failed)
    }

    /// Asks one server all questions once, and notes in `failed` why they failed. The result is only those answers that say whether
    /// there are records.
    fn ask(&mut self, server: IpAddr, protocol: Protocol, questions: &[Question], patience_us: u64, failed: &mut Status) -> Vec<Response> {
        // `single-request`, and as it is called with `-reopen`: the next question waits for the answer to the one before.
        let one_by_one = protocol == Protocol::Udp && self.conf.has_option("single-request");
        let mut usable = Vec::new();
        let mut took_us = ROUND_TRIP_US;
        for question in questions {
            let exchange = match (self.exchange)(server, protocol, question) {
                Exchange::Answered { waited_us, .. } if waited_us >= patience_us => Exchange::NoAnswer,
                exchange => exchange,
            };
            let (status, decision) = match &exchange {
                Exchange::Answered { response, .. } => (Status::Rcode(response.rcode), Some(response.decision.clone())),
                Exchange::Refused => (Status::Refused, None),
                Exchange::NoAnswer => (Status::Timeout, None),
            };
            self.queries.push(SentQuery { server, question: question.clone(), status, decision });
            took_us = took_us.max(match exchange {
                Exchange::Answered { waited_us, .. } => ROUND_TRIP_US + waited_us,
                Exchange::NoAnswer => patience_us,
                Exchange::Refused => 0,
            });
            match exchange {
                Exchange::Answered { mut response, .. } if matches!(response.rcode, Rcode::NoError | Rcode::NxDomain) => {
                    if self.blank {
                        response.answers.clear();
                    }
                    usable.push(response);
                }
                Exchange::Answered { .. } => *failed = status,
                Exchange::NoAnswer if *failed == Status::Refused => *failed = status,
                Exchange::NoAnswer | Exchange::Refused => {}
            }
            if one_by_one && matches!(status, Status::Timeout | Status::Refused) {
                break;
            }
        }
        self.elapsed_us += took_us;
        usable
    }
}

/// The first server is waited for as long as `timeout` says; later ones twice as long each, divided by their number.
fn patience_us(conf: &ResolvConf, index: usize, servers: usize) -> u64 {
    let seconds = u64::from(conf.timeout_s) << index.min(3);
    let seconds = if index > 0 { seconds / u64::try_from(servers).unwrap_or(1) } else { seconds };
    seconds.max(1) * 1_000_000
}
