//! From manifests to a cluster at rest with its view.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use playground_wasm::dto::SourceFile;
use playground_wasm::playground::Playground;

use crate::manifests::{application, cluster, cluster_of_pods, files};

fn load(files: &[SourceFile]) -> Playground {
    let mut playground = Playground::default();
    playground.load(black_box(files));
    playground
}

pub fn benchmarks(criterion: &mut Criterion) {
    let small = files(application());
    criterion.bench_function("load/an application of 12 workloads, under 5 ms", |bencher| {
        bencher.iter(|| load(&small));
    });

    let mut group = criterion.benchmark_group("load");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let deployments = files(cluster(1_000, 10));
    group.bench_function("1,000 Services with Deployments of 10 pods, under 1 s", |bencher| {
        bencher.iter(|| load(&deployments));
    });
    let pods = files(cluster_of_pods(1_000, 10));
    group.bench_function("1,000 Services with 10 written-down pods each, under 1 s", |bencher| {
        bencher.iter(|| load(&pods));
    });
    group.finish();
}
