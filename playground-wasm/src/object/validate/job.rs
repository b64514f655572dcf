//! Jobs and CronJobs (`pkg/apis/batch/validation`). Left out: whether a time zone is one that there is.

use super::At;
use super::container::template_metadata;
use super::pod::pod_spec;
use super::schedule::schedule_problem;
use crate::model::Labels;
use crate::object::api::meta::LabelSelector;
use crate::object::error::Errors;
use crate::object::names::{NameForm, domain_prefixed_path, qualified_name};
use crate::object::selector::label_selector;
use crate::schema::Read as _;

/// More pods than these are not counted by index.
const MOST_INDEXES: i64 = 100_000;

#[inline(never)]
pub fn job(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    selector(spec, errors);
    job_spec(spec, errors);
    let completions = spec.field("completions").number().unwrap_or(0);
    if spec.field("completionMode").text() == "Indexed" && completions > 0 {
        let metadata = root.field("metadata");
        let name = metadata.field("name");
        let host = format!("{}-{}", name.text(), completions - 1);
        if !name.is_empty() && !NameForm::Label.problems(&host).is_empty() {
            name.invalid(errors, format!("will not able to create pod with invalid DNS label: {host}"));
        }
    }
}

/// The labels by which a Job finds its pods, which it is given unless it says that it has its own (`validateGeneratedSelector`).
fn selector(spec: At<'_, '_>, errors: &mut Errors) {
    const GENERATED: [&str; 4] = ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"];
    let selector = spec.field("selector");
    let manual = spec.field("manualSelector").flag() == Some(true);
    if !selector.is_set() {
        if manual {
            selector.required(errors, "");
        }
        return;
    }
    super::meta::selector(selector, errors);
    let own =
        !selector.field("matchExpressions").is_empty() || selector.field("matchLabels").entries().any(|(key, _)| !GENERATED.contains(&key));
    if !manual && !own {
        return;
    }
    if !manual {
        selector.invalid(errors, "`selector` not auto-generated");
    }
    let template = spec.field("template");
    let metadata = template.field("metadata");
    let labels = metadata.field("labels");
    let given = labels.node().map(Labels::read).unwrap_or_default();
    if selector.node().is_some_and(|node| !label_selector(&LabelSelector::read(node)).matches(&given)) {
        labels.invalid(errors, "`selector` does not match template `labels`");
    }
}

fn job_spec(spec: At<'_, '_>, errors: &mut Errors) {
    let numbers = [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ];
    for field in numbers {
        spec.field(field).not_negative(errors);
    }
    indexes(spec, errors);
    let policy = spec.field("podFailurePolicy");
    if policy.is_set() {
        failure_policy(spec, policy, errors);
    }
    let success = spec.field("successPolicy");
    if success.is_set() {
        success_policy(spec, success, errors);
    }
    let replacement = spec.field("podReplacementPolicy");
    if replacement.is_set() {
        let supported: &[&str] = if policy.is_set() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
        if !supported.contains(&replacement.text()) {
            replacement.unsupported(errors, supported);
        }
    }
    let manager = spec.field("managedBy");
    if manager.is_set() {
        manager.formed(errors, domain_prefixed_path);
        if manager.text().len() > 63 {
            manager.too_long(errors, 63);
        }
    }
    let template = spec.field("template");
    template_metadata(template, errors);
    let pods = template.field("spec");
    pod_spec(pods, false, &[], errors);
    let restart = pods.field("restartPolicy");
    match restart.text_or("Always") {
        "Always" => restart.required(errors, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if policy.is_set() => {
            restart.invalid(errors, "only \"Never\" is supported when podFailurePolicy is specified");
        }
        "OnFailure" | "Never" => {}
        _ => restart.unsupported(errors, &["OnFailure", "Never"]),
    }
}

/// What goes with `completionMode: Indexed`, and what only with it.
fn indexes(spec: At<'_, '_>, errors: &mut Errors) {
    let (mode, completions, parallelism) = (spec.field("completionMode"), spec.field("completions"), spec.field("parallelism"));
    let (per_index, failed) = (spec.field("backoffLimitPerIndex"), spec.field("maxFailedIndexes"));
    if failed.is_set() && !per_index.is_set() {
        per_index.required(errors, "when maxFailedIndexes is specified");
    }
    match mode.text_or("NonIndexed") {
        "Indexed" => {
            if !completions.is_set() {
                completions.required(errors, "when completion mode is Indexed");
            }
            if parallelism.number().is_some_and(|number| number > MOST_INDEXES) {
                let detail = "must be less than or equal to 100000 when completion mode is Indexed";
                parallelism.invalid(errors, detail);
            }
            let most = failed.number().unwrap_or(0);
            if completions.number().is_some_and(|completions| most > completions) {
                failed.invalid(errors, "must be less than or equal to completions");
            }
            if most > MOST_INDEXES {
                failed.invalid(errors, "must be less than or equal to 100000");
            }
        }
        "NonIndexed" => {
            for field in [per_index, failed].into_iter().filter(|field| field.is_set()) {
                field.invalid(errors, "requires indexed completion mode");
            }
        }
        _ => mode.unsupported(errors, &["NonIndexed", "Indexed"]),
    }
}

fn failure_policy(spec: At<'_, '_>, policy: At<'_, '_>, errors: &mut Errors) {
    let rules = policy.field("rules");
    let count = rules.items().count();
    if count > 20 {
        rules.too_many(errors, count, 20);
    }
    for rule in rules.items() {
        let (action, codes, conditions) = (rule.field("action"), rule.field("onExitCodes"), rule.field("onPodConditions"));
        word(action, &["Count", "FailIndex", "FailJob", "Ignore"], errors);
        if action.text() == "FailIndex" && !spec.field("backoffLimitPerIndex").is_set() {
            action.invalid(errors, "requires the backoffLimitPerIndex to be set");
        }
        if codes.is_set() {
            exit_codes(spec, codes, errors);
        }
        for pattern in conditions.items() {
            pattern.field("type").formed(errors, qualified_name);
            word(pattern.field("status"), &["False", "True", "Unknown"], errors);
        }
        match (codes.is_set(), conditions.is_empty()) {
            (true, false) => rule.invalid(errors, "specifying both OnExitCodes and OnPodConditions is not supported"),
            (false, true) => rule.invalid(errors, "specifying one of OnExitCodes and OnPodConditions is required"),
            _ => {}
        }
    }
}

/// One of some words, which the API server lists as Go does where none is given.
fn word(at: At<'_, '_>, words: &[&str], errors: &mut Errors) {
    if at.is_empty() {
        let listed: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
        at.required(errors, &format!("valid values: [{}]", listed.join(" ")));
    } else {
        at.one_of(errors, words);
    }
}

fn exit_codes(spec: At<'_, '_>, codes: At<'_, '_>, errors: &mut Errors) {
    let (operator, name, values) = (codes.field("operator"), codes.field("containerName"), codes.field("values"));
    word(operator, &["In", "NotIn"], errors);
    let template = spec.field("template");
    let pods = template.field("spec");
    let has = |kind| pods.field(kind).items().any(|container| container.field("name").text() == name.text());
    if name.is_set() && !has("containers") && !has("initContainers") {
        name.invalid(errors, "must be one of the container or initContainer names in the pod template");
    }
    if values.is_empty() {
        values.invalid(errors, "at least one value is required");
    }
    let mut seen: Vec<i64> = Vec::new();
    for value in values.items() {
        let number = value.number().unwrap_or(0);
        if operator.text() == "In" && number == 0 {
            value.invalid(errors, "must not be 0 for the In operator");
        }
        if seen.contains(&number) {
            value.duplicate(errors, &number.to_string());
        }
        seen.push(number);
    }
    if seen.windows(2).any(|pair| pair[0] > pair[1]) {
        values.invalid(errors, "must be ordered");
    }
}

fn success_policy(spec: At<'_, '_>, policy: At<'_, '_>, errors: &mut Errors) {
    if spec.field("completionMode").text() != "Indexed" {
        policy.invalid(errors, "requires indexed completion mode");
        return;
    }
    let rules = policy.field("rules");
    if rules.is_empty() {
        rules.required(errors, "at least one rules must be specified when the successPolicy is specified");
    }
    for rule in rules.items() {
        if !rule.field("succeededCount").is_set() && !rule.field("succeededIndexes").is_set() {
            rule.required(errors, "at least one of succeededCount or succeededIndexes must be specified");
        }
        rule.field("succeededCount").not_negative(errors);
    }
}

#[inline(never)]
pub fn cron_job(root: At<'_, '_>, errors: &mut Errors) {
    let (meta, spec) = (root.field("metadata"), root.field("spec"));
    let name = meta.field("name");
    // The controller puts eleven characters after it, and the whole is a label.
    if name.text().len() > 52 {
        name.invalid(errors, "must be no more than 52 characters");
    }
    let schedule = spec.field("schedule");
    if schedule.is_empty() {
        schedule.required(errors, "");
    } else {
        if let Some(detail) = schedule_problem(schedule.text()) {
            schedule.invalid(errors, detail);
        }
        if schedule.text().contains("TZ") {
            schedule.invalid(errors, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        }
    }
    let zone = spec.field("timeZone");
    if zone.is_set() {
        time_zone(zone, errors);
    }
    spec.field("startingDeadlineSeconds").not_negative(errors);
    let policy = spec.field("concurrencyPolicy");
    policy.one_of(errors, &["Allow", "Forbid", "Replace"]);
    let jobs = spec.field("jobTemplate");
    let job = jobs.field("spec");
    job_spec(job, errors);
    if job.field("selector").is_set() {
        job.field("selector").invalid(errors, "`selector` will be auto-generated");
    }
    if job.field("manualSelector").flag() == Some(true) {
        job.field("manualSelector").unsupported(errors, &["nil", "false"]);
    }
    spec.field("successfulJobsHistoryLimit").not_negative(errors);
    spec.field("failedJobsHistoryLimit").not_negative(errors);
}

fn time_zone(zone: At<'_, '_>, errors: &mut Errors) {
    let name = zone.text();
    let is_part = |part: &str| {
        !matches!(part, "" | "." | "..")
            && !part.starts_with('-')
            && part.len() <= 14
            && part.chars().all(|c| c.is_ascii_alphanumeric() || ".-_+".contains(c))
    };
    if name.is_empty() {
        zone.invalid(errors, "timeZone must be nil or non-empty string");
    } else if !name.split('/').all(is_part) {
        zone.invalid(errors, format!("unknown time zone {name}"));
    } else if name.eq_ignore_ascii_case("Local") {
        zone.invalid(errors, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    }
}
