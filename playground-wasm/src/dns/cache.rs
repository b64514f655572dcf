//! What CoreDNS remembers of the names that are not the cluster's (`plugin/cache`; `cache 30` in kubeadm's Corefile).
//!
//! A record lives for as long as its own TTL says and at most as long as the Corefile says, the denial of a name without an SOA record 5, and a failure
//! of all servers as long. Each CoreDNS pod remembers for itself. Left out: prefetching, and the limit of 9984 entries.

use super::{Question, Rcode, Response};
use crate::cluster::PodId;

const SHORTEST_S: u32 = 5;

/// The caches of all CoreDNS pods, on the virtual clock of a session.
#[derive(Debug, Clone, Default)]
pub struct Cache {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    pod: PodId,
    question: Question,
    response: Response,
    expires_us: u64,
}

impl Cache {
    /// What the pod remembers at that time, its TTLs counted down.
    pub fn recall(&self, pod: PodId, question: &Question, at_us: u64) -> Option<Response> {
        let entry = self.entries.iter().find(|entry| entry.pod == pod && entry.question == *question && entry.expires_us > at_us)?;
        let mut response = entry.response.clone();
        let left = u32::try_from((entry.expires_us - at_us) / 1_000_000).unwrap_or(0);
        set_ttl(&mut response, left, question);
        Some(response)
    }

    /// Keeps an answer, and gives it the TTL that it is passed on with.
    pub fn remember(&mut self, pod: PodId, question: &Question, mut response: Response, longest_s: u32, at_us: u64) -> Response {
        let own = response.answers.iter().map(|record| record.ttl).min();
        let ttl = match own {
            Some(ttl) if response.rcode == Rcode::NoError => ttl.max(SHORTEST_S).min(longest_s),
            _ => SHORTEST_S,
        };
        set_ttl(&mut response, ttl, question);
        self.entries.retain(|entry| entry.expires_us > at_us && !(entry.pod == pod && entry.question == *question));
        let expires_us = at_us + u64::from(ttl) * 1_000_000;
        self.entries.push(Entry { pod, question: question.clone(), response: response.clone(), expires_us });
        response
    }
}

/// All records get one TTL, and the name as it is asked for now: a cache does not look at its case.
fn set_ttl(response: &mut Response, ttl: u32, question: &Question) {
    for record in &mut response.answers {
        record.ttl = ttl;
        if record.name == question.name {
            record.name = question.name.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::fixture::cluster;
    use crate::dns::{Name, RecordType, world};

    fn question(name: &str) -> Question {
        Question { name: Name::parse(name).unwrap(), rtype: RecordType::A }
    }

    #[test]
    fn records_live_for_thirty_seconds_at_most() {
        let (mut cache, pod) = (Cache::default(), PodId(0));
        let asked = question("example.com");
        let answer = cache.remember(pod, &asked, world::answer(&cluster(), &asked), 30, 1_000_000);
        assert_eq!(answer.answers[0].ttl, 30);
        let ttl = |pod, name, at_us| cache.recall(pod, &question(name), at_us).map(|response| response.answers[0].ttl);
        assert_eq!(ttl(pod, "Example.COM", 11_000_000), Some(20));
        assert_eq!(ttl(pod, "example.com", 31_000_000), None);
        assert_eq!(ttl(pod, "example.org", 2_000_000), None);
        assert_eq!(ttl(PodId(1), "example.com", 2_000_000), None);
    }

    #[test]
    fn a_denial_lives_for_five_seconds() {
        let (mut cache, pod) = (Cache::default(), PodId(0));
        let asked = question("nowhere.invalid");
        cache.remember(pod, &asked, world::answer(&cluster(), &asked), 30, 0);
        assert!(cache.recall(pod, &asked, 4_999_999).is_some_and(|response| response.rcode == Rcode::NxDomain));
        assert!(cache.recall(pod, &asked, 5_000_000).is_none());
    }
}
