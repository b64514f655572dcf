//! Ingresses and IngressClasses: the API's to the model's.

use super::api::networking as api;
use crate::model::{Ingress, IngressBackend, IngressClass, IngressPath, IngressRule, IngressTls, Meta, PathType, PortRef};

/// The annotation that named the class before `spec.ingressClassName` did.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// The Ingress as controllers read it.
pub fn convert(api: api::Ingress, meta: Meta) -> Ingress {
    let spec = api.spec;
    let rule = |api: api::IngressRule| {
        let paths = api.http.unwrap_or_default().paths.into_iter().filter_map(path).collect();
        IngressRule { host: api.host, paths }
    };
    let tls = |api: api::IngressTLS| IngressTls { hosts: api.hosts, secret: api.secret_name.filter(|name| !name.is_empty()) };
    Ingress {
        meta,
        class_name: spec.ingress_class_name,
        default_backend: spec.default_backend.and_then(backend),
        tls: spec.tls.into_iter().map(tls).collect(),
        rules: spec.rules.into_iter().map(rule).collect(),
    }
}

/// The IngressClass.
pub fn class(api: api::IngressClass, meta: Meta) -> IngressClass {
    IngressClass { meta, controller: api.spec.controller }
}

fn path(api: api::HTTPIngressPath) -> Option<IngressPath> {
    let path_type = match api.path_type.as_deref()? {
        "Exact" => PathType::Exact,
        "Prefix" => PathType::Prefix,
        _ => PathType::ImplementationSpecific,
    };
    let path = if api.path.is_empty() { "/".to_owned() } else { api.path };
    Some(IngressPath { path, path_type, backend: backend(api.backend)? })
}

fn backend(api: api::IngressBackend) -> Option<IngressBackend> {
    if let Some(resource) = api.resource {
        return Some(IngressBackend::Resource { kind: resource.kind, name: resource.name });
    }
    let service = api.service?;
    let port = match service.port.name.filter(|name| !name.is_empty()) {
        Some(name) => PortRef::Name(name),
        None => PortRef::Number(u16::try_from(service.port.number).ok()?),
    };
    Some(IngressBackend::Service { name: service.name, port })
}
