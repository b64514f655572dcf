//! What keeps pods running (`pkg/apis/apps/validation`, ReplicationControllers of `pkg/apis/core/validation`).

use super::container::template_metadata;
use super::meta::{self, selects};
use super::pod::pod_spec;
use super::{At, resources};
use crate::model::Labels;
use crate::object::api::meta::LabelSelector;
use crate::object::error::Errors;
use crate::object::selector::label_selector;
use crate::schema::Read as _;

/// Controllers that keep pods running.
pub fn controller(kind: &str, root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    let selector = spec.field("selector");
    let template = spec.field("template");
    spec.field("replicas").not_negative(errors);
    spec.field("minReadySeconds").not_negative(errors);
    let labels = template.field("metadata");
    let labels = labels.field("labels");
    let matches = if kind == "ReplicationController" {
        // Without a selector of its own it takes its template's labels.
        if selector.is_empty() && labels.is_empty() {
            selector.required(errors, "");
        }
        selector.entries().all(|(key, value)| labels.entries().any(|(own, at)| own == key && at.text() == value.text()))
    } else {
        if !selector.is_set() && kind != "DaemonSet" {
            selector.required(errors, "");
        }
        let before = errors.list.len();
        meta::selector(selector, errors);
        let broken = errors.list.len() > before;
        if selector.is_set() && !selects(selector) {
            selector.invalid(errors, empty_selector(kind));
        }
        match kind {
            "Deployment" | "ReplicaSet" if broken => selector.invalid(errors, "invalid label selector"),
            "StatefulSet" if broken => selector.invalid(errors, ""),
            _ => {}
        }
        let labels = labels.node().map(Labels::read).unwrap_or_default();
        let matches = |node| label_selector(&LabelSelector::read(node)).matches(&labels);
        // No selector at all selects nothing, an empty one everything.
        broken || selector.node().is_some_and(|node| !selects(selector) || matches(node))
    };
    if kind == "ReplicationController" && !template.is_set() {
        return template.required(errors, "");
    }
    if !matches {
        labels.invalid(errors, "`selector` does not match template `labels`");
    }
    template_metadata(template, errors);
    let pods = template.field("spec");
    let claims = spec.field("volumeClaimTemplates");
    let claims: Vec<&str> = claims.items().map(|claim| name_of(claim)).collect();
    pod_spec(pods, false, &claims, errors);
    restart_always(kind, pods, errors);
    match kind {
        "Deployment" => deployment(spec, errors),
        "StatefulSet" => stateful_set(spec, errors),
        "DaemonSet" => daemon_set(spec, errors),
        _ => {}
    }
}

fn name_of<'n>(object: At<'_, 'n>) -> &'n str {
    let meta = object.field("metadata");
    meta.field("name").text()
}

fn empty_selector(kind: &str) -> &'static str {
    match kind {
        "StatefulSet" => "empty selector is invalid for statefulset",
        "DaemonSet" => "empty selector is invalid for daemonset",
        _ => "empty selector is invalid for deployment",
    }
}

fn restart_always(kind: &str, pods: At<'_, '_>, errors: &mut Errors) {
    let policy = pods.field("restartPolicy");
    if !policy.is_empty() && policy.text() != "Always" {
        policy.unsupported(errors, &["Always"]);
    }
    if pods.field("activeDeadlineSeconds").is_set() {
        let owner = if kind == "Deployment" { "ReplicaSet" } else { kind };
        let detail = format!("activeDeadlineSeconds in {owner} is not Supported");
        pods.field("activeDeadlineSeconds").forbidden(errors, &detail);
    }
}

fn deployment(spec: At<'_, '_>, errors: &mut Errors) {
    let strategy = spec.field("strategy");
    let rolling = strategy.field("rollingUpdate");
    match strategy.field("type").text_or("RollingUpdate") {
        "Recreate" if rolling.is_set() => rolling.forbidden(errors, "may not be specified when strategy `type` is 'Recreate'"),
        "Recreate" => {}
        "RollingUpdate" => {
            let (surge, unavailable) = (rolling.field("maxSurge"), rolling.field("maxUnavailable"));
            amount(unavailable, true, errors);
            amount(surge, false, errors);
            if is_zero(surge) && is_zero(unavailable) {
                unavailable.invalid(errors, "may not be 0 when `maxSurge` is 0");
            }
        }
        _ => strategy.unsupported(errors, &["Recreate", "RollingUpdate"]),
    }
    spec.field("revisionHistoryLimit").not_negative(errors);
    let deadline = spec.field("progressDeadlineSeconds");
    deadline.not_negative(errors);
    if deadline.number().unwrap_or(600) <= spec.field("minReadySeconds").number().unwrap_or(0) {
        deadline.invalid_number(errors, deadline.number().unwrap_or(600), "must be greater than minReadySeconds");
    }
}

fn is_zero(at: At<'_, '_>) -> bool {
    at.number() == Some(0) || at.text().strip_suffix('%').is_some_and(|percent| percent.parse() == Ok(0))
}

/// A number of pods, or a percentage of them (`ValidatePositiveIntOrPercent`, `IsNotMoreThan100Percent`).
fn amount(at: At<'_, '_>, part: bool, errors: &mut Errors) {
    if at.number().is_some() {
        return at.not_negative(errors);
    }
    if !at.is_set() {
        return;
    }
    match at.text().strip_suffix('%').filter(|percent| percent.bytes().all(|byte| byte.is_ascii_digit())).and_then(|p| p.parse::<u32>().ok()) {
        None => at.invalid(errors, "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"),
        Some(percent) if part && percent > 100 => at.invalid(errors, "must not be greater than 100%"),
        Some(_) => {}
    }
}

fn stateful_set(spec: At<'_, '_>, errors: &mut Errors) {
    let policy = spec.field("podManagementPolicy");
    if !policy.is_empty() && !matches!(policy.text(), "OrderedReady" | "Parallel") {
        policy.invalid(errors, "must be 'OrderedReady' or 'Parallel'");
    }
    let strategy = spec.field("updateStrategy");
    let rolling = strategy.field("rollingUpdate");
    match strategy.field("type").text_or("RollingUpdate") {
        "OnDelete" if rolling.is_set() => rolling.invalid(errors, "only allowed for updateStrategy 'RollingUpdate'"),
        "OnDelete" => {}
        "RollingUpdate" => {
            rolling.field("partition").not_negative(errors);
            let unavailable = rolling.field("maxUnavailable");
            amount(unavailable, true, errors);
            if is_zero(unavailable) {
                unavailable.invalid(errors, "cannot be 0");
            }
        }
        _ => strategy.invalid(errors, "must be 'RollingUpdate' or 'OnDelete'"),
    }
    let retention = spec.field("persistentVolumeClaimRetentionPolicy");
    for field in ["whenDeleted", "whenScaled"] {
        retention.field(field).one_of(errors, &["Retain", "Delete"]);
    }
    spec.field("revisionHistoryLimit").not_negative(errors);
    let ordinals = spec.field("ordinals");
    ordinals.field("start").not_negative(errors);
    let claims = spec.field("volumeClaimTemplates");
    for claim in claims.items() {
        resources::claim(claim.field("spec"), errors);
    }
}

fn daemon_set(spec: At<'_, '_>, errors: &mut Errors) {
    let strategy = spec.field("updateStrategy");
    match strategy.field("type").text_or("RollingUpdate") {
        "OnDelete" => {}
        "RollingUpdate" => {
            let rolling = strategy.field("rollingUpdate");
            let (surge, unavailable) = (rolling.field("maxSurge"), rolling.field("maxUnavailable"));
            amount(unavailable, true, errors);
            amount(surge, true, errors);
            if surge.is_set() && !is_zero(surge) && unavailable.is_set() && !is_zero(unavailable) {
                surge.invalid(errors, "may not be set when maxUnavailable is non-zero");
            } else if is_zero(unavailable) && (is_zero(surge) || !surge.is_set()) {
                unavailable.required(errors, "cannot be 0 when maxSurge is 0");
            }
        }
        _ => strategy.unsupported(errors, &["RollingUpdate", "OnDelete"]),
    }
    spec.field("revisionHistoryLimit").not_negative(errors);
}
