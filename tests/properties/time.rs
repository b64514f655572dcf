//! What holds for time: its portions make no history, going back and on again gives the same one, and traffic reaches those who
//! are published.

use playground_wasm::control::{Action, Change, Simulation};
use playground_wasm::dto::{Moment, SourceFile};
use playground_wasm::load::Loader;
use playground_wasm::playground::Playground;
use playground_wasm::view::moment;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

const END: u64 = 90_000;

/// A Deployment with its Service, a StatefulSet, a Job, and a ReplicaSet of which a kubelet refuses all pods but one, beside a pod that it
/// may adopt; of the settings that time shows.
pub fn manifests() -> impl Strategy<Value = String> {
    let probe = select(vec![
        "",
        "readinessProbe: {httpGet: {port: 8080}, periodSeconds: 3, initialDelaySeconds: 1}",
        "readinessProbe: {tcpSocket: {port: 9}}",
        "livenessProbe: {tcpSocket: {port: 9}, periodSeconds: 4, failureThreshold: 2}",
        "lifecycle: {preStop: {sleep: {seconds: 3}}}",
        "startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 2}",
        "lifecycle: {postStart: {httpGet: {port: 8080}}, preStop: {httpGet: {port: 9}}}",
        "lifecycle: {postStart: {exec: {command: [sh, -c, 'sleep 2; exit 1']}}, preStop: {sleep: {seconds: 2}}}",
    ]);
    let placed = select(vec!["{app: set}", "{app: other}"]);
    let strategy = select(vec!["{}", "{type: Recreate}", "{rollingUpdate: {maxSurge: 0, maxUnavailable: 1}}"]);
    (1..4_u32, probe, strategy, 1..3_u32, placed).prop_map(|(replicas, probe, strategy, version, labels)| {
        format!(
            "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: {replicas}
  strategy: {strategy}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: web
        image: example/web:{version}
        ports: [{{containerPort: 8080}}]
        {probe}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80, targetPort: 8080}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec:
  replicas: {replicas}
  serviceName: db
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: example/db:{version}}}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {{name: job}}
spec: {{ttlSecondsAfterFinished: 7, template: {{spec: {{restartPolicy: Never, containers: [{{name: job, image: example/job:1}}]}}}}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {{name: set}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: set}}}}
  template:
    metadata: {{labels: {{app: set}}}}
    spec:
      nodeName: node-1
      containers: [{{name: set, image: example/set:1, ports: [{{containerPort: 80, hostPort: 80}}]}}]
---
apiVersion: v1
kind: Pod
metadata: {{name: bare, labels: {labels}}}
spec: {{containers: [{{name: set, image: example/set:1}}]}}
"
        )
    })
}

fn change() -> impl Strategy<Value = Change> {
    let read = |value: serde_json::Value| Change::read(&value).unwrap();
    prop_oneof![
        manifests().prop_map(Change::Apply),
        (0..5_u32).prop_map(move |replicas| read(json!({"scale": {"workload": "Deployment/web", "replicas": replicas}}))),
        (0..4_u32).prop_map(move |replicas| read(json!({"scale": {"workload": "StatefulSet/db", "replicas": replicas}}))),
        select(vec!["Deployment/web", "StatefulSet/db"]).prop_map(move |of| read(json!({"delete": {"kind": "Pod", "workload": of}}))),
        select(vec!["Deployment/web", "StatefulSet/db"]).prop_map(move |of| read(json!({"kill_pod": {"workload": of}}))),
        select(vec!["node-1", "node-2"]).prop_map(move |node| read(json!({"fail_node": node}))),
        select(vec!["node-1", "node-2"]).prop_map(move |node| read(json!({"recover_node": node}))),
        Just(read(json!({"delete": "Service/default/web"}))),
        (0..3_u32).prop_map(move |replicas| read(json!({"scale": {"workload": "ReplicaSet/set", "replicas": replicas}}))),
        select(vec!["[]", "[{key: repair, effect: NoExecute}]"]).prop_map(|taints| {
            Change::Apply(format!("apiVersion: v1\nkind: Node\nmetadata: {{name: node-2}}\nspec: {{taints: {taints}}}"))
        }),
    ]
}

pub fn actions() -> impl Strategy<Value = Vec<Action>> {
    vec((0..END / 500, change()), 0..6).prop_map(|mut actions| {
        actions.sort_by_key(|(at, _)| *at);
        actions.into_iter().map(|(at, change)| Action { at: at * 500, change }).collect()
    })
}

fn simulation(text: &str) -> Simulation {
    let loaded = Loader::default().load(&[SourceFile { name: "a.yaml".into(), text: text.into() }]);
    Simulation::new(&loaded.objects, playground_wasm::cluster::Config::default())
}

/// Runs through the actions to a time, stopping at these times as well; `look` sees the cluster at each stop.
fn run(text: &str, actions: &[Action], stops: &[u64], mut look: impl FnMut(&Simulation)) -> Moment {
    let mut simulation = simulation(text);
    let mut stops: Vec<u64> = stops.to_vec();
    stops.sort_unstable();
    for action in actions {
        for &stop in stops.iter().filter(|&&stop| stop < action.at) {
            simulation.run_until(stop.max(simulation.now()));
            look(&simulation);
        }
        simulation.run_until(action.at);
        simulation.act(&action.change);
    }
    for &stop in &stops {
        simulation.run_until(stop.max(simulation.now()));
        look(&simulation);
    }
    simulation.run_until(END);
    moment(&simulation, Vec::new())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_portions_of_time_make_no_history(text in manifests(), actions in actions(), stops in vec(0..END, 0..40)) {
        let whole = run(&text, &actions, &[], |_| ());
        let mut next = Vec::new();
        let parts = run(&text, &actions, &stops, |simulation| next.extend(simulation.next_event_at().filter(|&at| at <= simulation.now())));
        prop_assert_eq!(whole, parts);
        prop_assert!(next.is_empty(), "due and not done: {:?}", next);
    }

    #[test]
    fn going_back_and_on_again_gives_the_same(text in manifests(), actions in actions(), back in 0..END, stops in vec(0..END, 0..6)) {
        let mut playground = Playground::default();
        playground.load(&[SourceFile { name: "a.yaml".into(), text }]);
        playground.seek(0).unwrap();
        for action in &actions {
            playground.seek(action.at).unwrap();
            playground.act(action.change.clone()).unwrap();
        }
        let there = playground.seek(END).unwrap();
        playground.seek(back).unwrap();
        for stop in stops {
            playground.seek(stop).unwrap();
        }
        prop_assert_eq!(there, playground.seek(END).unwrap());
    }

    #[test]
    fn a_phase_never_goes_back_from_its_end(text in manifests(), actions in actions()) {
        let stops: Vec<u64> = (0..END / 250).map(|step| step * 250).collect();
        let mut ended: std::collections::BTreeMap<u32, String> = std::collections::BTreeMap::new();
        let mut wrong = Vec::new();
        run(&text, &actions, &stops, |simulation| {
            for (id, pod) in simulation.cluster().pods() {
                let phase = format!("{:?}", pod.phase);
                if let Some(before) = ended.get(&id.0).filter(|before| **before != phase) {
                    wrong.push(format!("{} was {before} and is {phase}", pod.meta.name));
                }
                if matches!(phase.as_str(), "Succeeded" | "Failed") {
                    ended.insert(id.0, phase.clone());
                }
                if pod.ready != pod.conditions.ready.holds || pod.ready && phase != "Running" {
                    wrong.push(format!("{} is {phase}, ready {} and {:?}", pod.meta.name, pod.ready, pod.conditions));
                }
            }
        });
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// A pod that is not ready, or ends, is an endpoint for at most the time that the controller and a kube-proxy need: 100 ms for
    /// the slice, and the proxy's `minSyncPeriod` of a second with the 100 ms it writes.
    #[test]
    fn who_is_not_published_is_programmed_for_a_moment_only(text in manifests(), actions in actions()) {
        let stops: Vec<u64> = (0..END / 100).map(|step| step * 100).collect();
        let mut since: std::collections::BTreeMap<std::net::IpAddr, u64> = std::collections::BTreeMap::new();
        let mut wrong = Vec::new();
        run(&text, &actions, &stops, |simulation| {
            let cluster = simulation.cluster();
            let Some(service) = cluster.find_service("default", "web") else { return };
            let fit = |ip: &std::net::IpAddr| cluster.pods().any(|(_, pod)| pod.ready && !pod.terminating && pod.ips.contains(ip));
            let endpoints = cluster.service(service).programmed.iter().flat_map(|slice| &slice.endpoints);
            let used: Vec<std::net::IpAddr> = endpoints.filter(|endpoint| endpoint.ready).flat_map(|endpoint| endpoint.addresses.clone()).collect();
            since.retain(|ip, _| used.contains(ip) && !fit(ip));
            for ip in used.into_iter().filter(|ip| !fit(ip)) {
                let from = *since.entry(ip).or_insert(simulation.now());
                if simulation.now() - from > 1_200 {
                    wrong.push(format!("{ip} at {}", simulation.now()));
                }
            }
        });
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
