//! What a diagnosis found in order, so that the one after an edit looks only at what the edit touches.
//!
//! Kept is that there is no finding, never a finding: those name places in the text, which move. An edit that is taken over in place
//! (`control::edit`) leaves pods, what they do and whom Services select as they are. So a Service depends on itself and on those that share
//! its pods, a group of pods on the Services in front of it, and a reference that arrives on the Services and policies of the pods at its
//! two ends and of the name server. Where pods were replaced, came, went or have other addresses, all that they took part in is forgotten.
//! All else is looked at anew each time.

use super::scene::{Groups, Scene};
use crate::cluster::ServiceId;
use crate::control::Edited;
use crate::model::NetworkPolicy;

/// What is in order; nothing at first.
#[derive(Default)]
pub struct Sound {
    services: Vec<bool>,
    groups: Vec<bool>,
    callers: Vec<Option<Arrived>>,
    /// How the pods are grouped.
    pub pods: Option<Groups>,
}

/// That all references of a group arrive.
#[derive(Clone)]
pub struct Arrived {
    /// Some of them is a name of the cluster.
    pub named: bool,
    /// The groups of the senders and of all that took their packets, the name server among them.
    pub ends: Vec<usize>,
}

impl Sound {
    /// Forgets what an edit may have changed.
    pub fn forget(&mut self, scene: &Scene<'_>, edited: &Edited) {
        let cluster = scene.cluster;
        let mut ends = vec![false; scene.groups.len()];
        for &object in &edited.exchanged {
            if let Some((id, service)) = cluster.services().find(|(_, service)| service.object == object) {
                self.keep_service(id, false);
                let mut groups = scene.selected(service);
                let left = edited.reselected.iter().filter(|reselected| reselected.service == id).flat_map(|reselected| &reselected.before);
                groups.extend(left.map(|&pod| scene.group_of(pod)));
                groups.dedup();
                for group in groups {
                    self.keep_group(group, false);
                    scene.services_of(group).for_each(|(beside, _)| self.keep_service(beside, false));
                    ends[group] = true;
                }
            } else if let Some((_, policy)) = cluster.policies.iter().find(|(known, _)| *known == object) {
                subjects(scene, policy, &mut ends);
            } else if cluster.workloads.iter().any(|(known, _)| *known == object) {
                for group in (0..scene.groups.len()).filter(|&group| scene.owner(group) == object) {
                    self.keep_group(group, false);
                    self.keep_caller(group, None);
                    if edited.replaced.is_some() || edited.scaled.is_some() {
                        scene.services_of(group).for_each(|(before, _)| self.keep_service(before, false));
                        ends[group] = true;
                    }
                }
            } else if !matches!(scene.source(object).id.kind.as_str(), "ConfigMap" | "Secret") {
                *self = Self::default();
                return;
            }
        }
        for &pod in edited.scaled.iter().flat_map(|scaled| &scaled.readdressed) {
            let group = scene.group_of(pod);
            self.keep_group(group, false);
            self.keep_caller(group, None);
            scene.services_of(group).for_each(|(before, _)| self.keep_service(before, false));
            ends[group] = true;
        }
        for policy in &edited.policies {
            subjects(scene, policy, &mut ends);
        }
        for caller in &mut self.callers {
            caller.take_if(|arrived| arrived.ends.iter().any(|&group| ends[group]));
        }
    }

    pub fn service(&self, id: ServiceId) -> bool {
        self.services.get(id.0 as usize) == Some(&true)
    }

    pub fn keep_service(&mut self, id: ServiceId, sound: bool) {
        put(&mut self.services, id.0 as usize, sound);
    }

    pub fn group(&self, group: usize) -> bool {
        self.groups.get(group) == Some(&true)
    }

    pub fn keep_group(&mut self, group: usize, sound: bool) {
        put(&mut self.groups, group, sound);
    }

    pub fn caller(&self, group: usize) -> Option<&Arrived> {
        self.callers.get(group)?.as_ref()
    }

    pub fn keep_caller(&mut self, group: usize, arrived: Option<Arrived>) {
        put(&mut self.callers, group, arrived);
    }
}

fn put<T: Clone + Default>(list: &mut Vec<T>, index: usize, value: T) {
    if list.len() <= index {
        list.resize(index + 1, T::default());
    }
    list[index] = value;
}

/// Marks the groups that a policy selects.
fn subjects(scene: &Scene<'_>, policy: &NetworkPolicy, groups: &mut [bool]) {
    for group in scene.matching_selector(&policy.meta.namespace, &policy.pod_selector) {
        groups[group] = true;
    }
}

#[cfg(test)]
mod tests {
    use crate::dto::SourceFile;
    use crate::playground::Playground;

    const TEXT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example/web:1
        ports: [{containerPort: 8080}]
        env: [{name: API_URL, value: http://api/}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
      - name: api
        image: example/api:1
        readinessProbe: {httpGet: {port: 9090}}
        ports: [{containerPort: 9090}, {containerPort: 9091}]
---
apiVersion: v1
kind: Service
metadata: {name: api}
spec:
  selector: {app: api}
  ports: [{port: 80, targetPort: 9090}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: limits}
spec: {podSelector: {matchLabels: {app: api}}, ingress: [{}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]
";

    fn codes(playground: &mut Playground, text: &str) -> Vec<String> {
        let view = playground.load(&[SourceFile { name: "app.yaml".into(), text: text.to_owned() }]);
        view.diagnostics.iter().map(|told| format!("{} {:?} {:?}", told.code, told.object, told.range)).collect()
    }

    #[test]
    fn finds_after_each_edit_what_it_finds_at_first_sight() {
        let edits = [
            ("targetPort: 9090", "targetPort: 9092", true),
            ("targetPort: 8080", "targetPort: 8081", true),
            ("ingress: [{}]", "ingress: []", true),
            (
                "podSelector: {matchLabels: {app: api}}, ingress: [{}]",
                "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]",
                true,
            ),
            ("podSelector: {matchLabels: {app: api}}, ingress: [{}]", "podSelector: {}, policyTypes: [Ingress, Egress]", true),
            ("podSelector: {matchLabels: {app: api}}", "podSelector: {matchLabels: {app: apl}}", true),
            ("image: example/web:1", "image: example/web:1 # old", false),
            ("image: example/api:1", "\n        image: example/api:1", false),
            ("verbs: [get]", "verbs: [get, list]", false),
            ("http://api/", "http://apl/", true),
        ];
        let mut edited = Playground::default();
        assert_eq!(codes(&mut edited, TEXT), Vec::<String>::new());
        let both = edits.iter().flat_map(|one| edits.iter().map(move |other| (one, other)));
        for ((old, new, faulty), (second, another, _)) in both {
            assert!(TEXT.matches(old).count() == 1, "{old}");
            let once = TEXT.replace(old, new);
            for text in [once.clone(), once.replace(second, another), TEXT.replace(second, another), once.clone(), TEXT.to_owned()] {
                assert_eq!(codes(&mut edited, &text), codes(&mut Playground::default(), &text), "{text}");
            }
            assert_eq!(codes(&mut Playground::default(), &once).is_empty(), !faulty, "{once}");
        }
    }
}
