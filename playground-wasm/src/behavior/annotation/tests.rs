//! What the annotation reads as, and what is said of what cannot be read.

use super::*;
use crate::behavior::{App, Respond, test_container};
use crate::model::Protocol;

fn read_for(text: &str, names: &[&str]) -> (Annotation, Vec<String>) {
    let containers: Vec<Container> = names.iter().map(|name| test_container(name, "app")).collect();
    let (annotation, problems) = read(text, &containers, &["spec".into(), "template".into(), "spec".into()]);
    let shown = problems.iter().map(|p| format!("{}:{} {}", p.span.line, p.span.column, p.message)).collect();
    (annotation, shown)
}

#[test]
fn reads_all_that_it_can_say() {
    let text = "web:\n  listen:\n  - {port: 8080, address: 127.0.0.1, respond: {status: 503, body: busy}}\n  - {port: 53, protocol: UDP}\n  calls: ['http://orders:8080/new', redis:6379]\n  ready: false\n  exec: no\nsidecar:\n";
    let (annotation, problems) = read_for(text, &["web", "sidecar"]);
    assert_eq!(problems, [""; 0]);
    let web = &annotation["web"];
    let origin: Vec<Step> = vec!["spec".into(), "template".into(), "metadata".into(), "annotations".into(), "podhop.dev/behavior".into()];
    assert_eq!(
        web.listeners.as_deref(),
        Some(
            &[
                Listener {
                    port: 8080,
                    protocol: Protocol::Tcp,
                    address: Some([127, 0, 0, 1].into()),
                    app: App::Http(Respond { status: 503, body: "busy".into(), ..Respond::default() }),
                    origin: origin.clone(),
                },
                Listener { port: 53, protocol: Protocol::Udp, address: None, app: App::Raw, origin },
            ][..]
        )
    );
    let calls = web.calls.as_deref().unwrap();
    assert_eq!(
        calls.iter().map(|call| (call.host.as_str(), call.port, call.explicit)).collect::<Vec<_>>(),
        [("orders", 8080, true), ("redis", 6379, true)]
    );
    assert_eq!((web.ready, web.exec), (Some(false), Some(false)));
    assert_eq!(annotation["sidecar"], Annotated::default());
}

#[test]
fn an_empty_list_is_said_and_an_absent_one_is_not() {
    let (annotation, _) = read_for("web: {listen: []}", &["web"]);
    assert_eq!((annotation["web"].listeners.as_deref(), annotation["web"].calls.as_deref()), (Some(&[][..]), None));
}

#[test]
fn names_each_problem_at_its_line_and_keeps_the_rest() {
    for (text, want) in [
        ("", &[][..]),
        ("# nothing\n", &[]),
        ("- web\n", &["1:2 the behavior annotation must map container names to what they do"]),
        ("wed: {ready: true}\n", &["1:0 the pod has no container \"wed\""]),
        ("web:\n  listens: []\n", &["2:2 unknown field \"listens\""]),
        ("web:\n  ready: maybe\n", &["2:9 the text \"maybe\" stands where a boolean is due"]),
        ("web:\n  listen:\n  - port: 70000\n  - port: 81\n", &["3:10 70000 is not a port"]),
        ("web:\n  listen: [{port: 80, protocol: HTTP}]\n", &["2:32 \"HTTP\" is not a protocol"]),
        ("web:\n  listen: [{port: 80, address: loopback}]\n", &["2:31 \"loopback\" is not an IP address"]),
        ("web:\n  listen: [{port: 80, respond: {status: 42}}]\n", &["2:40 42 is not the status of a response"]),
        ("web:\n  calls: [orders, 'http://a']\n", &["2:10 \"orders\" is not a URL that can be called"]),
        ("web: {listen: [{}]}\n", &["1:15 this entry of `listen` has no `port`"]),
        ("---\n\nweb: {a: 1}\n---\nx: y\n", &["3:6 unknown field \"a\"", "4:0 the annotation holds a second document"]),
    ] {
        let (_, problems) = read_for(text, &["web"]);
        assert_eq!(problems, want, "{text}");
    }
    let (annotation, problems) = read_for("web: {listen: [{port: 0}, {port: 81}]}\nother: {ready: [}\n", &["web"]);
    assert_eq!((annotation.len(), problems.len()), (0, 1), "a syntax error leaves nothing to read");
    let (annotation, _) = read_for("web: {listen: [{port: 0}, {port: 81}]}\nother: {}\n", &["web"]);
    assert_eq!(annotation["web"].listeners.as_ref().map(Vec::len), Some(1));
}

#[test]
fn reads_lives_files_paths_and_proxies() {
    let text = "web:
  listen:
  - port: 8080
    delay: 200ms
    fail_rate: 0.25
    fail_status: 503
    paths:
      /healthz: {status: 204}
      /slow: {delay: 2, body: late, calls: ['http://db:80/']}
  startup: 5
  shutdown: 1m
  ignores_sigterm: true
  crash_after: 30s
  missing_image: true
  writes: [/var/log/a]
  reads: [/var/log/*.log]
mesh:
  proxy: {inbound: 4143, outbound: 0, exclude_inbound: [22], uid: 2102, mtls: strict, forward: localhost}
  exit_code: 3
";
    let (annotation, problems) = read_for(text, &["web", "mesh"]);
    assert_eq!(problems, [""; 0]);
    let web = &annotation["web"];
    let Some([Listener { app: App::Http(respond), .. }]) = web.listeners.as_deref() else { panic!("one listener: {web:?}") };
    assert_eq!((respond.delay_us, respond.fail.map(|fail| (fail.share, fail.status))), (200_000, Some((250_000, 503))));
    assert_eq!(respond.to("/healthz/x").status, 204);
    assert_eq!((respond.to("/slow").body.map(AsRef::as_ref), respond.to("/slow").delay_us), (Some("late"), 2_000_000));
    let calls: Vec<_> = web.calls.iter().flatten().map(|call| (call.host.as_str(), call.on.as_deref())).collect();
    assert_eq!(calls, [("db", Some("/slow"))]);
    let life = Life {
        missing_image: true,
        startup_ms: 5_000,
        shutdown_ms: 60_000,
        ignores_sigterm: true,
        crash_after_ms: Some(30_000),
        exit_code: 1,
    };
    assert_eq!(web.life, life);
    let paths = |files: &Option<Vec<FileUse>>| files.iter().flatten().map(|file| file.path.clone()).collect::<Vec<_>>();
    assert_eq!((paths(&web.writes), paths(&web.reads)), (vec!["/var/log/a".to_owned()], vec!["/var/log/*.log".to_owned()]));
    let mesh = &annotation["mesh"];
    let proxy = mesh.proxy.as_ref().expect("a proxy");
    assert_eq!((proxy.inbound, proxy.outbound, proxy.uid, proxy.localhost), (Some(4143), Some(0), Some(2102), Some(true)));
    assert_eq!((proxy.exclude_inbound.as_deref(), proxy.exclude_outbound.as_deref()), (Some(&[22][..]), None));
    assert_eq!((proxy.mtls.map(crate::behavior::MutualTls::as_str), mesh.life.exit_code), (Some("strict"), 3));
}

#[test]
fn names_what_is_wrong_with_them_too() {
    for (text, want) in [
        ("web:\n  startup: soon\n", &["2:11 \"soon\" is not a time"][..]),
        ("web:\n  crash_after: -1\n", &["2:15 -1 is not a time"]),
        ("web:\n  writes: [app.log]\n", &["2:11 \"app.log\" is not an absolute path"]),
        ("web:\n  proxy: {mtls: maybe}\n", &["2:16 \"maybe\" is not a value of `mtls`"]),
        ("web:\n  proxy: {inbound: 70000}\n", &["2:19 70000 is not a port"]),
        ("web:\n  proxy: {exclude_outbound: [0]}\n", &["2:29 0 is not a port"]),
        ("web:\n  proxy: {port: 1}\n", &["2:10 unknown field \"proxy.port\""]),
        ("web:\n  listen: [{port: 80, fail_rate: 1.5}]\n", &["2:33 `fail_rate` is a share from 0 to 1"]),
        ("web:\n  listen: [{port: 80, paths: {healthz: {}}}]\n", &["2:39 \"healthz\" is not a path"]),
        ("web:\n  listen: [{port: 80, paths: {/x: {status: 99}}}]\n", &["2:43 99 is not the status of a response"]),
        ("web:\n  listen: [{port: 80, forward: nowhere}]\n", &["2:31 \"nowhere\" is not a URL that can be called"]),
    ] {
        assert_eq!(read_for(text, &["web"]).1, want, "{text}");
    }
}
