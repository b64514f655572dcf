//! How many pods manifests may ask for: as many as Kubernetes is tested with.
//!
//! "Considerations for large clusters", <https://kubernetes.io/docs/setup/best-practices/cluster-large/>, has the figure. A slip of the
//! finger in `replicas` must not cost minutes and all memory, so beyond it nothing is run, and the author is told where the number stands.

use super::problem_diagnostic;
use crate::control::Placed;
use crate::dto::{Diagnostic, Severity};
use crate::model::{Workload, WorkloadKind};
use crate::object::{Body, Problem};
use crate::text::Step;

/// The most pods that are run.
pub const MOST_PODS: u64 = 150_000;

/// The code of the diagnostic.
pub const TOO_MANY_PODS: &str = "too-many-pods";

/// The workload that asks for most where accepted objects ask for more than [`MOST_PODS`], the field that says so, and a sentence.
fn excess(objects: &[Placed]) -> Option<(&Placed, &'static str, String)> {
    // What an owner among these manifests may have made is not counted beside that.
    let mut totals = [0, 0];
    for workload in objects.iter().filter_map(asked) {
        totals[usize::from(workload.owner.is_some())] += u64::from(workload.replicas);
    }
    let [free, owned] = totals;
    if free > MOST_PODS {
        describe(objects, false, free)
    } else if owned > MOST_PODS {
        describe(objects, true, owned)
    } else {
        None
    }
}

#[inline(never)]
fn describe(objects: &[Placed], owned: bool, total: u64) -> Option<(&Placed, &'static str, String)> {
    let asking = objects.iter().filter_map(|placed| Some((placed, asked(placed)?)));
    let (placed, most) = asking.filter(|(_, workload)| workload.owner.is_some() == owned).max_by_key(|(_, workload)| workload.replicas)?;
    let id = &placed.manifest.id;
    let field = if most.kind == WorkloadKind::Job { "parallelism" } else { "replicas" };
    let (asks, limit) = (grouped(u64::from(most.replicas)), grouped(MOST_PODS));
    let tested = format!("{limit}, as many as Kubernetes is tested with");
    let message = if u64::from(most.replicas) > MOST_PODS {
        format!("{} {} asks for {asks} pods, and Podhop runs at most {tested}", id.kind, id.name)
    } else {
        let total = grouped(total);
        format!("These manifests ask for {total} pods, {asks} of them in {} {}, and Podhop runs at most {tested}", id.kind, id.name)
    };
    Some((placed, field, message))
}

/// Why a change of a running cluster is refused that asks for too many pods, and what to do about it.
pub fn refuse_excess(objects: &[Placed]) -> Result<(), String> {
    let refused = |(_, field, message)| format!("{TOO_MANY_PODS}: {message}; lower `{field}`, nothing was changed");
    excess(objects).map_or(Ok(()), |found| Err(refused(found)))
}

/// What to tell where accepted objects ask for too many pods.
pub(super) fn too_many_pods(objects: &[Placed]) -> Option<Diagnostic> {
    let (placed, field, message) = excess(objects)?;
    let path = vec![Step::from("spec"), Step::from(field)];
    let problem = Problem {
        code: TOO_MANY_PODS,
        severity: Severity::Error,
        message,
        help: format!("Lower `{field}`: a few pods show what thousands do. Until then nothing is run."),
        span: placed.manifest.root.locate(&path),
        path,
        fix: Some(("Change to 3".to_owned(), "3".to_owned())),
        api: None,
    };
    Some(problem_diagnostic(&problem, placed))
}

/// The workload that a manifest makes pods by: not one of the cluster itself.
fn asked(placed: &Placed) -> Option<&Workload> {
    match &placed.manifest.body {
        Some(Body::Workload(workload, _)) if placed.file.is_some() && !workload.suspended => Some(workload),
        _ => None,
    }
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
