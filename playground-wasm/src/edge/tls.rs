//! TLS at the edge: which certificate a client is shown for the name it asks, and whether the handshake comes to an end.
//!
//! An ingress controller takes the certificate of the `spec.tls` entry for the server name; without one that is for the name
//! it shows its own, which no client trusts (ingress-nginx's "Kubernetes Ingress Controller Fake Certificate"). A gateway
//! shows what the listener for the name has, right or wrong, and ends the handshake where there is no listener. A client here
//! does not break off over a certificate: it says whether it would have to.

use super::listener::{self, CertificateProblem, Plane};
use super::{Edge, Proxy, certificate::Certificate, hostname};
use crate::cluster::{Cluster, ObjectRef};
use crate::text::Step;

/// How a handshake ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handshake {
    /// The proxy has the key: it reads what is sent. For a gateway, the index of the listener.
    Ends { listener: Option<usize>, served: Served },
    /// The listener passes the stream on unread.
    PassesThrough { listener: usize },
    /// No listener is for this name.
    NoListener,
}

/// The certificate a client is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The names it is for; empty for the proxy's own.
    pub names: Vec<String>,
    /// Whether it is for the name that was asked for.
    pub matches: bool,
    /// The field that says which, where one does.
    pub field: Option<(ObjectRef, Vec<Step>)>,
    /// Why the proxy shows its own.
    pub fallback: Option<Fallback>,
}

/// Why an ingress controller shows its own certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// No `spec.tls` entry is for the name.
    NoEntry,
    /// The entry names no Secret.
    NoSecret,
    Secret(CertificateProblem),
    /// The Secret's certificate is for other names.
    OtherNames,
}

/// The handshake of a client that asks for a server name on a port of a proxy.
pub fn handshake(cluster: &Cluster, edge: &Edge, proxy: Proxy, port: u16, name: &str) -> Handshake {
    match proxy {
        Proxy::Ingress(index) => Handshake::Ends { listener: None, served: ingress(cluster, edge, index, name) },
        Proxy::Gateway(index) => gateway(&edge.planes[index], port, name),
    }
}

fn ingress(cluster: &Cluster, edge: &Edge, controller: usize, name: &str) -> Served {
    let own = |fallback, field| Served { names: Vec::new(), matches: false, field, fallback: Some(fallback) };
    let Some(entry) = edge.controllers[controller].table.certificate_for(cluster, name) else { return own(Fallback::NoEntry, None) };
    let (object, ingress) = &cluster.edge.ingresses[entry.ingress];
    let field = Some((*object, vec!["spec".into(), "tls".into(), entry.entry.into(), "secretName".into()]));
    let Some(secret) = &ingress.tls[entry.entry].secret else { return own(Fallback::NoSecret, field) };
    match listener::secret(cluster, &ingress.meta.namespace, secret) {
        Ok(certificate) if certificate.covers(name) => Served { names: certificate.names, matches: true, field, fallback: None },
        Ok(certificate) => Served { names: certificate.names, ..own(Fallback::OtherNames, field) },
        Err(problem) => own(Fallback::Secret(problem), field),
    }
}

fn gateway(plane: &Plane, port: u16, name: &str) -> Handshake {
    let fitting = plane
        .on_port(port)
        .filter(|(_, listener)| (listener.terminates() || listener.passes_through()) && hostname::covers(listener.hostname(), name));
    let Some((index, listener)) = fitting.max_by_key(|(_, listener)| hostname::rank(listener.hostname())) else {
        return Handshake::NoListener;
    };
    if listener.passes_through() {
        return Handshake::PassesThrough { listener: index };
    }
    let usable = || listener.certificates.iter().enumerate().filter_map(|(index, found)| Some((index, found.as_ref().ok()?)));
    let chosen: Option<(usize, &Certificate)> = usable().find(|(_, found)| found.covers(name)).or_else(|| usable().next());
    let served = chosen.map_or_else(
        || Served { names: Vec::new(), matches: false, field: None, fallback: None },
        |(number, found)| {
            let path =
                vec!["spec".into(), "listeners".into(), listener.index.into(), "tls".into(), "certificateRefs".into(), number.into()];
            Served { names: found.names.clone(), matches: found.covers(name), field: Some((listener.object, path)), fallback: None }
        },
    );
    Handshake::Ends { listener: Some(index), served }
}
