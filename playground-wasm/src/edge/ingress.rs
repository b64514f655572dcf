//! The rules of all Ingresses of a class as one table, and which of them takes a request.
//!
//! Follows the Ingress API (`networking/v1`, `IngressSpec` and `HTTPIngressPath`) and its documentation: the host is matched
//! first, an exact one before a wildcard before none; then the longest path, of equal ones Exact before Prefix; what no rule
//! takes goes to a default backend. Of two Ingresses that claim the same host and path the older one wins.
//!
//! Where implementations differ, this controller does what most do: a request whose host is known and whose path is not goes
//! to the default backend and not to the rules without host (Traefik tries those); `ImplementationSpecific` is `Prefix`
//! (ingress-nginx compares characters rather than elements); resource backends are refused.

use super::backend::{self, BackendProblem, ServicePort};
use super::http::HttpRequest;
use super::{annotation, class, created, hostname};
use crate::cluster::{Cluster, ObjectRef};
use crate::model::{Ingress, IngressBackend, PathType};
use crate::text::Step;

/// What the Ingresses of one class ask of their controller.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// By host, the most specific first.
    hosts: Vec<Host>,
    /// Ingresses with a default backend, oldest first.
    defaults: Vec<usize>,
    /// Certificates, the oldest Ingress's first.
    tls: Vec<TlsEntry>,
}

#[derive(Debug, Clone)]
struct Host {
    pattern: String,
    /// In the order they are tried.
    paths: Vec<Place>,
    /// Ingresses that have rules for this host, oldest first.
    ingresses: Vec<usize>,
}

/// A path in a rule of an Ingress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    ingress: usize,
    rule: usize,
    path: usize,
}

/// An entry of `spec.tls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TlsEntry {
    pub ingress: usize,
    pub entry: usize,
}

/// What takes a request: a path of a rule, or a default backend.
#[derive(Debug, Clone)]
pub struct Taken {
    pub ingress: usize,
    /// The rule's path; `/` for a default backend.
    pub path: String,
    /// The field that decided.
    pub field: Vec<Step>,
    /// The field that says where it leads.
    pub backend_field: Vec<Step>,
    pub backend: Result<ServicePort, BackendProblem>,
}

impl Table {
    /// Merges the Ingresses of a class.
    pub fn new(cluster: &Cluster, class: usize) -> Self {
        let mut served: Vec<usize> =
            (0..cluster.edge.ingresses.len()).filter(|&index| class::of(cluster, &cluster.edge.ingresses[index].1) == Ok(class)).collect();
        served.sort_by_key(|&index| created(cluster, cluster.edge.ingresses[index].0));
        let mut table = Self::default();
        for ingress in served {
            table.add(ingress, &cluster.edge.ingresses[ingress].1);
        }
        table.hosts.sort_by_key(|host| std::cmp::Reverse(hostname::rank(&host.pattern)));
        for host in &mut table.hosts {
            let rank = |place: &Place| {
                let path = &cluster.edge.ingresses[place.ingress].1.rules[place.rule].paths[place.path];
                (std::cmp::Reverse(path.path.trim_end_matches('/').len()), path.path_type != PathType::Exact)
            };
            host.paths.sort_by_key(rank);
        }
        table
    }

    fn add(&mut self, index: usize, ingress: &Ingress) {
        if ingress.default_backend.is_some() {
            self.defaults.push(index);
        }
        self.tls.extend((0..ingress.tls.len()).map(|entry| TlsEntry { ingress: index, entry }));
        for (rule_index, rule) in ingress.rules.iter().enumerate() {
            let position = self.hosts.iter().position(|host| host.pattern == rule.host).unwrap_or_else(|| {
                self.hosts.push(Host { pattern: rule.host.clone(), paths: Vec::new(), ingresses: Vec::new() });
                self.hosts.len() - 1
            });
            let host = &mut self.hosts[position];
            if !host.ingresses.contains(&index) {
                host.ingresses.push(index);
            }
            host.paths.extend((0..rule.paths.len()).map(|path| Place { ingress: index, rule: rule_index, path }));
        }
    }

    /// What takes a request; absent where nothing does, and the controller answers 404 itself.
    pub fn take(&self, cluster: &Cluster, request: &HttpRequest) -> Option<Taken> {
        let name = request.host_name();
        let host = self.hosts.iter().find(|host| hostname::covers_one_label(&host.pattern, &name));
        let ingress = |index: usize| cluster.edge.ingresses[index].1.as_ref();
        if let Some(host) = host {
            for place in &host.paths {
                let path = &ingress(place.ingress).rules[place.rule].paths[place.path];
                if !annotation::path_matches(ingress(place.ingress), path.path_type, &path.path, request.path_only()) {
                    continue;
                }
                let field: Vec<Step> =
                    vec!["spec".into(), "rules".into(), place.rule.into(), "http".into(), "paths".into(), place.path.into()];
                return Some(Taken { path: path.path.clone(), ..taken(cluster, place.ingress, field, "path", "backend", &path.backend) });
            }
        }
        let own = host.and_then(|host| host.ingresses.iter().copied().find(|&index| ingress(index).default_backend.is_some()));
        let index = own.or_else(|| self.defaults.first().copied())?;
        let backend = ingress(index).default_backend.as_ref()?;
        Some(taken(cluster, index, vec!["spec".into()], "defaultBackend", "defaultBackend", backend))
    }

    /// The entry of `spec.tls` for a server name: the most specific host, an entry without hosts last.
    pub fn certificate_for(&self, cluster: &Cluster, name: &str) -> Option<TlsEntry> {
        let rank = |entry: &TlsEntry| -> Option<(u8, usize)> {
            let tls = &cluster.edge.ingresses[entry.ingress].1.tls[entry.entry];
            if tls.hosts.is_empty() {
                let rules = &cluster.edge.ingresses[entry.ingress].1.rules;
                return rules.iter().any(|rule| hostname::covers_one_label(&rule.host, name)).then_some((0, 0));
            }
            tls.hosts.iter().filter(|host| hostname::covers_one_label(host, name)).map(|host| hostname::rank(host)).max()
        };
        // Of equals the first, which is the older Ingress's.
        let mut best: Option<((u8, usize), TlsEntry)> = None;
        for entry in &self.tls {
            if let Some(found) = rank(entry)
                && best.is_none_or(|(known, _)| found > known)
            {
                best = Some((found, *entry));
            }
        }
        best.map(|(_, entry)| entry)
    }

    /// Paths that can never be reached, each with the one that takes its requests: the same host, path and type again.
    pub fn shadowed<'a>(&'a self, cluster: &'a Cluster) -> impl Iterator<Item = (PathRef, PathRef)> + 'a {
        let key = |place: &Place| {
            let path = &cluster.edge.ingresses[place.ingress].1.rules[place.rule].paths[place.path];
            (path.path_type == PathType::Exact, canonical(path.path_type, &path.path))
        };
        self.hosts.iter().flat_map(move |host| {
            host.paths.iter().enumerate().filter_map(move |(index, place)| {
                let first = host.paths[..index].iter().find(|earlier| key(earlier) == key(place))?;
                Some((path_ref(cluster, *place), path_ref(cluster, *first)))
            })
        })
    }
}

/// A path of an Ingress: the object and the field.
pub type PathRef = (ObjectRef, Vec<Step>);

fn path_ref(cluster: &Cluster, place: Place) -> PathRef {
    let field = vec!["spec".into(), "rules".into(), place.rule.into(), "http".into(), "paths".into(), place.path.into(), "path".into()];
    (cluster.edge.ingresses[place.ingress].0, field)
}

/// Prefixes are the same with and without a trailing slash.
fn canonical(path_type: PathType, path: &str) -> &str {
    if path_type == PathType::Exact { path } else { path.trim_end_matches('/') }
}

fn taken(
    cluster: &Cluster,
    ingress: usize,
    mut field: Vec<Step>,
    deciding: &'static str,
    leading: &'static str,
    backend: &IngressBackend,
) -> Taken {
    let mut backend_field = field.clone();
    backend_field.extend([leading.into(), "service".into()]);
    field.push(deciding.into());
    let namespace = &cluster.edge.ingresses[ingress].1.meta.namespace;
    Taken { ingress, path: "/".into(), field, backend_field, backend: backend::of_ingress(cluster, namespace, backend) }
}
