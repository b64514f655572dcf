//! What containers do, by declaration: which ports they listen on, what they answer, and whom they call.
//!
//! In this order: the annotation `podhop.dev/behavior`, an image the simulator knows (`images.yaml`), the declared ports.

pub mod address;
pub mod annotation;
mod bind;
mod client;
mod command;
pub mod environment;
mod expansion;
pub mod files;
mod guess;
mod images;
mod life;
mod nginx;
mod reference;
pub mod respond;
pub mod reverse;
mod shell;
mod table;
pub mod takeover;

use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;

use crate::model::{Container, Protocol};
use crate::text::Step;

pub use annotation::{Annotated, Annotation};
pub use environment::{Environment, Variable};
pub use files::Files;
pub use life::Life;
pub use respond::{FileUse, Respond};
pub use reverse::Site;
pub use takeover::{MutualTls, Proxy};

/// What one container does while it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContainerBehavior {
    pub listeners: Vec<Listener>,
    /// Downstream calls in the order they are written.
    pub calls: Vec<Reference>,
    /// What the annotation says of readiness; absent where it says nothing.
    pub ready: Option<bool>,
    /// What the annotation says of exec probes; absent where it says nothing, and they succeed.
    pub exec: Option<bool>,
    /// Nothing but its declared ports says what it listens on: an image that nobody here knows.
    pub assumed: bool,
    pub life: Life,
    /// Files that it writes and reads.
    pub writes: Vec<FileUse>,
    pub reads: Vec<FileUse>,
    /// The traffic of its pod that it takes over, as a mesh sidecar does.
    pub proxy: Option<Box<Proxy>>,
}

/// An open port.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    pub port: u16,
    pub protocol: Protocol,
    /// Absent means every address of the network namespace, 0.0.0.0 every one of IPv4.
    pub address: Option<IpAddr>,
    pub app: App,
    /// The line that says so, in the object that holds the pod spec; the container's image where the image says it.
    pub origin: Vec<Step>,
}

/// What a listener does with a connection.
#[derive(Debug, Clone, PartialEq)]
pub enum App {
    /// Answers HTTP (and gRPC, which is HTTP/2) with this.
    Http(Respond),
    /// A reverse proxy: passes on what it is asked, by the site that the request is for.
    Proxy(Rc<[Site]>),
    /// Speaks a protocol of its own: a connection is all that can be said.
    Raw,
    /// The cluster's DNS server.
    Dns,
}

impl Listener {
    /// Whether it takes what is sent to an address.
    pub fn takes(&self, address: IpAddr) -> bool {
        match self.address {
            None => true,
            Some(bound) if bound == Ipv4Addr::UNSPECIFIED => address.is_ipv4(),
            Some(bound) => bound == address,
        }
    }

    /// Whether two of one network namespace cannot both listen (`bind(2)`, EADDRINUSE): on one port of one protocol every
    /// address of a family takes in each single one of it.
    pub fn clashes(&self, other: &Self) -> bool {
        let meets = || match (self.address, other.address) {
            (Some(one), Some(two)) => self.takes(two) || other.takes(one),
            _ => true,
        };
        (self.port, self.protocol) == (other.port, other.protocol) && meets()
    }
}

/// A place where a workload names another: a URL or `host:port` in env, args or command, or an entry of `calls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As it is written: `http://api/cart`, `redis-cart:6379`.
    pub text: String,
    /// Lower case; absent for `host:port`.
    pub scheme: Option<String>,
    pub host: String,
    /// The written port, or the scheme's own.
    pub port: u16,
    /// `/` where none is written.
    pub path: String,
    /// The line it stands in, in the object that holds the pod spec.
    pub origin: Vec<Step>,
    /// Given as `calls` in the annotation rather than inferred.
    pub explicit: bool,
    /// The path whose requests make it do the call, where it is not every request.
    pub on: Option<String>,
}

/// What [`behave`] reads of one container.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub container: &'a Container,
    /// Path of the pod spec in the object that holds it.
    pub spec: &'a [Step],
    /// Its environment, as [`environment::resolve`] makes it.
    pub env: &'a Environment<'a>,
    /// What the annotation says of this container.
    pub annotated: Option<&'a Annotated>,
}

/// What a container does while it runs.
pub fn behave(subject: &Subject<'_>) -> ContainerBehavior {
    let annotated = subject.annotated.cloned().unwrap_or_default();
    let line = command::words(subject.container, subject.env);
    let listeners = annotated.listeners.or_else(|| images::listeners(subject, &line));
    let assumed = listeners.is_none();
    let listeners = listeners.unwrap_or_else(|| {
        if subject.container.ports.is_empty() { guess::listeners(subject) } else { guess::bound(declared(subject), subject, &line) }
    });
    let (writes, reads) = files::infer(subject, &line);
    ContainerBehavior {
        assumed,
        calls: annotated.calls.unwrap_or_else(|| reference::infer(subject, &line, &listeners)),
        listeners,
        ready: annotated.ready,
        exec: annotated.exec,
        life: annotated.life,
        writes: annotated.writes.unwrap_or(writes),
        reads: annotated.reads.unwrap_or(reads),
        proxy: None,
    }
}

/// What is known of an image that stands beside others in a pod: `proxy`, `shipper`, `exporter`, or empty.
pub fn does(image: &str) -> &'static str {
    images::does(image)
}

/// Adds what a container's mounted configuration says: the sites of an nginx, the files of a log shipper.
pub fn configure(subject: &Subject<'_>, files: &Files<'_>, behavior: &mut ContainerBehavior) {
    let container = subject.container;
    if container.mounts.is_empty() {
        return;
    }
    let Some(server) = images::server(container, &command::words(container, subject.env)) else { return };
    let is_said = |said: &dyn Fn(&Annotated) -> bool| subject.annotated.is_some_and(said);
    let origin = |mount: usize| {
        let mut path = container_path(subject.spec, container);
        path.extend([Step::from("volumeMounts"), Step::from(mount), Step::from("name")]);
        path
    };
    if server.language == "nginx" && !is_said(&|annotated| annotated.listeners.is_some()) {
        let mounted: Vec<&str> = container.mounts.iter().map(|mount| mount.path.as_str()).collect();
        let own = server.listen.first().map_or(80, |listen| listen.port);
        if let Some(listeners) = nginx::listeners(&files.of(container), &mounted, own, &origin) {
            if !is_said(&|annotated| annotated.calls.is_some()) {
                for listener in &listeners {
                    let App::Proxy(sites) = &listener.app else { continue };
                    for target in sites.iter().flat_map(Site::targets) {
                        let same = |call: &Reference| (&call.host, call.port) == (&target.host, target.port);
                        if !behavior.calls.iter().any(same) {
                            behavior.calls.push(target.clone());
                        }
                    }
                }
            }
            (behavior.listeners, behavior.assumed) = (listeners, false);
        }
    }
    if server.does == "shipper" && !is_said(&|annotated| annotated.reads.is_some()) {
        for text in files.of(container) {
            let paths = files::shipped(text.text).into_iter();
            behavior.reads.extend(paths.map(|path| FileUse { path, origin: origin(text.mount) }));
        }
    }
}

/// The declared ports as open ones, which is all that is known of an unknown image.
fn declared(subject: &Subject<'_>) -> Vec<Listener> {
    let container = subject.container;
    let raw = images::speaks_raw(&container.image);
    let listener = |(index, port): (usize, &crate::model::ContainerPort)| {
        let app = match port.protocol {
            Protocol::Tcp if !raw => App::Http(Respond::ok()),
            Protocol::Tcp | Protocol::Udp | Protocol::Sctp => App::Raw,
        };
        let mut origin = container_path(subject.spec, container);
        origin.extend([Step::from("ports"), Step::from(index), Step::from("containerPort")]);
        Listener { port: port.port, protocol: port.protocol, address: None, app, origin }
    };
    container.ports.iter().enumerate().map(listener).collect()
}

/// Where a container stands in the object that holds it.
fn container_path(spec: &[Step], container: &Container) -> Vec<Step> {
    let mut path = spec.to_vec();
    path.extend([Step::from(container.list()), Step::from(container.index)]);
    path
}

/// A container with nothing but its name and image.
#[cfg(test)]
fn test_container(name: &str, image: &str) -> Container {
    Container {
        name: name.into(),
        image: image.into(),
        role: crate::model::Role::Main,
        index: 0,
        command: Vec::new(),
        args: Vec::new(),
        env: Vec::new(),
        env_from: Vec::new(),
        ports: Vec::new(),
        probes: crate::model::Probes::default(),
        mounts: Vec::new(),
        run_as_user: None,
        post_start: None,
        pre_stop: None,
    }
}
