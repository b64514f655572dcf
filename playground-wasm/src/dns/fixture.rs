//! A small cluster for the tests of this module, built without manifests.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

use crate::behavior::{App, ContainerBehavior, Listener};
use crate::cluster::{Cluster, Conditions, Node, NodeId, ObjectRef, Phase, Pod, Service, ServiceId, WorkloadId};
use crate::model::{
    Affinity, ClaimedStatus, ClusterIps, DnsConfig, DnsPolicy, Endpoint, EndpointPort, EndpointSlice, Labels, Meta, PodSpec, PortRef,
    Protocol, RestartPolicy, Service as ServiceSpec, ServicePort, ServiceType, Template, TrafficPolicy,
};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn meta(namespace: &str, name: &str) -> Meta {
    Meta { namespace: namespace.into(), name: name.into(), ..Meta::default() }
}

/// A Service of namespace `shop` with TCP ports; no addresses make it headless.
fn service(name: &str, addresses: &[&str], ports: &[(&str, u16)]) -> Service {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| ip(text)).collect();
    let port = |&(name, port): &(&str, u16)| ServicePort {
        name: name.into(),
        port,
        protocol: Protocol::Tcp,
        target: PortRef::Number(port),
        node_port: None,
        app_protocol: None,
    };
    let spec = ServiceSpec {
        meta: meta("shop", name),
        service_type: ServiceType::ClusterIp,
        selector: None,
        cluster_ips: if addresses.is_empty() { ClusterIps::Headless } else { ClusterIps::Auto },
        ip_families: Vec::new(),
        dual_stack: false,
        ports: ports.iter().map(port).collect(),
        external_ips: Vec::new(),
        external_traffic_policy: TrafficPolicy::Cluster,
        internal_traffic_policy: TrafficPolicy::Cluster,
        load_balancer_class: None,
        load_balancer_ip: None,
        load_balancer_source_ranges: Vec::new(),
        load_balancer_status: None,
        allocate_node_ports: true,
        health_check_node_port: None,
        publish_not_ready_addresses: false,
        session_affinity: None,
        traffic_distribution: None,
    };
    Service {
        node_ports: vec![None; spec.ports.len()],
        spec: Rc::new(spec),
        object: ObjectRef(0),
        cluster_ips: addresses,
        load_balancer: Vec::new(),
        slices: Vec::new(),
        programmed: Vec::new(),
        slices_given: false,
        health_check_node_port: None,
    }
}

fn external(name: &str, target: &str) -> Service {
    let mut service = service(name, &[], &[("http", 80)]);
    let spec = ServiceSpec {
        service_type: ServiceType::ExternalName(target.into()),
        cluster_ips: ClusterIps::Auto,
        ..ServiceSpec::clone(&service.spec)
    };
    service.spec = Rc::new(spec);
    service
}

/// A slice of endpoints written `address`, `address=hostname` or `!address` for one that is not ready.
fn slice(service: &mut Service, ports: &[(&str, Option<u16>)], endpoints: &[&str]) {
    let endpoint = |text: &&str| {
        let (rest, ready) = text.strip_prefix('!').map_or((*text, true), |rest| (rest, false));
        let (address, hostname) = rest.split_once('=').map_or((rest, None), |(address, hostname)| (address, Some(hostname.to_owned())));
        Endpoint {
            addresses: vec![ip(address)],
            ready,
            serving: ready,
            terminating: false,
            hostname,
            node: None,
            zone: None,
            pod: None,
            zone_hints: None,
            node_hints: None,
        }
    };
    let port = |&(name, port): &(&str, Option<u16>)| EndpointPort { name: name.into(), port, protocol: Protocol::Tcp };
    service.slices.push(Rc::new(EndpointSlice {
        meta: meta(&service.spec.meta.namespace, "made"),
        service: Some(service.spec.meta.name.clone()),
        ports: ports.iter().map(port).collect(),
        endpoints: endpoints.iter().map(endpoint).collect(),
        names: Vec::new(),
    }));
}

/// A pod of namespace `shop`.
pub(super) fn pod(name: &str, address: &str, change: impl FnOnce(&mut PodSpec)) -> Pod {
    let mut spec = PodSpec {
        containers: Vec::new(),
        node_name: None,
        node_selector: Labels::new(),
        node_terms: None,
        affinity: Affinity::default(),
        tolerations: Vec::new(),
        host_network: false,
        host_aliases: Vec::new(),
        hostname: None,
        hostname_override: None,
        subdomain: None,
        hostname_as_fqdn: false,
        dns_policy: DnsPolicy::ClusterFirst,
        dns_config: DnsConfig::default(),
        restart_policy: RestartPolicy::Always,
        readiness_gates: Vec::new(),
        gated: false,
        service_account: "default".into(),
        enable_service_links: true,
        termination_grace: 30,
        volumes: Vec::new(),
    };
    change(&mut spec);
    let template = Template { labels: Labels::new(), annotations: Labels::new(), spec, hash: 0 };
    Pod {
        meta: meta("shop", name),
        workload: WorkloadId(0),
        object: ObjectRef(0),
        number: 0,
        template: Rc::new(template),
        node: Some(NodeId(0)),
        meant_for: None,
        ips: vec![ip(address)],
        phase: Phase::Running,
        ready: true,
        terminating: false,
        gone: false,
        has_sandbox: true,
        created_at: 0,
        deletion: None,
        revision: 0,
        conditions: Conditions::default(),
        reason: "",
        why: String::new(),
        containers: Vec::new(),
        behavior: Rc::new([]),
        hostname: name.into(),
        given_hostname: None,
        subdomain: None,
        claimed: ClaimedStatus::default(),
    }
}

/// Namespaces `shop`, `team` and `kube-system`; kube-dns in front of one CoreDNS pod, and in `shop` Services of every kind.
pub(super) fn cluster() -> Cluster {
    let http = [("http", 80)];
    let mut web = service("web", &["10.96.7.1"], &http);
    slice(&mut web, &[("http", Some(8080))], &["10.244.1.2=front", "10.244.1.9=both", "!10.244.1.8"]);
    slice(&mut web, &[("http", Some(8080))], &["10.244.1.2=front"]);
    let mut peers = service("peers", &[], &http);
    slice(&mut peers, &[("http", Some(8080))], &["10.244.1.3", "10.244.2.3", "10.244.2.4=twin", "10.244.2.5=twin", "!10.244.2.6"]);
    slice(&mut peers, &[("http", Some(8080))], &["fd00:10:244::3", "fd00:10:244::"]);
    slice(&mut peers, &[("http", Some(8080))], &["10.244.1.9=both"]);
    let mut bare = service("bare", &[], &[]);
    slice(&mut bare, &[], &["10.244.1.20"]);
    let mut waiting = service("waiting", &[], &http);
    slice(&mut waiting, &[("http", Some(8080))], &["!10.244.1.30"]);
    let mut multi = service("multi", &[], &[("http", 80), ("grpc", 90)]);
    slice(&mut multi, &[("http", Some(8080)), ("grpc", Some(9090))], &["10.244.1.40=m-0", "10.244.1.41=m-1", "10.244.1.42=m-2"]);
    let mut kube_dns = service("kube-dns", &["10.96.0.10"], &[("dns", 53)]);
    kube_dns.spec = Rc::new(ServiceSpec { meta: meta("kube-system", "kube-dns"), ..ServiceSpec::clone(&kube_dns.spec) });
    slice(&mut kube_dns, &[("dns", Some(53))], &["10.244.3.2"]);
    let services = vec![
        kube_dns,
        external("alias", "web.shop.svc.cluster.local"),
        external("alias-gone", "gone.shop.svc.cluster.local"),
        bare,
        external("docs", "docs.example.com"),
        service("dual", &["10.96.7.3", "fd00:10:96::3"], &http),
        service("empty", &["10.96.7.2"], &http),
        external("lost", "nowhere.test"),
        external("loop-a", "loop-b.shop.svc.cluster.local"),
        external("loop-b", "loop-a.shop.svc.cluster.local"),
        multi,
        external("number", "10.1.2.3"),
        peers,
        service("six", &["fd00:10:96::6"], &http),
        waiting,
        web,
    ];
    let key = |service: &Service| (service.spec.meta.namespace.clone(), service.spec.meta.name.clone());
    let mut dns = pod("coredns", "10.244.3.2", |spec| spec.dns_policy = DnsPolicy::Default);
    dns.meta.namespace = "kube-system".into();
    let listener = Listener { port: 53, protocol: Protocol::Udp, address: None, app: App::Dns, origin: Vec::new() };
    dns.behavior = Rc::new([ContainerBehavior { listeners: vec![listener], ..ContainerBehavior::default() }]);
    let namespaces = ["kube-system", "shop", "team", "dev"].map(|name| (name.to_owned(), Labels::new()));
    Cluster {
        namespaces: BTreeMap::from(namespaces),
        nodes: vec![Node {
            name: "node-1".into(),
            labels: Labels::new(),
            taints: Vec::new(),
            cpu_millis: 4_000,
            ips: vec![ip("192.168.0.11")],
            pod_cidrs: Vec::new(),
            ready: true,
            up: true,
            object: None,
        }],
        pods: vec![dns],
        service_names: services.iter().zip(0..).map(|(service, index)| (key(service), ServiceId(index))).collect(),
        services,
        ..Cluster::default()
    }
}
