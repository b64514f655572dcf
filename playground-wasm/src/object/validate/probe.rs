//! Probes and lifecycle hooks (`pkg/apis/core/validation`, `validateProbe`, `validateLifecycle`, `validateHandler`).

use super::At;
use super::address;
use crate::object::error::Errors;
use crate::object::names::header_name;

/// A probe of one of a container's three kinds, if it is set.
pub fn probe(probe: At<'_, '_>, kind: &str, errors: &mut Errors) {
    if !probe.is_set() {
        return;
    }
    handler(probe, &["exec", "httpGet", "tcpSocket", "grpc"], 0, errors);
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        probe.field(field).not_negative(errors);
    }
    let grace = probe.field("terminationGracePeriodSeconds");
    if grace.number().is_some_and(|seconds| seconds <= 0) {
        grace.invalid(errors, "must be greater than 0");
    }
    if kind == "readinessProbe" {
        if grace.is_set() {
            grace.invalid(errors, "must not be set for readinessProbes");
        }
    } else if probe.field("successThreshold").number().is_some_and(|times| !matches!(times, 0 | 1)) {
        probe.field("successThreshold").invalid(errors, "must be 1");
    }
}

/// The hooks of a container.
pub fn lifecycle(lifecycle: At<'_, '_>, grace: i64, errors: &mut Errors) {
    for hook in ["postStart", "preStop"] {
        if lifecycle.field(hook).is_set() {
            handler(lifecycle.field(hook), &["exec", "httpGet", "tcpSocket", "sleep"], grace, errors);
        }
    }
}

fn handler(at: At<'_, '_>, kinds: &[&'static str], grace: i64, errors: &mut Errors) {
    let mut given = kinds.iter().filter(|kind| at.field(kind).is_set());
    let Some(kind) = given.next() else { return at.required(errors, "must specify a handler type") };
    let action = at.field(kind);
    match *kind {
        "exec" if action.field("command").is_empty() => action.field("command").required(errors, ""),
        "httpGet" => {
            address::port_or_name(action.field("port"), errors);
            action.field("scheme").one_of(errors, &["HTTP", "HTTPS"]);
            for header in action.field("httpHeaders").items() {
                for detail in header_name(header.field("name").text()) {
                    action.field("httpHeaders").invalid_value(errors, header.field("name").text(), detail);
                }
            }
        }
        "tcpSocket" | "grpc" => address::port_or_name(action.field("port"), errors),
        "sleep" => {
            let seconds = action.field("seconds").number().unwrap_or(0);
            if seconds < 0 || seconds > grace {
                let detail = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                action.invalid_number(errors, seconds, &detail);
            }
        }
        _ => {}
    }
    for other in given {
        at.field(other).forbidden(errors, "may not specify more than 1 handler type");
    }
}
