//! Ports and addresses (`k8s.io/apimachinery/pkg/util/validation`, `IsValidPortNum`, `IsValidIP`; `ValidateNonSpecialIP`).

use std::net::IpAddr;

use super::At;
use crate::object::cidr::{cidr_problem, ip_problem};
use crate::object::error::Errors;
use crate::object::names::port_name;

pub const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// A port number; an absent one is zero, which is none.
pub fn port(at: At<'_, '_>, errors: &mut Errors) {
    let number = at.number().unwrap_or(0);
    if !(1..=65_535).contains(&number) {
        let detail = "must be between 1 and 65535, inclusive";
        if at.is_set() { at.invalid(errors, detail) } else { at.invalid_number(errors, number, detail) }
    }
}

/// A port by number or by name (`ValidatePortNumOrName`).
pub fn port_or_name(at: At<'_, '_>, errors: &mut Errors) {
    if at.number().is_some() || !at.is_set() { port(at, errors) } else { at.formed(errors, port_name) }
}

/// An address; false where it is none.
pub fn ip(at: At<'_, '_>, errors: &mut Errors) -> bool {
    let problem = ip_problem(at.text());
    if let Some(problem) = problem {
        at.invalid_value(errors, at.text(), problem);
    }
    problem.is_none()
}

/// An address range; space around it is not counted.
pub fn cidr(at: At<'_, '_>, errors: &mut Errors) {
    if let Some(problem) = cidr_problem(at.text().trim()) {
        at.invalid_value(errors, at.text().trim(), problem);
    }
}

/// An address that somebody can have: `ValidateNonSpecialIP`.
pub fn non_special(at: At<'_, '_>, errors: &mut Errors) {
    let Ok(address) = at.text().parse::<IpAddr>() else {
        if ip_problem(at.text()).is_some_and(|problem| problem.contains("valid IP")) {
            at.invalid_value(errors, at.text(), "must be a valid IP address");
        }
        return;
    };
    let (link_local, multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(v6) => (v6.segments()[0] & 0xffc0 == 0xfe80, v6.segments()[0] & 0xff0f == 0xff02),
    };
    if address.is_unspecified() {
        at.invalid(errors, format!("may not be unspecified ({address})"));
    }
    if address.is_loopback() {
        at.invalid(errors, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    if link_local {
        at.invalid(errors, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if multicast {
        at.invalid(errors, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
}
