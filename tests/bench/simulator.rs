//! How fast a pasted application is read and a request is followed, on manifests of the size of a real demo.
//!
//! `PODHOP_BENCH_MANIFEST` names another file to measure, such as an application of one's own.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use playground_wasm::dto::SourceFile;
use playground_wasm::playground::Playground;
use playground_wasm::query::Query;

/// Twelve Deployments with probes and a Service each; the first is exposed and calls the others.
fn application() -> String {
    if let Ok(path) = std::env::var("PODHOP_BENCH_MANIFEST") {
        return std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let mut text = String::new();
    for number in 0..12 {
        let kind = if number == 0 { "LoadBalancer" } else { "ClusterIP" };
        let _ = write!(
            text,
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{number}\n  labels: {{app: app-{number}}}\nspec:\n  selector:\n    matchLabels: {{app: app-{number}}}\n  template:\n    metadata:\n      labels: {{app: app-{number}}}\n    spec:\n      containers:\n      - name: server\n        image: registry.example/app-{number}:1\n        ports:\n        - containerPort: 8080\n        readinessProbe:\n          httpGet: {{path: /health, port: 8080}}\n        livenessProbe:\n          httpGet: {{path: /health, port: 8080}}\n        env:\n"
        );
        let callees = if number == 0 { 1..12 } else { (number + 1).min(12)..(number + 2).min(12) };
        let _ = writeln!(text, "        - {{name: PORT, value: \"8080\"}}");
        for callee in callees {
            let _ = writeln!(text, "        - {{name: APP_{callee}_ADDR, value: \"app-{callee}:80\"}}");
        }
        let _ = write!(
            text,
            "        resources:\n          requests: {{cpu: 100m, memory: 64Mi}}\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: app-{number}\nspec:\n  type: {kind}\n  selector: {{app: app-{number}}}\n  ports:\n  - {{name: http, port: 80, targetPort: 8080}}\n---\n"
        );
    }
    text
}

fn files(text: String) -> Vec<SourceFile> {
    vec![SourceFile { name: "app.yaml".into(), text }]
}

fn benchmarks(criterion: &mut Criterion) {
    let files = files(application());
    criterion
        .bench_function("load an application of 12 workloads", |bencher| bencher.iter(|| Playground::default().load(black_box(&files))));

    let mut warm = Playground::default();
    warm.load(&files);
    let mut edited = files.clone();
    let mut turn = 0_u32;
    criterion.bench_function("load it again after a keystroke", |bencher| {
        bencher.iter(|| {
            turn += 1;
            edited[0].text.truncate(files[0].text.len());
            let _ = write!(edited[0].text, "# {turn}");
            warm.load(black_box(&edited))
        });
    });

    let one = warm_with(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: a, image: example/a, ports: [{containerPort: 8080}]}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n",
    );
    let query = serde_json::json!({"kind": "request", "from": {"namespace": "default", "pod": "web"}, "to": {"url": "http://web/"}});
    let query = Query::read(query).unwrap_or_else(|error| panic!("{error}"));
    criterion
        .bench_function("trace a request through a Service, its lookup included", |bencher| bencher.iter(|| one.query(black_box(&query))));
}

fn warm_with(text: &str) -> Playground {
    let mut playground = Playground::default();
    playground.load(&files(text.to_owned()));
    playground
}

criterion_group!(all, benchmarks);
criterion_main!(all);
