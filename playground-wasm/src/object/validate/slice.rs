//! EndpointSlices and Endpoints (`pkg/apis/discovery/validation`; `ValidateEndpoints` of `pkg/apis/core/validation`).

use super::At;
use super::address::{self, PROTOCOLS};
use crate::object::error::Errors;
use crate::object::names::{NameForm, qualified_name};

#[inline(never)]
pub fn endpoint_slice(root: At<'_, '_>, errors: &mut Errors) {
    let kind = root.field("addressType");
    if kind.is_empty() {
        kind.required(errors, "");
    } else {
        kind.one_of(errors, &["FQDN", "IPv4", "IPv6"]);
    }
    let endpoints = root.field("endpoints");
    let count = endpoints.items().count();
    if count > 1000 {
        return endpoints.too_many(errors, count, 1000);
    }
    for endpoint in endpoints.items() {
        endpoint_of(endpoint, kind.text(), errors);
    }
    let ports = root.field("ports");
    let count = ports.items().count();
    if count > 20_000 {
        return ports.too_many(errors, count, 20_000);
    }
    let mut names: Vec<&str> = Vec::new();
    for port in ports.items() {
        let name = port.field("name");
        if !name.is_empty() {
            name.formed(errors, |name| NameForm::Label.problems(name));
        }
        if names.contains(&name.text()) {
            name.duplicate(errors, &format!("{:?}", name.text()));
        }
        names.push(name.text());
        port.field("protocol").one_of(errors, PROTOCOLS);
        if port.field("port").is_set() {
            address::port(port.field("port"), errors);
        }
        if port.field("appProtocol").is_set() {
            port.field("appProtocol").formed(errors, qualified_name);
        }
    }
}

fn endpoint_of(endpoint: At<'_, '_>, kind: &str, errors: &mut Errors) {
    let addresses = endpoint.field("addresses");
    let count = addresses.items().count();
    match count {
        0 => addresses.required(errors, "must contain at least 1 address"),
        101.. => addresses.too_many(errors, count, 100),
        _ => {}
    }
    for at in addresses.items() {
        match kind {
            "FQDN" => domain(at, errors),
            "IPv4" | "IPv6" => {
                let address = at.text().parse::<std::net::IpAddr>();
                if address.is_err() || at.text().contains(':') != (kind == "IPv6") {
                    at.invalid(errors, format!("must be a valid {kind} address"));
                    if address.is_err() {
                        address::non_special(at, errors);
                    }
                } else if address::ip(at, errors) {
                    address::non_special(at, errors);
                }
            }
            _ => {}
        }
    }
    let node = endpoint.field("nodeName");
    if node.is_set() {
        node.formed(errors, |name| NameForm::Subdomain.problems(name));
    }
    let hostname = endpoint.field("hostname");
    if hostname.is_set() {
        hostname.formed(errors, |name| NameForm::Label.problems(name));
    }
    let hints = endpoint.field("hints");
    for (field, limit) in [("forZones", 8), ("forNodes", 8)] {
        let list = hints.field(field);
        let count = list.items().count();
        if count > limit {
            return list.too_many(errors, count, limit);
        }
        let mut names: Vec<&str> = Vec::new();
        for hint in list.items() {
            let name = hint.field("name");
            if names.contains(&name.text()) {
                name.duplicate(errors, &format!("{:?}", name.text()));
            }
            names.push(name.text());
            if field == "forNodes" {
                name.formed(errors, |name| NameForm::Subdomain.problems(name));
            } else {
                name.formed(errors, crate::object::names::label_value);
            }
        }
    }
}

#[inline(never)]
pub fn endpoints(root: At<'_, '_>, errors: &mut Errors) {
    let subsets = root.field("subsets");
    for subset in subsets.items() {
        let (ready, waiting, ports) = (subset.field("addresses"), subset.field("notReadyAddresses"), subset.field("ports"));
        if ready.is_empty() && waiting.is_empty() {
            subset.required(errors, "must specify `addresses` or `notReadyAddresses`");
        }
        for list in [ready, waiting] {
            for at in list.items() {
                let (ip, node) = (at.field("ip"), at.field("nodeName"));
                address::ip(ip, errors);
                address::non_special(ip, errors);
                if node.is_set() {
                    node.formed(errors, |name| NameForm::Subdomain.problems(name));
                }
                let hostname = at.field("hostname");
                if !hostname.is_empty() {
                    hostname.formed(errors, |name| NameForm::Label.problems(name));
                }
            }
        }
        let several = ports.items().count() > 1;
        for port in ports.items() {
            let name = port.field("name");
            if !name.is_empty() {
                name.formed(errors, |name| NameForm::Label.problems(name));
            } else if several {
                name.required(errors, "");
            }
            address::port(port.field("port"), errors);
            port.field("protocol").one_of(errors, PROTOCOLS);
            if port.field("appProtocol").is_set() {
                port.field("appProtocol").formed(errors, qualified_name);
            }
        }
    }
}

/// `IsFullyQualifiedDomainName`.
fn domain(at: At<'_, '_>, errors: &mut Errors) {
    if at.is_empty() {
        return at.required(errors, "");
    }
    let name = at.text().strip_suffix('.').unwrap_or(at.text());
    let problems = NameForm::Subdomain.problems(name);
    if !problems.is_empty() {
        at.invalid_value(errors, name, problems.join(","));
    } else if !name.contains('.') {
        at.invalid_value(errors, name, "should be a domain with at least two segments separated by dots");
    } else if let Some(label) = name.split('.').find(|label| !NameForm::Label.problems(label).is_empty()) {
        at.invalid_value(errors, label, NameForm::Label.problems(label).join(","));
    }
}
