//! Requests and limits (`pkg/apis/core/validation`, `validateResourceRequirements`; quantities by
//! `k8s.io/apimachinery/pkg/api/resource`).

use std::cmp::Ordering;

use super::At;
use crate::object::error::Errors;
use crate::object::names::{NameForm, qualified_name};
use crate::text::{Scalar, Value};

/// A number with a scale, value × 10^exponent or × 2^binary, in thousandths rounded up. Past what 128 bits hold it is cut.
fn quantity(text: &str) -> Option<i128> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let split = unsigned.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(split);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (ten, two): (i32, u32) = match suffix {
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "" => (0, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        _ => (suffix.strip_prefix(['e', 'E'])?.parse().ok()?, 0),
    };
    let digits = whole.bytes().chain(fraction.bytes());
    let magnitude = digits.fold(0_i128, |value, digit| value.saturating_mul(10).saturating_add(i128::from(digit - b'0')));
    let thousandths = magnitude.saturating_mul(1 << two);
    let exponent = ten.saturating_add(3).saturating_sub(i32::try_from(fraction.len()).ok()?);
    let power = 10_i128.checked_pow(exponent.unsigned_abs());
    let negative = text.starts_with('-');
    let scaled = match (exponent >= 0, power) {
        (true, power) => thousandths.saturating_mul(power.unwrap_or(i128::MAX)),
        (false, Some(power)) => thousandths / power + i128::from(!negative && thousandths % power != 0),
        (false, None) => i128::from(!negative && thousandths != 0),
    };
    Some(if negative { -scaled } else { scaled })
}

fn amount(at: At<'_, '_>) -> Option<i128> {
    match &at.node()?.value {
        Value::Scalar(Scalar::Int(number)) => Some(i128::from(*number) * 1000),
        Value::Scalar(Scalar::Float(number)) => quantity(number),
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
                Some(amount) if name.contains('/') && is_whole(name) && amount % 1000 != 0 => at.invalid(errors, "must be an integer"),
                Some(_) => {}
            }
        }
    }
    let any = |wanted: &dyn Fn(&str) -> bool| limits.entries().chain(requests.entries()).any(|(name, _)| wanted(name));
    if any(&|name| name.starts_with("hugepages-")) && !any(&|name| matches!(name, "cpu" | "memory")) {
        resources.forbidden(errors, "HugePages require cpu or memory");
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

/// Resources of other things than containers.
const STANDARD: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
    "storage",
];

fn resource_name(name: &str, at: At<'_, '_>, errors: &mut Errors) {
    let problems = qualified_name(name);
    if problems.is_empty() && !name.contains('/') {
        let known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
        if !known {
            if !STANDARD.contains(&name) {
                at.invalid_value(errors, name, "must be a standard resource type or fully qualified");
            }
            at.invalid_value(errors, name, "must be a standard resource for containers");
        }
    }
    for problem in problems {
        at.invalid_value(errors, name, problem);
    }
}

/// A container's resource as a variable or a volume shows it (`validateContainerResourceFieldSelector`).
pub fn field_ref(reference: At<'_, '_>, volume: bool, errors: &mut Errors) {
    let (resource, divisor) = (reference.field("resource"), reference.field("divisor"));
    let name = resource.text();
    let kind = name.split_once('.').map_or("", |(_, kind)| kind);
    let unit = divisor.is_set() && amount(divisor) != Some(0);
    let units = if kind == "cpu" { &DIVISORS[..2] } else { &DIVISORS[1..] };
    if unit && !kind.is_empty() && !units.contains(&shown(divisor).as_str()) {
        let what = match kind {
            "cpu" => "cpu",
            "memory" => "memory",
            "ephemeral-storage" => "local ephemeral storage",
            _ => "hugepages",
        };
        let listed = if kind == "cpu" { "1m and 1".to_owned() } else { units.join(", ") };
        divisor.invalid_value(errors, name, format!("only divisor's values {listed} are supported with the {what} resource"));
    }
    if volume && reference.field("containerName").is_empty() {
        reference.field("containerName").required(errors, "");
    } else if name.is_empty() {
        resource.required(errors, "");
    } else if !FIELDS.contains(&name) && !name.starts_with("limits.hugepages-") && !name.starts_with("requests.hugepages-") {
        resource.unsupported(errors, FIELDS);
    }
}

const DIVISORS: &[&str] = &["1m", "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

const FIELDS: &[&str] =
    &["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

/// What a claim is (`ValidatePersistentVolumeClaimSpec`).
pub fn claim(spec: At<'_, '_>, errors: &mut Errors) {
    let modes = spec.field("accessModes");
    if modes.is_empty() {
        modes.required(errors, "at least 1 access mode is required");
    }
    let supported = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in modes.items().filter(|mode| !supported.contains(&mode.text())) {
        mode.at_list(&modes).unsupported(errors, &supported);
    }
    let alone = modes.items().any(|mode| mode.text() == "ReadWriteOncePod");
    if alone && modes.items().any(|mode| mode.text() != "ReadWriteOncePod" && supported.contains(&mode.text())) {
        modes.forbidden(errors, "may not use ReadWriteOncePod with other access modes");
    }
    // The API server leaves `requests` out of the path.
    let resources = spec.field("resources");
    let requests = resources.field("requests");
    match requests.entries().find(|(name, _)| *name == "storage") {
        None => resources.key("storage").required(errors, ""),
        Some((_, at)) if amount(at).is_none_or(|amount| amount <= 0) => {
            at.under(&resources).invalid(errors, "must be greater than zero");
        }
        Some(_) => {}
    }
    let class = spec.field("storageClassName");
    if !class.is_empty() {
        class.formed(errors, |name| NameForm::Subdomain.problems(name));
    }
    spec.field("volumeMode").one_of(errors, &["Block", "Filesystem"]);
}

/// Whether a size is less than nothing.
pub fn is_negative(at: At<'_, '_>) -> bool {
    amount(at).is_some_and(|amount| amount < 0)
}

#[cfg(test)]
mod tests {
    use super::quantity;

    #[test]
    fn quantities_are_compared_in_thousandths() {
        for (text, want) in [
            ("1", Some(1_000)),
            ("+1.", Some(1_000)),
            ("-1.5", Some(-1_500)),
            (".5", Some(500)),
            ("100m", Some(100)),
            ("1u", Some(1)),
            ("1500n", Some(1)),
            ("-1n", Some(0)),
            ("0n", Some(0)),
            ("0.1k", Some(100_000)),
            ("1.5Ki", Some(1_536_000)),
            ("2Ei", Some(2_305_843_009_213_693_952_000)),
            ("12e3", Some(12_000_000)),
            ("1E", Some(1_000_000_000_000_000_000_000)),
            ("1e-3", Some(1)),
            ("1e-99", Some(1)),
            ("9e99", Some(i128::MAX)),
            ("", None),
            (".", None),
            ("1.2.3", None),
            ("--1", None),
            ("1x", None),
            ("1e", None),
            ("1KiB", None),
        ] {
            assert_eq!(quantity(text), want, "{text}");
        }
    }
}
