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

/// What to tell where accepted objects ask for more than [`MOST_PODS`], at the workload that asks for most.
pub(super) fn too_many_pods(objects: &[Placed]) -> Option<Diagnostic> {
    let asking = || objects.iter().filter_map(|placed| Some((placed, asked(placed)?)));
    let total: u64 = asking().map(|(_, workload)| u64::from(workload.replicas)).sum();
    if total <= MOST_PODS {
        return None;
    }
    let (placed, most) = asking().max_by_key(|(_, workload)| workload.replicas)?;
    let id = &placed.manifest.id;
    let field = if most.kind == WorkloadKind::Job { "parallelism" } else { "replicas" };
    let path = vec![Step::from("spec"), Step::from(field)];
    let (asks, limit) = (grouped(u64::from(most.replicas)), grouped(MOST_PODS));
    let tested = format!("{limit}, as many as Kubernetes is tested with");
    let message = if u64::from(most.replicas) > MOST_PODS {
        format!("{} {} asks for {asks} pods, and Podhop runs at most {tested}", id.kind, id.name)
    } else {
        let total = grouped(total);
        format!("These manifests ask for {total} pods, {asks} of them in {} {}, and Podhop runs at most {tested}", id.kind, id.name)
    };
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

/// The workload that a manifest makes pods by: not one of the cluster itself, nor one that an owner among these manifests may have made.
fn asked(placed: &Placed) -> Option<&Workload> {
    match &placed.manifest.body {
        Some(Body::Workload(workload, _)) if placed.file.is_some() && workload.owner.is_none() && !workload.suspended => Some(workload),
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
