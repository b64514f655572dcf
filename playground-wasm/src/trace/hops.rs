//! Hops of an exchange and of the calls nested in it, in the order they happened.

use std::fmt::Write as _;

use super::asked::asked;
use super::edge::{self, Decision};
use super::proxy;
use super::words::{count, packet, sender_id, sender_title, service_id};
use crate::cluster::{Cluster, ObjectRef};
use crate::dns::{Rcode, Status};
use crate::dto::{Hop, HopKind, LineRef, Outcome};
use crate::net::{Network, Reached};
use crate::request::{Exchange, How, Resolution, Sender, Transport};
use crate::text;

/// The hops of an exchange, downstream calls included.
pub fn hops(net: Network<'_>, exchange: &Exchange) -> Vec<Hop> {
    let mut teller = Teller { net, hops: Vec::new() };
    teller.exchange(exchange, 0);
    teller.hops
}

pub(super) struct Teller<'a> {
    pub(super) net: Network<'a>,
    hops: Vec<Hop>,
}

/// What differs from hop to hop; the rest is filled in when it is added.
pub(super) struct Draft {
    pub(super) kind: HopKind,
    pub(super) actor: String,
    pub(super) title: String,
    pub(super) came_in: String,
    pub(super) rule: String,
    pub(super) went_out: String,
    pub(super) lines: Vec<Option<LineRef>>,
    pub(super) service: Option<String>,
}

impl Teller<'_> {
    pub(super) fn cluster(&self) -> &Cluster {
        self.net.cluster
    }

    pub(super) fn line(&self, object: ObjectRef, path: &[text::Step]) -> Option<LineRef> {
        self.cluster().sources.line(object, path)
    }

    fn add(&mut self, draft: Draft, depth: u32, exchange: u32, at_us: u64) -> &mut Hop {
        let index = u32::try_from(self.hops.len()).unwrap_or(u32::MAX);
        let Draft { kind, actor, title, came_in, rule, went_out, lines, service } = draft;
        let mut lines: Vec<LineRef> = lines.into_iter().flatten().collect();
        lines.dedup();
        let exchange = if kind == HopKind::Client { index } else { exchange };
        self.hops.push(Hop {
            index,
            depth,
            exchange,
            kind,
            actor,
            title,
            came_in,
            rule,
            went_out,
            lines,
            at_us,
            service,
            end: None,
            status: None,
        });
        let last = self.hops.len() - 1;
        &mut self.hops[last]
    }

    fn exchange(&mut self, exchange: &Exchange, depth: u32) {
        let start = u32::try_from(self.hops.len()).unwrap_or(u32::MAX);
        let client = self.client(exchange);
        self.add(client, depth, start, exchange.started_us);
        if let Some(resolution) = &exchange.resolution {
            self.resolution(exchange, resolution, depth, start);
        }
        if let Some(inside) = &exchange.request.target.inside {
            let (node, rule) = proxy::forwarded(self.net.cluster, inside);
            let (actor, title) = (format!("Node/{node}"), node);
            let hop = Draft {
                kind: HopKind::Node,
                actor,
                title,
                came_in: String::new(),
                rule,
                went_out: exchange.request.target.text.clone(),
                lines: Vec::new(),
                service: None,
            };
            self.add(hop, depth, start, exchange.started_us);
        }
        let begun = exchange.started_us + exchange.resolution.as_ref().map_or(0, |resolution| resolution.lookup.elapsed_us);
        let steps = exchange.steps.len() as u64;
        for (number, step) in (1..).zip(&exchange.steps) {
            let at = begun + (exchange.connected_us - begun) * number / steps.max(1);
            let draft = self.step(step, exchange);
            self.add(draft, depth, start, at);
        }
        if let Some(relayed) = &exchange.relayed
            && let Some(draft) = edge::decision(self.net, exchange, relayed).map(|decision| self.route(exchange, decision))
        {
            self.add(draft, depth, start, exchange.connected_us);
        }
        if let Some(passed) = &exchange.passed
            && let Some(decision) = proxy::decision(self.net.cluster, exchange, passed)
        {
            let mut draft = self.route(exchange, decision);
            proxy::point_within(self.net.cluster, passed, &mut draft.lines);
            if matches!(passed.how, How::Took { .. }) {
                draft.came_in = exchange.steps.last().map(|step| packet(&step.packet)).unwrap_or_default();
            }
            self.add(draft, depth, start, exchange.connected_us);
        }
        if let Some(last) = self.hops.last_mut().filter(|last| last.exchange == start) {
            last.end = Some(exchange.outcome);
            last.status = exchange.status;
        }
        self.ride(exchange, start);
        let passed_on = exchange.relayed.iter().flat_map(|relayed| relayed.mirrors.iter().chain(&relayed.attempts));
        let passed = exchange.passed.iter().flat_map(|passed| &passed.attempts);
        for call in passed_on.chain(passed).chain(&exchange.calls) {
            self.exchange(call, depth + 1);
        }
    }

    /// What the proxy decided that accepted.
    fn route(&self, exchange: &Exchange, decision: Decision) -> Draft {
        let Decision { title, rule, went_out, lines } = decision;
        let asked = exchange.request.http();
        Draft {
            kind: HopKind::Route,
            actor: self.hops.last().map(|hop| hop.actor.clone()).unwrap_or_default(),
            title,
            came_in: format!("{} {}{}", asked.method, asked.host, asked.path),
            rule,
            went_out,
            lines: lines.iter().map(|(object, path)| self.line(*object, path)).collect(),
            service: None,
        }
    }

    /// The packet travels on the line of the Service that was asked for, from the client to the hop before the last.
    fn ride(&mut self, exchange: &Exchange, start: u32) {
        let Some(service) = asked(self.net, exchange).map(|id| service_id(self.cluster(), id)) else { return };
        if let Some((_, before)) = self.hops[start as usize..].split_last_mut() {
            for hop in before.iter_mut().filter(|hop| hop.service.is_none()) {
                hop.service = Some(service.clone());
            }
        }
    }

    fn client(&self, exchange: &Exchange) -> Draft {
        let cluster = self.cluster();
        let target = &exchange.request.target;
        let asked = match target.transport {
            Transport::Http | Transport::Https => format!("{} {}", exchange.request.method, target.text),
            Transport::Plain(_) | Transport::AsListener => target.text.clone(),
        };
        let mut rule = match (&exchange.origin, exchange.sender) {
            (Some((object, path)), Sender::Pod { pod, container }) => {
                let name = &cluster.pod(pod).spec().containers[container].name;
                format!("container {name} calls what {} names", self.origin(*object, path))
            }
            (_, Sender::Outside(_)) => "a client outside the cluster".to_owned(),
            (_, Sender::Node(_)) => "a process on the node".to_owned(),
            (None, Sender::Pod { .. }) if let Some(via) = exchange.via => {
                format!("opens a connection of its own, to an endpoint of Service {}", cluster.service(via.service).meta().name)
            }
            (None, Sender::Pod { pod, container }) => format!("from container {}", cluster.pod(pod).spec().containers[container].name),
        };
        if let Sender::Pod { pod, .. } = exchange.sender
            && exchange.outcome == Outcome::Unroutable
            && exchange.steps.is_empty()
        {
            let _ = write!(rule, "; the pod has no network: {}", cluster.pod(pod).why.trim_end_matches('.'));
        }
        Draft {
            kind: HopKind::Client,
            actor: sender_id(cluster, exchange.sender),
            title: sender_title(cluster, exchange.sender),
            came_in: String::new(),
            rule,
            went_out: asked,
            lines: vec![exchange.origin.as_ref().and_then(|(object, path)| self.line(*object, path))],
            service: None,
        }
    }

    /// Where a call is written: `its variable DATABASE_URL`, `its args`.
    fn origin(&self, object: ObjectRef, path: &[text::Step]) -> String {
        let at = |name: &'static str| path.iter().position(|step| *step == text::Step::from(name));
        if let Some(env) = at("env") {
            let entry = self.cluster().sources.get(object).root.nearest(&path[..(env + 2).min(path.len())]);
            return match entry.get("name").and_then(text::Node::as_str) {
                Some(name) => format!("its variable {name}"),
                None => "its env".to_owned(),
            };
        }
        let list = ["envFrom", "args", "command"].into_iter().find(|&list| at(list).is_some());
        list.map_or_else(|| "its behavior annotation".to_owned(), |list| format!("its {list}"))
    }

    /// The lookup: the way to the name server where it was barred, then the name server.
    fn resolution(&mut self, exchange: &Exchange, resolution: &Resolution, depth: u32, start: u32) {
        let lookup = &resolution.lookup;
        let at = exchange.started_us + lookup.elapsed_us;
        let unanswered = matches!(lookup.status, Status::Timeout | Status::Refused | Status::Rcode(Rcode::ServFail));
        if unanswered {
            for step in &resolution.steps {
                let draft = self.step(step, exchange);
                self.add(draft, depth, start, at);
            }
            return;
        }
        let draft = self.name_server(resolution);
        self.add(draft, depth, start, at);
    }

    fn name_server(&self, resolution: &Resolution) -> Draft {
        let lookup = &resolution.lookup;
        let addresses: Vec<String> = resolution.order.iter().map(ToString::to_string).collect();
        let shown = match addresses.as_slice() {
            [] => String::new(),
            [first, rest @ ..] if rest.len() > 3 => format!("{first} and {} more", rest.len()),
            all => all.join(", "),
        };
        let sent = count(lookup.queries.len(), "query", "queries");
        let answered = lookup.answers.iter().rev().find(|record| record.data.address().is_some());
        let found_as = lookup.answers.first().map(|record| record.name.as_str().trim_end_matches('.').to_owned());
        let rule = if lookup.from_hosts {
            format!("/etc/hosts has {}, and no server was asked", resolution.name)
        } else if let Some(found) = &found_as {
            match answered {
                Some(record) if !record.name.as_str().trim_end_matches('.').eq_ignore_ascii_case(found) => {
                    format!("{sent}; {found} is an alias for {}", record.name.as_str().trim_end_matches('.'))
                }
                _ if resolution.name.trim_end_matches('.').eq_ignore_ascii_case(found) => {
                    format!("{sent}; the name exists as it is written")
                }
                _ => format!("{sent}; found as {found} by the search list"),
            }
        } else {
            format!("{sent}. {}", lookup.detail(self.cluster()))
        };
        let rule = lookup.musl.as_ref().map_or(rule.clone(), |musl| format!("{rule}; {}", musl.sentence()));
        let server = lookup.queries.last().map(|query| query.server);
        let service = self.cluster().find_service("kube-system", "kube-dns");
        let own = service.filter(|&id| server.is_some_and(|server| self.cluster().service(id).cluster_ips.contains(&server)));
        let (actor, title) = match (own, server) {
            (Some(id), _) => (service_id(self.cluster(), id), "kube-dns".to_owned()),
            (None, Some(server)) => (format!("Outside/{server}"), "name server".to_owned()),
            (None, None) => (self.hops.last().map(|hop| hop.actor.clone()).unwrap_or_default(), "/etc/hosts".to_owned()),
        };
        let went_out = if shown.is_empty() { lookup.status.as_str().to_owned() } else { format!("{} → {shown}", resolution.name) };
        Draft {
            kind: HopKind::Dns,
            actor,
            title,
            came_in: format!("where is {}?", resolution.name),
            rule,
            went_out,
            lines: Vec::new(),
            service: None,
        }
    }
}

/// The pod and container that a request reached, past all proxies that passed it on.
pub fn reached(exchange: &Exchange) -> Option<crate::net::ListenerRef> {
    match exchange.answered()?.connection?.reached {
        Reached::Listener(listener) => Some(listener),
        Reached::Outside(_) | Reached::HealthCheck { .. } => None,
    }
}
