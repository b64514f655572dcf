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
mod guess;
mod images;
mod reference;
mod shell;
mod table;

use std::net::IpAddr;

use crate::model::{Container, Protocol};
use crate::text::Step;

pub use annotation::{Annotated, Annotation};
pub use environment::{Environment, Variable};

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
}

/// An open port.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    pub port: u16,
    pub protocol: Protocol,
    /// Absent means every address of the network namespace.
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
    /// Speaks a protocol of its own: a connection is all that can be said.
    Raw,
    /// The cluster's DNS server.
    Dns,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Respond {
    pub status: u16,
    pub body: String,
    /// The query parameter that says how long it waits.
    pub delay: Option<String>,
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
    ContainerBehavior {
        assumed,
        calls: annotated.calls.unwrap_or_else(|| reference::infer(subject, &line, &listeners)),
        listeners,
        ready: annotated.ready,
        exec: annotated.exec,
    }
}

/// The declared ports as open ones, which is all that is known of an unknown image.
fn declared(subject: &Subject<'_>) -> Vec<Listener> {
    let container = subject.container;
    let raw = images::speaks_raw(&container.image);
    let listener = |(index, port): (usize, &crate::model::ContainerPort)| {
        let app = match port.protocol {
            Protocol::Tcp if !raw => App::Http(Respond { status: 200, body: String::new(), delay: None }),
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
    }
}
