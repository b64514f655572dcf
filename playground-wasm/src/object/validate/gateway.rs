//! The CEL rules of the Gateway API's CustomResourceDefinitions (`kubernetes-sigs/gateway-api`, `apis/v1`, v1.6.1): what a
//! schema cannot say, as `XValidation` markers of the types have it, each with its message, on the defaults of the schema.

use std::net::IpAddr;

use super::At;
use super::crd::found_in;
use crate::object::error::Errors;
use crate::object::gateway::GROUP;
use crate::object::names::NameForm;
use crate::text::duration_us;

/// Judges an object of a type of `crd.txt`.
pub fn rules(kind: &str, at: At<'_, '_>, errors: &mut Errors) {
    match kind {
        "GatewaySpec" => {
            unique_addresses(at.field("addresses"), errors);
            listeners(at.field("listeners"), errors);
        }
        "ListenerSetSpec" => listeners(at.field("listeners"), errors),
        "Address" => address(at, errors),
        "ListenerTLS" => listener_tls(at, errors),
        "FrontendTLS" => {
            let ports = at.field("perPort");
            let numbers: Vec<_> = ports.items().map(|tls| tls.field("port").number()).collect();
            ports.needs(all_differ(&numbers), errors, "Port for TLS configuration must be unique within the Gateway");
        }
        "Infrastructure" => {
            metadata(at.field("annotations"), "Annotation", errors);
            metadata(at.field("labels"), "Label", errors);
        }
        "HTTPRouteSpec" | "GRPCRouteSpec" | "TCPRouteSpec" => route(kind, at, errors),
        "TLSRouteSpec" => {
            route(kind, at, errors);
            let hostnames = at.field("hostnames");
            let names = || hostnames.items().map(At::text);
            let is_name = |name: &str| NameForm::Subdomain.problems(name).is_empty();
            hostnames.needs(!names().any(|name| name.parse::<IpAddr>().is_ok()), errors, "Hostnames cannot contain an IP");
            let fine = names().all(|name| name.contains('*') || is_name(name));
            hostnames.needs(fine, errors, "Hostnames must be valid based on RFC-1123");
            hostnames.needs(
                names().all(|name| !name.contains('*') || name.strip_prefix("*.").is_some_and(is_name)),
                errors,
                "Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123",
            );
        }
        "HTTPRule" => http_rule(at, errors),
        "GRPCRule" => filters(at.field("filters"), &GRPC_FILTERS[..2], errors),
        "BackendRef" | "GRPCBackendRef" | "StreamBackendRef" | "ServiceRef" => {
            let is_service = at.field("group").is_empty() && at.field("kind").text_or("Service") == "Service";
            at.needs(!is_service || at.field("port").is_set(), errors, "Must have port for Service reference");
            match kind {
                "BackendRef" => http_filters(at.field("filters"), errors),
                "GRPCBackendRef" => filters(at.field("filters"), &GRPC_FILTERS[..2], errors),
                _ => {}
            }
        }
        "HTTPFilter" => filter(at, HTTP_FILTERS, errors),
        "GRPCFilter" => filter(at, GRPC_FILTERS, errors),
        "CORS" => {
            for (field, name, others) in [
                ("allowHeaders", "AllowHeaders", "methods"),
                ("allowMethods", "AllowMethods", "methods"),
                ("allowOrigins", "AllowOrigins", "origins"),
            ] {
                let list = at.field(field);
                let alone = list.items().count() < 2 || !list.items().any(|item| item.text() == "*");
                list.needs(alone, errors, &format!("{name} cannot contain '*' alongside other {others}"));
            }
        }
        "Mirror" => {
            let both = at.field("percent").is_set() && at.field("fraction").is_set();
            at.needs(!both, errors, "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter");
        }
        "Fraction" => {
            let below = at.field("numerator").number().unwrap_or(0) <= at.field("denominator").number().unwrap_or(100);
            at.needs(below, errors, "numerator must be less than or equal to denominator");
        }
        "PathModifier" => path_modifier(at, errors),
        "PathMatch" => path_match(at, errors),
        "GRPCMethod" => grpc_method(at, errors),
        "Timeouts" => {
            let limit = |field| duration_us(at.field(field).text());
            if let (Some(request), Some(backend)) = (limit("request"), limit("backendRequest")) {
                at.needs(request == 0 || backend <= request, errors, "backendRequest timeout cannot be longer than request timeout");
            }
        }
        "BackendTLSPolicySpec" => distinct_sections(at.field("targetRefs"), "targetRefs", "target", errors),
        "BackendTLSValidation" => {
            let (references, known) = (!at.field("caCertificateRefs").is_empty(), !at.field("wellKnownCACertificates").is_empty());
            at.needs(!(references && known), errors, "must not contain both CACertificateRefs and WellKnownCACertificates");
            at.needs(references || known, errors, "must specify either CACertificateRefs or WellKnownCACertificates");
        }
        "SubjectAltName" => {
            for (field, kind, name) in [("hostname", "Hostname", "Hostname"), ("uri", "URI", "URI")] {
                let (given, wanted) = (!at.field(field).is_empty(), at.field("type").text() == kind);
                let must = |must: &str, when: &str| format!("SubjectAltName element {must} contain {name}, if Type is {when} to {kind}");
                at.needs(given || !wanted, errors, &must("must", "set"));
                at.needs(wanted || !given, errors, &must("must not", "not set"));
            }
        }
        _ => {}
    }
}

impl At<'_, '_> {
    /// A rule: its message where it does not hold.
    fn needs(self, holds: bool, errors: &mut Errors, message: &str) {
        if !holds {
            self.invalid(errors, message);
        }
    }
}

fn all_differ<T: PartialEq>(list: &[T]) -> bool {
    list.iter().enumerate().all(|(index, item)| !list[..index].contains(item))
}

/// A field's text, or its default where it is not there at all.
fn or<'n>(at: At<'_, 'n>, default: &'n str) -> &'n str {
    if at.is_set() { at.text() } else { default }
}

/// Of the schema, but said in two alternatives: an address of the type IPAddress is one.
pub fn addresses(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    for (index, at) in spec.field("addresses").items().enumerate() {
        let value = at.field("value");
        if or(at.field("type"), "IPAddress") == "IPAddress" && value.is_set() && value.text().parse::<IpAddr>().is_err() {
            let nowhere = root.field("<nil>");
            let place = format!("spec.addresses[{index}]");
            nowhere.invalid_value(errors, "", format!("\"{place}\" must validate one and only one schema (oneOf). Found none valid"));
            nowhere.invalid_value(errors, "", format!("\"{place}.value\" must validate at least one schema (anyOf)"));
            value.wrong_format(errors, "ipv4");
        }
    }
}

const HOST: &str = "^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

fn address(at: At<'_, '_>, errors: &mut Errors) {
    let value = at.field("value");
    if at.field("type").text() == "Hostname" && value.is_set() {
        let bare = value.text().strip_prefix("*.").unwrap_or(value.text());
        let message = format!("Hostname value must be empty or contain only valid characters (matching {HOST})");
        at.needs(NameForm::Subdomain.problems(bare).is_empty(), errors, &message);
    }
}

fn unique_addresses(list: At<'_, '_>, errors: &mut Errors) {
    for kind in ["IPAddress", "Hostname"] {
        let of_kind = list.items().filter(|at| or(at.field("type"), "IPAddress") == kind && at.field("value").is_set());
        let values: Vec<&str> = of_kind.map(|at| at.field("value").text()).collect();
        list.needs(all_differ(&values), errors, &format!("{kind} values must be unique"));
    }
}

fn listeners(list: At<'_, '_>, errors: &mut Errors) {
    let is = |at: &At<'_, '_>, protocols: &[&str]| protocols.contains(&at.field("protocol").text());
    let mut all = |message: &str, holds: &dyn Fn(&At<'_, '_>) -> bool| {
        let holds = list.items().all(|at| holds(&at));
        list.needs(holds, errors, message);
    };
    all("tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']", &|at| {
        !is(at, &["HTTP", "TCP", "UDP"]) || !at.field("tls").is_set()
    });
    all("tls mode must be Terminate for protocol HTTPS", &|at| {
        let tls = at.field("tls");
        !is(at, &["HTTPS"]) || tls.field("mode").text_or("Terminate") == "Terminate"
    });
    all("tls mode must be set for protocol TLS", &|at| !is(at, &["TLS"]) || at.field("tls").is_set());
    all("hostname must not be specified for protocols ['TCP', 'UDP']", &|at| !is(at, &["TCP", "UDP"]) || at.field("hostname").is_empty());
    let names: Vec<&str> = list.items().map(|at| at.field("name").text()).collect();
    list.needs(all_differ(&names), errors, "Listener name must be unique within the Gateway");
    let places: Vec<_> = list
        .items()
        .map(|at| {
            let hostname = at.field("hostname");
            (at.field("port").number(), at.field("protocol").text(), hostname.is_set().then(|| hostname.text()))
        })
        .collect();
    list.needs(all_differ(&places), errors, "Combination of port, protocol and hostname must be unique for each listener");
}

fn listener_tls(at: At<'_, '_>, errors: &mut Errors) {
    let (certificates, options) = (at.field("certificateRefs"), at.field("options"));
    if at.field("mode").text_or("Terminate") != "Terminate" || !certificates.is_empty() || !options.is_empty() {
        return;
    }
    let message = "certificateRefs or options must be specified when mode is Terminate";
    // The rule asks the size of both without asking whether they are there.
    let missing = [("certificateRefs", certificates), ("options", options)].into_iter().find(|(_, at)| !at.is_set());
    match missing {
        Some((name, _)) => at.invalid(errors, format!("no such key: {name} evaluating rule: {message}")),
        None => at.invalid(errors, message),
    }
}

/// The keys of what a Gateway gives to the objects made for it.
fn metadata(map: At<'_, '_>, kind: &str, errors: &mut Errors) {
    let parts = || map.entries().map(|(key, _)| key.split_once('/').unwrap_or(("", key)));
    let is_name = |name: &str| {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let inner = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        inner && edge(name.chars().next()) && edge(name.chars().next_back()) && name.len() <= 63
    };
    let is_prefix =
        |prefix: &str| prefix.is_empty() || NameForm::Subdomain.problems(prefix).iter().all(|problem| problem.contains("bytes"));
    let fine = parts().all(|(prefix, name)| is_prefix(prefix) && is_name(name)) && !map.entries().any(|(key, _)| key.starts_with('/'));
    map.needs(
        fine,
        errors,
        &format!(
            "{kind} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters."
        ),
    );
    let short = map.entries().all(|(key, _)| key.split('/').next().unwrap_or_default().chars().count() < 253);
    let lower = kind.to_ascii_lowercase();
    map.needs(
        short,
        errors,
        &format!("If specified, the {lower} key's prefix must be a DNS subdomain not longer than 253 characters in total."),
    );
}

fn route(kind: &str, spec: At<'_, '_>, errors: &mut Errors) {
    distinct_sections(spec.field("parentRefs"), "parentRefs", "parent", errors);
    let rules = spec.field("rules");
    let most = match kind {
        "HTTPRouteSpec" => 1,
        "GRPCRouteSpec" => 0,
        _ => return,
    };
    // An HTTPRoute's rule without matches is given one.
    let matches = |rule: At<'_, '_>| if rule.field("matches").is_set() { rule.field("matches").items().count() } else { most };
    rules.needs(
        rules.items().map(matches).sum::<usize>() <= 128,
        errors,
        "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
    );
}

/// References to the same object must name different sections of it, or be one.
fn distinct_sections(list: At<'_, '_>, field: &str, what: &str, errors: &mut Errors) {
    let references: Vec<_> = list
        .items()
        .map(|at| {
            let kind = or(at.field("kind"), "Gateway");
            ((or(at.field("group"), GROUP), kind, at.field("name").text(), at.field("namespace").text()), at.field("sectionName").text())
        })
        .collect();
    let named = references.iter().all(|a| references.iter().all(|b| a.0 != b.0 || a.1.is_empty() == b.1.is_empty()));
    list.needs(named, errors, &format!("sectionName must be specified when {field} includes 2 or more references to the same {what}"));
    list.needs(
        all_differ(&references),
        errors,
        &format!("sectionName must be unique when {field} includes 2 or more references to the same {what}"),
    );
}

fn http_rule(rule: At<'_, '_>, errors: &mut Errors) {
    let (backends, filters, matches) = (rule.field("backendRefs"), rule.field("filters"), rule.field("matches"));
    let redirects = filters.items().any(|filter| filter.field("requestRedirect").is_set());
    rule.needs(backends.is_empty() || !redirects, errors, "RequestRedirect filter must not be used together with backendRefs");
    let one_prefix = match matches.items().collect::<Vec<_>>()[..] {
        [] => !matches.is_set(),
        [only] => {
            let path = only.field("path");
            path.field("type").text_or("PathPrefix") == "PathPrefix"
        }
        _ => false,
    };
    let one = |count: usize| count == 1;
    let replaces = |filters: At<'_, '_>, kind: &'static str| {
        one(filters
            .items()
            .filter(|filter| {
                let change = filter.field(kind);
                let path = change.field("path");
                path.field("type").text() == "ReplacePrefixMatch" && path.field("replacePrefixMatch").is_set()
            })
            .count())
    };
    for (kind, name) in [("requestRedirect", "RequestRedirect"), ("urlRewrite", "URLRewrite")] {
        let message = format!("hen using {name} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified");
        rule.needs(one_prefix || !replaces(filters, kind), errors, &format!("W{message}"));
        let within = one(backends.items().filter(|backend| replaces(backend.field("filters"), kind)).count());
        let when = if kind == "urlRewrite" { "W" } else { "w" };
        rule.needs(one_prefix || !within, errors, &format!("Within backendRefs, {when}{message}"));
    }
    http_filters(filters, errors);
}

const HTTP_FILTERS: &[(&str, &str)] = &[
    ("cors", "CORS"),
    ("requestHeaderModifier", "RequestHeaderModifier"),
    ("responseHeaderModifier", "ResponseHeaderModifier"),
    ("requestRedirect", "RequestRedirect"),
    ("urlRewrite", "URLRewrite"),
    ("requestMirror", "RequestMirror"),
    ("extensionRef", "ExtensionRef"),
];

const GRPC_FILTERS: &[(&str, &str)] = &[
    ("requestHeaderModifier", "RequestHeaderModifier"),
    ("responseHeaderModifier", "ResponseHeaderModifier"),
    ("requestMirror", "RequestMirror"),
    ("extensionRef", "ExtensionRef"),
];

fn http_filters(list: At<'_, '_>, errors: &mut Errors) {
    let any = |kind| list.items().any(|filter| filter.field("type").text() == kind);
    list.needs(
        !(any("RequestRedirect") && any("URLRewrite")),
        errors,
        "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    );
    filters(list, &HTTP_FILTERS[..5], errors);
}

/// Mirrors and extensions may be several.
fn filters(list: At<'_, '_>, single: &[(&str, &str)], errors: &mut Errors) {
    for (_, kind) in single {
        let count = list.items().filter(|filter| filter.field("type").text() == *kind).count();
        list.needs(count <= 1, errors, &format!("{kind} filter cannot be repeated"));
    }
}

/// A filter has the field of its type and no other.
fn filter(at: At<'_, '_>, kinds: &[(&'static str, &str)], errors: &mut Errors) {
    for (field, kind) in kinds {
        let (given, wanted) = (at.field(field).is_set(), at.field("type").text() == *kind);
        at.needs(wanted || !given, errors, &format!("filter.{field} must be nil if the filter.type is not {kind}"));
        at.needs(given || !wanted, errors, &format!("filter.{field} must be specified for {kind} filter.type"));
    }
}

fn path_modifier(at: At<'_, '_>, errors: &mut Errors) {
    for (field, kind) in [("replaceFullPath", "ReplaceFullPath"), ("replacePrefixMatch", "ReplacePrefixMatch")] {
        let (given, wanted) = (at.field(field).is_set(), at.field("type").text() == kind);
        at.needs(given || !wanted, errors, &format!("{field} must be specified when type is set to '{kind}'"));
        at.needs(wanted || !given, errors, &format!("type must be '{kind}' when {field} is set"));
    }
}

fn path_match(at: At<'_, '_>, errors: &mut Errors) {
    if at.field("type").text() == "RegularExpression" {
        return;
    }
    let path = or(at.field("value"), "/");
    let types = "type one of ['Exact', 'PathPrefix']";
    at.needs(path.starts_with('/'), errors, &format!("value must be an absolute path and start with '/' when {types}"));
    for sequence in ["//", "/./", "/../", "%2f", "%2F", "#"] {
        at.needs(!path.contains(sequence), errors, &format!("must not contain '{sequence}' when {types}"));
    }
    for end in ["/..", "/."] {
        at.needs(!path.ends_with(end), errors, &format!("must not end with '{end}' when {types}"));
    }
    let mut bytes = path.bytes();
    let mut fine = !path.is_empty();
    while let Some(byte) = bytes.next() {
        fine &= match byte {
            b'%' => bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit()) && bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit()),
            _ => byte.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@".contains(&byte),
        };
    }
    at.needs(
        fine,
        errors,
        "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
    );
}

fn grpc_method(at: At<'_, '_>, errors: &mut Errors) {
    let (service, method) = (at.field("service"), at.field("method"));
    at.needs(service.is_set() || method.is_set(), errors, "One or both of 'service' or 'method' must be specified");
    if at.field("type").text_or("Exact") != "Exact" {
        return;
    }
    for (field, name, flags, pattern) in
        [(service, "service", "(?i)", "\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$"), (method, "method", "", "[A-Za-z_][A-Za-z_0-9]*$")]
    {
        let fine = !field.is_set()
            || found_in(&format!("^{pattern}"))
                .is_some_and(|pattern| if flags.is_empty() { pattern } else { pattern.ignoring_case() }.matches_all(field.text()));
        at.needs(fine, errors, &format!("{name} must only contain valid characters (matching ^{flags}{pattern})"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{parse_document, split};

    fn complaints(kind: &str, yaml: &str) -> Vec<String> {
        let root = parse_document(split(yaml)[0]).0.expect("a document");
        let mut errors = Errors::default();
        rules(kind, At::root(&root), &mut errors);
        errors.list.iter().map(|error| error.detail.clone()).collect()
    }

    #[test]
    fn a_route_has_128_matches_at_most_and_a_rule_without_any_has_one() {
        let matches = |count: usize| format!("{{matches: [{}]}}", vec!["{method: GET}"; count].join(", "));
        let spec = |rules: &[String]| format!("{{rules: [{}]}}", rules.join(", "));
        let fits = spec(&[matches(64), matches(63), "{}".into()]);
        let one_more = spec(&[matches(64), matches(64), "{}".into()]);
        assert_eq!(complaints("HTTPRouteSpec", &fits), [""; 0]);
        let said = complaints("HTTPRouteSpec", &one_more);
        assert!(said.len() == 1 && said[0].starts_with("While 16 rules and 64 matches per rule are allowed"), "{said:?}");
        assert_eq!(complaints("GRPCRouteSpec", &one_more), [""; 0], "a GRPCRoute's rule may have none");
    }

    #[test]
    fn origins_have_a_wildcard_for_whole_labels_alone() {
        let origin = found_in("(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)")
            .expect("a pattern");
        for (text, fine) in [
            ("*", true),
            ("https://a.example", true),
            ("http://*.a.example:8080", true),
            ("http://*", true),
            ("http://*.a.*.example", false),
            ("http://*a.example", false),
            ("http://a*", false),
            ("http://a.example/cart", false),
            ("http://a.example:111111", false),
            ("http://a.example:", false),
            ("a.example", false),
        ] {
            assert_eq!(origin.matches_all(text), fine, "{text}");
        }
    }
}
