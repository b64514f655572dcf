//! A name looked up as traffic: each question is a UDP connection to the name server, subject to policies like any other.

use std::net::IpAddr;

use super::Sender;
use crate::behavior::App;
use crate::cluster::PodId;
use crate::dns::{self, Decision, Exchange, Lookup, Question, Rcode, Record, RecordType, ResolvConf, Response, world, zone};
use crate::model::Protocol;
use crate::net::{FailureKind, Netns, Network, Reached, Session, Step, connect};

/// A lookup with the way of its packets: that of the first question, and of the first that failed.
#[derive(Debug, Clone)]
pub struct Resolution {
    pub name: String,
    pub lookup: Lookup,
    pub steps: Vec<Step>,
}

/// Looks a name up from a sender.
pub fn look_up(net: Network<'_>, sender: Sender, netns: Netns, name: &str, wanted: &[RecordType], session: &mut Session) -> Resolution {
    let (conf, hosts) = sender.files(net.cluster);
    let mut first: Option<Vec<Step>> = None;
    let mut failed: Option<Vec<Step>> = None;
    let turn = if conf.has_option("rotate") { session.below(conf.nameservers.len()) } else { 0 };
    let lookup = dns::lookup(&conf, &hosts, name, wanted, turn, &mut |server, question| {
        let mut steps = Vec::new();
        let exchange = ask(net, netns, server, question, session, &mut steps);
        let answered = matches!(&exchange, Exchange::Answered(response) if response.rcode != Rcode::ServFail);
        let kept = if answered { &mut first } else { &mut failed };
        kept.get_or_insert(steps);
        exchange
    });
    Resolution { name: name.to_owned(), lookup, steps: failed.or(first).unwrap_or_default() }
}

fn ask(net: Network<'_>, from: Netns, server: IpAddr, question: &Question, session: &mut Session, steps: &mut Vec<Step>) -> Exchange {
    match connect(net, from, server, 53, Protocol::Udp, session, steps) {
        Ok(connection) => match connection.reached {
            Reached::Listener(listener) if listener.get(net.cluster).app == App::Dns => {
                Exchange::Answered(as_reached(net, listener.pod, zone::answer(net.cluster, question), session, steps))
            }
            // Somebody listens there and does not speak DNS.
            Reached::Listener(_) => Exchange::NoAnswer,
            Reached::Outside(_) => Exchange::Answered(world::answer(net.cluster, question)),
        },
        Err(failure) if failure.kind == FailureKind::Refused => Exchange::Refused,
        Err(_) => Exchange::NoAnswer,
    }
}

/// What a CoreDNS pod answers: for names outside the cluster it has to reach its own name server, which is traffic like any
/// other (the plugin `forward`, and the plugin `kubernetes` for what an ExternalName stands for).
fn as_reached(net: Network<'_>, pod: PodId, mut response: Response, session: &mut Session, steps: &mut Vec<Step>) -> Response {
    let domain = format!("{}.", net.cluster.config.cluster_domain);
    let own = |record: &Record| record.data.address().is_none() || record.name.is_within(&domain);
    let outside = response.decision == Decision::Outside;
    if !outside && response.answers.iter().all(own) {
        return response;
    }
    let mut way = Vec::new();
    let reached = Netns::of_pod(net.cluster, pod).is_some_and(|from| {
        ResolvConf::for_pod(net.cluster, net.cluster.pod(pod)).nameservers.iter().any(|&server| {
            let connected = connect(net, from, server, 53, Protocol::Udp, session, &mut way);
            connected.is_ok_and(|connection| matches!(connection.reached, Reached::Outside(_)))
        })
    });
    if reached {
        return response;
    }
    steps.append(&mut way);
    if outside {
        return Response::empty(Rcode::ServFail, Decision::Outside);
    }
    response.answers.retain(own);
    response
}
