//! A cluster that was edited, keystroke by keystroke, and the one that its text makes when it is read for the first time.

use playground_wasm::control::Change;
use playground_wasm::dto::SourceFile;
use playground_wasm::playground::Playground;
use playground_wasm::query::Query;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::world::World;

/// What happens to a document.
#[derive(Debug, Clone, Copy)]
pub enum Edit {
    /// It becomes the one of its name in another cluster.
    Other,
    /// It becomes what it was.
    Back,
    /// A comment is put behind it, on its last line or on one of its own.
    Comment,
    Line,
    /// It is written over several lines.
    Spread,
}

pub fn edits() -> impl Strategy<Value = Vec<(Index, Edit)>> {
    let edit = prop_oneof![3 => Just(Edit::Other), 2 => Just(Edit::Back), 1 => Just(Edit::Comment), 1 => Just(Edit::Line), 1 => Just(Edit::Spread)];
    vec((any::<Index>(), edit), 1..10)
}

/// From one text of the first documents to the other, and back.
pub fn turns() -> impl Strategy<Value = Vec<(Index, Edit)>> {
    vec((any::<Index>(), prop_oneof![3 => Just(Edit::Other), 2 => Just(Edit::Back)]), 1..8)
}

/// A workload that reads one of two ConfigMaps, and both with one value or another.
fn extras(value: &str) -> Vec<Value> {
    let data = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "left"}, "data": {"url": value}});
    let env = json!([{"name": "URL", "valueFrom": {"configMapKeyRef": {"name": "read", "key": "url"}}}]);
    let probe = json!({"httpGet": {"port": 8080}});
    let container =
        json!({"name": "main", "image": "example/app:1", "ports": [{"containerPort": 8080}], "env": env, "readinessProbe": probe});
    let template = json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [container]}});
    let spec = json!({"replicas": 2, "selector": {"matchLabels": {"app": "a"}}, "template": template});
    let deployment =
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "reader", "namespace": "left"}, "spec": spec});
    vec![data("read"), data("unread"), deployment]
}

/// The documents of a world, and those that take their places: of the same names.
pub fn pairs(world: &World, other: &World) -> Vec<(Value, Value)> {
    let read = |text: &String| serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let others: Vec<Value> = other.documents().iter().map(read).collect();
    let mut pairs: Vec<(Value, Value)> = Vec::new();
    for document in world.documents().iter().map(read) {
        let same = |other: &&Value| other["kind"] == document["kind"] && other["metadata"]["name"] == document["metadata"]["name"];
        let mut other = others.iter().find(same).unwrap_or(&document).clone();
        other["metadata"]["namespace"] = document["metadata"]["namespace"].clone();
        pairs.push((document, other));
    }
    pairs.extend(extras("http://service-0/").into_iter().zip(extras("http://service-1.right/")));
    pairs
}

/// Everything that a page shows of a cluster and is told when it asks.
fn shown(playground: &mut Playground, files: &[SourceFile], questions: &[Value]) -> Vec<(String, Value)> {
    let view = serde_json::to_value(playground.load(files)).unwrap_or_else(|error| panic!("{error}"));
    let mut shown = vec![("the view".to_owned(), view)];
    for question in questions {
        let query = Query::read(question.clone()).unwrap_or_else(|error| panic!("{error}"));
        let answer = playground.query(&query).map(|answer| serde_json::to_value(answer).unwrap_or_else(|error| panic!("{error}")));
        shown.push((question.to_string(), answer.unwrap_or_else(Value::from)));
    }
    shown
}

/// What happens to a cluster afterwards: a pod is deleted, a node fails, and all comes to rest again.
fn afterwards(playground: &mut Playground, now: u64, workload: &str) -> Vec<Value> {
    let pod = json!({"delete": {"kind": "Pod", "namespace": "left", "workload": workload}});
    let mut moments = Vec::new();
    for (after, change) in [(1_000, pod), (20_000, json!({"fail_node": "node-2"})), (400_000, json!({"recover_node": "node-2"}))] {
        let change = Change::read(&change).unwrap_or_else(|error| panic!("{error}"));
        moments.push(playground.seek(now + after).map(serde_json::to_value));
        moments.push(playground.act(change).map(serde_json::to_value));
    }
    moments.push(playground.seek(now + 500_000).map(serde_json::to_value));
    moments.into_iter().map(|moment| moment.unwrap_or_else(|error| panic!("{error}")).unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// Runs edits one after the other; gives the first thing that is not as in the cluster built anew, nor becomes so.
pub fn difference(pairs: &[(Value, Value)], edits: &[(Index, Edit)], questions: &[Value]) -> Option<String> {
    difference_among(pairs.len(), pairs, edits, questions)
}

/// The same with edits of the first documents only.
pub fn difference_among(count: usize, pairs: &[(Value, Value)], edits: &[(Index, Edit)], questions: &[Value]) -> Option<String> {
    let mut documents: Vec<String> = pairs.iter().map(|(document, _)| document.to_string()).collect();
    let mut questions = questions.to_vec();
    questions.extend(["iptables", "ipvs", "nftables"].map(|mode| json!({"kind": "rules", "node": "node-1", "mode": mode})));
    questions.extend([json!({"kind": "validate"}), json!({"kind": "diagnose"})]);
    let files = |documents: &[String]| vec![SourceFile { name: "all.yaml".into(), text: documents.join("\n---\n") }];
    let mut edited = Playground::default();
    edited.load(&files(&documents));
    let (mut fresh, mut now) = (Playground::default(), 0);
    for (at, edit) in edits {
        let at = at.index(count);
        match edit {
            Edit::Other => documents[at] = pairs[at].1.to_string(),
            Edit::Back => documents[at] = pairs[at].0.to_string(),
            Edit::Comment => documents[at].push_str(" # so"),
            Edit::Line => documents[at].push_str("\n# so"),
            Edit::Spread => documents[at] = serde_json::to_string_pretty(&pairs[at].0).unwrap_or_else(|error| panic!("{error}")),
        }
        let files = files(&documents);
        fresh = Playground::default();
        let (one, other) = (shown(&mut edited, &files, &questions), shown(&mut fresh, &files, &questions));
        now = other[0].1["now_ms"].as_u64().unwrap_or_default();
        for ((what, one), (_, other)) in one.into_iter().zip(other) {
            if one != other {
                return Some(format!(
                    "after {edit:?} of document {at}, {what}:\n{one}\nis not\n{other}\nof\n{}",
                    documents.join("\n---\n")
                ));
            }
        }
    }
    let workload = &pairs[0].0;
    let workload =
        format!("{}/{}", workload["kind"].as_str().unwrap_or_default(), workload["metadata"]["name"].as_str().unwrap_or_default());
    let (one, other) = (afterwards(&mut edited, now, &workload), afterwards(&mut fresh, now, &workload));
    let differs = one.into_iter().zip(other).find(|(one, other)| one != other)?;
    Some(format!("later:\n{}\nis not\n{}\nof\n{}", differs.0, differs.1, documents.join("\n---\n")))
}
