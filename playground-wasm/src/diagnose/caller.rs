//! A workload's references tried out: each name looked up and each connection made, from one of its pods, by the data plane.
//!
//! Whether a name server can be reached is tried once. Where policies keep it out of reach, names are looked up all the same, so
//! that a policy does not hide what else is wrong.

use std::cell::RefCell;
use std::net::IpAddr;

use super::cause::{Asked, Cause, Denied, cause, is_inside};
use super::scene::Scene;
use crate::behavior::{App, Reference};
use crate::cluster::{Pod, PodId};
use crate::dns::corefile::ForwardTo;
use crate::dns::{self, Hosts, Lookup, Question, RecordType, ResolvConf, server, world};
use crate::model::{DnsPolicy, Protocol};
use crate::net::{Connection, Failure, Netns, Reached, Session, Step, Target, What, candidates, connect};
use crate::policy::{Direction, Flow, Party, Verdict, judge};
use crate::request;

/// A pod that stands for its group.
pub struct Caller<'s, 'a> {
    scene: &'s Scene<'a>,
    pod: PodId,
    netns: Option<Netns>,
    conf: ResolvConf,
    hosts: Hosts,
    servers: Vec<(IpAddr, Server)>,
    /// How policies deny the way to a name server.
    pub dns_denied: Option<Denied>,
    /// The pods that took what was sent.
    reached: RefCell<Vec<PodId>>,
}

/// Who answers at a name server's address.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Cluster,
    World,
    Nobody,
}

/// What became of a reference.
pub enum Tried {
    Works,
    /// It leads out of the cluster, which is not asked.
    Outside,
    Failed(Vec<Cause>),
}

impl<'s, 'a> Caller<'s, 'a> {
    pub fn new(scene: &'s Scene<'a>, group: usize) -> Self {
        let cluster = scene.cluster;
        let pods = &scene.groups[group].pods;
        let sender = pods.iter().copied().find(|&id| Netns::of_pod(cluster, id).is_some());
        let id = sender.unwrap_or(pods[0]);
        let pod = cluster.pod(id);
        let netns = Netns::of_pod(cluster, id);
        let hosts = Hosts::for_pod(cluster, pod);
        Self {
            scene,
            pod: id,
            netns,
            conf: settings(scene, pod),
            hosts,
            servers: Vec::new(),
            dns_denied: None,
            reached: RefCell::default(),
        }
    }

    /// Who answers at a name server's address, by a packet sent there.
    fn server(&mut self, address: IpAddr) -> Server {
        if let Some((_, known)) = self.servers.iter().find(|(known, _)| *known == address) {
            return *known;
        }
        let unseen = if is_inside(self.scene, address) { Server::Cluster } else { Server::World };
        let mut steps = Vec::new();
        let server = match self.connect(address, 53, Protocol::Udp, &mut steps) {
            None => unseen,
            Some(Ok(connection)) => match connection.reached {
                Reached::Listener(listener) if listener.get(self.scene.cluster).app == App::Dns => Server::Cluster,
                Reached::Listener(_) | Reached::HealthCheck { .. } => Server::Nobody,
                Reached::Outside(_) => Server::World,
            },
            Some(Err(_)) => match steps.last().map(|step| &step.what) {
                Some(What::Judged { flow, verdict: Verdict::Denied { isolating } }) => {
                    // A name server outside is another matter than the cluster's.
                    if unseen == Server::Cluster {
                        self.dns_denied = Some(Denied { flow: *flow, isolating: isolating.clone() });
                    }
                    unseen
                }
                _ => Server::Nobody,
            },
        };
        self.servers.push((address, server));
        server
    }

    /// Sends a first packet; absent where the pod has no network yet.
    fn connect(&self, address: IpAddr, port: u16, protocol: Protocol, steps: &mut Vec<Step>) -> Option<Result<Connection, Failure>> {
        let net = self.scene.net;
        let mut session = Session::new(net.cluster.config.seed);
        let sent = connect(net, self.netns?, address, port, protocol, &mut session, steps);
        if let Ok(Connection { reached: Reached::Listener(listener), .. }) = &sent {
            self.reached.borrow_mut().push(listener.pod);
        }
        Some(sent)
    }

    /// The groups at both ends of what was sent, where all name servers that were asked answer.
    pub fn ends(&self) -> Option<Vec<usize>> {
        self.netns?;
        if self.servers.iter().any(|(_, server)| *server == Server::Nobody) || self.dns_denied.is_some() {
            return None;
        }
        let reached = self.reached.borrow();
        Some(reached.iter().chain([&self.pod]).map(|&pod| self.scene.group_of(pod)).collect())
    }

    fn look_up(&mut self, host: &str) -> Lookup {
        let (conf, hosts) = (self.conf.clone(), self.hosts.clone());
        let cluster = self.scene.cluster;
        let mut beyond = |question: &Question, to: &ForwardTo| {
            if to.is_stub() { world::known(question) } else { world::answer(cluster, question) }
        };
        dns::lookup(&conf, &hosts, host, &[RecordType::A, RecordType::AAAA], 0, &mut |server, _, question| match self.server(server) {
            Server::Cluster => dns::Exchange::from(server::answer(cluster, question, &mut beyond)),
            Server::World => dns::Exchange::from(world::answer(cluster, question)),
            Server::Nobody => dns::Exchange::NoAnswer,
        })
    }

    /// Tries a reference out.
    pub fn try_out(&mut self, call: &Reference) -> Tried {
        let cluster = self.scene.cluster;
        let protocol = request::Target::from(call).protocol();
        let namespace = cluster.pod(self.pod).meta.namespace.as_str();
        let asked = Asked { namespace, host: &call.host, port: call.port, protocol };
        let looked_up: Option<Lookup> = if call.host.parse::<IpAddr>().is_ok() { None } else { Some(self.look_up(&call.host)) };
        let addresses: Vec<IpAddr> = match &looked_up {
            None => call.host.parse().into_iter().collect(),
            Some(lookup) => lookup.addresses().collect(),
        };
        let unanswered = addresses.is_empty() && self.servers.iter().any(|(_, server)| *server == Server::Nobody);
        if unanswered || !addresses.is_empty() && !addresses.iter().any(|&address| is_inside(self.scene, address)) {
            return Tried::Outside;
        }
        let mut failed: Option<Vec<Step>> = None;
        for &address in &addresses {
            let mut steps = Vec::new();
            match self.connect(address, call.port, protocol, &mut steps) {
                None | Some(Ok(_)) => return Tried::Works,
                Some(Err(_)) if self.reaches_another(&steps) => return Tried::Works,
                Some(Err(_)) => failed = failed.or(Some(steps)),
            }
        }
        let steps = failed.unwrap_or_default();
        let lookup = looked_up.as_ref().map(|lookup| (lookup, &[][..]));
        let Some(cause) = cause(self.scene, asked, lookup, &steps) else { return Tried::Outside };
        let mut causes = vec![cause];
        if let Cause::Denied(Denied { flow, .. }) = &causes[0]
            && let Some(other) = self.other_side(flow)
        {
            causes.push(Cause::Denied(other));
        }
        Tried::Failed(causes)
    }

    /// Whether a Service has another endpoint that can be reached: then it is chance that decides.
    fn reaches_another(&self, steps: &[Step]) -> bool {
        let Some((entry, tried)) = steps.iter().find_map(|step| match step.what {
            What::Translated { entry, to, .. } => Some((entry, to)),
            _ => None,
        }) else {
            return false;
        };
        let service = self.scene.cluster.service(entry.service);
        let port = &service.spec.ports[entry.port];
        let family = crate::model::IpFamily::of(tried.ip);
        let owner = |target: &Target| {
            self.scene.cluster.addresses.get(&target.ip).and_then(|owner| match owner {
                crate::cluster::AddressOwner::Pod(pod) => Some(self.scene.cluster.pod(*pod).workload),
                crate::cluster::AddressOwner::Node(_) => None,
            })
        };
        let others = candidates(service, port, family).filter(|(endpoint, _)| endpoint.ready).map(|(_, target)| target);
        let mut seen = vec![owner(&tried)];
        others.into_iter().any(|target| {
            let workload = owner(&target);
            if seen.contains(&workload) {
                return false;
            }
            seen.push(workload);
            matches!(self.connect(target.ip, target.port, port.protocol, &mut Vec::new()), Some(Ok(_)))
        })
    }

    /// How the receiver's policies deny a packet that the sender's own have denied already.
    fn other_side(&self, flow: &Flow) -> Option<Denied> {
        let (Direction::Egress, Some(receiver)) = (flow.direction, flow.other.pod) else { return None };
        let other = Party::pod(self.scene.cluster, flow.subject);
        let flow = Flow { direction: Direction::Ingress, subject: receiver, other, ..*flow };
        match judge(self.scene.cluster, self.scene.net.policies, &flow) {
            Verdict::Denied { isolating } => Some(Denied { flow, isolating }),
            Verdict::Allowed { .. } | Verdict::NotIsolated => None,
        }
    }
}

/// Whether a pod on its node's network asks the node's name server, though nothing says that it wants to.
pub fn asks_its_node(pod: &Pod) -> bool {
    pod.spec().host_network && pod.spec().dns_policy == DnsPolicy::ClusterFirst
}

/// The resolver's settings; those that a pod on its node's network should have, so that its names are judged as they are meant.
fn settings(scene: &Scene<'_>, pod: &Pod) -> ResolvConf {
    if !asks_its_node(pod) {
        return ResolvConf::for_pod(scene.cluster, pod);
    }
    let mut meant = pod.clone();
    let mut template = (*meant.template).clone();
    template.spec.dns_policy = DnsPolicy::ClusterFirstWithHostNet;
    meant.template = std::rc::Rc::new(template);
    ResolvConf::for_pod(scene.cluster, &meant)
}
