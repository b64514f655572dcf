//! What holds for a load, whatever happens to the cluster meanwhile: its figures add up, and asking changes nothing.

use playground_wasm::dto::{SourceFile, TrafficAnswer};
use playground_wasm::playground::Playground;
use playground_wasm::query::{Answer, Query};
use proptest::prelude::*;
use serde_json::json;

use crate::time::{actions, manifests};

fn ask(playground: &Playground, query: &Query) -> TrafficAnswer {
    match playground.query(query) {
        Ok(Answer::Traffic(answer)) => *answer,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_figures_add_up(text in manifests(), actions in actions(), begin in 0..20_000_u64, keep_alive: bool, connections in 1..5_u32) {
        let mut playground = Playground::default();
        playground.load(&[SourceFile { name: "a.yaml".into(), text }]);
        playground.seek(begin).unwrap();
        let mut query = Query::read(json!({"kind": "traffic", "from": {"workload": "StatefulSet/db"}, "to": {"url": "http://web/"}, "rate": 7,
            "seconds": 60.5, "keep_alive": keep_alive, "connections": connections})).unwrap();
        if let Query::Traffic(load) = &mut query {
            load.actions = Vec::new();
            load.scheduled = actions;
        }
        let answer = ask(&playground, &query);
        let failed: u32 = answer.failed.values().sum();
        prop_assert_eq!(answer.sent, answer.succeeded + failed);
        prop_assert!(answer.sent <= 424, "more than were due: {}", answer.sent);
        prop_assert_eq!(answer.by_backend.values().sum::<u32>(), answer.succeeded);
        prop_assert_eq!(answer.timeline.len(), 61);
        prop_assert_eq!(answer.timeline.iter().map(|second| second.sent).sum::<u32>(), answer.sent);
        prop_assert_eq!(answer.timeline.iter().map(|second| second.succeeded).sum::<u32>(), answer.succeeded);
        prop_assert_eq!(answer.timeline.iter().map(|second| second.failed).sum::<u32>(), failed);
        prop_assert_eq!(answer.first_failure.is_some(), failed > 0);
        if let Some(latency) = &answer.latency_ms {
            prop_assert!(latency.p50 <= latency.p90 && latency.p90 <= latency.p99 && latency.p99 <= latency.max);
            let mean: f64 = answer.latency_by_hop.iter().map(|hop| hop.ms).sum();
            prop_assert!(mean <= latency.max, "{mean} of {latency:?}");
        }
        prop_assert_eq!(&answer, &ask(&playground, &query));
        prop_assert_eq!(playground.seek(begin).unwrap().now_ms, begin);
    }
}
