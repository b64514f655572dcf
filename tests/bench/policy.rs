//! Who may reach whom in a whole cluster.

use std::hint::black_box;

use criterion::Criterion;
use serde_json::{Value, json};

use crate::manifests::{loaded, policies, query};

pub fn benchmarks(criterion: &mut Criterion) {
    let playground = loaded(policies());
    let pod =
        |number: u32| json!({"namespace": format!("team-{}", number / 100), "pod": format!("app-{}-{}", number / 10 % 10, number % 10)});
    let peers: Vec<Value> = (0..1_000).map(pod).collect();
    let ports = json!([{"protocol": "TCP", "port": 8080}, {"protocol": "TCP", "port": 9050}, {"protocol": "UDP", "port": 53}]);
    let query = query(json!({"kind": "policy_matrix", "peers": peers, "ports": ports}));
    let answer = serde_json::to_value(playground.query(&query).unwrap_or_else(|error| panic!("{error}"))).unwrap_or_default();
    let cells = answer["matrix"].as_array().into_iter().flatten().flat_map(|row| row.as_array().into_iter().flatten());
    let allowed: usize = cells.map(|cell| cell.as_str().unwrap_or_default().matches('1').count()).sum();
    assert!((1..3_000_000).contains(&allowed), "{allowed} of 3,000,000 are allowed");
    criterion.bench_function("policy/matrix of 1,000 pods and 3 ports under 150 policies, under 200 ms", |bencher| {
        bencher.iter(|| playground.query(black_box(&query)));
    });
}
