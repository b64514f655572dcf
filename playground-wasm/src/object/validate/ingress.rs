//! Ingresses and IngressClasses (`pkg/apis/networking/validation`, `ValidateIngressCreate` and `ValidateIngressClass`).

use std::net::IpAddr;

use super::At;
use super::address::port;
use crate::object::error::Errors;
use crate::object::ingress::CLASS_ANNOTATION;
use crate::object::names::{NameForm, domain_prefixed_path, port_name};

const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const CONTROLLER_LIMIT: usize = 250;

#[inline(never)]
pub fn ingress(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    let (rules, default) = (spec.field("rules"), spec.field("defaultBackend"));
    if rules.is_empty() && !default.is_set() {
        // The API server shows the rules that are not there.
        spec.without_value().invalid(errors, "either `defaultBackend` or `rules` must be specified");
    }
    if default.is_set() {
        backend(default, errors);
    }
    for rule in rules.items() {
        let name = rule.field("host");
        if name.text().parse::<IpAddr>().is_ok() {
            name.invalid(errors, "must be a DNS name, not an IP address");
        }
        host(name, errors);
        let http = rule.field("http");
        let paths = http.field("paths");
        if http.is_set() && paths.is_empty() {
            paths.required(errors, "");
        }
        for at in paths.items() {
            path(at, errors);
        }
    }
    let list = spec.field("tls");
    for tls in list.items() {
        let hosts = tls.field("hosts");
        for name in hosts.items() {
            hostname(name, errors);
        }
        let secret = tls.field("secretName");
        if !secret.is_empty() {
            secret.formed(errors, |name| NameForm::Subdomain.problems(name));
        }
    }
    let class = spec.field("ingressClassName");
    if class.is_set() {
        class.formed(errors, |name| NameForm::Subdomain.problems(name));
        let metadata = root.field("metadata");
        let annotations = metadata.field("annotations");
        let old = annotations.member(CLASS_ANNOTATION);
        if old.is_set() && old.text() != class.text() {
            // The API server leaves `metadata` out of the path.
            old.under(&annotations.under(&root)).invalid(errors, "must match `ingressClassName` when both are specified");
        }
    }
}

#[inline(never)]
pub fn ingress_class(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    let controller = spec.field("controller");
    if controller.is_empty() {
        controller.required(errors, "");
    } else {
        if controller.text().len() > CONTROLLER_LIMIT {
            controller.too_long(errors, CONTROLLER_LIMIT);
        }
        controller.formed(errors, domain_prefixed_path);
    }
    let parameters = spec.field("parameters");
    if !parameters.is_set() {
        return;
    }
    reference(parameters, errors);
    let (scope, namespace) = (parameters.field("scope"), parameters.field("namespace"));
    match scope.text_or("Cluster") {
        "Namespace" if !namespace.is_set() => namespace.required(errors, "`parameters.scope` is set to 'Namespace'"),
        "Namespace" => namespace.formed(errors, |name| NameForm::Label.problems(name)),
        "Cluster" if namespace.is_set() => namespace.forbidden(errors, "`parameters.scope` is set to 'Cluster'"),
        "Cluster" => {}
        _ => scope.unsupported(errors, &["Cluster", "Namespace"]),
    }
}

/// An object of any kind (`validateIngressTypedLocalObjectReference`).
fn reference(at: At<'_, '_>, errors: &mut Errors) {
    let group = at.field("apiGroup");
    if group.is_set() {
        group.formed(errors, |name| NameForm::Subdomain.problems(name));
    }
    for field in ["kind", "name"] {
        at.field(field).named(errors, |name| NameForm::PathSegment.problems(name));
    }
}

fn host(at: At<'_, '_>, errors: &mut Errors) {
    if !at.is_empty() {
        hostname(at, errors);
    }
}

fn hostname(at: At<'_, '_>, errors: &mut Errors) {
    if at.text().contains('*') {
        let fine = at.text().strip_prefix("*.").is_some_and(|rest| NameForm::Subdomain.problems(rest).is_empty());
        if !fine {
            at.invalid(errors, WILDCARD);
        }
    } else {
        at.formed(errors, |name| NameForm::Subdomain.problems(name));
    }
}

fn path(at: At<'_, '_>, errors: &mut Errors) {
    let (kind, path) = (at.field("pathType"), at.field("path"));
    if !kind.is_set() {
        return kind.required(errors, "pathType must be specified");
    }
    let strict = matches!(kind.text(), "Exact" | "Prefix");
    if !strict && kind.text() != "ImplementationSpecific" {
        kind.unsupported(errors, &["Exact", "ImplementationSpecific", "Prefix"]);
    } else if !path.text().starts_with('/') && (strict || !path.is_empty()) {
        path.invalid_value(errors, path.text(), "must be an absolute path");
    }
    if strict {
        for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
            if path.text().contains(sequence) {
                path.invalid(errors, format!("must not contain '{sequence}'"));
            }
        }
        for suffix in ["/..", "/."] {
            if path.text().ends_with(suffix) {
                path.invalid(errors, format!("cannot end with '{suffix}'"));
            }
        }
    }
    backend(at.field("backend"), errors);
}

fn backend(at: At<'_, '_>, errors: &mut Errors) {
    let (service, resource) = (at.field("service"), at.field("resource"));
    match (service.is_set(), resource.is_set()) {
        (true, true) => return at.invalid_value(errors, "", "cannot set both resource and service backends"),
        (false, false) => return at.invalid_value(errors, "", "resource or service backend is required"),
        (false, true) => {
            return reference(resource, errors);
        }
        (true, false) => {}
    }
    service.field("name").named(errors, |name| NameForm::Label.problems(name));
    let ports = service.field("port");
    let (name, number) = (ports.field("name"), ports.field("number"));
    let numbered = number.number().is_some_and(|number| number != 0);
    match (!name.is_empty(), numbered) {
        (true, true) => at.invalid_value(errors, "", "cannot set both port name & port number"),
        (true, false) => name.formed(errors, port_name),
        (false, true) => port(number, errors),
        (false, false) => at.required(errors, "port name or number is required"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{parse_document, split};

    fn complaints(spec: &str) -> Vec<String> {
        let root = parse_document(split(&format!("spec: {spec}"))[0]).0.expect("a document");
        let mut errors = Errors::default();
        ingress(At::root(&root), &mut errors);
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
