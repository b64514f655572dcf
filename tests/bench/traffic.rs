//! A minute of virtual time: an application of 500 pods with their probes, under a load that goes from one end of it to the other.

use std::hint::black_box;

use criterion::Criterion;
use serde_json::json;

use crate::manifests::{cluster, loaded, query};

pub fn benchmarks(criterion: &mut Criterion) {
    let playground = loaded(cluster(50, 10));
    let from = json!({"namespace": "default", "workload": "Deployment/app-0000"});
    let load = |keep_alive: bool| {
        json!({"kind": "traffic", "from": from, "to": {"url": "http://app-0001/"}, "rate": 100, "seconds": 60, "keep_alive": keep_alive,
            "connections": 10, "actions": [{"at": 20, "kill_pod": {"workload": "Deployment/app-0005"}}]})
    };
    let mut group = criterion.benchmark_group("traffic");
    group.sample_size(10);
    for (name, keep_alive) in [("a minute of 500 pods, under 1 s", false), ("the same with keep-alive, under 1 s", true)] {
        let query = query(load(keep_alive));
        let answer = serde_json::to_value(playground.query(&query).unwrap_or_else(|error| panic!("{error}"))).unwrap_or_default();
        assert_eq!(answer["sent"], 6_000, "{answer}");
        group.bench_function(name, |bencher| bencher.iter(|| playground.query(black_box(&query))));
    }
    group.finish();
}
