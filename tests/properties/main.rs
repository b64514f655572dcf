//! What holds for any cluster: rules that allow only ever add, the order of objects says nothing, a seed gives one history, and
//! a trace explains how it ended.
//!
//! The clusters of `world` have Services of every type, slices that somebody wrote, and policies; they are asked as everybody
//! asks, through `playground_wasm::simulate`.

#[cfg(test)]
mod ask;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod everyday;
#[cfg(test)]
mod time;
#[cfg(test)]
mod traffic;
#[cfg(test)]
mod world;

use ask::{answers, requests, simulate, without_places};
use playground_wasm::dto::SourceFile;
use playground_wasm::playground::Playground;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use world::{World, rule, worlds};

/// How much of the outcome of a request is a success.
fn succeeded(answer: &Value) -> bool {
    matches!(answer["outcome"].as_str(), Some("response" | "connected"))
}

/// Whether every `1` of the first matrix is a `1` of the second.
fn holds_all(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => before.iter().zip(after).all(|(before, after)| holds_all(before, after)),
        (Value::String(before), Value::String(after)) => before.chars().zip(after.chars()).all(|(before, after)| before <= after),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_an_allow_rule_never_removes_a_connection(world in worlds(), rule in rule(), at in any::<Index>()) {
        let Some(widened) = world.with_rule(at, &rule) else { return Ok(()) };
        let questions = world.questions();
        let (before, after) = (answers(&world.documents(), &questions), answers(&widened.documents(), &questions));
        for ((question, before), after) in questions.iter().zip(&before).zip(&after) {
            if succeeded(before) {
                prop_assert!(succeeded(after), "{question}: {} became {}: {}", before["outcome"], after["outcome"], after["detail"]);
            }
            if question["kind"] == "policy_matrix" {
                prop_assert!(holds_all(&before["matrix"], &after["matrix"]), "{} became {}", before["matrix"], after["matrix"]);
            }
        }
    }

    #[test]
    fn the_order_of_objects_never_matters((world, order) in worlds().prop_flat_map(|world| {
        let order = Just((0..world.documents().len()).collect::<Vec<_>>()).prop_shuffle();
        (Just(world), order)
    })) {
        let (documents, questions) = (world.documents(), world.questions());
        let shuffled: Vec<String> = order.iter().map(|&index| documents[index].clone()).collect();
        let (one, other) = (answers(&documents, &questions), answers(&shuffled, &questions));
        for ((question, one), other) in questions.iter().zip(one).zip(other) {
            prop_assert_eq!(without_places(one), without_places(other), "{}", question);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_trace(world in worlds(), seed in 0_u64..1_000) {
        let mut questions = world.questions();
        for question in questions.iter_mut().filter(|question| question["kind"] == "request") {
            question["seed"] = seed.into();
        }
        let line = || simulate(&world.documents(), &questions);
        prop_assert_eq!(line(), line());
    }

    #[test]
    fn each_of_many_requests_takes_the_course_that_is_told(world in worlds(), seed in 0_u64..1_000) {
        const COUNT: usize = 4;
        let mut questions = world.questions();
        questions.retain(|question| question["kind"] == "request");
        // Each as every one of the requests, then all of them in one.
        let mut asked = Vec::new();
        for question in &mut questions {
            question["seed"] = seed.into();
            question["count"] = COUNT.into();
            // Some of the names that are remembered are forgotten again in between.
            question["interval_ms"] = 4_000.into();
            let mut each: Vec<Value> = (0..=COUNT).map(|_| question.clone()).collect();
            (0..).zip(&mut each).for_each(|(number, question): (u64, _)| question["nth"] = number.into());
            each[COUNT]["courses"] = true.into();
            asked.extend(each);
        }
        let told = answers(&world.documents(), &asked);
        for (question, told) in questions.iter().zip(told.chunks(COUNT + 1)) {
            let (all, told) = told.split_last().unwrap();
            let taken = all["taken"].as_array().cloned().unwrap_or_default();
            prop_assert_eq!(taken.len(), COUNT, "{}", question);
            for (each, course) in told.iter().zip(taken) {
                prop_assert_eq!(each.get("distribution"), all.get("distribution"), "{}", question);
                let mut each = each.clone();
                each.as_object_mut().and_then(|each| each.remove("distribution"));
                prop_assert_eq!(&each, &all["courses"][usize::try_from(course.as_u64().unwrap()).unwrap()], "{}", question);
            }
        }
    }

    #[test]
    fn a_matrix_says_what_becomes_of_requests_to_pods_and_nodes(world in worlds()) {
        const PORTS: [u16; 2] = [8080, 9090];
        let (documents, peers) = (world.documents(), world.peers());
        let ports: Vec<Value> = PORTS.iter().map(|port| json!({"port": port})).collect();
        let told = answers(&documents, &[json!({"kind": "pods"}), json!({"kind": "policy_matrix", "peers": peers, "ports": ports})]);
        let pods = told[0]["pods"].as_array().cloned().unwrap_or_default();
        let address = |peer: &Value| {
            if let Some(number) = peer["node"].as_str().and_then(|node| node.strip_prefix("node-")) {
                return Some(format!("192.168.0.1{number}"));
            }
            let pod = pods.iter().find(|pod| pod["namespace"] == peer["namespace"] && pod["name"] == peer["pod"])?;
            pod["ip"].as_str().map(str::to_owned)
        };
        let (mut cells, mut requests) = (Vec::new(), Vec::new());
        for (row, from) in peers.iter().enumerate().filter(|(_, from)| address(from).is_some()) {
            for (column, ip) in peers.iter().enumerate().filter_map(|(column, to)| Some((column, address(to)?))) {
                for (index, port) in PORTS.iter().enumerate() {
                    cells.push(told[1]["matrix"][row][column].as_str().map(|cell| cell.as_bytes()[index] == b'1'));
                    requests.push(json!({"kind": "request", "from": from, "to": {"url": format!("tcp://{ip}:{port}")}}));
                }
            }
        }
        for ((request, passes), answer) in requests.iter().zip(cells).zip(answers(&documents, &requests)) {
            // What comes through is accepted or refused.
            prop_assert_eq!(passes, Some(answer["outcome"] != "timeout"), "{}: {}", request, answer["detail"]);
        }
    }

    #[test]
    fn the_last_hop_explains_the_outcome(world in worlds()) {
        let questions = world.questions();
        for (question, answer) in requests(&questions, &answers(&world.documents(), &questions)) {
            let last = answer["hops"].as_array().and_then(|hops| hops.last()).cloned().unwrap_or_default();
            let text = |field: &str| last[field].as_str().unwrap_or_default().to_owned();
            prop_assert_eq!(&last["end"], &answer["outcome"], "{}: {}", question, last);
            prop_assert!(!text("rule").is_empty(), "{question}: {last}");
            prop_assert!(!answer["headline"].as_str().unwrap_or_default().is_empty(), "{question}: no headline");
            prop_assert!(world.has(&text("actor")), "{question}: {} is nobody", text("actor"));
            // The world outside has addresses only, which say nothing to a person.
            if !succeeded(&answer) && !text("actor").starts_with("Outside/") {
                let name = text("actor").rsplit('/').next().unwrap_or_default().to_owned();
                let named = [text("title"), text("rule")].iter().any(|words| words.contains(&name));
                prop_assert!(named, "{question}: {last} does not name {name}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cluster_that_was_edited_is_that_of_its_text(world in worlds(), other in worlds(), edits in edits::edits()) {
        let difference = edits::difference(&edits::pairs(&world, &other), &edits, &world.questions());
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_application_that_was_edited_is_that_of_its_text((pairs, questions) in everyday::applications(), edits in edits::edits()) {
        let difference = edits::difference(&pairs, &edits, &questions);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_application_that_was_scaled_is_that_of_its_text((pairs, questions) in everyday::scaled_applications(), edits in edits::turns()) {
        let workloads = pairs.iter().filter(|(one, _)| one["spec"].get("replicas").is_some()).count();
        let difference = edits::difference_among(workloads, &pairs, &edits, &questions);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

/// The generator is worth something only while its clusters do all of it.
#[test]
fn the_clusters_answer_and_fail_in_every_way() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..60 {
        let world: World = worlds().new_tree(&mut runner).unwrap().current();
        let questions = world.questions();
        for (_, answer) in requests(&questions, &answers(&world.documents(), &questions)) {
            for field in ["outcome", "reason"] {
                seen.extend(answer[field].as_str().map(str::to_owned));
            }
        }
    }
    for expected in [
        "response",
        "refused",
        "timeout",
        "dns_timeout",
        "no-ready-endpoints",
        "selector-matches-nothing",
        "target-port-unserved",
        "target-port-name-unknown",
        "policy-blocks-reference",
        "policy-blocks-dns",
        "local-policy-no-endpoint",
        "endpoints-missing",
        "headless-port-mismatch",
    ] {
        assert!(seen.iter().any(|seen| seen == expected), "nothing ended with {expected}");
    }
}

/// So many pods tell more events than are kept.
#[test]
fn a_large_cluster_that_was_scaled_is_that_of_its_text() {
    let text = |scaled: usize, replicas: u32| -> Vec<SourceFile> {
        let documents = (0..30).map(|number| {
            let replicas = if number == scaled { replicas } else { 45 };
            let container = json!({"name": "main", "image": "example/app:1", "ports": [{"containerPort": 8080}]});
            let template = json!({"metadata": {"labels": {"app": number.to_string()}}, "spec": {"containers": [container]}});
            let spec = json!({"replicas": replicas, "selector": {"matchLabels": template["metadata"]["labels"]}, "template": template});
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": format!("app-{number:02}")}, "spec": spec})
                .to_string()
        });
        vec![SourceFile { name: "all.yaml".into(), text: documents.collect::<Vec<_>>().join("\n---\n") }]
    };
    let view = |playground: &mut Playground, files: &[SourceFile]| serde_json::to_string(playground.load(files)).unwrap();
    let mut edited = Playground::default();
    edited.load(&text(0, 45));
    for (scaled, replicas) in [(0, 50), (0, 40), (0, 45), (17, 44), (17, 46), (29, 60)] {
        let files = text(scaled, replicas);
        let (one, fresh) = (view(&mut edited, &files), view(&mut Playground::default(), &files));
        assert!(one == fresh, "app-{scaled:02} with {replicas} replicas");
    }
}

#[test]
fn a_switch_in_a_comment_counts_as_soon_as_it_is_written() {
    let text = |comment: &str| {
        let spec = format!(
            "containers:\n      - name: web\n        image: example/web:1\n        env:\n        {comment}\n        - name: ASSISTANT_ADDR\n          value: assistant:80"
        );
        let template = format!("metadata: {{labels: {{app: web}}}}\n    spec:\n      {spec}");
        let head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}";
        [SourceFile { name: "a.yaml".into(), text: format!("{head}\n  template:\n    {template}\n") }]
    };
    let (without, with) = (text("# - nome: ENABLE_ASSISTANT"), text("# - name: ENABLE_ASSISTANT"));
    let mut playground = Playground::default();
    playground.load(&without);
    for files in [&with, &without] {
        let edited = playground.load(files).diagnostics.clone();
        assert_eq!(edited, Playground::default().load(files).diagnostics);
    }
    let codes = |files: &[SourceFile]| -> Vec<_> {
        Playground::default().load(files).diagnostics.iter().map(|told| (told.code.clone(), told.severity)).collect()
    };
    assert_ne!(codes(&with), codes(&without), "the comment makes a difference");
}
