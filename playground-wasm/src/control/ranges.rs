//! A pod's address, which the network plugin hands out of its node's range.
//!
//! Which one depends on the pod's workload and number, so that others keep theirs when one is scaled. An address that was given
//! back is not handed out again while the range has others, so a packet for a pod that is gone reaches nobody instead of a stranger. A
//! node whose range is too small for its pods claims blocks of the cluster's range besides, as Calico's address management does.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Simulation;
use super::ipam::{Addresses, BLOCK, Range, subnet};
use crate::cluster::{Cluster, NodeId, Pod, PodId};

impl Simulation {
    /// Knows the ranges of nodes that are new.
    pub(super) fn know_ranges(&mut self) {
        let new = &self.cluster.nodes[self.ranges.len()..];
        self.ranges.extend(new.iter().map(|node| node.pod_cidrs.iter().copied().map(Range::new).collect::<Vec<_>>()));
    }

    /// Has each node claim the blocks that its pods of time zero need: where they would fill its range, they get room for twice as many.
    pub(super) fn claim_blocks(&mut self) {
        let mut counts = vec![0_u32; self.cluster.nodes.len()];
        for (_, pod) in self.cluster.pods() {
            if let Some(node) = pod.node.filter(|_| wants_address(pod)) {
                counts[node.0 as usize] += 1;
            }
        }
        for (node, count) in (0_u32..).map(NodeId).zip(counts) {
            for family in 0..self.ranges[node.0 as usize].len() {
                for _ in 0..self.ranges[node.0 as usize][family].blocks_for(count) {
                    if !self.claim(node, family) {
                        break;
                    }
                }
            }
        }
    }

    /// The addresses that the pods of a node got at first, in their order, of those that have one of its range; absent where the node
    /// has claimed other blocks than it would for them, or some would have to wait for an address.
    pub(super) fn addresses_at_first(&self, node: NodeId, pods: &[&Pod], free: &mut Addresses) -> Option<Vec<Vec<IpAddr>>> {
        let count = u32::try_from(pods.len()).ok()?;
        let mut ranges: Vec<Range> = self.ranges[node.0 as usize].iter().map(Range::unused).collect();
        if ranges.iter().any(|range| range.blocks() != range.blocks_for(count)) {
            return None;
        }
        let all = |pod: &&Pod| {
            let name = name(&self.cluster, pod);
            ranges.iter_mut().map(|range| free.around(range, &name)).collect()
        };
        pods.iter().map(all).collect()
    }

    /// Claims the next block for a node; false where the cluster's range has none for it.
    fn claim(&mut self, node: NodeId, family: usize) -> bool {
        let range = &mut self.ranges[node.0 as usize][family];
        let block = blocks(&self.cluster, node, range.own()).nth(range.blocks() as usize);
        block.map(|block| range.extend(block)).is_some()
    }

    /// Gives a pod its address once it has a node; those written in a status are kept.
    pub(super) fn give_address(&mut self, id: PodId) {
        let pod = self.cluster.pod(id);
        let Some(node) = pod.node else { return };
        if pod.claimed.finished.is_some() {
            return;
        }
        let ips = if pod.spec().host_network {
            self.cluster.node(node).ips.clone()
        } else if pod.claimed.ips.is_empty() {
            let name = name(&self.cluster, pod);
            // One of each family or none, as the plugin fails where it lacks one.
            let families = 0..self.ranges[node.0 as usize].len();
            families.map(|family| self.hand_out(node, family, &name)).collect::<Option<_>>().unwrap_or_default()
        } else {
            pod.claimed.ips.clone()
        };
        self.cluster.pods[id.0 as usize].ips = ips;
        self.own_addresses(id);
    }

    fn hand_out(&mut self, node: NodeId, family: usize, name: &[String]) -> Option<IpAddr> {
        loop {
            let range = &mut self.ranges[node.0 as usize][family];
            if let Some(address) = self.addresses.around(range, name).or_else(|| self.addresses.again(range)) {
                return Some(address);
            }
            if !self.claim(node, family) {
                return None;
            }
        }
    }
}

/// What an address depends on.
fn name(cluster: &Cluster, pod: &Pod) -> [String; 3] {
    [pod.meta.namespace.clone(), cluster.sources.id(pod.object).name.clone(), pod.number.to_string()]
}

/// Whether a pod has an address of its node's range.
pub fn wants_address(pod: &Pod) -> bool {
    pod.claimed.finished.is_none() && !pod.spec().host_network && pod.claimed.ips.is_empty()
}

/// The blocks of the cluster's range that a node may claim, in order: those that no node has for its own.
fn blocks(cluster: &Cluster, NodeId(node): NodeId, own: IpNet) -> impl Iterator<Item = IpNet> {
    let whole = if own.addr().is_ipv4() { cluster.config.pod_cidr } else { cluster.config.pod_cidr_v6 };
    let length = if own.addr().is_ipv4() { BLOCK } else { 64 };
    let count = u32::try_from(cluster.nodes.len()).unwrap_or(u32::MAX);
    let is_own =
        |block: &IpNet| cluster.nodes.iter().flat_map(|node| &node.pod_cidrs).any(|own| own.contains(block) || block.contains(own));
    // The range's first block is nobody's, as nodes are counted from 1.
    let indices = (1_u32..).map_while(move |turn| turn.checked_mul(count)?.checked_add(node + 1));
    indices.map_while(move |index| subnet(&whole, index, length)).filter(move |block| !is_own(block))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::cluster::Config;
    use crate::control::Simulation;
    use crate::dto::SourceFile;
    use crate::load::Loader;

    fn deployment(name: &str, replicas: u32) -> String {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: main, image: example/app:1}}]}}\n---\n"
        )
    }

    fn at_rest(text: String, config: Config) -> Simulation {
        let loaded = Loader::default().load(&[SourceFile { name: "all.yaml".into(), text }]);
        let mut simulation = Simulation::new(&loaded.objects, config);
        simulation.settle();
        simulation
    }

    /// Names, nodes and addresses of the pods of a workload.
    fn places(simulation: &Simulation, workload: &str) -> BTreeSet<String> {
        let cluster = simulation.cluster();
        let own = cluster.pods().filter(|(_, pod)| cluster.workload(pod.workload).meta.name == workload);
        own.map(|(_, pod)| format!("{} {:?} {:?}", pod.meta.name, pod.node, pod.ips)).collect()
    }

    #[test]
    fn a_workload_that_is_scaled_moves_no_others() {
        let cluster = |replicas| at_rest(deployment("api", replicas) + &deployment("web", 4), Config::default());
        let (few, many) = (cluster(2), cluster(7));
        assert_eq!(places(&few, "web"), places(&many, "web"));
        assert!(places(&few, "api").is_subset(&places(&many, "api")));
    }

    #[test]
    fn every_pod_has_an_address_of_its_own_however_many_there_are() {
        for replicas in [700, 3_000] {
            let simulation = at_rest(deployment("web", replicas), Config::default());
            let addresses: BTreeSet<_> = simulation.cluster().pods().flat_map(|(_, pod)| &pod.ips).collect();
            assert_eq!(addresses.len(), 2 * (replicas as usize + 2));
            assert!(simulation.cluster().pods().all(|(_, pod)| pod.ready));
        }
    }

    #[test]
    fn a_pod_without_an_address_waits() {
        let small = Config { nodes: 1, pod_cidr: "10.9.0.0/23".parse().unwrap(), ..Config::default() };
        let simulation = at_rest(deployment("web", 300), small);
        assert_eq!(simulation.cluster().pods().filter(|(_, pod)| pod.ready).count(), 253);
        assert!(simulation.log().iter().any(|logged| logged.told(simulation.cluster()).reason == "FailedCreatePodSandBox"));
    }
}
