//! Scenarios as JSON lines: the evaluator without a browser (`podhop simulate`).

mod nodes;

use std::io::{self, BufRead, Write};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cluster::{Config, ProxyMode};
use crate::control::Simulation;
use crate::dto::{Diagnostic, Severity, SourceFile};
use crate::history::History;
use crate::load::Loader;
use crate::query::{Answer, Query, answer};
use nodes::Nodes;

/// How a run over all lines ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Every line was answered, some perhaps with an error.
    Done,
    /// Some line was not JSON.
    NotJson,
}

/// One scenario.
#[derive(Debug, Deserialize)]
struct Scenario {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    manifests: Vec<String>,
    query: Option<Value>,
    queries: Option<Vec<Value>>,
    /// Seconds of the virtual clock; without it the questions are asked when all came to rest.
    at: Option<Value>,
    #[serde(default)]
    actions: Vec<Value>,
    #[serde(default)]
    cluster: Overrides,
}

/// What a scenario changes about the cluster around it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    nodes: Option<Nodes>,
    pod_cidr: Option<Ranges>,
    service_cidr: Option<Ranges>,
    cluster_domain: Option<String>,
    proxy_mode: Option<String>,
    enforce_network_policy: Option<bool>,
    hairpin: Option<bool>,
    load_balancer: Option<bool>,
    ingress_controller: Option<bool>,
    seed: Option<u64>,
}

/// A range, or one of each family with a comma between them, as the flags of kube-proxy and the API server take them.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "String")]
struct Ranges(Vec<IpNet>);

impl TryFrom<String> for Ranges {
    type Error = ipnet::AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.split(',').map(|range| range.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

#[derive(Debug, Serialize)]
struct Line {
    id: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<Answer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Answers every line of the input, in order. Errors only where reading or writing fails.
pub fn run(input: impl BufRead, mut output: impl Write) -> io::Result<Status> {
    let mut status = Status::Done;
    for (number, line) in (1..).zip(input.lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let failed = |id: Value, error: String| Line { id, answer: None, answers: None, error: Some(error), warnings: Vec::new() };
        let answered = match serde_json::from_str::<Value>(&line) {
            Err(error) => {
                status = Status::NotJson;
                failed(Value::Null, format!("line {number} is not JSON: {error}"))
            }
            Ok(value) => {
                let id = value.get("id").cloned().unwrap_or_default();
                match serde_json::from_value::<Scenario>(value) {
                    Ok(scenario) => evaluate(scenario).unwrap_or_else(|error| failed(id, error)),
                    Err(error) => failed(id, format!("line {number} is not a scenario: {error}")),
                }
            }
        };
        serde_json::to_writer(&mut output, &answered)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(status)
}

fn evaluate(scenario: Scenario) -> Result<Line, String> {
    let Scenario { id, manifests, query, queries, at, actions, cluster } = scenario;
    let asks_ingress = query.iter().chain(queries.iter().flatten()).any(|query| query.pointer("/to/ingress").is_some());
    let nodes = cluster.nodes.as_ref().and_then(Nodes::manifest);
    let config = Config { asks_ingress, ..cluster.apply(Config::default())? };
    let mut files: Vec<SourceFile> =
        (1..).zip(manifests).map(|(number, text)| SourceFile { name: format!("manifest-{number}.yaml"), text }).collect();
    files.extend(nodes.map(|text| SourceFile { name: "cluster.nodes".into(), text }));
    let mut loaded = Loader::default().load(&files);
    if let Some(diagnostic) = loaded.too_many_pods() {
        return Err(warning(diagnostic, &files));
    }
    let mut warnings: Vec<String> =
        loaded.diagnostics.iter().filter(|diagnostic| sets_aside(diagnostic)).map(|diagnostic| warning(diagnostic, &files)).collect();
    let history = History::read(at.as_ref(), &actions)?;
    let mut simulation = Simulation::new(&loaded.objects, config);
    let loads = query.iter().chain(queries.iter().flatten()).any(|query| query["kind"] == "traffic");
    let mut before = (loads && history.at.is_none()).then(|| simulation.clone());
    if let Some(before) = &mut before {
        history.run(before, true);
    }
    warnings.extend(history.run(&mut simulation, false));
    if !history.actions.is_empty() {
        loaded.objects = simulation.objects().to_vec();
    }
    let ask = |query: Value| -> Result<Answer, String> {
        let mut query = Query::read(query)?;
        let Query::Traffic(load) = &mut query else { return answer(&simulation, &loaded, &query) };
        load.scheduled = history.during_load();
        answer(before.as_ref().unwrap_or(&simulation), &loaded, &query)
    };
    match (query, queries) {
        (Some(query), None) => Ok(Line { id, answer: Some(ask(query)?), answers: None, error: None, warnings }),
        (None, Some(queries)) => {
            let answers = queries.into_iter().map(ask).collect::<Result<Vec<_>, _>>()?;
            Ok(Line { id, answer: None, answers: Some(answers), error: None, warnings })
        }
        _ => Err("a scenario has either `query` or `queries`".into()),
    }
}

/// Whether a diagnostic says that something of the manifests does not take part.
fn sets_aside(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error || matches!(diagnostic.code.as_str(), "unknown-kind" | "not-modelled" | "duplicate-object")
}

fn warning(diagnostic: &Diagnostic, files: &[SourceFile]) -> String {
    let place =
        diagnostic.range.and_then(|range| Some(format!("{}:{}:{}: ", files.get(range.file as usize)?.name, range.line, range.column)));
    format!("{}{}", place.unwrap_or_default(), diagnostic.message)
}

impl Overrides {
    /// The settings with these changes.
    pub fn apply(self, mut config: Config) -> Result<Config, String> {
        config.nodes = self.nodes.as_ref().and_then(Nodes::count).unwrap_or(config.nodes);
        let place = |ranges: Option<Ranges>, v4: &mut IpNet, v6: &mut IpNet| {
            for range in ranges.unwrap_or_default().0 {
                *(if matches!(range, IpNet::V4(_)) { &mut *v4 } else { &mut *v6 }) = range;
            }
        };
        place(self.pod_cidr, &mut config.pod_cidr, &mut config.pod_cidr_v6);
        place(self.service_cidr, &mut config.service_cidr, &mut config.service_cidr_v6);
        config.cluster_domain = self.cluster_domain.unwrap_or(config.cluster_domain);
        config.enforce_network_policy = self.enforce_network_policy.unwrap_or(config.enforce_network_policy);
        config.hairpin = self.hairpin.unwrap_or(config.hairpin);
        config.load_balancer = self.load_balancer.unwrap_or(config.load_balancer);
        config.ingress_controller = self.ingress_controller.unwrap_or(config.ingress_controller);
        config.seed = self.seed.unwrap_or(config.seed);
        config.proxy_mode = self.proxy_mode.as_deref().map_or(Ok(config.proxy_mode), ProxyMode::from_name)?;
        Ok(config)
    }
}
