//! A connection that stands: its packets go to the endpoint that it was opened to, whatever Services say by then, since conntrack
//! keeps its translation (`nf_conntrack`). kube-proxy deletes such entries for UDP alone (`pkg/proxy/conntrack/cleanup.go`).
//!
//! It ends with the process that accepted it, and then both sides know; a machine that fails tells nobody. Left out: policies that
//! a plugin also holds against connections which stand, and idle time-outs.

use super::Exchange;
use super::exchange::round_trip;
use crate::cluster::{Cluster, ContainerState, NodeId};
use crate::model::Protocol;
use crate::net::{Connection, ListenerRef, Packet, Reached, Step, What};

/// A connection that stands, as its client keeps it.
#[derive(Debug, Clone)]
pub struct Kept {
    pub connection: Connection,
    pub trip_us: u64,
    pub way: Support,
    /// The last packet of its opening.
    packet: Packet,
}

/// What a connection rests on: the machines that it leads over, and a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    nodes: Vec<NodeId>,
    /// With how often the container had been restarted.
    server: Option<(ListenerRef, u32)>,
}

/// What became of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A machine on its way does not run, and nobody answers.
    Silent(NodeId),
    /// The process that accepted it is no more.
    Ended,
}

impl Support {
    /// The way of a connection whose opening took these steps.
    pub fn of(cluster: &Cluster, connection: &Connection, steps: &[Step]) -> Self {
        let handed = |step: &Step| match step.what {
            What::Handed { node, .. } | What::Translated { node, .. } | What::HostPort { node, .. } | What::HealthCheck { node, .. } => {
                Some(node)
            }
            _ => None,
        };
        let mut nodes: Vec<NodeId> = steps.iter().filter_map(handed).collect();
        let server = match connection.reached {
            Reached::Listener(listener) => {
                nodes.extend(cluster.pod(listener.pod).node);
                Some((listener, state(cluster, listener).restarts))
            }
            Reached::Outside(_) | Reached::HealthCheck { .. } => None,
        };
        Self { nodes, server }
    }

    pub fn broken(&self, cluster: &Cluster) -> Option<Broken> {
        if let Some(&node) = self.nodes.iter().find(|&&node| !cluster.node(node).up) {
            return Some(Broken::Silent(node));
        }
        let (listener, restarts) = self.server?;
        let state = state(cluster, listener);
        let runs = (state.is_running() || state.listens) && state.restarts == restarts;
        (!runs).then_some(Broken::Ended)
    }

    /// Whether the process has got SIGTERM and ends its connections once they are idle.
    pub fn closes(&self, cluster: &Cluster) -> bool {
        self.server.is_some_and(|(listener, _)| !state(cluster, listener).listens)
    }

    pub fn server(&self) -> Option<ListenerRef> {
        self.server.map(|(listener, _)| listener)
    }
}

impl Kept {
    /// The connection of an exchange that is over; absent where it reached nobody.
    pub fn of(cluster: &Cluster, exchange: &Exchange) -> Option<Self> {
        let (connection, last) = (exchange.connection?, exchange.steps.last()?);
        Some(Self {
            connection,
            trip_us: round_trip(&connection, &exchange.steps),
            way: Support::of(cluster, &connection, &exchange.steps),
            packet: last.packet,
        })
    }

    /// How what is sent on it is led.
    pub fn step(&self) -> Step {
        Step { packet: self.packet, what: What::Kept { reached: self.connection.reached } }
    }

    /// Whether kube-proxy has deleted its translation: its endpoint is no more, and the protocol is UDP.
    pub fn is_flushed(&self, cluster: &Cluster) -> bool {
        let ip = self.packet.destination;
        let mut endpoints = cluster.services.iter().flat_map(|service| &service.programmed).flat_map(|slice| &slice.endpoints);
        self.packet.protocol == Protocol::Udp
            && self.connection.service.is_some()
            && !endpoints.any(|endpoint| (endpoint.ready || endpoint.serving) && endpoint.addresses.contains(&ip))
    }
}

fn state(cluster: &Cluster, listener: ListenerRef) -> &ContainerState {
    &cluster.pod(listener.pod).containers[listener.container]
}
