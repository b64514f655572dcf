//! One object edited: the text is loaded again, and only what depends on it is made anew.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use playground_wasm::dto::SourceFile;
use playground_wasm::playground::Playground;

use crate::manifests::{application, cluster, files};

/// An edit: what it replaces, and by what in turns.
struct Edit {
    what: &'static str,
    old: &'static str,
    new: [&'static str; 2],
}

/// Each in the 500th application of a cluster.
const EDITS: [Edit; 7] = [
    Edit {
        what: "a comment",
        old: "  name: app-0500\nspec:\n  type:",
        new: ["  name: app-0500 # a\nspec:\n  type:", "  name: app-0500 # b\nspec:\n  type:"],
    },
    Edit {
        what: "a Service's selector",
        old: "  selector:\n    app: app-0500\n  ports",
        new: ["  selector:\n    app: app-0501\n  ports", "  selector:\n    app: app-0502\n  ports"],
    },
    Edit {
        what: "a Service's target port",
        old: "    app: app-0500\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8080",
        new: [
            "    app: app-0500\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8081",
            "    app: app-0500\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8082",
        ],
    },
    Edit {
        what: "a NetworkPolicy",
        old: "          app: app-0501 # may call app-0500",
        new: ["          app: app-0502", "          app: app-0503"],
    },
    Edit { what: "a ConfigMap", old: "  greeting: hello # of app-0500", new: ["  greeting: hi", "  greeting: good morning"] },
    Edit {
        what: "a pod template",
        old: "image: registry.example/app-0500:1",
        new: ["image: registry.example/app-0500:2", "image: registry.example/app-0500:3"],
    },
    Edit {
        what: "replicas",
        old: "  name: app-0500\n  labels:\n    app: app-0500\nspec:\n  replicas: 10",
        new: [
            "  name: app-0500\n  labels:\n    app: app-0500\nspec:\n  replicas: 9",
            "  name: app-0500\n  labels:\n    app: app-0500\nspec:\n  replicas: 11",
        ],
    },
];

/// What the cluster has besides its applications.
const BESIDES: &str = "apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: app-0500
spec:
  podSelector:
    matchLabels:
      app: app-0500
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: app-0501 # may call app-0500
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: app-0500
data:
  greeting: hello # of app-0500
---
";

pub fn benchmarks(criterion: &mut Criterion) {
    let small = files(application());
    let turns = [0, 1].map(|turn| files(format!("{}# {turn}", small[0].text)));
    keystroke(criterion, "an application of 12 workloads, under 5 ms", &small, &turns);

    let large = cluster(1_000, 10) + BESIDES;
    for Edit { what, old, new } in &EDITS {
        assert_eq!(large.matches(old).count(), 1, "{what}");
        let turns = new.map(|new| files(large.replacen(old, new, 1)));
        keystroke(criterion, &format!("{what} among 1,000 Services, under 5 ms"), &files(large.clone()), &turns);
    }
}

fn keystroke(criterion: &mut Criterion, name: &str, before: &[SourceFile], turns: &[Vec<SourceFile>; 2]) {
    let mut playground = Playground::default();
    playground.load(before);
    let mut turn = 0;
    let mut group = criterion.benchmark_group("edit");
    group.sample_size(20).measurement_time(Duration::from_secs(5));
    group.bench_function(name, |bencher| {
        bencher.iter_batched(
            || {
                turn += 1;
                &turns[turn % 2]
            },
            |files| {
                black_box(playground.load(black_box(files)));
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}
