//! The search list (glibc `resolv/res_query.c`: `__res_context_search`, `__res_context_query`).

use super::send::{Client, Sent};
use crate::dns::{Name, Question, Rcode, RecordData, RecordType, Response};

/// Why a search found nothing: glibc's `h_errno`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    HostNotFound,
    /// The name exists without such a record.
    NoData,
    /// No server had an answer.
    TryAgain(super::Status),
    /// No question can be made of the name.
    NoRecovery,
}

/// Tries the name as it is and below each search domain, until one candidate has a record of any of the types.
pub(super) fn search(client: &mut Client<'_>, name: &str, types: &[RecordType]) -> Result<Vec<Response>, Failure> {
    let absolute = name.ends_with('.');
    let dots = name.matches('.').count();
    let mut first = None;
    if absolute || dots >= usize::from(client.conf.ndots) {
        match query(client, name, types) {
            Err(failure) if !absolute => first = Some(failure),
            result => return result,
        }
    }
    let (mut no_data, mut server_failed, mut root_listed) = (None, None, false);
    let mut last = Failure::HostNotFound;
    let conf = client.conf;
    for domain in &conf.searches {
        let domain = domain.strip_prefix('.').unwrap_or(domain);
        root_listed |= domain.is_empty();
        match query(client, &format!("{name}.{domain}"), types) {
            Ok(responses) => return Ok(responses),
            Err(failure) => last = failure,
        }
        match last {
            Failure::HostNotFound => {}
            Failure::NoData => no_data = Some(last),
            Failure::TryAgain(super::Status::Rcode(Rcode::ServFail)) => server_failed = Some(last),
            Failure::TryAgain(super::Status::Refused) => return Err(last),
            // A time-out ends the search, though not the attempt on the name as it is.
            Failure::TryAgain(_) | Failure::NoRecovery => break,
        }
    }
    let skip_top_level = dots == 0 && !conf.searches.is_empty() && (conf.has_option("no-tld-query") || conf.has_option("no_tld_query"));
    if first.is_none() && !root_listed && !skip_top_level {
        match query(client, name, types) {
            Ok(responses) => return Ok(responses),
            Err(failure) => last = failure,
        }
    }
    Err(first.or(no_data).or(server_failed).unwrap_or(last))
}

/// Throws away records of other names than the one that was asked for and those it is an alias of (`nss_dns/dns-host.c`).
fn keep_own(response: &mut Response, name: &Name) {
    let mut names = vec![name.clone()];
    response.answers.retain(|record| {
        let own = names.contains(&record.name);
        if let RecordData::Cname(target) = &record.data
            && own
        {
            names.push(target.clone());
        }
        own
    });
}

/// Asks for all types of one candidate at once; one of them with records is enough.
fn query(client: &mut Client<'_>, name: &str, types: &[RecordType]) -> Result<Vec<Response>, Failure> {
    let Ok(name) = Name::parse(name) else { return Err(Failure::NoRecovery) };
    let questions: Vec<_> = types.iter().map(|&rtype| Question { name: name.clone(), rtype }).collect();
    match client.send(&questions) {
        Sent::Failed(status) => Err(Failure::TryAgain(status)),
        Sent::Answered(mut responses) if responses.iter().any(|response| !response.answers.is_empty()) => {
            for response in &mut responses {
                keep_own(response, &name);
            }
            Ok(responses)
        }
        Sent::Answered(responses) if responses.iter().any(|response| response.rcode == Rcode::NxDomain) => Err(Failure::HostNotFound),
        Sent::Answered(_) => Err(Failure::NoData),
    }
}
