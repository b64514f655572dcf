//! `dnsConfig` and `hostAliases` of a pod (`pkg/apis/core/validation`: `validatePodDNSConfig`, `ValidateHostAliases`).

use super::api::pod as api;
use super::error::{Errors, field, join};
use super::names::{NameForm, check_name, search_problem};
use crate::model::{DnsConfig, DnsPolicy};
use crate::text::Step;
use std::net::IpAddr;

const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_TEXT: usize = 2_048;

/// Converts the `dnsConfig` that stands at `base`.
pub(super) fn dns_config(config: Option<api::PodDNSConfig>, policy: DnsPolicy, base: &[Step], errors: &mut Errors) -> DnsConfig {
    let without = policy == DnsPolicy::None;
    let Some(config) = config else {
        if without {
            errors.required(base.to_vec(), "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        return DnsConfig::default();
    };
    let (servers, searches) = (config.nameservers.unwrap_or_default(), config.searches.unwrap_or_default());
    if without && servers.is_empty() {
        errors.required(join(base, field!["nameservers"]), "must provide at least one DNS nameserver when `dnsPolicy` is None");
        return DnsConfig::default();
    }
    if servers.len() > MAX_NAMESERVERS {
        errors.invalid(join(base, field!["nameservers"]), &servers, format!("must not have more than {MAX_NAMESERVERS} nameservers"));
    }
    let mut nameservers = Vec::new();
    for (index, server) in servers.into_iter().enumerate() {
        nameservers.extend(address(&server, join(base, field!["nameservers", index]), errors));
    }
    let at_searches = || join(base, field!["searches"]);
    if searches.len() > MAX_SEARCHES {
        errors.invalid(at_searches(), &searches, format!("must not have more than {MAX_SEARCHES} search paths"));
    }
    if searches.join(" ").len() > MAX_SEARCH_TEXT {
        let detail = format!("must not have more than {MAX_SEARCH_TEXT} characters (including spaces) in the search list");
        errors.invalid(at_searches(), &searches, detail);
    }
    for (index, search) in searches.iter().enumerate() {
        let name = search.strip_suffix('.').unwrap_or(search);
        if search != "."
            && let Some(detail) = search_problem(name)
        {
            errors.invalid(join(&at_searches(), field![index]), name, detail);
        }
    }
    let mut options = Vec::new();
    for (index, option) in config.options.unwrap_or_default().into_iter().enumerate() {
        match option.name.filter(|name| !name.is_empty()) {
            Some(name) => options.push((name, option.value)),
            None => errors.required(join(base, field!["options", index]), "must not be empty"),
        }
    }
    DnsConfig { nameservers, searches, options }
}

/// Converts the `hostAliases` that stand at `base`.
pub(super) fn host_aliases(aliases: Option<Vec<api::HostAlias>>, base: &[Step], errors: &mut Errors) -> Vec<(IpAddr, Vec<String>)> {
    let mut converted = Vec::new();
    for (index, alias) in aliases.unwrap_or_default().into_iter().enumerate() {
        let ip = address(&alias.ip, join(base, field![index, "ip"]), errors);
        let names = alias.hostnames.unwrap_or_default();
        for (number, name) in names.iter().enumerate() {
            check_name(NameForm::Subdomain, name, join(base, field![index, "hostnames", number]), errors);
        }
        converted.extend(ip.map(|ip| (ip, names)));
    }
    converted
}

fn address(text: &str, path: Vec<Step>, errors: &mut Errors) -> Option<IpAddr> {
    let parsed = text.parse().ok();
    if parsed.is_none() {
        errors.invalid(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(policy: DnsPolicy, nameservers: &[&str], searches: &[&str], option: Option<&str>) -> Vec<String> {
        let mut errors = Errors::default();
        let owned = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
        let options = Some(vec![api::PodDNSConfigOption { name: option.map(str::to_owned), value: None }]);
        let config = api::PodDNSConfig { nameservers: owned(nameservers), searches: owned(searches), options };
        dns_config(Some(config), policy, &["dnsConfig".into()], &mut errors);
        errors.list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn servers_searches_and_options_have_limits() {
        let first = |nameservers: &[&str], searches: &[&str], option| {
            problems(DnsPolicy::ClusterFirst, nameservers, searches, option).into_iter().next().unwrap_or_default()
        };
        assert_eq!(first(&["10.0.0.1", "10.0.0.2", "10.0.0.3"], &[".", "a.example.", "_tcp.example"], Some("rotate")), "");
        let four = first(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"], &[], Some("rotate"));
        assert_eq!(
            four,
            "dnsConfig.nameservers: Invalid value: [\"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\", \"10.0.0.4\"]: must not have more than 3 nameservers"
        );
        assert!(first(&["dns.example"], &[], Some("rotate")).starts_with("dnsConfig.nameservers[0]: Invalid value: \"dns.example\""));
        assert!(first(&[], &["a"; 33], Some("rotate")).ends_with("must not have more than 32 search paths"));
        assert!(first(&[], &["Corp.example"], Some("rotate")).starts_with("dnsConfig.searches[0]: Invalid value: \"Corp.example\""));
        assert_eq!(first(&[], &[], None), "dnsConfig.options[0]: Required value: must not be empty");
        assert_eq!(
            problems(DnsPolicy::None, &[], &[], None),
            ["dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None"]
        );
    }
}
