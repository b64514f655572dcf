use super::super::environment::Environment;
use super::super::test_container;
use super::*;
use crate::model::{ContainerPort, Mount};
use crate::text::path_string;

struct Case {
    image: &'static str,
    command: &'static [&'static str],
    args: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    mounts: &'static [&'static str],
    /// What listens, or `declared`.
    want: &'static str,
}

const DEFAULT: Case = Case { image: "acme/app", command: &[], args: &[], env: &[], mounts: &[], want: "declared" };

fn opened(case: &Case) -> String {
    let mut container = test_container("c", case.image);
    container.command = case.command.iter().map(ToString::to_string).collect();
    container.args = case.args.iter().map(ToString::to_string).collect();
    let mount = |path: &&str| Mount { name: "v".into(), path: (*path).into(), sub_path: String::new(), read_only: false };
    container.mounts = case.mounts.iter().map(mount).collect();
    let declared = ContainerPort { name: None, port: 1, protocol: Protocol::Tcp, host_port: None, host_ip: None };
    container.ports.push(declared);
    let env = case
        .env
        .iter()
        .map(|(name, value)| Variable { name: (*name).into(), value: (*value).into(), origin: vec![Step::from("env")] })
        .collect();
    let spec = [Step::from("spec")];
    let subject = Subject { container: &container, spec: &spec, env: &env, annotated: None };
    let line = command::words(&container, &env);
    let Some(listeners) = listeners(&subject, &line) else { return "declared".into() };
    let shown = listeners.iter().map(|l| {
        let address = l.address.map(|address| format!("{address}:")).unwrap_or_default();
        let app = match &l.app {
            App::Http(Respond { status: 200, body, .. }) if body.is_empty() => String::new(),
            App::Http(Respond { status, body, .. }) => format!(" {status} {body:?}"),
            App::Raw => " raw".into(),
            App::Dns => " dns".into(),
            App::Proxy(sites) => format!(
                " to {}",
                sites.iter().flat_map(super::super::Site::targets).map(|target| target.text.as_str()).collect::<Vec<_>>().join(", ")
            ),
        };
        let protocol = if l.protocol == Protocol::Tcp { String::new() } else { format!("/{}", l.protocol) };
        format!("{address}{}{protocol}{app}", l.port)
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_declared_port_is_believed_beside_a_known_one_only() {
    let open = |ports: &[u16]| {
        let mut container = test_container("c", "nginx");
        let declared = |&port: &u16| ContainerPort { name: None, port, protocol: Protocol::Tcp, host_port: None, host_ip: None };
        container.ports = ports.iter().map(declared).collect();
        let env = Environment::default();
        let spec = [Step::from("spec")];
        let subject = Subject { container: &container, spec: &spec, env: &env, annotated: None };
        let listeners = listeners(&subject, &[]).unwrap();
        listeners.iter().map(|listener| listener.port).collect::<Vec<_>>()
    };
    assert_eq!(open(&[]), [80]);
    assert_eq!(open(&[8080]), [80]);
    assert_eq!(open(&[80, 443]), [80, 443]);
}

#[test]
fn images_listen_where_their_documentation_says() {
    for (image, want) in [
        ("nginx", "80"),
        ("docker.io/library/nginx:1.27@sha256:00", "80"),
        ("nginxinc/nginx-unprivileged:stable", "8080"),
        ("registry.k8s.io/nginx-slim:0.27", "80"),
        ("bitnami/nginx", "8080"),
        ("httpd:2.4", "80"),
        ("caddy", "80"),
        ("traefik:v3", "80"),
        ("traefik/whoami", "80"),
        ("hashicorp/http-echo:1.0", "5678"),
        ("kennethreitz/httpbin", "80"),
        ("mccutchen/go-httpbin", "8080"),
        ("gcr.io/google-samples/hello-app:1.0", "8080"),
        ("us-docker.pkg.dev/google-samples/containers/gke/hello-app:2.0", "8080"),
        ("gcr.io/google_samples/gb-frontend:v5", "80"),
        ("gcr.io/google_samples/gb-redisslave:v1", "6379 raw"),
        ("registry.k8s.io/redis:e2e", "6379 raw"),
        ("valkey/valkey:8", "6379 raw"),
        ("memcached", "11211 raw"),
        ("docker.io/istio/examples-bookinfo-mysqldb:1.20", "3306 raw"),
        ("docker.io/istio/examples-bookinfo-mongodb:1.20", "27017 raw"),
        ("docker.io/istio/examples-bookinfo-reviews-v1:1.20", "9080"),
        ("registry.k8s.io/ingress-nginx/controller:v1.15.0", "80, 443, 10254"),
        ("postgres:17", "5432 raw"),
        ("mysql:8", "3306 raw"),
        ("mariadb", "3306 raw"),
        ("mongo", "27017 raw"),
        ("rabbitmq:4", "5672 raw, 15692, 4369 raw, 25672 raw"),
        ("rabbitmq:4-management", "5672 raw, 15672, 15692, 4369 raw, 25672 raw"),
        ("nats:2", "4222 raw, 8222"),
        ("apache/kafka", "9092 raw"),
        ("docker.elastic.co/elasticsearch/elasticsearch:9.0.0", "9200, 9300 raw"),
        ("registry.k8s.io/etcd:3.5", "127.0.0.1:2379, 127.0.0.1:2380"),
        ("quay.io/minio/minio", "9000"),
        ("quay.io/prometheus/prometheus", "9090"),
        ("grafana/grafana", "3000"),
        ("envoyproxy/envoy:v1.33", "10000, 9901"),
        ("registry.k8s.io/coredns/coredns:v1.12.0", "53/UDP dns, 53 dns, 9153, 8080, 8181"),
        ("docker.io/istio/examples-bookinfo-reviews-v1:1.20", "9080"),
        ("php:8-apache", "80"),
        ("php:8-fpm", "9000 raw"),
        ("php:8-cli", ""),
        ("registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0", "3000, 3001"),
        ("registry.k8s.io/ingressconformance/echoserver:v0.0.1", "3000"),
        // Nothing runs in these, or a subcommand is missing: the manifest is a sketch, and its ports are all it says.
        ("busybox:1.36", "declared"),
        ("registry.k8s.io/e2e-test-images/agnhost:2.43", "declared"),
        ("acme/nginx", "declared"),
        ("mynginx", "declared"),
    ] {
        assert_eq!(opened(&Case { image, ..DEFAULT }), want, "{image}");
    }
}

#[test]
fn arguments_and_environment_move_ports() {
    for case in [
        Case { image: "redis", args: &["--port", "6380"], want: "6380 raw", ..DEFAULT },
        Case { image: "redis", args: &["redis-server", "--port", "6380", "--bind", "127.0.0.1"], want: "127.0.0.1:6380 raw", ..DEFAULT },
        Case { image: "redis", args: &["--bind", "127.0.0.1 -::1"], want: "127.0.0.1:6379 raw", ..DEFAULT },
        Case { image: "redis", args: &["--port", "0"], want: "", ..DEFAULT },
        Case { image: "redis", command: &["redis-server", "/etc/redis.conf"], want: "declared", ..DEFAULT },
        Case { image: "acme/cache", command: &["/usr/bin/redis-server", "--port=7000"], want: "7000 raw", ..DEFAULT },
        Case { image: "hashicorp/http-echo", args: &["-listen=:8080", "-text=hi"], want: "8080 200 \"hi\\n\"", ..DEFAULT },
        Case {
            image: "hashicorp/http-echo",
            args: &["-listen", "127.0.0.1:5678", "-status-code=503"],
            want: "127.0.0.1:5678 503 \"\"",
            ..DEFAULT
        },
        Case { image: "traefik/whoami", args: &["--port", "8080"], want: "8080", ..DEFAULT },
        Case { image: "traefik/whoami", env: &[("WHOAMI_PORT_NUMBER", "8081")], want: "8081", ..DEFAULT },
        Case { image: "postgres", env: &[("PGPORT", "5433")], want: "5433 raw", ..DEFAULT },
        Case { image: "postgres", args: &["-c", "port=5434"], env: &[("PGPORT", "5433")], want: "5434 raw", ..DEFAULT },
        Case { image: "memcached", args: &["-m", "64", "-p11212"], want: "11212 raw", ..DEFAULT },
        Case { image: "mongo", args: &["mongod", "--bind_ip", "localhost,mongo-0.mongo"], want: "27017 raw", ..DEFAULT },
        Case { image: "nginx", mounts: &["/etc/nginx/conf.d"], want: "declared", ..DEFAULT },
        Case { image: "nginx", mounts: &["/etc"], want: "declared", ..DEFAULT },
        Case { image: "nginx", mounts: &["/usr/share/nginx/html", "/etc/nginx-extra"], want: "80", ..DEFAULT },
        Case { image: "nginx", args: &["nginx", "-g", "daemon off;"], want: "80", ..DEFAULT },
        Case { image: "nginx", args: &["nginx-debug", "-g", "daemon off;"], want: "80", ..DEFAULT },
        Case { image: "nginxinc/nginx-unprivileged", command: &["nginx", "-g", "daemon off;"], want: "8080", ..DEFAULT },
        Case { image: "traefik", args: &["--entryPoints.web.address=:8000"], want: "declared", ..DEFAULT },
        Case { image: "gcr.io/google-samples/hello-app:1.0", env: &[("PORT", "9000")], want: "9000", ..DEFAULT },
        Case { image: "acme/echo-basic", env: &[("TCP_ECHO_SERVER", "1")], want: "3000 raw", ..DEFAULT },
        Case { image: "acme/echo-basic", env: &[("UDP_ECHO_SERVER", "1"), ("UDP_PORT", "53")], want: "53/UDP raw", ..DEFAULT },
        Case { image: "gcr.io/google-samples/hello-app:1.0", env: &[("PORT", "tcp://10.0.0.1:1/x")], want: "8080", ..DEFAULT },
        Case {
            image: "registry.k8s.io/etcd:3.5",
            command: &["etcd", "--listen-client-urls=http://0.0.0.0:2379,http://127.0.0.1:4001"],
            want: "2379, 127.0.0.1:4001, 127.0.0.1:2380",
            ..DEFAULT
        },
        Case { image: "apache/kafka", env: &[("KAFKA_LISTENERS", "A://:9092,B://:9093")], want: "9092 raw, 9093 raw", ..DEFAULT },
    ] {
        assert_eq!(opened(&case), case.want, "{} {:?} {:?} {:?}", case.image, case.command, case.args, case.env);
    }
}

#[test]
fn agnhost_does_what_its_subcommand_says() {
    for (args, want) in [
        (&["netexec"][..], "8080, 8081/UDP raw"),
        (&["netexec", "--http-port=80", "--udp-port=-1", "--sctp-port", "82"], "80, 82/SCTP raw"),
        (&["serve-hostname"], "9376"),
        (&["serve-hostname", "--http=false", "--tcp", "--port", "80"], "80 raw"),
        (&["serve-hostname", "--http=false", "--udp=true"], "9376/UDP raw"),
        (&["porter"], "81 200 \"hi\", 82/UDP raw"),
        (&["pause"], ""),
        (&["something-new"], "declared"),
    ] {
        let env = &[("SERVE_PORT_81", "hi"), ("SERVE_UDP_PORT_82", ""), ("SERVE_PORT_x", "")];
        let case = Case { image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args, env, ..DEFAULT };
        assert_eq!(opened(&case), want, "{args:?}");
        let mut command = vec!["/agnhost"];
        command.extend(args);
        let case = Case { command: command.leak(), args: &[], ..case };
        assert_eq!(opened(&case), want, "{args:?} as command");
    }
}

#[test]
fn an_own_command_line_replaces_the_images() {
    for (command, args, want) in [
        (&["sleep", "3600"][..], &[][..], ""),
        (&["tail", "-f", "/dev/null"], &[], ""),
        (&["sh", "-c", "sleep infinity & wait"], &[], ""),
        (&["/bin/sh"], &["-c", "while true; do wget -qO- http://web; sleep 5; done"], ""),
        (&["./server"], &[], "declared"),
        (&["sh", "-c", "./migrate && ./server"], &[], "declared"),
        (&[], &["sleep", "1d"], ""),
        (&["nc", "-lk", "-p", "8080"], &[], "8080 raw"),
        (&["nc", "-lkp", "8080", "-e", "cat"], &[], "8080 raw"),
        (&["nc", "-l", "0.0.0.0", "8080"], &[], "8080 raw"),
        (&["nc", "-lu", "-p", "53"], &[], "53/UDP raw"),
        (&["nc", "-z", "db", "5432"], &[], ""),
        (&["sh", "-c", "while true; do echo hi | nc -l -p 8080; done"], &[], "8080 raw"),
        (&["python3", "-m", "http.server"], &[], "8000"),
        (&["python", "-u", "-m", "http.server", "8080", "--directory", "/www"], &[], "8080"),
        (&["sh", "-c", "cd /www && exec python3 -m http.server 80 --bind 127.0.0.1"], &[], "127.0.0.1:80"),
        (&["busybox", "httpd", "-f", "-p", "3000"], &[], "3000"),
        (&["httpd", "-f", "-p", "127.0.0.1:3000"], &[], "127.0.0.1:3000"),
        (&["uvicorn", "main:app"], &[], "127.0.0.1:8000"),
        (&["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "80"], &[], "80"),
        (&["gunicorn", "-w", "4", "-b", "0.0.0.0:8000", "app:app"], &[], "8000"),
        (&["gunicorn", "app:app"], &[], "declared"),
        (&["flask", "run", "--host=0.0.0.0"], &[], "5000"),
        (&["flask", "routes"], &[], "declared"),
        (&["python", "manage.py", "runserver", "0.0.0.0:8000"], &[], "8000"),
        (&["java", "-jar", "app.jar", "--server.port=8081"], &[], "8081"),
        (&["java", "-jar", "app.jar"], &[], "declared"),
        (&["socat", "TCP-LISTEN:8080,fork", "EXEC:cat"], &[], "8080 raw"),
        (&["php", "-S", "0.0.0.0:80"], &[], "80"),
    ] {
        assert_eq!(opened(&Case { image: "busybox", command, args, ..DEFAULT }), want, "{command:?} {args:?}");
    }
    // What looks like a subcommand of an unknown image's entrypoint says nothing.
    assert_eq!(opened(&Case { args: &["watch"], ..DEFAULT }), "declared");
    assert_eq!(opened(&Case { args: &["sleep", "5"], ..DEFAULT }), "");
}

#[test]
fn a_listener_names_the_line_it_comes_from() {
    let origin = |image: &str, command: &[&str], args: &[&str], env: &Environment<'_>| {
        let mut container = test_container("c", image);
        container.command = command.iter().map(ToString::to_string).collect();
        container.args = args.iter().map(ToString::to_string).collect();
        let subject = Subject { container: &container, spec: &[Step::from("spec")], env, annotated: None };
        let listeners = listeners(&subject, &command::words(&container, env)).unwrap();
        path_string(&listeners[0].origin)
    };
    let none = Environment::default();
    let port = Variable { name: "PORT".into(), value: "81".into(), origin: vec![Step::from("env"), Step::from(0)] };
    assert_eq!(origin("nginx", &[], &[], &none), "spec.containers[0].image");
    assert_eq!(origin("redis", &[], &["--port", "6380"], &none), "spec.containers[0].args[1]");
    assert_eq!(origin("x", &["redis-server"], &["--port=6380"], &none), "spec.containers[0].args[0]");
    assert_eq!(origin("x", &["sh", "-c", "redis-server"], &[], &none), "spec.containers[0].command[2]");
    assert_eq!(origin("acme/hello-app", &[], &[], &[port].into_iter().collect()), "env[0]");
    let services = crate::model::Labels::from([("PORT".to_owned(), "81".to_owned())]);
    assert_eq!(origin("acme/hello-app", &[], &[], &Environment::of_services(&services)), "spec.containers[0].image");
}
