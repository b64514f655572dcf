//! Ingresses and IngressClasses, checked as `pkg/apis/networking/validation` (`ValidateIngressCreate`) checks them.

use std::net::IpAddr;

use super::api::networking as api;
use super::error::{Errors, field, join};
use super::names::{NameForm, check_name, name_problem, port_name_problem, port_number};
use crate::model::{Ingress, IngressBackend, IngressClass, IngressPath, IngressRule, IngressTls, Meta, PathType, PortRef};
use crate::text::Step;

/// The annotation that named the class before `spec.ingressClassName` did.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/// The Ingress as controllers read it; what has an error does not matter, since the object is refused.
pub fn convert(api: api::Ingress, meta: Meta, errors: &mut Errors) -> Ingress {
    let spec = api.spec;
    if spec.rules.is_empty() && spec.default_backend.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        errors.list.push(super::error::FieldError {
            reason: super::error::Reason::Invalid,
            path: field!["spec"],
            value: "null".into(),
            detail: detail.into(),
        });
    }
    let default_backend =
        spec.default_backend.and_then(|backend| self::backend(backend, &["spec".into(), "defaultBackend".into()], errors));
    let rules = spec.rules.into_iter().enumerate();
    let rules = rules.map(|(index, rule)| self::rule(rule, &["spec".into(), "rules".into(), index.into()], errors)).collect();
    let tls =
        spec.tls.into_iter().enumerate().map(|(index, tls)| self::tls(tls, &["spec".into(), "tls".into(), index.into()], errors)).collect();
    if let Some(class) = &spec.ingress_class_name {
        check_name(NameForm::Subdomain, class, field!["spec", "ingressClassName"], errors);
        if let Some(old) = meta.annotations.get(CLASS_ANNOTATION).filter(|old| *old != class) {
            errors.invalid(field!["annotations", CLASS_ANNOTATION], old, "must match `ingressClassName` when both are specified");
        }
    }
    Ingress { meta, class_name: spec.ingress_class_name, default_backend, tls, rules }
}

/// The IngressClass, whose controller is a path with a domain.
pub fn class(api: api::IngressClass, meta: Meta, errors: &mut Errors) -> IngressClass {
    let controller = api.spec.controller;
    if controller.is_empty() {
        errors.required(field!["spec", "controller"], "");
    }
    IngressClass { meta, controller }
}

fn rule(api: api::IngressRule, at: &[Step], errors: &mut Errors) -> IngressRule {
    if !api.host.is_empty() {
        if api.host.parse::<IpAddr>().is_ok() {
            errors.invalid(join(at, field!["host"]), &api.host, "must be a DNS name, not an IP address");
        }
        check_host(&api.host, join(at, field!["host"]), errors);
    }
    let paths = api.http.map(|http| {
        if http.paths.is_empty() {
            errors.required(join(at, field!["http", "paths"]), "");
        }
        let paths = http.paths.into_iter().enumerate();
        paths.filter_map(|(index, path)| self::path(path, &join(at, field!["http", "paths", index]), errors)).collect()
    });
    IngressRule { host: api.host, paths: paths.unwrap_or_default() }
}

fn check_host(host: &str, at: Vec<Step>, errors: &mut Errors) {
    if host.contains('*') {
        let fine = host.strip_prefix("*.").is_some_and(|rest| name_problem(NameForm::Subdomain, rest).is_none());
        if !fine {
            errors.invalid(at, host, WILDCARD);
        }
    } else {
        check_name(NameForm::Subdomain, host, at, errors);
    }
}

fn path(api: api::HTTPIngressPath, at: &[Step], errors: &mut Errors) -> Option<IngressPath> {
    let Some(name) = api.path_type else {
        errors.required(join(at, field!["pathType"]), "pathType must be specified");
        return None;
    };
    let place = || join(at, field!["path"]);
    let path_type = match name.as_str() {
        "Exact" => Some(PathType::Exact),
        "Prefix" => Some(PathType::Prefix),
        "ImplementationSpecific" => Some(PathType::ImplementationSpecific),
        other => {
            errors.unsupported(join(at, field!["pathType"]), other, &["Exact", "ImplementationSpecific", "Prefix"]);
            None
        }
    };
    let strict = matches!(path_type, Some(PathType::Exact | PathType::Prefix));
    if path_type.is_some() && !api.path.starts_with('/') && (strict || !api.path.is_empty()) {
        errors.invalid(place(), &api.path, "must be an absolute path");
    }
    if strict {
        for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
            if api.path.contains(sequence) {
                errors.invalid(place(), &api.path, format!("must not contain '{sequence}'"));
            }
        }
        for suffix in ["/..", "/."] {
            if api.path.ends_with(suffix) {
                errors.invalid(place(), &api.path, format!("cannot end with '{suffix}'"));
            }
        }
    }
    let backend = backend(api.backend, &join(at, field!["backend"]), errors)?;
    let path = if api.path.is_empty() { "/".to_owned() } else { api.path };
    Some(IngressPath { path, path_type: path_type?, backend })
}

fn backend(api: api::IngressBackend, at: &[Step], errors: &mut Errors) -> Option<IngressBackend> {
    let service = match (api.service, api.resource) {
        (Some(_), Some(_)) => {
            errors.invalid(at.to_vec(), "", "cannot set both resource and service backends");
            return None;
        }
        (None, None) => {
            errors.invalid(at.to_vec(), "", "resource or service backend is required");
            return None;
        }
        (None, Some(resource)) => {
            for (value, name) in [(&resource.kind, "kind"), (&resource.name, "name")] {
                if value.is_empty() {
                    errors.required(join(at, field!["resource", name]), "");
                }
            }
            return Some(IngressBackend::Resource { kind: resource.kind, name: resource.name });
        }
        (Some(service), None) => service,
    };
    let name = join(at, field!["service", "name"]);
    if service.name.is_empty() {
        errors.required(name, "");
    } else {
        check_name(NameForm::Label1035, &service.name, name, errors);
    }
    let port = match (service.port.name.filter(|name| !name.is_empty()), service.port.number) {
        (Some(_), 1..) => {
            errors.invalid(at.to_vec(), "", "cannot set both port name & port number");
            None
        }
        (Some(name), _) => {
            if let Some(problem) = port_name_problem(&name) {
                errors.invalid(join(at, field!["service", "port", "name"]), &name, problem);
            }
            Some(PortRef::Name(name))
        }
        (None, 0) => {
            errors.required(at.to_vec(), "port name or number is required");
            None
        }
        (None, number) => port_number(number, join(at, field!["service", "port", "number"]), errors).map(PortRef::Number),
    };
    Some(IngressBackend::Service { name: service.name, port: port? })
}

fn tls(api: api::IngressTLS, at: &[Step], errors: &mut Errors) -> IngressTls {
    for (index, host) in api.hosts.iter().enumerate() {
        check_host(host, join(at, field!["hosts", index]), errors);
    }
    let secret = api.secret_name.filter(|name| !name.is_empty());
    if let Some(name) = &secret {
        check_name(NameForm::Subdomain, name, join(at, field!["secretName"]), errors);
    }
    IngressTls { hosts: api.hosts, secret }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Read;
    use crate::text::{parse_document, split};

    fn complaints(spec: &str) -> Vec<String> {
        let root = parse_document(split(&format!("spec: {spec}"))[0]).0.expect("a document");
        let mut errors = Errors::default();
        convert(api::Ingress::read(&root), Meta::default(), &mut errors);
        errors.list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn refuses_what_the_api_server_refuses() {
        let path = |path: &str| format!("{{rules: [{{http: {{paths: [{path}]}}}}]}}");
        let service = "backend: {service: {name: web, port: {number: 80}}}";
        for (spec, want) in [
            (path(&format!("{{path: /, pathType: Prefix, {service}}}")), None),
            (path(&format!("{{pathType: ImplementationSpecific, {service}}}")), None),
            ("{}".into(), Some("spec: Invalid value: null: either `defaultBackend` or `rules` must be specified")),
            (
                path(&format!("{{path: /, {service}}}")),
                Some("spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"),
            ),
            (
                path(&format!("{{path: /, pathType: Regex, {service}}}")),
                Some(
                    "spec.rules[0].http.paths[0].pathType: Unsupported value: \"Regex\": supported values: \"Exact\", \"ImplementationSpecific\", \"Prefix\"",
                ),
            ),
            (
                path(&format!("{{path: foo, pathType: Exact, {service}}}")),
                Some("spec.rules[0].http.paths[0].path: Invalid value: \"foo\": must be an absolute path"),
            ),
            (
                path(&format!("{{path: /a//b, pathType: Prefix, {service}}}")),
                Some("spec.rules[0].http.paths[0].path: Invalid value: \"/a//b\": must not contain '//'"),
            ),
            (
                path("{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80, name: http}}}}"),
                Some("spec.rules[0].http.paths[0].backend: Invalid value: \"\": cannot set both port name & port number"),
            ),
            (
                path("{path: /, pathType: Prefix, backend: {service: {name: web, port: {}}}}"),
                Some("spec.rules[0].http.paths[0].backend: Required value: port name or number is required"),
            ),
            (
                path("{path: /, pathType: Prefix, backend: {}}"),
                Some("spec.rules[0].http.paths[0].backend: Invalid value: \"\": resource or service backend is required"),
            ),
            (
                "{rules: [{host: 10.0.0.1}]}".into(),
                Some("spec.rules[0].host: Invalid value: \"10.0.0.1\": must be a DNS name, not an IP address"),
            ),
            (
                "{rules: [{host: 'a.*.b'}]}".into(),
                Some("spec.rules[0].host: Invalid value: \"a.*.b\": a wildcard DNS-1123 subdomain must start"),
            ),
            ("{rules: [{host: a.b, http: {paths: []}}]}".into(), Some("spec.rules[0].http.paths: Required value")),
        ] {
            let said = complaints(&spec);
            match want {
                None => assert!(said.is_empty(), "{spec}: {said:?}"),
                Some(want) => assert!(said.len() == 1 && said[0].starts_with(want), "{spec}: {said:?}"),
            }
        }
    }
}
