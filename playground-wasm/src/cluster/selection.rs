//! Which pods a Service's selector means, found by label instead of by looking at each pod.

use super::{Cluster, PodId, Service};
use crate::index::Index;
use crate::model::{Labels, contains_all};

/// The pods of a cluster by namespace and label, as far as Services ask for labels.
pub struct Selection<'a> {
    cluster: &'a Cluster,
    pods: Index<(&'a str, &'a str, &'a str), Vec<PodId>>,
}

impl<'a> Selection<'a> {
    pub fn new(cluster: &'a Cluster) -> Self {
        let mut keys: Vec<&str> = cluster.services.iter().flat_map(selector).map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut pods: Index<_, Vec<PodId>> = Index::default();
        for (id, pod) in cluster.pods() {
            for key in &keys {
                if let Some(value) = pod.meta.labels.get(*key) {
                    pods.entry((pod.meta.namespace.as_str(), *key, value.as_str())).or_default().push(id);
                }
            }
        }
        Self { cluster, pods }
    }

    /// The pods that a Service selects, in order, whatever state they are in; none without a selector.
    pub fn of(&self, service: &'a Service) -> impl Iterator<Item = PodId> {
        let namespace = service.meta().namespace.as_str();
        let with = |(key, value): (&'a String, &'a String)| {
            self.pods.get(&(namespace, key.as_str(), value.as_str())).map_or(&[][..], Vec::as_slice)
        };
        let candidates = selector(service).map(with).min_by_key(|pods| pods.len()).unwrap_or(&[]);
        let wanted = service.spec.selector.as_ref();
        candidates.iter().copied().filter(move |&id| wanted.is_some_and(|wanted| contains_all(&self.cluster.pod(id).meta.labels, wanted)))
    }
}

fn selector(service: &Service) -> impl Iterator<Item = (&String, &String)> {
    service.spec.selector.iter().flat_map(Labels::iter)
}
