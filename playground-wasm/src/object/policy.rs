//! NetworkPolicies: checked as `pkg/apis/networking/validation` (`ValidateNetworkPolicySpec`) checks them, policyTypes and
//! protocols defaulted as `pkg/apis/networking/v1/defaults.go` does.

use super::api::networking as api;
use super::cidr::cidr;
use super::error::{Errors, FieldError, Reason, join};
use super::names::{port_name_problem, port_number};
use super::selector::label_selector;
use crate::model::{Meta, NetworkPolicy, Peer, PolicyPort, PolicyRule, PortMatch, Protocol};
use crate::schema::IntOrString;
use crate::text::Step;

/// The policy as the simulator judges by it; absent where it has an error.
pub fn convert(api: &api::NetworkPolicy, meta: Meta, errors: &mut Errors) -> Option<NetworkPolicy> {
    let before = errors.list.len();
    let spec = api.spec.clone().unwrap_or_default();
    let pod_selector = label_selector(&spec.pod_selector.unwrap_or_default(), &["spec".into(), "podSelector".into()], errors);
    let (ingress, egress) = (spec.ingress.unwrap_or_default(), spec.egress.unwrap_or_default());
    let types = spec.policy_types.unwrap_or_default();
    let isolates = |direction: &str, by_default: bool| if types.is_empty() { by_default } else { types.iter().any(|t| t == direction) };
    let (isolates_ingress, isolates_egress) = (isolates("Ingress", true), isolates("Egress", !egress.is_empty()));

    let mut ingress_rules = Vec::with_capacity(ingress.len());
    for (index, api::NetworkPolicyIngressRule { from, ports }) in ingress.into_iter().enumerate() {
        ingress_rules.push(rule(ports, from, "from", &["spec".into(), "ingress".into(), index.into()], errors));
    }
    let mut egress_rules = Vec::with_capacity(egress.len());
    for (index, api::NetworkPolicyEgressRule { to, ports }) in egress.into_iter().enumerate() {
        egress_rules.push(rule(ports, to, "to", &["spec".into(), "egress".into(), index.into()], errors));
    }
    check_types(&types, errors);

    let pod_selector = pod_selector.filter(|_| errors.list.len() == before)?;
    Some(NetworkPolicy {
        meta,
        pod_selector,
        ingress: isolates_ingress.then_some(ingress_rules),
        egress: isolates_egress.then_some(egress_rules),
    })
}

fn check_types(types: &[String], errors: &mut Errors) {
    if types.len() > 2 {
        let value = serde_json::to_string(types).unwrap_or_default();
        let detail = "may not specify more than two policyTypes".to_owned();
        errors.list.push(FieldError { reason: Reason::Invalid, path: vec!["spec".into(), "policyTypes".into()], value, detail });
        return;
    }
    for (index, name) in types.iter().enumerate() {
        if !matches!(name.as_str(), "Ingress" | "Egress") {
            errors.unsupported(vec!["spec".into(), "policyTypes".into(), index.into()], name, &["Ingress", "Egress"]);
        }
    }
}

/// What is left out of a rule with an error does not matter: the policy is refused.
fn rule(
    ports: Option<Vec<api::NetworkPolicyPort>>,
    peers: Option<Vec<api::NetworkPolicyPeer>>,
    peers_field: &'static str,
    at: &[Step],
    errors: &mut Errors,
) -> PolicyRule {
    let ports = ports.into_iter().flatten().enumerate();
    let ports = ports.filter_map(|(index, port)| policy_port(&port, &join(at, ["ports".into(), index.into()]), errors)).collect();
    let peers = peers.into_iter().flatten().enumerate();
    let peers = peers.filter_map(|(index, other)| peer(&other, &join(at, [peers_field.into(), index.into()]), errors)).collect();
    PolicyRule { peers, ports }
}

fn policy_port(api: &api::NetworkPolicyPort, at: &[Step], errors: &mut Errors) -> Option<PolicyPort> {
    let protocol = match &api.protocol {
        None => Some(Protocol::Tcp),
        Some(name) => {
            let known = Protocol::from_name(name);
            if known.is_none() {
                errors.unsupported(join(at, ["protocol".into()]), name, &["TCP", "UDP", "SCTP"]);
            }
            known
        }
    };
    let port = match (&api.port, api.end_port) {
        (None, None) => Some(PortMatch::Any),
        (Some(IntOrString::Int(first)), end) => {
            let start = port_number(*first, join(at, ["port".into()]), errors);
            let end_path = join(at, ["endPort".into()]);
            let last = end.map_or(start, |end| {
                if end < *first {
                    errors.invalid(end_path.clone(), end, "must be greater than or equal to `port`");
                }
                port_number(end, end_path, errors)
            });
            start.zip(last).map(|(start, last)| PortMatch::Range(start, last))
        }
        (Some(IntOrString::String(name)), end) => {
            if let Some(end) = end {
                errors.invalid(join(at, ["endPort".into()]), end, "may not be specified when `port` is non-numeric");
            }
            if let Some(problem) = port_name_problem(name) {
                errors.invalid(join(at, ["port".into()]), name, problem);
            }
            Some(PortMatch::Name(name.clone()))
        }
        (None, Some(end)) => {
            errors.invalid(join(at, ["endPort".into()]), end, "may not be specified when `port` is not specified");
            None
        }
    };
    Some(PolicyPort { protocol: protocol?, port: port? })
}

fn peer(api: &api::NetworkPolicyPeer, at: &[Step], errors: &mut Errors) -> Option<Peer> {
    let mut select =
        |selector: &Option<_>, field: &'static str| selector.as_ref().and_then(|s| label_selector(s, &join(at, [field.into()]), errors));
    let pods = select(&api.pod_selector, "podSelector");
    let namespaces = select(&api.namespace_selector, "namespaceSelector");
    let block = api.ip_block.as_ref().and_then(|block| ip_block(block, &join(at, ["ipBlock".into()]), errors));
    let selects = api.pod_selector.is_some() || api.namespace_selector.is_some();
    match (selects, api.ip_block.is_some()) {
        (true, false) => Some(Peer::Pods { namespaces, pods }),
        (false, true) => block,
        (false, false) => {
            errors.required(at.to_vec(), "must specify a peer");
            None
        }
        (true, true) => {
            errors.forbidden(at.to_vec(), "may not specify both ipBlock and another peer");
            None
        }
    }
}

fn ip_block(api: &api::IPBlock, at: &[Step], errors: &mut Errors) -> Option<Peer> {
    if api.cidr.is_empty() {
        errors.required(join(at, ["cidr".into()]), "");
        return None;
    }
    let whole = cidr(&api.cidr, join(at, ["cidr".into()]), errors)?;
    let mut except = Vec::new();
    for (index, text) in api.except.iter().flatten().enumerate() {
        let except_path = join(at, ["except".into(), index.into()]);
        let Some(part) = cidr(text, except_path.clone(), errors) else { continue };
        if !whole.contains(&part.addr()) || whole.prefix_len() >= part.prefix_len() {
            errors.invalid(except_path, text, "must be a strict subset of `cidr`");
        }
        except.push(part);
    }
    Some(Peer::Block { cidr: whole, except })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Read;
    use crate::text::{parse_document, split};

    fn converted(spec: &str) -> (Option<NetworkPolicy>, Vec<String>) {
        let json = format!(r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{}},"spec":{spec}}}"#);
        let mut errors = Errors::default();
        let root = parse_document(split(&json)[0]).0.unwrap();
        let api = api::NetworkPolicy::read(&root);
        let policy = convert(&api, Meta::default(), &mut errors);
        (policy, errors.list.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn policy_types_default_by_what_is_written() {
        for (spec, ingress, egress) in [
            (r"{}", Some(0), None),
            (r#"{"podSelector":{}}"#, Some(0), None),
            (r#"{"ingress":[{}]}"#, Some(1), None),
            (r#"{"egress":[]}"#, Some(0), None),
            (r#"{"egress":[{}]}"#, Some(0), Some(1)),
            (r#"{"policyTypes":[],"egress":[{}]}"#, Some(0), Some(1)),
            (r#"{"policyTypes":["Egress"]}"#, None, Some(0)),
            (r#"{"policyTypes":["Egress"],"ingress":[{}]}"#, None, Some(0)),
            (r#"{"policyTypes":["Ingress"],"egress":[{}]}"#, Some(0), None),
            (r#"{"policyTypes":["Ingress","Egress"]}"#, Some(0), Some(0)),
        ] {
            let (policy, errors) = converted(spec);
            let policy = policy.unwrap_or_else(|| panic!("{spec}: {errors:?}"));
            assert_eq!((policy.ingress.map(|r| r.len()), policy.egress.map(|r| r.len())), (ingress, egress), "{spec}");
        }
    }

    #[test]
    fn peers_and_ports_keep_absent_and_empty_apart() {
        let (policy, _) = converted(
            r#"{"ingress":[
                {"from":[],"ports":[]},
                {"from":[{"podSelector":{}},{"namespaceSelector":{}},{"ipBlock":{"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]}}],
                 "ports":[{},{"protocol":"UDP","port":"dns"},{"port":80},{"port":80,"endPort":90}]}
            ]}"#,
        );
        let rules = policy.and_then(|policy| policy.ingress).unwrap_or_default();
        assert_eq!(rules[0], PolicyRule { peers: vec![], ports: vec![] });
        let all = crate::model::LabelSelector::default;
        assert_eq!(rules[1].peers[0], Peer::Pods { namespaces: None, pods: Some(all()) });
        assert_eq!(rules[1].peers[1], Peer::Pods { namespaces: Some(all()), pods: None });
        assert!(matches!(&rules[1].peers[2], Peer::Block { except, .. } if except.len() == 1));
        let ports: Vec<_> = rules[1].ports.iter().map(|port| (port.protocol, port.port.clone())).collect();
        assert_eq!(
            ports,
            [
                (Protocol::Tcp, PortMatch::Any),
                (Protocol::Udp, PortMatch::Name("dns".into())),
                (Protocol::Tcp, PortMatch::Range(80, 80)),
                (Protocol::Tcp, PortMatch::Range(80, 90)),
            ]
        );
    }

    #[test]
    fn what_the_api_server_refuses() {
        for (spec, want) in [
            (r#"{"ingress":[{"from":[{}]}]}"#, &["spec.ingress[0].from[0]: Required value: must specify a peer"][..]),
            (
                r#"{"egress":[{"to":[{"ipBlock":{"cidr":"10.0.0.0/8"},"podSelector":{}}]}]}"#,
                &["spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer"],
            ),
            (r#"{"egress":[{"to":[{"ipBlock":{}}]}]}"#, &["spec.egress[0].to[0].ipBlock.cidr: Required value"]),
            (
                r#"{"ingress":[{"from":[{"ipBlock":{"cidr":"10.0.0.0/8","except":["10.0.0.0/8","11.0.0.0/16","x"]}}]}]}"#,
                &[
                    "spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: \"10.0.0.0/8\": must be a strict subset of `cidr`",
                    "spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: \"11.0.0.0/16\": must be a strict subset of `cidr`",
                    "spec.ingress[0].from[0].ipBlock.except[2]: Invalid value: \"x\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
                ],
            ),
            (
                r#"{"ingress":[{"ports":[{"protocol":"ICMP"},{"port":0},{"port":90,"endPort":80},{"port":1,"endPort":65536}]}]}"#,
                &[
                    "spec.ingress[0].ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"TCP\", \"UDP\", \"SCTP\"",
                    "spec.ingress[0].ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                    "spec.ingress[0].ports[2].endPort: Invalid value: 80: must be greater than or equal to `port`",
                    "spec.ingress[0].ports[3].endPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
                ],
            ),
            (
                r#"{"ingress":[{"ports":[{"port":"web","endPort":80},{"endPort":80},{"port":"80"}]}]}"#,
                &[
                    "spec.ingress[0].ports[0].endPort: Invalid value: 80: may not be specified when `port` is non-numeric",
                    "spec.ingress[0].ports[1].endPort: Invalid value: 80: may not be specified when `port` is not specified",
                    "spec.ingress[0].ports[2].port: Invalid value: \"80\": must contain at least one letter (a-z)",
                ],
            ),
            (
                r#"{"policyTypes":["Ingress","Egress","Ingress"]}"#,
                &["spec.policyTypes: Invalid value: [\"Ingress\",\"Egress\",\"Ingress\"]: may not specify more than two policyTypes"],
            ),
            (
                r#"{"policyTypes":["ingress"]}"#,
                &["spec.policyTypes[0]: Unsupported value: \"ingress\": supported values: \"Ingress\", \"Egress\""],
            ),
            (
                r#"{"podSelector":{"matchExpressions":[{"key":"a","operator":"in","values":["b"]}]}}"#,
                &["spec.podSelector.matchExpressions[0].operator: Invalid value: \"in\": not a valid selector operator"],
            ),
        ] {
            let (policy, errors) = converted(spec);
            assert!(policy.is_none(), "{spec}");
            assert_eq!(errors, want, "{spec}");
        }
    }
}
