//! The verdict on a request: one line, one more where there is more to say, and whether all of it worked.

use super::reason::reached;
use super::words::{count, pod_label, sender_title, status_text};
use crate::cluster::Cluster;
use crate::dto::{Hop, HopKind, Outcome};
use crate::request::Exchange;

/// Headline and detail of an exchange whose hops are given.
pub fn verdict(cluster: &Cluster, exchange: &Exchange, hops: &[Hop]) -> (String, String) {
    let end = hops.iter().find(|hop| hop.depth == 0 && hop.end.is_some());
    let place = end.map_or_else(String::new, |hop| hop.title.clone());
    let (calls, failed) = tally(exchange);
    let headline = match exchange.outcome {
        Outcome::Response => {
            let status = exchange.status.map_or_else(String::new, status_text);
            let from = reached(exchange).map_or(place, |listener| pod_label(cluster, listener.pod));
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
        Outcome::Response | Outcome::Connected if calls == 0 => String::new(),
        Outcome::Response | Outcome::Connected if failed == 0 => {
            format!("{} answered.", count(calls, "downstream call was", "downstream calls were all"))
        }
        Outcome::Response | Outcome::Connected => {
            let first =
                hops.iter().find(|hop| hop.depth > 0 && hop.end.is_some_and(|end| !matches!(end, Outcome::Response | Outcome::Connected)));
            let where_to = first.and_then(|hop| hops.get(hop.exchange as usize)).map_or_else(String::new, |client| client.went_out.clone());
            format!("{failed} of {} failed: {where_to} from {}.", count(calls, "downstream call", "downstream calls"), caller(hops, first))
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

/// A rule as a sentence of its own: with a capital letter and a full stop.
pub fn sentence(rule: &str) -> String {
    let mut chars = rule.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_ascii_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

/// How many downstream calls there were, and how many of them failed.
fn tally(exchange: &Exchange) -> (usize, usize) {
    let behind = exchange.passed.iter().flat_map(|passed| &passed.attempts).map(tally);
    let start = behind.fold((0, 0), |(calls, failed), (more, more_failed)| (calls + more, failed + more_failed));
    exchange.calls.iter().fold(start, |(calls, failed), call| {
        let (more, more_failed) = tally(call);
        let own = usize::from(!matches!(call.outcome, Outcome::Response | Outcome::Connected));
        (calls + 1 + more, failed + own + more_failed)
    })
}
