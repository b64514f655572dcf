//! Address ranges as the API server takes them since 1.36: no leading zeros, no host bits, no IPv4 written as IPv6
//! (`k8s.io/apimachinery/pkg/util/validation/ip.go`, `parseCIDR` under the gate `StrictIPCIDRValidation`).

use std::net::IpAddr;

use ipnet::IpNet;

/// The network that a CIDR means, host bits dropped, however it is spelled.
pub fn cidr(text: &str) -> Option<IpNet> {
    read_cidr(text).0
}

/// What is wrong with a CIDR (`IsValidCIDR`).
pub fn cidr_problem(text: &str) -> Option<&'static str> {
    read_cidr(text).1
}

/// What is wrong with an address (`IsValidIP`).
pub fn ip_problem(text: &str) -> Option<&'static str> {
    match ip(text) {
        None => Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        Some(Number { padded: true, .. }) => Some("must not have leading 0s"),
        Some(Number { value: IpAddr::V6(v6), .. }) if v6.to_ipv4_mapped().is_some() => Some("must not be an IPv4-mapped IPv6 address"),
        Some(_) => None,
    }
}

fn read_cidr(text: &str) -> (Option<IpNet>, Option<&'static str>) {
    let parts = text.split_once('/').and_then(|(address, length)| Some((ip(address)?, prefix_length(length)?)));
    let net = parts.as_ref().and_then(|(address, length)| IpNet::new(address.value, length.value).ok());
    let (Some((address, length)), Some(net)) = (parts, net) else {
        return (None, Some("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
    };
    let mapped = matches!(address.value, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    let problem = if address.padded || length.padded {
        Some("must not have leading 0s in IP or prefix length")
    } else if mapped {
        Some("must not have an IPv4-mapped IPv6 address")
    } else if net != net.trunc() {
        Some("must not have bits set beyond the prefix length")
    } else {
        None
    };
    (Some(net.trunc()), problem)
}

/// A value, and whether it was written with leading zeros, which older API servers took.
struct Number<T> {
    value: T,
    padded: bool,
}

fn ip(text: &str) -> Option<Number<IpAddr>> {
    if let Ok(value) = text.parse() {
        return Some(Number { value, padded: false });
    }
    let octets: Vec<&str> = text.split('.').map(unpadded).collect();
    octets.join(".").parse().ok().map(|value| Number { value, padded: true })
}

fn prefix_length(text: &str) -> Option<Number<u8>> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    unpadded(text).parse().ok().map(|value| Number { value, padded: unpadded(text) != text })
}

/// A number without its leading zeros; `0` stays.
fn unpadded(text: &str) -> &str {
    match text.trim_start_matches('0') {
        "" if text.is_empty() => "",
        "" => "0",
        rest => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_must_be_written_strictly() {
        for (text, means, problem) in [
            ("10.0.0.0/8", Some("10.0.0.0/8"), None),
            ("0.0.0.0/0", Some("0.0.0.0/0"), None),
            ("2001:db8::/32", Some("2001:db8::/32"), None),
            ("10.0.0.5/24", Some("10.0.0.0/24"), Some("bits set beyond")),
            ("010.0.0.0/8", Some("10.0.0.0/8"), Some("leading 0s")),
            ("10.0.0.0/08", Some("10.0.0.0/8"), Some("leading 0s")),
            ("::ffff:10.0.0.0/104", Some("::ffff:10.0.0.0/104"), Some("IPv4-mapped")),
            ("10.0.0.0", None, Some("valid CIDR")),
            ("10.0.0.0/33", None, Some("valid CIDR")),
            ("10.0.0.0/+8", None, Some("valid CIDR")),
            ("10.0.0.0/", None, Some("valid CIDR")),
            ("10..0.0/8", None, Some("valid CIDR")),
            ("web/8", None, Some("valid CIDR")),
        ] {
            assert_eq!(cidr(text), means.and_then(|net| net.parse().ok()), "{text}");
            let said = cidr_problem(text);
            assert!(
                match (said, problem) {
                    (Some(said), Some(problem)) => said.contains(problem),
                    (said, problem) => said.is_none() && problem.is_none(),
                },
                "{text}: {said:?}"
            );
        }
    }
}
