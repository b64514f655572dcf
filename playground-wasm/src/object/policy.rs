//! NetworkPolicies: the API's to the model's, policyTypes and protocols defaulted as `pkg/apis/networking/v1/defaults.go` does.

use super::api::networking as api;
use super::cidr::cidr;
use super::selector::label_selector;
use crate::model::{Meta, NetworkPolicy, Peer, PolicyPort, PolicyRule, PortMatch, Protocol};
use crate::schema::IntOrString;

/// The policy as the simulator judges by it.
pub fn convert(api: api::NetworkPolicy, meta: Meta) -> NetworkPolicy {
    let spec = api.spec.unwrap_or_default();
    let (ingress, egress) = (spec.ingress.unwrap_or_default(), spec.egress.unwrap_or_default());
    let types = spec.policy_types.unwrap_or_default();
    let isolates = |direction: &str, by_default: bool| if types.is_empty() { by_default } else { types.iter().any(|t| t == direction) };
    let (isolates_ingress, isolates_egress) = (isolates("Ingress", true), isolates("Egress", !egress.is_empty()));
    let ingress = ingress.into_iter().map(|rule| policy_rule(rule.ports, rule.from)).collect();
    let egress = egress.into_iter().map(|rule| policy_rule(rule.ports, rule.to)).collect();
    NetworkPolicy {
        meta,
        pod_selector: label_selector(&spec.pod_selector.unwrap_or_default()),
        ingress: isolates_ingress.then_some(ingress),
        egress: isolates_egress.then_some(egress),
    }
}

fn policy_rule(ports: Option<Vec<api::NetworkPolicyPort>>, peers: Option<Vec<api::NetworkPolicyPeer>>) -> PolicyRule {
    PolicyRule {
        peers: peers.into_iter().flatten().filter_map(peer).collect(),
        ports: ports.into_iter().flatten().filter_map(policy_port).collect(),
    }
}

fn policy_port(api: api::NetworkPolicyPort) -> Option<PolicyPort> {
    let protocol = api.protocol.as_deref().map_or(Some(Protocol::Tcp), Protocol::from_name)?;
    let number = |number: i32| u16::try_from(number).ok();
    let port = match api.port {
        None => PortMatch::Any,
        Some(IntOrString::Int(first)) => PortMatch::Range(number(first)?, number(api.end_port.unwrap_or(first))?),
        Some(IntOrString::String(name)) => PortMatch::Name(name),
    };
    Some(PolicyPort { protocol, port })
}

fn peer(api: api::NetworkPolicyPeer) -> Option<Peer> {
    let Some(block) = api.ip_block else {
        return Some(Peer::Pods {
            namespaces: api.namespace_selector.as_ref().map(label_selector),
            pods: api.pod_selector.as_ref().map(label_selector),
        });
    };
    Some(Peer::Block { cidr: cidr(&block.cidr)?, except: block.except.iter().flatten().filter_map(|part| cidr(part)).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Read;
    use crate::text::{parse_document, split};

    fn converted(spec: &str) -> NetworkPolicy {
        let json = format!(r#"{{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{{}},"spec":{spec}}}"#);
        let root = parse_document(split(&json)[0]).0.unwrap();
        convert(api::NetworkPolicy::read(&root), Meta::default())
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
            let policy = converted(spec);
            assert_eq!((policy.ingress.map(|r| r.len()), policy.egress.map(|r| r.len())), (ingress, egress), "{spec}");
        }
    }

    #[test]
    fn peers_and_ports_keep_absent_and_empty_apart() {
        let policy = converted(
            r#"{"ingress":[
                {"from":[],"ports":[]},
                {"from":[{"podSelector":{}},{"namespaceSelector":{}},{"ipBlock":{"cidr":"10.0.0.0/8","except":["10.1.0.0/16"]}}],
                 "ports":[{},{"protocol":"UDP","port":"dns"},{"port":80},{"port":80,"endPort":90}]}
            ]}"#,
        );
        let rules = policy.ingress.unwrap_or_default();
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
}
