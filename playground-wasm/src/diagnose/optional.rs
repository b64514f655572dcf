//! References to what is not there on purpose: the manifests themselves say that the application does without it.
//!
//! Two things say so. A switch for the feature beside the reference is off: a variable such as `ENABLE_ASSISTANT` with a false
//! value, or commented out, that shares a word with the reference's own variable (`SHOPPING_ASSISTANT_ADDR`). Or the reference
//! is where telemetry goes, which is sent and forgotten. Neither counts where a near miss shows that the name was meant.

use super::edit;
use crate::behavior::Reference;
use crate::cluster::Source;
use crate::model::{Container, EnvSource};
use crate::text::Step;

const TELEMETRY: &str = " OTEL OTLP JAEGER ZIPKIN TRACE TRACES TRACING TELEMETRY STATSD SENTRY DATADOG DD NEWRELIC HONEYCOMB APM \
COLLECTOR PROFILER PYROSCOPE LOKI METRICS ";
const SWITCHES: &str = " ENABLE ENABLED FEATURE USE WITH TOGGLE FLAG ";
const OFF_SWITCHES: &str = " DISABLE DISABLED SKIP NO WITHOUT ";
/// Words that say nothing about which feature a variable belongs to.
const GENERIC: &str =
    " SERVICE SVC ADDR ADDRESS HOST HOSTNAME PORT URL URI ENDPOINT SERVER API BASE HTTP HTTPS GRPC APP THE SERVICES CLIENT ";

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split('_').filter(|word| !word.is_empty())
}

fn among(list: &str, word: &str) -> bool {
    list.contains(&format!(" {word} "))
}

/// Why an application does without what a reference names; absent where nothing says so. The path is the container's.
pub fn why(source: &Source, path: &[Step], container: &Container, call: &Reference) -> Option<String> {
    let name = variable(container, call)?.to_ascii_uppercase();
    let features: Vec<&str> = words(&name).filter(|word| !among(GENERIC, word)).collect();
    if features.iter().any(|word| among(TELEMETRY, word)) {
        return Some(format!("{name} is where telemetry goes, which applications do without"));
    }
    let shares = |other: &str| words(other).any(|word| features.contains(&word));
    let is_switch = |list: &str, other: &str| other != name && shares(other) && words(other).any(|word| among(list, word));
    let set = container.env.iter().find_map(|variable| {
        let other = variable.name.to_ascii_uppercase();
        let EnvSource::Value(value) = &variable.source else { return None };
        let no = matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "off" | "no" | "disabled");
        let off = if no { is_switch(SWITCHES, &other) } else { is_switch(OFF_SWITCHES, &other) };
        off.then(|| format!("{other} is {value:?}"))
    });
    set.or_else(|| {
        let other = commented(source, path).into_iter().find(|other| is_switch(SWITCHES, other))?;
        let live = container.env.iter().any(|variable| variable.name.eq_ignore_ascii_case(&other));
        (!live).then(|| format!("{other} is commented out"))
    })
}

/// The variable whose value a reference stands in.
fn variable<'c>(container: &'c Container, call: &Reference) -> Option<&'c str> {
    let at = call.origin.iter().position(|step| *step == Step::from("env"))?;
    let Step::Index(index) = call.origin.get(at + 1)? else { return None };
    container.env.get(*index).map(|variable| variable.name.as_str())
}

/// Variables that are commented out within a container's text: `# - name: ENABLE_ASSISTANT`.
fn commented(source: &Source, path: &[Step]) -> Vec<String> {
    let Some(node) = edit::at(&source.root, path) else { return Vec::new() };
    let (from, to) = (node.span.line as usize, node.span.end_line as usize);
    let lines = source.text.lines().skip(from.saturating_sub(1)).take((to + 1).saturating_sub(from));
    let names = lines.filter_map(|line| {
        let comment = line.trim_start().strip_prefix('#')?.trim_start_matches(['#', ' ', '-']);
        let name = comment.strip_prefix("name:")?.trim().trim_matches(['"', '\'']);
        Some(name.to_ascii_uppercase())
    });
    names.collect()
}
