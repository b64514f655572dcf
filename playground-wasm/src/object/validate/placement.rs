//! Where a pod may run: affinity, tolerations, node selectors (`pkg/apis/core/validation`, `validateAffinity`,
//! `ValidateTolerations`, `ValidateNodeSelector`).

use super::At;
use super::meta::selector;
use crate::object::error::Errors;
use crate::object::names::{NameForm, label_value, qualified_name};

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub fn affinity(affinity: At<'_, '_>, errors: &mut Errors) {
    let node = affinity.field("nodeAffinity");
    let required = node.field(REQUIRED);
    if required.is_set() {
        let terms = required.field("nodeSelectorTerms");
        if terms.is_empty() {
            terms.required(errors, "must have at least one node selector term");
        }
        for term in terms.items() {
            node_term(term, true, errors);
        }
    }
    let preferred = node.field(PREFERRED);
    for term in preferred.items() {
        weight(term, errors);
        node_term(term.field("preference"), false, errors);
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.field(kind);
        let required = pods.field(REQUIRED);
        for term in required.items() {
            pod_term(term, errors);
        }
        let preferred = pods.field(PREFERRED);
        for term in preferred.items() {
            weight(term, errors);
            pod_term(term.field("podAffinityTerm"), errors);
        }
    }
}

fn weight(term: At<'_, '_>, errors: &mut Errors) {
    let weight = term.field("weight");
    if !(1..=100).contains(&weight.number().unwrap_or(0)) {
        weight.invalid_number(errors, weight.number().unwrap_or(0), "must be in the range 1-100");
    }
}

fn node_term(term: At<'_, '_>, strict: bool, errors: &mut Errors) {
    let expressions = term.field("matchExpressions");
    for requirement in expressions.items() {
        let (key, operator, values) = (requirement.field("key"), requirement.field("operator"), requirement.field("values"));
        match operator.text() {
            "In" | "NotIn" if values.is_empty() => values.required(errors, "must be specified when `operator` is 'In' or 'NotIn'"),
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                values.forbidden(errors, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            "Gt" | "Lt" if values.items().count() != 1 => {
                values.required(errors, "must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => operator.invalid_value(errors, other, "not a valid selector operator"),
        }
        for detail in qualified_name(key.text()) {
            key.invalid_value(errors, key.text(), detail);
        }
        for value in values.items().filter(|_| strict) {
            value.formed(errors, label_value);
        }
    }
    let fields = term.field("matchFields");
    for requirement in fields.items() {
        let (key, operator, values) = (requirement.field("key"), requirement.field("operator"), requirement.field("values"));
        match operator.text() {
            "In" | "NotIn" if values.items().count() == 1 => {}
            "In" | "NotIn" => values.required(errors, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
            other => operator.invalid_value(errors, other, "not a valid selector operator"),
        }
        if key.text() == "metadata.name" {
            for value in values.items() {
                value.formed(errors, |name| NameForm::Subdomain.problems(name));
            }
        } else {
            key.invalid_value(errors, key.text(), "not a valid field selector key");
        }
    }
}

fn pod_term(term: At<'_, '_>, errors: &mut Errors) {
    selector(term.field("labelSelector"), errors);
    selector(term.field("namespaceSelector"), errors);
    let namespaces = term.field("namespaces");
    for name in namespaces.items() {
        for detail in NameForm::Label.problems(name.text()) {
            term.field("namespace").invalid_value(errors, name.text(), detail);
        }
    }
    label_keys(term, errors);
    let key = term.field("topologyKey");
    if key.is_empty() {
        key.required(errors, "can not be empty");
    }
    for detail in qualified_name(key.text()) {
        key.invalid_value(errors, key.text(), detail);
    }
}

/// Keys whose value the pod itself brings (`ValidateMatchLabelKeysAndMismatchLabelKeys`). The API server puts those to match
/// into the selector before it looks for repeated ones.
#[inline(never)]
fn label_keys(term: At<'_, '_>, errors: &mut Errors) {
    let selector = term.field("labelSelector");
    let (matched, other) = (term.field("matchLabelKeys"), term.field("mismatchLabelKeys"));
    for keys in [matched, other].into_iter().filter(|keys| !keys.is_empty()) {
        if !selector.is_set() {
            keys.forbidden(errors, "must not be specified when labelSelector is not set");
            continue;
        }
        for key in keys.items() {
            key.formed(errors, qualified_name);
        }
    }
    let expressions = selector.field("matchExpressions");
    let named = |key: &str| {
        selector.field("matchLabels").entries().any(|(name, _)| name == key)
            || expressions.items().any(|requirement| requirement.field("key").text() == key)
    };
    for (index, key) in matched.items().enumerate() {
        if named(key.text()) {
            // The index is the key's, the place is said to be the term's.
            term.index(index).invalid_value(errors, key.text(), "exists in both matchLabelKeys and labelSelector");
        }
        if other.items().any(|other| other.text() == key.text()) {
            key.invalid(errors, "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
}

/// `validateTopologySpreadConstraints`.
#[inline(never)]
pub fn spread(list: At<'_, '_>, errors: &mut Errors) {
    let kind = |at: At<'_, '_>| (at.field("topologyKey").text().to_owned(), at.field("whenUnsatisfiable").text().to_owned());
    for (index, constraint) in list.items().enumerate() {
        let (skew, key, action) = (constraint.field("maxSkew"), constraint.field("topologyKey"), constraint.field("whenUnsatisfiable"));
        if skew.number().unwrap_or(0) <= 0 {
            skew.invalid_number(errors, skew.number().unwrap_or(0), "must be greater than zero");
        }
        if key.is_empty() {
            key.required(errors, "can not be empty");
        }
        if !matches!(action.text(), "DoNotSchedule" | "ScheduleAnyway") {
            action.unsupported(errors, &["DoNotSchedule", "ScheduleAnyway"]);
        }
        let own = kind(constraint);
        if list.items().skip(index + 1).any(|other| kind(other) == own) {
            constraint.field("{topologyKey, whenUnsatisfiable}").duplicate(errors, &format!("\"{{{}, {}}}\"", own.0, own.1));
        }
        let domains = constraint.field("minDomains");
        if let Some(number) = domains.number() {
            if number <= 0 {
                domains.invalid(errors, "must be greater than zero");
            }
            if action.text() != "DoNotSchedule" {
                let detail = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}", action.text());
                domains.invalid(errors, detail);
            }
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            constraint.field(policy).one_of(errors, &["Honor", "Ignore"]);
        }
        label_keys(constraint, errors);
        selector(constraint.field("labelSelector"), errors);
    }
}

pub fn tolerations(list: At<'_, '_>, errors: &mut Errors) {
    for toleration in list.items() {
        let (key, operator, effect) = (toleration.field("key"), toleration.field("operator"), toleration.field("effect"));
        if !key.is_empty() {
            key.formed(errors, qualified_name);
        } else if operator.text() != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            operator.invalid_value(errors, operator.text(), detail);
        }
        if toleration.field("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            effect.invalid_value(errors, effect.text(), "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        let value = toleration.field("value").text();
        match operator.text() {
            "" | "Equal" => {
                let problems = label_value(value);
                if !problems.is_empty() {
                    operator.invalid_value(errors, value, problems.join(";"));
                }
            }
            "Exists" if !value.is_empty() => operator.invalid_value(errors, value, "value must be empty when `operator` is 'Exists'"),
            "Exists" => {}
            _ => operator.unsupported(errors, &["Equal", "Exists"]),
        }
        effect.one_of(errors, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
    }
}
