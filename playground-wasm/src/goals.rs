//! The goals of a lesson, checked by behavior: a query and what its answer must hold, or an object that must be there.

use serde::Deserialize;
use serde_json::Value;

use crate::cluster::Config;
use crate::control::Simulation;
use crate::dto::{GoalResult, PodStatus};
use crate::history::History;
use crate::load::Loaded;
use crate::query::{Answer, Query, TrafficQuery, answer};

/// One goal.
#[derive(Debug, Clone)]
pub struct Goal {
    pub id: String,
    pub check: Check,
}

/// How a goal is checked.
#[derive(Debug, Clone)]
pub enum Check {
    /// In the cluster at rest, unless a history is given.
    Behavior {
        query: Box<Query>,
        expect: Value,
        history: Option<History>,
    },
    Exists(String),
    Absent(String),
}

/// The fields of a goal as a lesson has them; what it says to people is not looked at here.
#[derive(Deserialize)]
struct Fields {
    id: String,
    query: Option<Value>,
    expect: Option<Value>,
    at: Option<Value>,
    #[serde(default)]
    actions: Vec<Value>,
    exists: Option<String>,
    absent: Option<String>,
}

impl Goal {
    /// Reads one goal; the error says what it lacks.
    pub fn read(goal: Value) -> Result<Self, String> {
        let fields: Fields = serde_json::from_value(goal).map_err(|error| format!("a goal is not as a lesson has it: {error}"))?;
        let id = fields.id;
        let check = match (fields.query, fields.expect, fields.exists, fields.absent) {
            (Some(query), Some(expect), None, None) => {
                let history = History::read(fields.at.as_ref(), &fields.actions)?;
                Check::Behavior {
                    query: Box::new(Query::read(query)?),
                    expect,
                    history: Some(history).filter(|history| !history.is_rest()),
                }
            }
            (None, None, Some(exists), None) => Check::Exists(exists),
            (None, None, None, Some(absent)) => Check::Absent(absent),
            _ => return Err(format!("goal {id} needs a query with what to expect, or one of exists and absent")),
        };
        Ok(Self { id, check })
    }
}

/// Asks a query about the same objects led through a history from time zero on; the error is what the API server refused.
fn ask(history: &History, loaded: &Loaded, query: &Query) -> Result<Answer, String> {
    let is_load = matches!(query, Query::Traffic(_));
    let mut simulation = Simulation::new(&loaded.objects, Config::default());
    if let Some(refused) = history.run(&mut simulation, is_load).into_iter().next() {
        return Err(refused);
    }
    let Query::Traffic(load) = query else { return answer(&simulation, loaded, query) };
    let load = TrafficQuery { scheduled: history.during_load(), ..(**load).clone() };
    answer(&simulation, loaded, &Query::Traffic(Box::new(load)))
}

/// How the goals stand.
pub fn check(simulation: &Simulation, loaded: &Loaded, goals: &[Goal]) -> Vec<GoalResult> {
    goals
        .iter()
        .map(|goal| {
            let (met, seen) = stands(simulation, loaded, &goal.check);
            GoalResult { id: goal.id.clone(), met, seen }
        })
        .collect()
}

fn stands(simulation: &Simulation, loaded: &Loaded, check: &Check) -> (bool, String) {
    let exists = |id: &str| loaded.objects.iter().any(|placed| placed.manifest.id.to_string() == id);
    match check {
        Check::Exists(id) if exists(id) => (true, format!("{id} is there")),
        Check::Exists(id) => (false, format!("{id} is missing")),
        Check::Absent(id) if exists(id) => (false, format!("{id} is still there")),
        Check::Absent(id) => (true, format!("{id} is gone")),
        Check::Behavior { query, expect, history } => match asked(simulation, loaded, query, history.as_ref()) {
            Err(error) => (false, error),
            Ok(answer) => {
                let seen = summary(&answer);
                // By way of its text, which the page needs anyway: a second serializer would cost the page ten times this code.
                match serde_json::to_string(&answer).and_then(|text| serde_json::from_str::<Value>(&text)) {
                    Ok(value) => match flow_amiss(query, expect, &value).or_else(|| mismatch(expect, &value, "")) {
                        None => (true, seen),
                        Some(difference) if seen.is_empty() => (false, difference),
                        Some(difference) if reads_as_success(&answer) => (false, format!("{seen}, but {difference}")),
                        Some(_) => (false, seen),
                    },
                    Err(error) => (false, error.to_string()),
                }
            }
        },
    }
}

fn asked(simulation: &Simulation, loaded: &Loaded, query: &Query, history: Option<&History>) -> Result<Answer, String> {
    match history {
        None => answer(simulation, loaded, query),
        Some(history) => ask(history, loaded, query),
    }
}

/// Whether the summary alone would not tell a person what is amiss.
fn reads_as_success(answer: &Answer) -> bool {
    match answer {
        Answer::Request(answer) => answer.ok,
        Answer::Dns(answer) => !answer.answers.is_empty(),
        Answer::Files(answer) => answer.file.exists,
        _ => false,
    }
}

fn summary(answer: &Answer) -> String {
    match answer {
        Answer::Request(answer) if answer.ok => answer.headline.clone(),
        Answer::Request(answer) => format!("{}. {}", answer.headline, answer.detail).trim_end().to_owned(),
        Answer::Dns(answer) if answer.answers.is_empty() => match answer.detail.as_str() {
            "" => answer.rcode.clone(),
            detail => format!("{}: {detail}", answer.rcode),
        },
        Answer::Dns(answer) => answer.answers.iter().map(|record| record.data.clone()).collect::<Vec<_>>().join(", "),
        Answer::Endpoints(answer) => {
            let ready = answer.addresses.iter().filter(|address| address.ready).count();
            format!("{ready} ready of {} endpoints", answer.addresses.len())
        }
        Answer::Files(answer) => answer.file.reason.clone(),
        Answer::Packet(answer) => answer.verdict.clone(),
        Answer::Diagnose { findings } => findings.first().map_or_else(|| "no findings".to_owned(), |finding| finding.message.clone()),
        Answer::Pods(answer) => {
            let statuses: Vec<String> = answer.pods.iter().map(pod_summary).collect();
            statuses.join(", ")
        }
        Answer::Traffic(answer) => answer.summary(),
        Answer::PolicyMatrix { .. } | Answer::Rules(_) | Answer::Validate(_) => String::new(),
    }
}

/// `web-x2x8p Running`, and of a pod of several containers each one's state, too.
fn pod_summary(pod: &PodStatus) -> String {
    let containers: Vec<String> = pod.containers.iter().map(|container| format!("{} {}", container.name, container.state)).collect();
    let of_each = if containers.len() > 1 { format!(" ({})", containers.join(", ")) } else { String::new() };
    format!("{} {}{of_each}", pod.name, pod.status)
}

/// The first packet that a matrix lets pass or denies otherwise than expected, and how many there are.
fn flow_amiss(query: &Query, expect: &Value, got: &Value) -> Option<String> {
    let Query::PolicyMatrix(query) = query else { return None };
    let cells = |matrix: &Value, from: usize, to: usize| Some(matrix["matrix"].get(from)?.get(to)?.as_str()?.to_owned());
    let mut amiss = Vec::new();
    for (from, sender) in query.peers.iter().enumerate() {
        for (to, receiver) in query.peers.iter().enumerate() {
            let (Some(want), Some(got)) = (cells(expect, from, to), cells(got, from, to)) else { continue };
            for (port, (want, got)) in query.ports.iter().zip(want.chars().zip(got.chars())).filter(|(_, (want, got))| want != got) {
                let verdict = if want < got { "gets through, and should not" } else { "does not get through" };
                amiss.push(format!("{} {} from {sender} to {receiver} {verdict}", port.protocol, port.port));
            }
        }
    }
    match amiss.len() {
        0 => None,
        1 => amiss.pop(),
        count => Some(format!("{}; {count} such packets are not as they should be", amiss[0])),
    }
}

/// The first place where an answer lacks what is expected: objects may hold more, lists must have the same length unless
/// `{contains: [...]}` asks for some entries only, a list where one value is due names the values that are all right, and
/// `{at_least, at_most}` bound a number.
pub fn mismatch(want: &Value, got: &Value, path: &str) -> Option<String> {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => want.iter().find_map(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match got.get(key) {
                Some(found) => mismatch(value, found, &path),
                None if value.is_null() => None,
                None => Some(format!("{path} is missing")),
            }
        }),
        (Value::Array(want), Value::Array(got)) => {
            if want.len() != got.len() {
                return Some(format!("{path} has {} entries, not {}", got.len(), want.len()));
            }
            want.iter().zip(got).enumerate().find_map(|(index, (want, got))| mismatch(want, got, &format!("{path}[{index}]")))
        }
        (Value::Object(want), Value::Array(got)) if want.contains_key("contains") => {
            let wanted = want.get("contains").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let missing = wanted.iter().find(|want| !got.iter().any(|got| mismatch(want, got, path).is_none()))?;
            Some(format!("{path} holds nothing like {missing}"))
        }
        (Value::Object(want), Value::Number(got)) if is_bounds(want) => {
            let bound = |name: &str| want.get(name).and_then(Value::as_f64);
            let got = got.as_f64()?;
            let low = bound("at_least").filter(|&least| got < least).map(|least| format!("{path} is {got}, not at least {least}"));
            low.or_else(|| bound("at_most").filter(|&most| got > most).map(|most| format!("{path} is {got}, not at most {most}")))
        }
        (Value::Array(choices), got) if choices.iter().any(|choice| mismatch(choice, got, path).is_none()) => None,
        (Value::Number(want), Value::Number(got)) if want.as_f64() == got.as_f64() => None,
        (want, got) if want == got => None,
        (want, got) => Some(format!("{path} is {got}, not {want}")),
    }
}

fn is_bounds(want: &serde_json::Map<String, Value>) -> bool {
    !want.is_empty() && want.iter().all(|(name, bound)| matches!(name.as_str(), "at_least" | "at_most") && bound.is_number())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::dto::SourceFile;
    use crate::load::Loader;

    #[test]
    fn a_goal_with_a_history_is_asked_in_it() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: example/web, ports: [{containerPort: 80}]}]}";
        let mut loader = Loader::default();
        let loaded = loader.update(&[SourceFile { name: "web.yaml".into(), text: text.into() }]);
        let mut simulation = Simulation::new(&loaded.objects, Config::default());
        simulation.settle();
        let stands = |fields: Value, expect: Value| {
            let mut goal = json!({"id": "a", "query": {"kind": "pods", "namespace": "default"}, "expect": {"pods": expect}});
            goal.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
            check(&simulation, loaded, &[Goal::read(goal).expect("a goal")]).remove(0)
        };
        let running = json!([{"name": "web", "status": "Running"}]);
        assert!(stands(json!({}), running.clone()).met);
        assert!(stands(json!({"at": 0.5}), json!([{"name": "web", "status": "ContainerCreating"}])).met);
        let late = json!({"at": 5, "actions": [{"at": 10, "delete": "Pod/default/web"}]});
        assert!(stands(late, running).met, "what comes later is not done");
        assert!(stands(json!({"actions": [{"at": 10, "delete": "Pod/default/web"}]}), json!([])).met);
        let refused = stands(json!({"actions": [{"at": 10, "delete": "Pod/default/other"}]}), json!([]));
        assert_eq!((refused.met, refused.seen.as_str()), (false, "pods \"other\" not found"));
    }

    #[test]
    fn a_matrix_that_differs_says_which_packet() {
        let query = Query::read(json!({"kind": "policy_matrix", "ports": [{"port": 80}, {"protocol": "UDP", "port": 53}],
            "peers": [{"namespace": "shop", "workload": "Deployment/web"}, {"ip": "192.0.2.80"}]}));
        let query = query.expect("a query");
        let want = json!({"matrix": [["11", "01"], ["00", "11"]]});
        for (got, said) in [
            (json!({"matrix": [["11", "01"], ["00", "11"]]}), None),
            (json!({"matrix": [["11", "00"], ["00", "11"]]}), Some("UDP 53 from web to 192.0.2.80 does not get through")),
            (
                json!({"matrix": [["11", "01"], ["11", "11"]]}),
                Some("TCP 80 from 192.0.2.80 to web gets through, and should not; 2 such packets are not as they should be"),
            ),
        ] {
            assert_eq!(flow_amiss(&query, &want, &got).as_deref(), said);
        }
    }

    #[test]
    fn numbers_are_compared_by_value_and_by_bounds() {
        let differs = |want: Value, got: Value| mismatch(&json!({"n": want}), &json!({"n": got}), "");
        assert_eq!(differs(json!(30), json!(30.0)), None);
        assert_eq!(differs(json!({"at_least": 2, "at_most": 3}), json!(2.5)), None);
        assert_eq!(differs(json!({"at_least": 2}), json!(1)), Some("n is 1, not at least 2".into()));
        assert_eq!(differs(json!({"at_most": 0}), json!(1)), Some("n is 1, not at most 0".into()));
        assert!(differs(json!({"at_least": 0}), json!("many")).is_some());
        assert!(differs(json!({}), json!(1)).is_some());
    }
}
