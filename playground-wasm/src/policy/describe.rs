//! What policies say, in words: selectors as `kubectl describe` writes them, peers and ports as a person would.

use crate::model::{LabelSelector, Operator, Peer, PolicyPort, PolicyRule, PortMatch, Requirement};

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} and {last}", many.join(", ")),
    }
}

/// What a rule lets pass, of its peers only the given one: "pods `app: api` on TCP 5432".
pub(super) fn allowance(rule: &PolicyRule, peer: Option<usize>) -> String {
    let who = peer.and_then(|peer| rule.peers.get(peer)).map_or_else(|| "everybody".to_owned(), describe_peer);
    if rule.ports.is_empty() {
        return who;
    }
    let ports: Vec<String> = rule.ports.iter().map(describe_port).collect();
    format!("{who} on {}", list(&ports))
}

fn describe_peer(peer: &Peer) -> String {
    match peer {
        Peer::Pods { namespaces, pods } => {
            let pods = match pods {
                Some(selector) if !selector.is_empty() => format!("pods `{}`", describe_selector(selector)),
                _ => "every pod".to_owned(),
            };
            match namespaces {
                None => format!("{pods} of its own namespace"),
                Some(selector) if selector.is_empty() => format!("{pods} of every namespace"),
                Some(selector) => format!("{pods} of namespaces `{}`", describe_selector(selector)),
            }
        }
        Peer::Block { cidr, except } if except.is_empty() => cidr.to_string(),
        Peer::Block { cidr, except } => {
            let except: Vec<String> = except.iter().map(ToString::to_string).collect();
            format!("{cidr} except {}", list(&except))
        }
    }
}

fn describe_selector(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().map(|(key, value)| format!("{key}: {value}"));
    labels.chain(selector.match_expressions.iter().map(describe_requirement)).collect::<Vec<_>>().join(", ")
}

pub(super) fn describe_requirement(requirement: &Requirement) -> String {
    let Requirement { key, operator, values } = requirement;
    let values = values.join(", ");
    match operator {
        Operator::In => format!("{key} in ({values})"),
        Operator::NotIn => format!("{key} notin ({values})"),
        Operator::Exists => key.clone(),
        Operator::DoesNotExist => format!("!{key}"),
    }
}

fn describe_port(port: &PolicyPort) -> String {
    let protocol = port.protocol;
    match &port.port {
        PortMatch::Any => format!("every {protocol} port"),
        PortMatch::Range(first, last) if first == last => format!("{protocol} {first}"),
        PortMatch::Range(first, last) => format!("{protocol} {first}-{last}"),
        PortMatch::Name(name) => format!("{protocol} port `{name}`"),
    }
}
