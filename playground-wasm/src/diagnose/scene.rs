//! A cluster made ready to be asked what is wrong with it: its pods by workload, since those of one workload fail alike.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;

use crate::behavior::{self, ContainerBehavior, Files, Listener};
use crate::cluster::{Cluster, ObjectRef, Pod, PodId, Renumbering, Service, ServiceId, Source, WorkloadId};
use crate::index::{Index, Mixer};
use crate::model::{Container, EnvSource, LabelSelector, Labels, Protocol, Role, Workload, WorkloadKind, contains_all};
use crate::net::Network;
use crate::text::Step;

/// The pods of one workload that have the same labels and the same spec.
pub struct Group {
    pub workload: WorkloadId,
    /// The object that holds the pods' spec.
    pub object: ObjectRef,
    pub pods: Vec<PodId>,
}

/// The pods of a cluster by group.
pub struct Groups {
    list: Vec<Group>,
    of_pods: Vec<usize>,
    labels: Postings,
}

impl Groups {
    /// Knows pods by other indices; those that come are of the group of one that is like them and stays.
    pub fn renumber(&mut self, renumbering: Renumbering, like: PodId) {
        let group = self.of_pods[like.0 as usize];
        for Group { pods, .. } in &mut self.list {
            renumbering.apply(pods);
        }
        self.list[group].pods.extend(renumbering.added());
        renumbering.splice(&mut self.of_pods, renumbering.added().map(|_| group));
        self.labels.values_mut().for_each(|firsts| renumbering.apply(firsts));
    }
}

/// The first pods of groups by hashes of namespace, key and value of their labels, in order; a hash may be that of another label, too.
type Postings = Index<u64, Vec<PodId>>;

/// A cluster with its groups of pods.
pub struct Scene<'a> {
    pub net: Network<'a>,
    pub cluster: &'a Cluster,
    pub groups: Vec<Group>,
    labels: Postings,
    /// The group of each pod.
    of_pods: Vec<usize>,
}

/// Who takes packets to a port of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listens {
    Yes,
    /// Only this container's listener, which has a loopback address: indices in the pod's behavior.
    Loopback(usize, usize),
    No,
    /// Its images are unknown, and it declares no port at all, or is told this one.
    Unknown,
}

impl<'a> Scene<'a> {
    pub fn new(net: Network<'a>) -> Self {
        let cluster = net.cluster;
        let mut groups: Vec<Group> = Vec::new();
        // By the places of pods: those that are gone belong to none.
        let mut of_pods = vec![usize::MAX; cluster.pods.len()];
        for (id, pod) in cluster.pods() {
            let same = |group: &&mut Group| {
                let first = cluster.pod(group.pods[0]);
                (group.workload, group.object) == (pod.workload, pod.object)
                    && std::rc::Rc::ptr_eq(&first.template, &pod.template)
                    && first.meta.labels == pod.meta.labels
            };
            if let Some(group) = groups.last_mut().filter(same) {
                group.pods.push(id);
            } else {
                groups.push(Group { workload: pod.workload, object: pod.object, pods: vec![id] });
            }
            of_pods[id.0 as usize] = groups.len() - 1;
        }
        let firsts: Vec<PodId> = groups.iter().map(|group| group.pods[0]).collect();
        let mut scene = Self::of(net, Groups { list: groups, of_pods, labels: Postings::default() });
        for pod in firsts {
            scene.know(pod);
        }
        scene
    }

    /// The same with groups that were made of these pods before.
    pub fn of(net: Network<'a>, Groups { list: groups, of_pods, labels }: Groups) -> Self {
        Self { net, cluster: net.cluster, groups, labels, of_pods }
    }

    /// Notes the labels of a pod if it is the first of its group; of what it had before it is still among the candidates.
    pub fn know(&mut self, pod: PodId) {
        if self.groups[self.group_of(pod)].pods[0] != pod {
            return;
        }
        let meta = &self.cluster.pod(pod).meta;
        for (key, value) in &meta.labels {
            let having = self.labels.entry(hash(&meta.namespace, key, value)).or_default();
            if let Err(place) = having.binary_search(&pod) {
                having.insert(place, pod);
            }
        }
    }

    /// The groups, for another scene of the same pods.
    pub fn into_groups(self) -> Groups {
        Groups { list: self.groups, of_pods: self.of_pods, labels: self.labels }
    }

    /// The first pod of a group.
    pub fn pod(&self, group: usize) -> &'a Pod {
        self.cluster.pod(self.groups[group].pods[0])
    }

    /// The pods of a group.
    pub fn pods(&self, group: usize) -> impl Iterator<Item = &'a Pod> + '_ {
        self.groups[group].pods.iter().map(|&id| self.cluster.pod(id))
    }

    pub fn workload(&self, group: usize) -> &'a Workload {
        self.cluster.workload(self.groups[group].workload)
    }

    /// The object a person would edit: the workload, or the bare pod.
    pub fn owner(&self, group: usize) -> ObjectRef {
        self.cluster.workloads[self.groups[group].workload.0 as usize].0
    }

    /// Whether an object stands in the manifests, and is not the cluster's own.
    pub fn is_given(&self, object: ObjectRef) -> bool {
        self.source(object).file.is_some()
    }

    pub fn source(&self, object: ObjectRef) -> &'a Source {
        self.cluster.sources.get(object)
    }

    /// The groups that the manifests make.
    pub fn given(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.groups.len()).filter(|&group| self.is_given(self.groups[group].object))
    }

    /// The groups of a namespace.
    pub fn in_namespace<'s>(&'s self, namespace: &'s str) -> impl Iterator<Item = usize> + 's {
        (0..self.groups.len()).filter(move |&group| self.pod(group).meta.namespace == namespace)
    }

    /// The group that a pod belongs to.
    pub fn group_of(&self, pod: PodId) -> usize {
        self.of_pods[pod.0 as usize]
    }

    /// The groups that a Service's selector matches.
    pub fn selected(&self, service: &Service) -> Vec<usize> {
        let meta = service.meta();
        service.spec.selector.as_ref().map(|selector| self.matching(&meta.namespace, selector)).unwrap_or_default()
    }

    /// The groups of a namespace that have all of some labels.
    pub fn matching(&self, namespace: &str, wanted: &Labels) -> Vec<usize> {
        let mut fewest: Option<&[PodId]> = None;
        for (key, value) in wanted {
            let having = self.labels.get(&hash(namespace, key, value)).map_or(&[][..], Vec::as_slice);
            if fewest.is_none_or(|fewest| having.len() < fewest.len()) {
                fewest = Some(having);
            }
        }
        let Some(fewest) = fewest else { return self.in_namespace(namespace).collect() };
        let is_meant = |pod: &Pod| pod.meta.namespace == namespace && contains_all(&pod.meta.labels, wanted);
        let matching = fewest.iter().filter(|&&pod| is_meant(self.cluster.pod(pod)));
        matching.map(|&pod| self.group_of(pod)).collect()
    }

    /// The groups of a namespace that a selector with expressions matches.
    pub fn matching_selector(&self, namespace: &str, selector: &LabelSelector) -> Vec<usize> {
        let mut groups = self.matching(namespace, &selector.match_labels);
        groups.retain(|&group| selector.matches(&self.pod(group).meta.labels));
        groups
    }

    /// The Services of the manifests whose selector matches a group.
    pub fn services_of(&self, group: usize) -> impl Iterator<Item = (ServiceId, &'a Service)> + '_ {
        let meta = &self.pod(group).meta;
        self.cluster.services().filter(move |(_, service)| {
            let selector = service.spec.selector.as_ref();
            service.meta().namespace == meta.namespace && selector.is_some_and(|selector| contains_all(&meta.labels, selector))
        })
    }

    /// The containers of a group that run while its pods serve, with what they do.
    pub fn running(&self, group: usize) -> impl Iterator<Item = (usize, &'a Container, &'a ContainerBehavior)> {
        let pod = self.pod(group);
        let containers = pod.spec().containers.iter().zip(pod.behavior.iter()).enumerate();
        containers
            .filter(|(_, (container, _))| container.role != Role::Init)
            .map(|(index, (container, behavior))| (index, container, behavior))
    }

    /// All open ports of a group's pods.
    pub fn listeners(&self, group: usize) -> impl Iterator<Item = &'a Listener> {
        self.running(group).flat_map(|(_, _, behavior)| &behavior.listeners)
    }

    /// Whether a group's pods take packets to a port.
    pub fn listens(&self, group: usize, port: u16, protocol: Protocol) -> Listens {
        let mut loopback = None;
        let unknown = self.working(group).all(|(_, _, behavior)| behavior.assumed && behavior.listeners.is_empty());
        let said = || protocol == Protocol::Tcp && self.says(group, port);
        for (container, _, behavior) in self.running(group) {
            for (index, listener) in behavior.listeners.iter().enumerate() {
                if (listener.port, listener.protocol) != (port, protocol) {
                    continue;
                }
                if !is_loopback(listener) {
                    return Listens::Yes;
                }
                loopback = loopback.or(Some(Listens::Loopback(container, index)));
            }
        }
        if unknown || loopback.is_none() && said() {
            return Listens::Unknown;
        }
        let open_ended = || protocol == Protocol::Tcp && (self.is_undescribed(group) || self.probes_agree(group, port));
        loopback.unwrap_or_else(|| if open_ended() { Listens::Unknown } else { Listens::No })
    }

    /// Whether a group's containers declare no port, and Services send to several of which nothing is known: then it is the
    /// description that lacks, and not each Service that is wrong.
    fn is_undescribed(&self, group: usize) -> bool {
        if self.working(group).any(|(_, container, behavior)| !behavior.assumed || !container.ports.is_empty()) {
            return false;
        }
        let mut targets: Vec<u16> = Vec::new();
        for (_, service) in self.services_of(group) {
            targets.extend(service.spec.ports.iter().filter_map(|port| super::service::target(self, port, group)));
        }
        targets.retain(|target| !self.listeners(group).any(|listener| listener.port == *target));
        targets.sort_unstable();
        targets.dedup();
        targets.len() > 1
    }

    /// The running containers without the proxies, log shippers and exporters that declare no port beside the application; those if
    /// nothing else runs.
    fn working(&self, group: usize) -> impl Iterator<Item = (usize, &'a Container, &'a ContainerBehavior)> {
        let helps = |container: &Container| container.ports.is_empty() && !behavior::does(&container.image).is_empty();
        let alone = self.running(group).all(|(_, container, _)| helps(container));
        self.running(group).filter(move |(_, container, _)| alone || !helps(container))
    }

    /// Whether several probes of one container ask a port that it does not declare beside those that it does: a port for probes
    /// alone, which nobody has to declare. With a single port declared it is the likelier one to be meant.
    fn probes_agree(&self, group: usize, port: u16) -> bool {
        let asks = |container: &Container| super::probe::numbers(container).filter(|&number| number == port).count() > 1;
        let declares = |container: &Container| container.ports.iter().filter(|port| port.protocol == Protocol::Tcp).count() > 1;
        let takes = |service: &Service| service.spec.ports.iter().any(|port_of| super::service::target(self, port_of, group) == Some(port));
        self.running(group).any(|(_, container, behavior)| behavior.assumed && declares(container) && asks(container))
            && !self.services_of(group).any(|(_, service)| takes(service))
    }

    /// Whether an argument or a variable gives a program of a group this port to listen on, or the mounted configuration of one of
    /// which nothing else is known speaks of it.
    pub fn says(&self, group: usize, port: u16) -> bool {
        let pod = self.pod(group);
        let files = Files { namespace: &pod.meta.namespace, volumes: &pod.spec().volumes, config_data: &self.cluster.config_data };
        self.running(group).any(|(_, container, behavior)| {
            let words = || container.args.iter().chain(&container.command);
            let pairs = words().zip(words().skip(1)).map(|(flag, value)| (flag.as_str(), value.as_str()));
            let assigned = words().filter_map(|word| word.split_once('='));
            let variables = container.env.iter().filter_map(|variable| match &variable.source {
                EnvSource::Value(value) => Some((variable.name.as_str(), value.as_str())),
                _ => None,
            });
            pairs.chain(assigned).any(|(flag, value)| flag.starts_with('-') && says_port(flag, value, port))
                || variables.into_iter().any(|(name, value)| is_bind(&name.to_ascii_lowercase()) && says_port(name, value, port))
                || behavior.assumed && files.of(container).iter().any(|file| !file.secret && mentions_port(file.text, port))
        })
    }

    /// The number of a port name in a group's pods (`FindPort` of `pkg/api/v1/pod`).
    pub fn named_port(&self, group: usize, name: &str, protocol: Protocol) -> Option<u16> {
        let mut ports = self.running(group).flat_map(|(_, container, _)| &container.ports);
        ports.find(|port| port.name.as_deref() == Some(name) && port.protocol == protocol).map(|port| port.port)
    }

    /// Where the pod spec stands in the object that holds it.
    pub fn spec_path(&self, group: usize) -> Vec<Step> {
        let pod = self.source(self.groups[group].object).id.kind == "Pod";
        let kind = if pod { WorkloadKind::Pod } else { self.workload(group).kind };
        kind.pod_spec_path().iter().map(|&field| Step::from(field)).collect()
    }

    /// Where a container stands in the object that holds it.
    pub fn container_path(&self, group: usize, container: &Container) -> Vec<Step> {
        let mut path = self.spec_path(group);
        path.extend([Step::from(container.list()), Step::from(container.index)]);
        path
    }
}

fn hash(namespace: &str, key: &str, value: &str) -> u64 {
    let mut state = Mixer::default();
    (namespace, key, value).hash(&mut state);
    state.finish()
}

/// Whether a flag or a variable gives a program this port to listen on: `--secure-port=8443`, `-listen-address=:8443`,
/// `ADMIN_LISTEN=0.0.0.0:8444 ssl`.
fn says_port(name: &str, value: &str, port: u16) -> bool {
    let name = name.to_ascii_lowercase();
    let is_it = |place: &str| {
        let (host, number) = place.rsplit_once(':').unwrap_or(("", place));
        number.parse() == Ok(port) && !super::workload::is_local(host)
    };
    (name.ends_with("port") || is_bind(&name)) && value.split([' ', ',']).any(is_it)
}

fn is_bind(name: &str) -> bool {
    ["listen", "bind", "serving"].iter().any(|part| name.contains(part))
}

/// Whether a configuration has a number as a port of its own program: `port: 8080`, `listen 8080;`, `:8080`, `0.0.0.0:8080`.
fn mentions_port(text: &str, port: u16) -> bool {
    let number = port.to_string();
    text.match_indices(&number).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + number.len()..]);
        let ends = !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start_matches([' ', '-']);
        let key = line.trim_end_matches([' ', ':', '=', '"', '\'']).to_ascii_lowercase();
        let every = before.strip_suffix(':').is_some_and(|host| {
            host.ends_with("0.0.0.0") || host.ends_with([']', '*']) || !host.ends_with(|c: char| c.is_ascii_alphanumeric())
        });
        ends && (every || line.len() > key.len() && (key.ends_with("port") || is_bind(&key)))
    })
}

/// Whether a listener is reached from its own pod only.
pub fn is_loopback(listener: &Listener) -> bool {
    listener.address.is_some_and(|address: IpAddr| address.is_loopback())
}
