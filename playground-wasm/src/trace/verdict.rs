//! The verdict on a request: one line, one more where there is more to say, and whether all of it worked.

use super::reason::reached;
use super::words::{count, pod_label, sender_title, status_text};
use crate::cluster::Cluster;
use crate::dto::{Hop, HopKind, Outcome};
use crate::net::{ListenerRef, Reached};
use crate::request::Exchange;

/// Headline and detail of an exchange whose hops are given.
pub fn verdict(cluster: &Cluster, exchange: &Exchange, hops: &[Hop]) -> (String, String) {
    let end = hops.iter().find(|hop| hop.depth == 0 && hop.end.is_some());
    let place = end.map_or_else(String::new, |hop| hop.title.clone());
    let (calls, failed) = tally(exchange);
    let headline = match exchange.outcome {
        Outcome::Response => {
            let status = exchange.status.map_or_else(String::new, status_text);
            let from = author(exchange).map_or(place, |listener| pod_label(cluster, listener.pod));
            format!("{status} from {from}")
        }
        Outcome::Connected => format!("Connected to {}", reached(exchange).map_or(place, |listener| pod_label(cluster, listener.pod))),
        Outcome::Refused => format!("Refused at {place}"),
        Outcome::Timeout => format!("Timed out at {place}"),
        Outcome::Reset => format!("Cut off by {place}"),
        Outcome::DnsNxdomain => format!("{} does not resolve", exchange.request.target.host),
        Outcome::DnsTimeout => format!("The lookup of {} got no answer", exchange.request.target.host),
        Outcome::TlsError => format!("No TLS at {place}"),
        Outcome::Unroutable => format!("No route from {}", sender_title(cluster, exchange.sender)),
    };
    let detail = match exchange.outcome {
        Outcome::Response if answers_by_itself(exchange) => {
            // Why the proxy got nothing from the endpoints that it tried stands below its decision.
            let failed = hops.iter().find(|hop| hop.depth > 0 && is_failure(hop));
            failed.or(end).map_or_else(String::new, |hop| match hop.kind {
                HopKind::Container if !hop.went_out.is_empty() => sentence(&format!("{}, and {}", hop.rule, hop.went_out)),
                _ => sentence(&hop.rule),
            })
        }
        Outcome::Response if exchange.relayed.as_ref().is_some_and(|relayed| !relayed.trusted()) => {
            format!("The certificate is not for {}: a browser warns, and most programs break off.", exchange.request.target.host)
        }
        Outcome::Response | Outcome::Connected if calls == 0 => String::new(),
        Outcome::Response | Outcome::Connected if failed == 0 => {
            format!("{} answered.", count(calls, "downstream call was", "downstream calls were all"))
        }
        Outcome::Response | Outcome::Connected => {
            let first = hops.iter().find(|hop| hop.depth > 0 && is_failure(hop));
            let where_to = first.and_then(|hop| hops.get(hop.exchange as usize)).map_or_else(String::new, |client| client.went_out.clone());
            let first_of = if failed > 1 { ", first" } else { ":" };
            let calls = count(calls, "downstream call", "downstream calls");
            let how = first.and_then(|hop| Some(how(hop.end?, hop.status))).unwrap_or_default();
            format!("{failed} of {calls} failed{first_of} {where_to} from {}: {how}.", caller(hops, first))
        }
        _ => end.map_or_else(String::new, |hop| sentence(&hop.rule)),
    };
    (headline, detail)
}

fn caller(hops: &[Hop], failed: Option<&Hop>) -> String {
    failed
        .and_then(|hop| hops.get(hop.exchange as usize))
        .filter(|hop| hop.kind == HopKind::Client)
        .map_or_else(String::new, |hop| hop.title.clone())
}

/// How an exchange failed, in two or three words.
fn how(end: Outcome, status: Option<u16>) -> String {
    match end {
        Outcome::Response | Outcome::Connected => return status.map_or_else(String::new, status_text),
        Outcome::Refused => "refused",
        Outcome::Timeout => "timed out",
        Outcome::Reset => "cut off",
        Outcome::DnsNxdomain => "no such name",
        Outcome::DnsTimeout => "the lookup got no answer",
        Outcome::TlsError => "no TLS",
        Outcome::Unroutable => "no route",
    }
    .to_owned()
}

/// A rule as a sentence of its own: with a capital letter and a full stop.
pub fn sentence(rule: &str) -> String {
    let mut chars = rule.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_ascii_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

/// Who wrote the answer: a container, or a proxy on the way to one.
fn author(exchange: &Exchange) -> Option<ListenerRef> {
    let relayed = exchange.relayed.as_ref().and_then(|relayed| relayed.answer());
    match relayed.or_else(|| exchange.passed.as_ref().and_then(|passed| passed.answer())) {
        Some(passed_on) => author(passed_on),
        None => match exchange.connection?.reached {
            Reached::Listener(listener) => Some(listener),
            Reached::Outside(_) | Reached::HealthCheck { .. } => None,
        },
    }
}

/// Whether a proxy had to answer for want of somebody else's answer.
fn answers_by_itself(exchange: &Exchange) -> bool {
    match &exchange.relayed {
        Some(relayed) => relayed.answer().map_or(exchange.status.is_some_and(|status| status >= 400), answers_by_itself),
        None => false,
    }
}

fn is_failure(hop: &Hop) -> bool {
    hop.end.is_some_and(|end| !matches!(end, Outcome::Response | Outcome::Connected))
        || (hop.kind == HopKind::Route && hop.status >= Some(400))
}

/// How many downstream calls the container made that answered, and how many of them failed.
fn tally(exchange: &Exchange) -> (usize, usize) {
    let calls = exchange.answered().map_or(&[][..], |answered| &answered.calls);
    calls.iter().fold((0, 0), |(calls, failed), call| {
        let (more, more_failed) = tally(call);
        let own = usize::from(!matches!(call.outcome, Outcome::Response | Outcome::Connected) || answers_by_itself(call));
        (calls + 1 + more, failed + own + more_failed)
    })
}
