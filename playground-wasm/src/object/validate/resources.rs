//! Requests and limits (`pkg/apis/core/validation`, `validateResourceRequirements`; quantities by
//! `k8s.io/apimachinery/pkg/api/resource`).

use std::cmp::Ordering;

use super::At;
use crate::object::error::Errors;
use crate::object::names::qualified_name;
use crate::text::{Scalar, Value};

/// A number with a scale: value × 10^exponent or × 2^binary, brought to thousandths.
fn quantity(text: &str) -> Option<i128> {
    let split = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-'))).unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let scale: f64 = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        "Ei" => 1_152_921_504_606_846_976.0,
        _ => 10_f64.powi(suffix.strip_prefix(['e', 'E'])?.parse().ok()?),
    };
    #[expect(clippy::cast_possible_truncation, reason = "quantities are compared as far as a float tells them apart")]
    number.parse::<f64>().ok().map(|number| (number * scale * 1000.0).ceil() as i128)
}

fn amount(at: At<'_, '_>) -> Option<i128> {
    match &at.node()?.value {
        Value::Scalar(Scalar::Int(number)) => Some(i128::from(*number) * 1000),
        Value::Scalar(Scalar::Float(number)) => quantity(&number.to_string()),
        Value::Scalar(Scalar::Str(text)) => quantity(text),
        _ => None,
    }
}

fn shown(at: At<'_, '_>) -> String {
    match at.number() {
        Some(number) => number.to_string(),
        None => at.text().to_owned(),
    }
}

/// Resources that the scheduler hands out whole: extended ones and huge pages (`IsOvercommitAllowed`).
fn is_whole(name: &str) -> bool {
    name.starts_with("hugepages-")
        || (name.contains('/') && !name.split('/').next().is_some_and(|domain| domain.ends_with("kubernetes.io")))
}

/// The `resources` of a container.
pub fn requirements(resources: At<'_, '_>, errors: &mut Errors) {
    let (limits, requests) = (resources.field("limits"), resources.field("requests"));
    for list in [limits, requests] {
        for (name, at) in list.entries() {
            resource_name(name, at, errors);
            match amount(at) {
                None => at.invalid(errors, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
                Some(amount) if amount < 0 => at.invalid(errors, "must be greater than or equal to 0"),
                Some(_) => {}
            }
        }
    }
    for (name, request) in requests.entries() {
        let limit = limits.entries().find(|(other, _)| *other == name).map(|(_, at)| (amount(at), shown(at)));
        match limit {
            Some((Some(limit), text)) => {
                let order = amount(request).map_or(Ordering::Equal, |request| request.cmp(&limit));
                if is_whole(name) && order != Ordering::Equal {
                    requests.invalid_value(errors, &shown(request), format!("must be equal to {name} limit of {text}"));
                } else if order == Ordering::Greater {
                    requests.invalid_value(errors, &shown(request), format!("must be less than or equal to {name} limit of {text}"));
                }
            }
            None if is_whole(name) => limits.required(errors, "Limit must be set for non overcommitable resources"),
            _ => {}
        }
    }
}

fn resource_name(name: &str, at: At<'_, '_>, errors: &mut Errors) {
    let problems = qualified_name(name);
    if problems.is_empty() && !name.contains('/') {
        let known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
        if !known {
            at.invalid_value(errors, name, "must be a standard resource for containers");
        }
    }
    for problem in problems {
        at.invalid_value(errors, name, problem);
    }
}

/// A container's resource as a variable shows it (`validateContainerResourceFieldSelector`).
pub fn field_ref(reference: At<'_, '_>, errors: &mut Errors) {
    let resource = reference.field("resource");
    let name = resource.text();
    if name.is_empty() {
        resource.required(errors, "");
    } else if !FIELDS.contains(&name) && !name.starts_with("limits.hugepages-") && !name.starts_with("requests.hugepages-") {
        resource.unsupported(errors, FIELDS);
    }
}

const FIELDS: &[&str] =
    &["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

/// What a claim asks for.
pub fn storage(resources: At<'_, '_>, errors: &mut Errors) {
    let requests = resources.field("requests");
    match requests.entries().find(|(name, _)| *name == "storage") {
        None => requests.key("storage").required(errors, ""),
        Some((_, at)) if amount(at).is_none_or(|amount| amount <= 0) => at.invalid(errors, "must be greater than zero"),
        Some(_) => {}
    }
}
