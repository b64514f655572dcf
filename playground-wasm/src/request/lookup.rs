//! A name looked up as traffic: each question is a connection to the name server, over UDP, subject to policies like any other.

use std::net::IpAddr;

use super::Sender;
use super::forward::{self, Forwarder};
use crate::behavior::App;
use crate::dns::{self, Exchange, Lookup, Name, Question, Rcode, RecordType, server, world};
use crate::model::Protocol;
use crate::net::{Connection, Failure, FailureKind, Netns, Network, Reached, Session, Step, connect};

/// A lookup with the way of its packets: that of the first question, and of the first that failed.
#[derive(Debug, Clone)]
pub struct Resolution {
    pub name: String,
    pub lookup: Lookup,
    /// The addresses in the order in which the program tries them.
    pub order: Vec<IpAddr>,
    pub steps: Vec<Step>,
}

/// Looks a name up from a sender, at a virtual time of the session.
pub fn look_up(
    net: Network<'_>,
    sender: Sender,
    netns: Netns,
    name: &str,
    wanted: &[RecordType],
    at_us: u64,
    session: &mut Session,
) -> Resolution {
    let (conf, hosts) = sender.files(net.cluster);
    let mut first: Option<Vec<Step>> = None;
    let mut failed: Option<Vec<Step>> = None;
    let turn = if conf.has_option("rotate") { session.below(conf.nameservers.len()) } else { 0 };
    let mut socket: Option<Socket> = None;
    let lookup = dns::lookup(&conf, &hosts, name, wanted, turn, &mut |server, protocol, question| {
        let same = |socket: &Socket| (socket.server, socket.protocol) == (server, protocol) && socket.name == question.name;
        let used = match socket.take().filter(same) {
            Some(socket) => socket,
            None => Socket::open(net, netns, (server, protocol), question, session),
        };
        let mut steps = used.steps.clone();
        let exchange = ask(net, used.connected, question, at_us, session, &mut steps);
        socket = Some(used);
        let answered = matches!(&exchange, Exchange::Answered { response, .. } if response.rcode != Rcode::ServFail);
        let kept = if answered { &mut first } else { &mut failed };
        kept.get_or_insert(steps);
        exchange
    });
    let mut order: Vec<IpAddr> = lookup.addresses().collect();
    // Of several, CoreDNS puts another first each time; the sender's C library sorts what it was told.
    if !lookup.from_hosts {
        let turn = session.below(order.len());
        order[..].rotate_left(turn);
    }
    dns::sort(&mut order, &sender.addresses(net.cluster));
    Resolution { name: name.to_owned(), lookup, order, steps: failed.or(first).unwrap_or_default() }
}

/// The socket for the questions of one name to one server (`reopen` in glibc's `resolv/res_send.c`): they share it, retries
/// included, and so the name server's pod that conntrack leads it to.
struct Socket {
    server: IpAddr,
    protocol: Protocol,
    name: Name,
    connected: Result<Connection, Failure>,
    steps: Vec<Step>,
}

impl Socket {
    fn open(net: Network<'_>, from: Netns, (server, protocol): (IpAddr, Protocol), question: &Question, session: &mut Session) -> Self {
        let mut steps = Vec::new();
        let connected = connect(net, from, server, 53, protocol, session, &mut steps);
        Self { server, protocol, name: question.name.clone(), connected, steps }
    }
}

fn ask(
    net: Network<'_>,
    connected: Result<Connection, Failure>,
    question: &Question,
    at_us: u64,
    session: &mut Session,
    steps: &mut Vec<Step>,
) -> Exchange {
    match connected {
        Ok(connection) => match connection.reached {
            Reached::Listener(listener) if listener.get(net.cluster).app == App::Dns => {
                let mut forwarder = Forwarder { net, pod: listener.pod, at_us: session.now_us() + at_us, session, steps, waited: false };
                let response = server::answer(net.cluster, question, &mut |question, to| forwarder.ask(question, to));
                let waited_us = if forwarder.waited { forward::PATIENCE_US } else { 0 };
                Exchange::Answered { response, waited_us }
            }
            // Somebody listens there and does not speak DNS.
            Reached::Listener(_) | Reached::HealthCheck { .. } => Exchange::NoAnswer,
            Reached::Outside(_) => Exchange::from(world::answer(net.cluster, question)),
        },
        Err(failure) if failure.kind == FailureKind::Refused => Exchange::Refused,
        Err(_) => Exchange::NoAnswer,
    }
}
