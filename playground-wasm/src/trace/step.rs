//! What one step of a packet is told as: who treated it, by which rule, and on which lines.

use std::fmt::Write as _;

use super::hops::{Draft, Teller};
use super::proxy;
use super::words::{address_port, packet, pod_id, pod_label, port_protocol, service_id, status_text};
use crate::cluster::{AddressOwner, NodeId};
use crate::dto::{HopKind, LineRef, Outcome};
use crate::model::{PortRef, Protocol};
use crate::net::{Proxied, Reached, Step, Target, Via, What, left_alone};
use crate::policy::{self, Flow, Verdict};
use crate::request::{Exchange, Stop};
use crate::text;

impl Teller<'_> {
    #[expect(clippy::too_many_lines, reason = "one short arm for each thing that can happen to a packet")]
    pub(super) fn step(&self, step: &Step, exchange: &Exchange) -> Draft {
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
