//! A request followed to its end and told hop by hop, its lookup included.

use std::hint::black_box;

use criterion::Criterion;
use serde_json::json;

use crate::manifests::{application, cluster, loaded, query};

const ONE_POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web-0, labels: {app: web}}\nspec: {containers: [{name: a, image: example/a, ports: [{containerPort: 8080}]}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n";

pub fn benchmarks(criterion: &mut Criterion) {
    let one = loaded(ONE_POD.into());
    let from_web = json!({"namespace": "default", "pod": "web-0"});
    for (name, playground, from, url) in [
        ("request/through the only Service, under 50 us", &one, from_web, "http://web/"),
        (
            "request/in an application of 12 workloads, under 50 us",
            &loaded(application()),
            json!({"workload": "Deployment/app-0"}),
            "http://app-11/",
        ),
        (
            "request/among 1,000 Services, under 20 us",
            &loaded(cluster(1_000, 10)),
            json!({"workload": "Deployment/app-0500"}),
            "http://app-0409/",
        ),
    ] {
        let query = query(json!({"kind": "request", "from": from, "to": {"url": url}}));
        let answer = serde_json::to_value(playground.query(&query).unwrap_or_else(|error| panic!("{error}"))).unwrap_or_default();
        assert_eq!(answer["outcome"], "response", "{url}: {answer}");
        criterion.bench_function(name, |bencher| bencher.iter(|| playground.query(black_box(&query))));
    }
}
