//! Hops of an exchange and of the calls nested in it, in the order they happened.

use std::fmt::Write as _;

use super::asked::asked;
use super::edge::{self, Decision};
use super::proxy;
use super::words::{address_port, count, packet, pod_id, pod_label, port_protocol, sender_id, sender_title, service_id, status_text};
use crate::cluster::{AddressOwner, Cluster, NodeId, ObjectRef};
use crate::dns::{Rcode, Status};
use crate::dto::{Hop, HopKind, LineRef, Outcome};
use crate::model::{PortRef, Protocol};
use crate::net::{Network, Proxied, Reached, Step, Target, Via, What, left_alone};
use crate::policy::{self, Flow, Verdict};
use crate::request::{Exchange, How, Resolution, Sender, Stop, Transport};
use crate::text;

/// The hops of an exchange, downstream calls included.
pub fn hops(net: Network<'_>, exchange: &Exchange) -> Vec<Hop> {
    let mut teller = Teller { net, hops: Vec::new() };
    teller.exchange(exchange, 0);
    teller.hops
}

struct Teller<'a> {
    net: Network<'a>,
    hops: Vec<Hop>,
}

/// What differs from hop to hop; the rest is filled in when it is added.
struct Draft {
    kind: HopKind,
    actor: String,
    title: String,
    came_in: String,
    rule: String,
    went_out: String,
    lines: Vec<Option<LineRef>>,
    service: Option<String>,
}

impl Teller<'_> {
    fn cluster(&self) -> &Cluster {
        self.net.cluster
    }

    fn line(&self, object: ObjectRef, path: &[text::Step]) -> Option<LineRef> {
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

    #[expect(clippy::too_many_lines, reason = "one short arm for each thing that can happen to a packet")]
    fn step(&self, step: &Step, exchange: &Exchange) -> Draft {
        let cluster = self.cluster();
        let came_in = packet(&step.packet);
        let draft = |kind, actor: String, title: String, rule: String| Draft {
            kind,
            actor,
            title,
            came_in: came_in.clone(),
            rule,
            went_out: String::new(),
            lines: Vec::new(),
            service: None,
        };
        let node_id = |node: NodeId| format!("Node/{}", cluster.node(node).name);
        let node_name = |node: NodeId| cluster.node(node).name.clone();
        match &step.what {
            What::Handed { node, service } => {
                let by = if service.is_some() { "the load balancer" } else { "the network around the cluster" };
                let rule = format!("{by} hands the packet to {}, one of the nodes that are up", node_name(*node));
                Draft {
                    service: service.map(|id| service_id(cluster, id)),
                    went_out: came_in.clone(),
                    ..draft(HopKind::Node, node_id(*node), node_name(*node), rule)
                }
            }
            What::NoHealthyNode { service } => {
                let service = cluster.service(*service);
                let exposed = service.spec.ports.iter().any(|port| port.port == step.packet.port && port.protocol == step.packet.protocol);
                let why = if exposed {
                    "no node passes the load balancer's health check"
                } else {
                    "the load balancer forwards only the Service's ports, and this is none of them"
                };
                Draft {
                    lines: vec![self.line(service.object, &["spec".into(), "ports".into()])],
                    ..draft(
                        HopKind::Service,
                        format!("Service/{}/{}", service.meta().namespace, service.meta().name),
                        format!("Service {}", service.meta().name),
                        why.into(),
                    )
                }
            }
            What::Translated { node, entry, to, choices, masqueraded } => {
                let from = address_port(step.packet.destination, step.packet.port);
                let mut drawn =
                    self.service_draft(entry.service, came_in, self.translation(*node, *entry, *to, *choices, *masqueraded, &step.packet));
                drawn.went_out = format!("{from} → {}", address_port(to.ip, to.port));
                let object = cluster.service(entry.service).object;
                drawn.lines = vec![
                    self.line(object, &["spec".into(), "ports".into(), entry.port.into(), "targetPort".into()]),
                    self.line(object, &["spec".into(), "selector".into()]),
                ];
                drawn.service = Some(service_id(cluster, entry.service));
                drawn
            }
            What::Rejected { entry, .. } => {
                let fault = crate::diagnose::port_fault(&crate::diagnose::Scene::new(self.net), entry.service, entry.port);
                let (why, line) = match fault {
                    Some(fault) => (fault.message, self.line(fault.held_by, &fault.path)),
                    None => ("no ready endpoint".to_owned(), self.line(cluster.service(entry.service).object, &["spec".into()])),
                };
                Draft { lines: vec![line], ..self.service_draft(entry.service, came_in, format!("rejected: {why}")) }
            }
            What::NotLocal { node, entry } => {
                let object = cluster.service(entry.service).object;
                let field = if entry.via == Via::ClusterIp { "internalTrafficPolicy" } else { "externalTrafficPolicy" };
                let rule = format!("dropped: {field} is Local, and {} has no ready endpoint", node_name(*node));
                Draft { lines: vec![self.line(object, &["spec".into(), field.into()])], ..self.service_draft(entry.service, came_in, rule) }
            }
            What::AnswerAstray { node, entry } => {
                let object = cluster.service(entry.service).object;
                let here = node_name(*node);
                let rule = format!(
                    "lost: {here} passed it to another node with its source unchanged, so the answer does not come back through {here}, \
                     and {} discards what it did not ask for",
                    step.packet.source
                );
                let field = "externalTrafficPolicy";
                Draft { lines: vec![self.line(object, &["spec".into(), field.into()])], ..self.service_draft(entry.service, came_in, rule) }
            }
            What::OutOfSourceRanges { entry, .. } => {
                let object = cluster.service(entry.service).object;
                let rule = format!("dropped: {} is in none of loadBalancerSourceRanges", step.packet.source);
                Draft {
                    lines: vec![self.line(object, &["spec".into(), "loadBalancerSourceRanges".into()])],
                    ..self.service_draft(entry.service, came_in, rule)
                }
            }
            What::NoSuchPort { service, rejected } => {
                let object = cluster.service(*service).object;
                let ports: Vec<String> =
                    cluster.service(*service).spec.ports.iter().map(|port| port_protocol(port.port, port.protocol)).collect();
                let end = if *rejected { "rejected" } else { "lost: no rule takes it" };
                let rule = format!(
                    "{end}: the Service has no port {}, only {}",
                    port_protocol(step.packet.port, step.packet.protocol),
                    ports.join(", ")
                );
                Draft { lines: vec![self.line(object, &["spec".into(), "ports".into()])], ..self.service_draft(*service, came_in, rule) }
            }
            What::HostPort { node, pod, port } => {
                let rule = format!("hostPort {} of {} leads to {}", step.packet.port, node_name(*node), pod_label(cluster, *pod));
                Draft {
                    went_out: format!("port {port} of {}", pod_label(cluster, *pod)),
                    ..draft(HopKind::Node, node_id(*node), node_name(*node), rule)
                }
            }
            What::Redirected { taken, port } => {
                let (rule, lines) = proxy::redirected(cluster, taken, *port);
                Draft {
                    went_out: format!("to port {port}"),
                    lines: lines.iter().map(|(object, path)| self.line(*object, path)).collect(),
                    ..draft(HopKind::Container, pod_id(cluster, taken.pod), pod_label(cluster, taken.pod), rule)
                }
            }
            What::Judged { flow, verdict } => self.judged(flow, verdict, came_in),
            What::Accepted { listener } => {
                let pod = cluster.pod(listener.pod);
                let open = listener.get(cluster);
                let container = &pod.spec().containers[listener.container].name;
                let at = open.address.map_or_else(String::new, |address| format!("{address}"));
                let known = if open.origin.last() == Some(&text::Step::from("image")) { ", as its image does by default" } else { "" };
                let mut rule = format!("container {container} listens on {at}:{}/{}{known}", open.port, open.protocol);
                match exchange.stop {
                    Some(Stop::Cycle) => rule.push_str("; it is waiting for an answer already, so its own calls are not followed again"),
                    Some(Stop::Limit) => rule.push_str("; the calls after this are not followed: there are too many"),
                    None => {}
                }
                rule.push_str(&proxy::answer_words(cluster, exchange, *listener));
                let answer = match (exchange.outcome, exchange.status) {
                    _ if exchange.passed.is_some() => "accepts".to_owned(),
                    (Outcome::Response, Some(status)) => status_text(status),
                    (Outcome::Reset, _) => "hangs up: it does not speak HTTP".to_owned(),
                    (Outcome::TlsError, _) => "answers without TLS".to_owned(),
                    _ => "connected".to_owned(),
                };
                Draft {
                    went_out: answer,
                    lines: vec![self.line(pod.object, &open.origin)],
                    ..draft(HopKind::Container, pod_id(cluster, listener.pod), pod_label(cluster, listener.pod), rule)
                }
            }
            What::HealthCheck { node, service, passes } => {
                let (has, answer) = if *passes { ("a", "200 OK") } else { ("no", "503 Service Unavailable") };
                let name = &cluster.service(*service).meta().name;
                let rule =
                    format!("kube-proxy answers on healthCheckNodePort: {} has {has} ready endpoint of Service {name}", node_name(*node));
                let field = self.line(cluster.service(*service).object, &["spec".into(), "externalTrafficPolicy".into()]);
                Draft { went_out: answer.into(), lines: vec![field], ..draft(HopKind::Node, node_id(*node), node_name(*node), rule) }
            }
            What::NotListening { at, elsewhere } => {
                let wanted = port_protocol(step.packet.port, step.packet.protocol);
                let (actor, title) = match at {
                    AddressOwner::Pod(pod) => (pod_id(cluster, *pod), pod_label(cluster, *pod)),
                    AddressOwner::Node(node) => (node_id(*node), node_name(*node)),
                };
                let (rule, lines) = match elsewhere {
                    Some(listener) => {
                        let open = listener.get(cluster);
                        let address = open.address.map_or_else(String::new, |address| address.to_string());
                        (
                            format!("refused: {wanted} is listened on at {address} only, which nobody else reaches"),
                            vec![self.line(cluster.pod(listener.pod).object, &open.origin)],
                        )
                    }
                    None => (format!("refused: nobody listens on {wanted}{}", self.open_ports(*at)), vec![self.pod_line(*at)]),
                };
                Draft { lines, ..draft(HopKind::Container, actor, title, rule) }
            }
            What::NoHairpin { pod } => draft(
                HopKind::Container,
                pod_id(cluster, *pod),
                pod_label(cluster, *pod),
                "lost: the packet came back to its own sender, and hairpin mode is off".into(),
            ),
            What::NobodyThere => match self.left_alone(step.packet.destination, &came_in) {
                Some(draft) => draft,
                None => draft(
                    HopKind::Node,
                    format!("Outside/{}", step.packet.destination),
                    step.packet.destination.to_string(),
                    "lost: no pod and no Service has this address".into(),
                ),
            },
            What::Kept { reached } => {
                let (actor, title) = match *reached {
                    Reached::Listener(listener) => (pod_id(cluster, listener.pod), pod_label(cluster, listener.pod)),
                    Reached::Outside(ip) => (format!("Outside/{ip}"), "outside".to_owned()),
                    Reached::HealthCheck { .. } => (format!("Outside/{}", step.packet.destination), "health check".to_owned()),
                };
                let rule = "the connection stands already, and goes to where it was opened to, whatever the Service's rules say now";
                let went_out = match (exchange.outcome, exchange.status) {
                    (Outcome::Response, Some(status)) => status_text(status),
                    (Outcome::Reset, _) => "no process has this connection any more".to_owned(),
                    _ => String::new(),
                };
                Draft { went_out, ..draft(HopKind::Container, actor, title, rule.to_owned()) }
            }
            What::NodeDown { node } => draft(
                HopKind::Node,
                format!("Node/{}", cluster.node(*node).name),
                format!("Node {}", cluster.node(*node).name),
                format!("lost: the machine of {} does not run, so nobody answers", cluster.node(*node).name),
            ),
            What::Outside => Draft {
                went_out: "answers: what is outside the cluster is taken to work".into(),
                ..draft(
                    HopKind::Outside,
                    format!("Outside/{}", step.packet.destination),
                    step.packet.destination.to_string(),
                    "leaves the cluster".into(),
                )
            },
            What::Unroutable => draft(
                HopKind::Outside,
                format!("Outside/{}", step.packet.destination),
                step.packet.destination.to_string(),
                "no route: pod and cluster addresses mean nothing outside the cluster".into(),
            ),
        }
    }

    /// The Service of a cluster IP that kube-proxy does not look at.
    fn left_alone(&self, address: std::net::IpAddr, came_in: &str) -> Option<Draft> {
        let (id, service) = self.cluster().services().find(|(_, service)| service.cluster_ips.contains(&address))?;
        let label = left_alone(&service.meta().labels)?;
        let rule = format!("lost: kube-proxy leaves a Service with the label {label} alone");
        let lines = vec![self.line(service.object, &["metadata".into(), "labels".into(), label.into()])];
        Some(Draft { lines, ..self.service_draft(id, came_in.to_owned(), rule) })
    }

    fn service_draft(&self, service: crate::cluster::ServiceId, came_in: String, rule: String) -> Draft {
        let title = format!("Service {}", self.cluster().service(service).meta().name);
        Draft {
            kind: HopKind::Service,
            actor: service_id(self.cluster(), service),
            title,
            came_in,
            rule,
            went_out: String::new(),
            lines: Vec::new(),
            service: None,
        }
    }

    /// Why this endpoint: the port's target, how many there were to choose from, and whose address it now carries.
    fn translation(
        &self,
        node: NodeId,
        entry: crate::net::Entry,
        to: Target,
        choices: usize,
        masqueraded: Option<std::net::IpAddr>,
        packet: &crate::net::Packet,
    ) -> String {
        let service = self.cluster().service(entry.service);
        let port = &service.spec.ports[entry.port];
        let target = match &port.target {
            PortRef::Number(number) => format!("targetPort {number}"),
            PortRef::Name(name) => format!("targetPort {name}, here {}", to.port),
        };
        let proxied = Proxied::new(self.cluster(), entry.service, entry.port, crate::model::IpFamily::of(to.ip));
        let all = self.net.tables.categories(self.cluster(), &proxied, node).all;
        let mut rule = match entry.via {
            Via::NodePort => format!("node port {} of {}, ", packet.port, self.cluster().node(node).name),
            Via::LoadBalancer => "load balancer address, ".to_owned(),
            Via::ExternalIp => "external IP, ".to_owned(),
            Via::ClusterIp => String::new(),
        };
        let _ = write!(rule, "port {} → {target}; chosen 1 of {choices}", port.port);
        if all > choices {
            let _ = write!(rule, " ({} not used here)", all - choices);
        }
        if let Some(address) = masqueraded {
            let _ = write!(rule, "; source becomes {address}");
        }
        rule
    }

    fn judged(&self, flow: &Flow, verdict: &Verdict, came_in: String) -> Draft {
        let cluster = self.cluster();
        let explanation = policy::explain(cluster, flow, verdict);
        let object = explanation.policy.and_then(|index| cluster.policies.get(index)).map(|(object, _)| *object);
        let id = object.map(|object| cluster.sources.id(object));
        Draft {
            kind: HopKind::Policy,
            actor: id.map_or_else(String::new, ToString::to_string),
            title: id.map_or_else(String::new, |id| format!("NetworkPolicy {}", id.name)),
            came_in,
            rule: explanation.text,
            went_out: String::new(),
            lines: explanation.lines.iter().map(|(object, path)| self.line(*object, path)).collect(),
            service: None,
        }
    }

    fn open_ports(&self, at: AddressOwner) -> String {
        let AddressOwner::Pod(id) = at else { return String::new() };
        let pod = self.cluster().pod(id);
        if !pod.containers.iter().any(crate::cluster::ContainerState::is_running) {
            return format!(", because no container runs ({})", pod.why);
        }
        if pod.terminating && !pod.containers.iter().any(|state| state.listens) {
            return ", because its containers got SIGTERM and take nothing new".into();
        }
        let open: Vec<String> = pod
            .behavior
            .iter()
            .zip(&pod.containers)
            .filter(|(_, state)| state.is_running())
            .flat_map(|(behavior, _)| &behavior.listeners)
            .map(|listener| port_protocol(listener.port, listener.protocol))
            .collect();
        if open.is_empty() { "; its containers listen on nothing".into() } else { format!(", only on {}", open.join(", ")) }
    }

    fn pod_line(&self, at: AddressOwner) -> Option<LineRef> {
        let AddressOwner::Pod(id) = at else { return None };
        let pod = self.cluster().pod(id);
        let open = pod.behavior.iter().flat_map(|behavior| &behavior.listeners).find(|listener| listener.protocol == Protocol::Tcp)?;
        self.line(pod.object, &open.origin)
    }
}

/// The pod and container that a request reached, past all proxies that passed it on.
pub fn reached(exchange: &Exchange) -> Option<crate::net::ListenerRef> {
    match exchange.answered()?.connection?.reached {
        Reached::Listener(listener) => Some(listener),
        Reached::Outside(_) | Reached::HealthCheck { .. } => None,
    }
}
