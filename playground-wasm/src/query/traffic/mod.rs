//! A steady load on the virtual clock: requests at equal distances, while controllers, kubelets and people change the cluster.
//!
//! Each is the evaluator's request in the network as it is when it is sent; `flight` looks after it until it is answered, since its server
//! may end meanwhile. What is left out: a packet that is lost is not sent again, and calls of containers see the network of
//! the moment in which their request was sent.

mod client;
mod figures;
mod flight;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Number, Value};

use super::destination::Nowhere;
use super::{To, get, request};
use crate::control::{Action, Millis, Simulation, millis};
use crate::dto::{Peer, TrafficAnswer};
use crate::net::Session;
use crate::request::{CLIENT_TIMEOUT_US, Request, Sender, resolve_sender, run, run_on};
use client::Client;
use figures::Figures;
use flight::Flight;

/// A load: who sends what to where, how often and for how long.
#[derive(Debug, Clone, Deserialize)]
pub struct TrafficQuery {
    pub from: Peer,
    pub to: To,
    /// Requests a second.
    pub rate: Number,
    pub seconds: Number,
    /// Whether connections are used again, or each request opens its own.
    #[serde(default)]
    pub keep_alive: bool,
    /// How many connections the client keeps at most; each carries one request at a time.
    #[serde(default = "super::one")]
    pub connections: u32,
    #[serde(default = "get")]
    pub method: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Chooses another of the possible courses.
    #[serde(default)]
    pub seed: u64,
    /// What is done to the cluster meanwhile, at times of the virtual clock.
    #[serde(default)]
    pub actions: Vec<Value>,
    /// What is done besides, by whoever asks.
    #[serde(skip)]
    pub scheduled: Vec<Action>,
}

/// More would keep a page waiting, and the shares do not change any more.
const MOST: u64 = 100_000;

/// Puts a cluster, from its present time on, under a load; the error says what the question got wrong.
#[inline(never)]
pub fn answer(simulation: Simulation, query: &TrafficQuery) -> Result<TrafficAnswer, String> {
    let amount = |number: &Number, name: &str| {
        let thousandths = millis(&Value::Number(number.clone())).filter(|&amount| amount > 0);
        thousandths.ok_or_else(|| format!("`{name}` is {number}, not a number above 0"))
    };
    let (rate, duration) = (amount(&query.rate, "rate")?, amount(&query.seconds, "seconds")?);
    let count = rate.saturating_mul(duration).div_ceil(1_000_000);
    if count > MOST {
        return Err(format!("these are {count} requests, and a load has {MOST} at most: lower `rate` or `seconds`"));
    }
    let mut actions = query.actions.iter().map(Action::read).collect::<Result<Vec<_>, _>>()?;
    actions.extend(query.scheduled.iter().cloned());
    actions.sort_by_key(|action| action.at);
    let began = simulation.now();
    let slots = if query.keep_alive { query.connections.clamp(1, 10_000) } else { 0 };
    let seed = simulation.cluster().config.seed.wrapping_add(query.seed);
    let mut load = Load {
        query,
        began,
        actions: actions.into(),
        sender: resolve_sender(simulation.cluster(), &query.from).map_err(|error| error.0).map(Some)?,
        request: request::asked(simulation.network(), &query.to, &query.method, &query.headers)?,
        version: simulation.network_version(),
        session: Session::new(seed),
        client: Client::new(count, rate, slots),
        flights: Vec::new(),
        figures: Figures::new(duration.div_ceil(1_000)),
        warnings: Vec::new(),
        simulation,
    };
    load.settle_sender();
    while load.step() {}
    let mut answer = load.figures.told(load.simulation.cluster(), began, load.sender);
    answer.warnings = load.warnings;
    Ok(answer)
}

/// A load under way. Its times are microseconds since it began.
struct Load<'q> {
    query: &'q TrafficQuery,
    simulation: Simulation,
    began: Millis,
    actions: VecDeque<Action>,
    /// The network's version for which the next three were found out.
    version: u64,
    /// Absent while nobody can send.
    sender: Option<Sender>,
    request: Result<Rc<Request>, Nowhere>,
    session: Session,
    client: Client,
    flights: Vec<Flight>,
    figures: Figures,
    warnings: Vec<String>,
}

impl Load<'_> {
    /// Lets the next thing happen: a request ends, the cluster changes, or a request is sent. False once all is over.
    fn step(&mut self) -> bool {
        let sending = self.client.next_us();
        let landing = self.flights.iter().map(|flight| flight.ends_us).min();
        let Some(soonest) = sending.into_iter().chain(landing).min() else { return false };
        let change = [self.simulation.next_event_at(), self.actions.front().map(|action| action.at)].into_iter().flatten().min();
        let change = change.map(|at| (at.max(self.simulation.now()), self.since_begin(at)));
        match change {
            // What ends in an instant has ended before something changes in it, and what begins does so after it.
            Some((at, us)) if us < soonest || us == soonest && landing != Some(us) => self.change(at),
            _ if landing == Some(soonest) => self.land(soonest),
            _ => self.send(soonest),
        }
        true
    }

    fn since_begin(&self, at: Millis) -> u64 {
        at.saturating_sub(self.began).saturating_mul(1_000)
    }

    /// Lets happen what is due at a time.
    fn change(&mut self, at: Millis) {
        self.simulation.run_until(at);
        while self.actions.front().is_some_and(|action| action.at <= at) {
            let Some(action) = self.actions.pop_front() else { break };
            self.warnings.extend(self.simulation.act(&action.change));
            self.simulation.run_until(at);
        }
        if self.simulation.network_version() == self.version {
            return;
        }
        self.version = self.simulation.network_version();
        let us = self.since_begin(at);
        let net = self.simulation.network();
        for flight in &mut self.flights {
            if let Some(failed) = flight.look(net, us) {
                self.figures.tell(net, self.began, flight, &failed);
            }
        }
        self.client.look(net.cluster);
        let sender = resolve_sender(net.cluster, &self.query.from).ok();
        if sender != self.sender {
            self.sender = sender;
            self.hang_up();
        }
        self.settle_sender();
        let net = self.simulation.network();
        // Where the Service is gone that had the address, the client goes on sending to it.
        if let Ok(request) = request::asked(net, &self.query.to, &self.query.method, &self.query.headers) {
            self.request = request;
        }
    }

    /// Nobody sends whose machine does not run.
    fn settle_sender(&mut self) {
        let cluster = self.simulation.cluster();
        let node = match self.sender {
            Some(Sender::Pod { pod, .. }) => cluster.pod(pod).node,
            Some(Sender::Node(node)) => Some(node),
            Some(Sender::Outside(_)) | None => None,
        };
        if node.is_some_and(|node| !cluster.node(node).up) {
            self.sender = None;
            self.hang_up();
        }
    }

    /// The one who sent is no more, and its connections with it.
    fn hang_up(&mut self) {
        self.client.hang_up();
        for flight in &mut self.flights {
            flight.kept = None;
        }
    }

    fn send(&mut self, us: u64) {
        let due_us = self.client.take();
        let Some(sender) = self.sender else { return };
        self.simulation.run_until(self.began + us / 1_000);
        let net = self.simulation.network();
        self.session.advance(us.saturating_sub(self.session.now_us()));
        let request = match &self.request {
            Ok(request) => Rc::clone(request),
            Err(none) => return self.figures.nowhere(net, self.began, due_us, none),
        };
        if us - due_us > CLIENT_TIMEOUT_US {
            return self.figures.waited_in_vain(self.began, due_us, net.cluster, sender);
        }
        // Nobody asks which of the possible courses a request of a load took.
        self.session.forget_choices();
        let (slot, kept) = self.client.seize();
        let opens = kept.is_none();
        let exchange = match kept {
            Some(kept) => run_on(net, sender, &request, kept, &mut self.session),
            None => run(net, sender, &request, &crate::edge::Headers::default(), &mut self.session),
        };
        let flight = Flight::new(net.cluster, exchange, due_us, us, slot, opens);
        if let Some(failed) = flight.failed() {
            self.figures.tell(net, self.began, &flight, &failed);
        }
        self.flights.push(flight);
    }

    fn land(&mut self, us: u64) {
        let cluster = self.simulation.cluster();
        let (landed, flying): (Vec<Flight>, Vec<Flight>) =
            std::mem::take(&mut self.flights).into_iter().partition(|flight| flight.ends_us <= us);
        self.flights = flying;
        for flight in landed {
            self.figures.add(cluster, &flight);
            self.client.release(cluster, us, &flight);
        }
    }
}
