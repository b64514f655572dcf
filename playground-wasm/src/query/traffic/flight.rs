//! A request under way, and what becomes of it when its server ends meanwhile.
//!
//! A process that gets SIGTERM finishes what it has accepted, in the time that its behavior gives it; when it exits, the kernel
//! resets its connections. A machine that fails sends nothing any more. A proxy on the way makes 502 and 504 of these.

use super::figures::Failed;
use crate::cluster::{Cluster, NodeId};
use crate::dto::Outcome;
use crate::edge::plan::{Action, Upstream};
use crate::net::{ListenerRef, Network};
use crate::request::{Broken, CLIENT_TIMEOUT_US, Exchange, How, Kept, Support, Transport};

/// A request that was sent.
pub struct Flight {
    pub exchange: Exchange,
    /// Microseconds since the load began: when it was due, when it was sent, and when it is over.
    pub due_us: u64,
    pub sent_us: u64,
    pub ends_us: u64,
    /// The client's connection, of those that it keeps.
    pub slot: Option<usize>,
    /// Whether it opened a connection.
    pub opens: bool,
    /// The connection, where others may use it too.
    pub kept: Option<Kept>,
    /// Calls that were cut off.
    pub lost_calls: Vec<Outcome>,
    legs: Vec<Leg>,
    cut: bool,
}

/// A connection that a request rests on, while it does.
struct Leg {
    whose: Whose,
    /// How many others it serves.
    depth: usize,
    way: Support,
    from_us: u64,
    to_us: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Client,
    /// That of a proxy, which has a status for a reset and one for silence; a stream has none.
    Proxy(Option<(u16, u16)>),
    /// That of a container which calls others.
    Caller,
}

impl Flight {
    pub fn new(cluster: &Cluster, exchange: Exchange, due_us: u64, sent_us: u64, slot: Option<usize>, opens: bool) -> Self {
        let mut legs = Vec::new();
        add_legs(cluster, &exchange, Whose::Client, 0, sent_us, &mut legs);
        let kept = if slot.is_some() && opens { Kept::of(cluster, &exchange) } else { None };
        let ends_us = sent_us + exchange.ended_us;
        Self { exchange, due_us, sent_us, ends_us, slot, opens, kept, lost_calls: Vec::new(), legs, cut: false }
    }

    /// How it failed, if it did.
    pub fn failed(&self) -> Option<Failed> {
        Failed::of(&self.exchange)
    }

    /// Whether its connection can be used again.
    pub fn stands(&self) -> bool {
        matches!(self.exchange.outcome, Outcome::Response | Outcome::Connected)
    }

    /// Looks whether something that it rests on is broken; gives how it failed by that.
    pub fn look(&mut self, net: Network<'_>, us: u64) -> Option<Failed> {
        while !self.cut {
            let rests = |leg: &Leg| leg.from_us <= us && us < leg.to_us;
            let broken = |(index, leg): (usize, &Leg)| Some((index, leg.way.broken(net.cluster)?));
            let found = self.legs.iter().enumerate().filter(|(_, leg)| rests(leg)).find_map(broken);
            let (index, broken) = found?;
            let (whose, depth, to_us) = (self.legs[index].whose, self.legs[index].depth, self.legs[index].to_us);
            let (outcome, at_us) = match broken {
                Broken::Silent(_) => (Outcome::Timeout, us + CLIENT_TIMEOUT_US),
                Broken::Ended => (Outcome::Reset, us),
            };
            if whose == Whose::Caller {
                // The container answers all the same, sooner or later than it would have.
                let below = self.legs[index + 1..].iter().take_while(|leg| leg.depth > depth).count();
                self.legs.drain(index..=index + below);
                self.ends_us = self.ends_us + at_us - to_us;
                for leg in &mut self.legs {
                    for time in [&mut leg.from_us, &mut leg.to_us].into_iter().filter(|time| **time >= to_us) {
                        *time = *time + at_us - to_us;
                    }
                }
                self.lost_calls.push(outcome);
                continue;
            }
            self.cut = true;
            self.ends_us = at_us;
            (self.exchange.outcome, self.exchange.status) = match whose {
                Whose::Proxy(Some((reset, silent))) => (Outcome::Response, Some(if outcome == Outcome::Timeout { silent } else { reset })),
                _ => (outcome, None),
            };
            return self.failed().map(|failed| Failed { why: why(net.cluster, broken, self.legs[index].way.server()), ..failed });
        }
        None
    }
}

fn add_legs(cluster: &Cluster, exchange: &Exchange, whose: Whose, depth: usize, sent_us: u64, legs: &mut Vec<Leg>) {
    if let Some(connection) = &exchange.connection {
        let way = Support::of(cluster, connection, &exchange.steps);
        legs.push(Leg { whose, depth, way, from_us: sent_us + exchange.started_us, to_us: sent_us + exchange.ended_us });
    }
    let statuses = proxy(cluster, exchange);
    let inner = if whose == Whose::Caller { whose } else { Whose::Proxy(statuses) };
    for attempt in exchange.attempts() {
        add_legs(cluster, attempt, inner, depth + 1, sent_us, legs);
    }
    for call in &exchange.calls {
        add_legs(cluster, call, Whose::Caller, depth + 1, sent_us, legs);
    }
}

/// What the proxy that accepted an exchange answers where the one that it asked breaks off, or stays silent; absent for a stream.
fn proxy(cluster: &Cluster, exchange: &Exchange) -> Option<(u16, u16)> {
    let stream = matches!(exchange.request.target.transport, Transport::Plain(_));
    match (&exchange.relayed, &exchange.passed) {
        (Some(relayed), _) => match &relayed.plan.as_ref()?.action {
            Action::Forward(forward) if forward.upstream == Upstream::AsClient => None,
            _ => Some((502, 504)),
        },
        (None, Some(passed)) => match passed.how {
            How::Took { taken, .. } => {
                let proxy = cluster.pod(taken.pod).behavior[taken.container].proxy.as_deref()?;
                Some((proxy.unreachable, proxy.unreachable)).filter(|_| !stream)
            }
            How::Decided { .. } => Some((502, 504)).filter(|_| !stream),
        },
        (None, None) => None,
    }
}

/// A sentence on what was broken.
fn why(cluster: &Cluster, broken: Broken, server: Option<ListenerRef>) -> String {
    let name = |node: NodeId| &cluster.node(node).name;
    match (broken, server) {
        (Broken::Silent(node), _) => format!("The machine of {} failed while the request was under way.", name(node)),
        (Broken::Ended, Some(server)) => {
            let pod = cluster.pod(server.pod);
            format!("Container {} of {} ended before it had answered.", pod.spec().containers[server.container].name, pod.meta.name)
        }
        (Broken::Ended, None) => String::new(),
    }
}
