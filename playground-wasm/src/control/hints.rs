//! Hints: which zone or node an endpoint is meant for (`staging/src/k8s.io/endpointslice`, `trafficdist` and `topologycache`).
//!
//! `trafficDistribution` hints every ready endpoint for where it is. The older annotation `service.kubernetes.io/topology-mode:
//! Auto` gives each zone a share of the endpoints by its share of the nodes' CPU, and gives no hints at all where that would
//! overload some endpoint. The slices are always made anew here, so the controller's care to change few of them is left out.

use crate::cluster::Node;
use crate::model::{Endpoint, Service, TrafficDistribution};

/// How much more than its share of traffic an endpoint may get.
const OVERLOAD: f64 = 0.2;

/// Gives the endpoints of one address family their hints.
pub fn give(service: &Service, nodes: &[Node], endpoints: &mut [&mut Endpoint]) {
    if by_capacity(service) {
        allocate(nodes, endpoints);
    } else if let Some(distribution) = service.traffic_distribution {
        for endpoint in endpoints.iter_mut().filter(|endpoint| endpoint.ready) {
            endpoint.zone_hints = endpoint.zone.clone().map(|zone| vec![zone]);
            if distribution == TrafficDistribution::PreferSameNode {
                endpoint.node_hints = endpoint.node.clone().map(|node| vec![node]);
            }
        }
    }
}

/// Whether the annotation asks for hints (`hintsEnabled`); the deprecated one has precedence.
fn by_capacity(service: &Service) -> bool {
    let annotations = &service.meta.annotations;
    let mode =
        annotations.get("service.kubernetes.io/topology-aware-hints").or_else(|| annotations.get("service.kubernetes.io/topology-mode"));
    mode.is_some_and(|mode| mode == "Auto" || mode == "auto")
}

/// A zone with its part in a Service's endpoints.
struct Share<'a> {
    zone: &'a str,
    desired: f64,
    /// Endpoints to be hinted for another zone, or to be had from one.
    gives: u32,
    receives: u32,
}

/// Hints for a zone each, by the zones' capacity; none where that cannot be done (`AddHints`).
fn allocate(nodes: &[Node], endpoints: &mut [&mut Endpoint]) {
    let mut ready: Vec<&mut Endpoint> = endpoints.iter_mut().map(|endpoint| &mut **endpoint).filter(|endpoint| endpoint.ready).collect();
    let Some(mut shares) = shares(nodes, u32::try_from(ready.len()).unwrap_or(u32::MAX)) else { return };
    if ready.iter().any(|endpoint| endpoint.zone.is_none()) {
        return;
    }
    let own = |zone: &str| ready.iter().filter(|endpoint| endpoint.zone.as_deref() == Some(zone)).count();
    let has: Vec<u32> = shares.iter().map(|share| u32::try_from(own(share.zone)).unwrap_or(u32::MAX)).collect();
    balance(&mut shares, &has);
    for endpoint in &mut ready {
        let zone = endpoint.zone.clone().unwrap_or_default();
        let giver = shares.iter().position(|share| share.zone == zone && share.gives > 0);
        let receiver = shares.iter().position(|share| share.receives > 0);
        let hinted = match (giver, receiver) {
            (Some(giver), Some(receiver)) => {
                shares[giver].gives -= 1;
                shares[receiver].receives -= 1;
                shares[receiver].zone.to_owned()
            }
            _ => zone,
        };
        endpoint.zone_hints = Some(vec![hinted]);
    }
}

/// What each zone should have of that many endpoints (`SetNodes`, `getAllocations`); absent where nodes do not tell, are in one zone
/// only, or the endpoints are too few or too unevenly shared.
fn shares(nodes: &[Node], endpoints: u32) -> Option<Vec<Share<'_>>> {
    let excluded = |node: &&Node| {
        ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"].iter().any(|role| node.labels.contains_key(*role))
    };
    let mut zones: Vec<(&str, f64)> = Vec::new();
    for node in nodes.iter().filter(|node| node.ready && !excluded(node)) {
        let zone = node.zone().filter(|zone| !zone.is_empty() && node.cpu_millis > 0)?;
        let cpu = f64::from(node.cpu_millis);
        match zones.binary_search_by(|(name, _)| (*name).cmp(zone)) {
            Ok(index) => zones[index].1 += cpu,
            Err(index) => zones.insert(index, (zone, cpu)),
        }
    }
    let total: f64 = zones.iter().map(|(_, cpu)| cpu).sum();
    if zones.len() < 2 || zones.len() > endpoints as usize {
        return None;
    }
    let mut left = endpoints;
    let mut shares = Vec::with_capacity(zones.len());
    for (zone, cpu) in zones {
        let desired = cpu / total * f64::from(endpoints);
        let least = desired * (1.0 / (1.0 + OVERLOAD));
        let minimum = (0..=endpoints).find(|&count| f64::from(count) >= least)?;
        left = left.checked_sub(minimum)?;
        shares.push(Share { zone, desired: desired.max(f64::from(minimum)), gives: 0, receives: 0 });
    }
    Some(shares)
}

/// How many endpoints go from which zone to which (`getGivingAndReceivingZones`); of equal ones the first by name, where the
/// controller takes any.
fn balance(shares: &mut [Share<'_>], has: &[u32]) {
    let differences: Vec<f64> = shares.iter().zip(has).map(|(share, &has)| f64::from(has) - share.desired).collect();
    let mut surplus: Vec<f64> = differences.iter().map(|difference| difference.max(0.0)).collect();
    let mut lack: Vec<f64> = differences.iter().map(|difference| (-difference).max(0.0)).collect();
    loop {
        let ((giver, spare), (receiver, missing)) = (greatest(&surplus), greatest(&lack));
        if (spare < 1.0 && missing < 1.0) || spare < 0.5 || missing < 0.5 {
            return;
        }
        surplus[giver] -= 1.0;
        lack[receiver] -= 1.0;
        shares[giver].gives += 1;
        shares[receiver].receives += 1;
    }
}

fn greatest(amounts: &[f64]) -> (usize, f64) {
    let mut found = (0, 0.0);
    for (index, &amount) in amounts.iter().enumerate() {
        if amount > found.1 {
            found = (index, amount);
        }
    }
    found
}
