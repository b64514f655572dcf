//! What the containers of a pod do with a request: the sidecar that takes it over, the reverse proxy that decides, the path that
//! has an answer of its own.

use std::fmt::Write as _;

use super::edge::Decision;
use super::words::{address_port, status_text};
use crate::behavior::reverse::{Action, Matching};
use crate::behavior::{App, MutualTls, Proxy, Site};
use crate::cluster::{Cluster, ObjectRef};
use crate::dto::LineRef;
use crate::model::PortRef;
use crate::net::{Taken, Way};
use crate::request::{Exchange, How, Inside, Passed, Secured};
use crate::text::Step;

fn name(cluster: &Cluster, taken: &Taken) -> String {
    cluster.pod(taken.pod).spec().containers[taken.container].name.clone()
}

fn proxy<'c>(cluster: &'c Cluster, taken: &Taken) -> Option<&'c Proxy> {
    cluster.pod(taken.pod).behavior[taken.container].proxy.as_deref()
}

/// The rule by which a pod's namespace led a packet to its proxy, and the lines that set it up.
pub fn redirected(cluster: &Cluster, taken: &Taken, port: u16) -> (String, Vec<(ObjectRef, Vec<Step>)>) {
    let pod = cluster.pod(taken.pod);
    let container = name(cluster, taken);
    let what = match taken.way {
        Way::In => "what comes in",
        Way::Out => "what goes out",
    };
    let rule = format!(
        "the pod's own namespace leads {what} to port {} to port {port}, where container {container} takes it over",
        taken.packet.port
    );
    let lines = proxy(cluster, taken).map(|proxy| {
        let by = proxy.set_up_by.and_then(|index| pod.spec().containers.get(index));
        let set_up = by.map(|init| {
            let mut path: Vec<Step> = proxy
                .origin
                .iter()
                .take_while(|step| **step != Step::from("containers") && **step != Step::from("initContainers"))
                .cloned()
                .collect();
            path.extend([Step::from(init.list()), Step::from(init.index), Step::from("args")]);
            path
        });
        set_up.into_iter().chain([proxy.origin.clone()]).map(|path| (pod.object, path)).collect()
    });
    (rule, lines.unwrap_or_default())
}

/// How `kubectl port-forward` comes into a pod: the node, and what happens there.
pub fn forwarded(cluster: &Cluster, inside: &Inside) -> (String, String) {
    let pod = cluster.pod(inside.pod);
    let node = pod.node.map_or_else(String::new, |node| cluster.node(node).name.clone());
    let mut rule = String::new();
    if let Some((service, port, number)) = &inside.service {
        let port = match port {
            PortRef::Number(number) => number.to_string(),
            PortRef::Name(name) => name.clone(),
        };
        let _ = write!(rule, "Service {} only picked the pod, where its port {port} is {number}; ", cluster.service(*service).meta().name);
    }
    let _ = write!(
        rule,
        "the API server hands the stream to the kubelet, which has localhost dialled in the network namespace of {}: no Service rule and no policy sees it",
        pod.meta.name
    );
    (node, rule)
}

/// What a proxy in a pod decided.
pub fn decision(cluster: &Cluster, exchange: &Exchange, passed: &Passed) -> Option<Decision> {
    match passed.how {
        How::Took { taken, secured } => took(cluster, &taken, secured, passed),
        How::Decided { listener, site, location } => {
            let App::Proxy(sites) = &listener.get(cluster).app else { return None };
            decided(cluster, listener.pod, exchange, sites.get(site)?, location, passed)
        }
    }
}

fn took(cluster: &Cluster, taken: &Taken, secured: Secured, passed: &Passed) -> Option<Decision> {
    let proxy = proxy(cluster, taken)?;
    let to = address_port(taken.packet.destination, taken.packet.port);
    let mode = proxy.mtls.as_str();
    // The other side is a sidecar of the mesh, if mutual TLS came of what was offered.
    let met = passed
        .attempts
        .last()
        .and_then(|last| last.passed.as_ref())
        .is_some_and(|other| matches!(other.how, How::Took { secured: Secured::Mutual, .. }));
    let (rule, went_out) = match (taken.way, secured) {
        (Way::Out, _) => {
            let how = match (proxy.mtls, met) {
                (MutualTls::Disable, _) => "in plaintext: its mutual TLS is disabled",
                (_, true) => "over mutual TLS: a proxy of the same mesh is there",
                (_, false) => "in plaintext: no proxy of the same mesh is there",
            };
            (format!("it wanted to go to {to}; the proxy opens a connection of its own, {how}"), format!("to {to}"))
        }
        (Way::In, Secured::Refused) => {
            (format!("it came in plaintext, and mutual TLS is {mode}: the proxy cuts it off"), "closes the connection".to_owned())
        }
        (Way::In, Secured::Mutual) => (format!("mutual TLS with the sender's proxy; passed on to {to}"), format!("to {to}")),
        (Way::In, _) => (format!("it came in plaintext, which is let in: mutual TLS is {mode}; passed on to {to}"), format!("to {to}")),
    };
    let lines = vec![(cluster.pod(taken.pod).object, proxy.origin.clone())];
    Some(Decision { title: format!("container {}", name(cluster, taken)), rule, went_out, lines })
}

fn decided(
    cluster: &Cluster,
    pod: crate::cluster::PodId,
    exchange: &Exchange,
    site: &Site,
    location: Option<usize>,
    passed: &Passed,
) -> Option<Decision> {
    let location = site.locations.get(location?)?;
    let mut rule = if site.names.is_empty() { String::new() } else { format!("server_name {}: ", site.names.join(" ")) };
    if !site.stream {
        let sign = match location.matching {
            Matching::Exact => "= ",
            Matching::Prefix => "",
            Matching::Final => "^~ ",
            Matching::Regex { any_case: false } => "~ ",
            Matching::Regex { any_case: true } => "~* ",
        };
        let _ = write!(rule, "location {sign}{} ", location.path);
    }
    let status = exchange.status.map(status_text).unwrap_or_default();
    let went_out = match &location.action {
        Action::Serve => {
            rule.push_str("is served from files, which are taken to be there");
            status
        }
        Action::Return { .. } => {
            rule.push_str("returns by itself");
            status
        }
        Action::Pass(_) if passed.attempts.is_empty() => {
            rule.push_str("is passed on to those who are logged in, which this request is not");
            status
        }
        Action::Pass(pass) => {
            let _ = write!(rule, "is passed on to {}", pass.text);
            passed.attempts.last().map(|last| last.request.target.text.clone()).unwrap_or_default()
        }
    };
    let object = cluster.pod(pod).object;
    let mut lines = Vec::new();
    if let Some(file) = &site.file {
        let kind = if file.secret { "Secret" } else { "ConfigMap" };
        let namespace = &cluster.pod(pod).meta.namespace;
        let holds = |(_, source): &(u32, &crate::cluster::Source)| {
            source.id.kind == kind && source.id.namespace == *namespace && source.id.name == file.name
        };
        let found = (0_u32..).zip(&cluster.sources.objects).find(holds);
        lines.extend(found.map(|(index, _)| (ObjectRef(index), vec![Step::from("data"), Step::Key(file.key.clone())])));
    } else {
        lines.extend(site.targets().next().map(|target| (object, target.origin.clone())));
    }
    Some(Decision { title: "reverse proxy".into(), rule, went_out, lines })
}

/// Points at the directive in a configuration that stands as a block in a manifest, rather than at the key that holds it.
pub fn point_within(cluster: &Cluster, passed: &Passed, lines: &mut [Option<LineRef>]) {
    let How::Decided { listener, site, location: Some(location) } = passed.how else { return };
    let App::Proxy(sites) = &listener.get(cluster).app else { return };
    let Some(Some(LineRef { range, .. })) = lines.first_mut().filter(|_| sites[site].file.is_some()) else { return };
    let below = sites[site].locations[location].line;
    // Of a block the first line is that of its text.
    if range.end_line.saturating_sub(range.line) > below {
        let at = range.line + below;
        *range = crate::dto::TextRange { line: at, column: 1, end_line: at + 1, end_column: 1, ..*range };
    }
}

/// What a listener's answer rests on beside its status: the path, the wait, chance.
pub fn answer_words(cluster: &Cluster, exchange: &Exchange, listener: crate::net::ListenerRef) -> String {
    let mut words = String::new();
    let Some(answer) = listener.get(cluster).app.respond(&exchange.request.target.path).filter(|_| exchange.status.is_some()) else {
        return words;
    };
    if let Some(own) = answer.path {
        let _ = write!(words, "; {} has an answer of its own", own.path);
    }
    if answer.delay_us > 0 {
        let _ = write!(words, "; it waits {} ms before it answers", answer.delay_us / 1_000);
    }
    if let Some((fail, struck)) = exchange.chance {
        let percent = f64::from(fail.share) / 10_000.0;
        let _ = write!(
            words,
            "; {percent} % of its answers are {} by chance, {}",
            status_text(fail.status),
            if struck { "this one too" } else { "this one is not" }
        );
    }
    words
}
