//! A container's environment as the kubelet makes it (`pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`).
//!
//! First envFrom in order, then env in order, a later one replacing an earlier one of the same name; an env value may refer
//! to what came before it and to the Services' variables. These (`pkg/kubelet/envvars`) come last and replace nothing.

use std::net::IpAddr;

use super::container_path;
use super::expansion::{GROWTH_LIMIT, expand};
use crate::index::Index;
use crate::model::{Container, EnvSource, Labels, Protocol};
use crate::text::Step;

/// One environment variable and the line it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub value: String,
    /// `...env[0].value` or `...envFrom[0]` in the object that holds the pod spec.
    pub origin: Vec<Step>,
}

/// All variables of a container. The Services' are looked up where they are: a namespace has thousands, and nearly no container
/// asks for one.
#[derive(Debug, Clone, Default)]
pub struct Environment<'a> {
    /// None where a later one of the same name stands.
    declared: Vec<Option<Variable>>,
    by_name: Index<String, usize>,
    services: Option<&'a Labels>,
}

impl<'a> Environment<'a> {
    /// The environment of a container that declares nothing.
    pub fn of_services(services: &'a Labels) -> Self {
        Self { services: Some(services), ..Self::default() }
    }

    /// Those that the container declares, in the order of the lines that count: one that is set again moves to the end.
    pub fn declared(&self) -> impl Iterator<Item = &Variable> {
        self.declared.iter().flatten()
    }

    /// The value of a variable, declared or a Service's.
    pub fn get(&self, name: &str) -> Option<&str> {
        let own = self.by_name.get(name).and_then(|&index| self.declared[index].as_ref()).map(|variable| variable.value.as_str());
        own.or_else(|| self.services?.get(name).map(String::as_str))
    }

    fn set(&mut self, variable: Variable) {
        if let Some(earlier) = self.by_name.insert(variable.name.clone(), self.declared.len()) {
            self.declared[earlier] = None;
        }
        self.declared.push(Some(variable));
    }
}

impl FromIterator<Variable> for Environment<'_> {
    fn from_iter<T: IntoIterator<Item = Variable>>(variables: T) -> Self {
        let mut environment = Self::default();
        variables.into_iter().for_each(|variable| environment.set(variable));
        environment
    }
}

/// What a container's environment is made of besides its own declarations.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// Path of the pod spec in the object that holds it.
    pub spec: &'a [Step],
    pub namespace: &'a str,
    /// ConfigMaps and Secrets by `(secret, namespace, name)`.
    pub config_data: &'a Index<(bool, String, String), Labels>,
    /// The Services' variables, as [`service_variables`] makes them.
    pub services: &'a Labels,
    /// The value of a field of the pod: `status.podIP`, `metadata.labels['app']`; absent reads as empty.
    pub field: &'a dyn Fn(&str) -> Option<String>,
}

/// Why a container cannot be created: the message of the kubelet's CreateContainerConfigError, and the line to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub message: String,
    pub path: Vec<Step>,
}

/// A container's environment, and what keeps the container from being created for want of a part of it.
pub fn resolve<'a>(container: &Container, inputs: &Inputs<'a>) -> (Environment<'a>, Option<ConfigError>) {
    let at = |list: &'static str, index: usize, field: Option<&'static str>| {
        let mut path = container_path(inputs.spec, container);
        path.extend([Step::from(list), Step::from(index)]);
        path.extend(field.map(Step::from));
        path
    };
    let mut variables = Environment::of_services(inputs.services);
    let mut budget = GROWTH_LIMIT;
    let mut lacking: Option<ConfigError> = None;
    let mut lack = |message: String, path: Vec<Step>| {
        lacking.get_or_insert(ConfigError { message, path });
    };
    for (index, from) in container.env_from.iter().enumerate() {
        let Some(data) = inputs.data(from.secret, &from.name) else {
            if !from.optional {
                lack(not_found(from.secret, &from.name), at("envFrom", index, None));
            }
            continue;
        };
        for (key, value) in data {
            let name = format!("{}{key}", from.prefix);
            variables.set(Variable { name, value: value.clone(), origin: at("envFrom", index, None) });
        }
    }
    for (index, variable) in container.env.iter().enumerate() {
        let mut keyed = |secret, name: &str, key: &str, optional: bool| {
            let message = match inputs.data(secret, name) {
                Some(data) => match data.get(key) {
                    Some(value) => return Some(value.clone()),
                    None => format!("couldn't find key {key} in {} {}/{name}", kind(secret), inputs.namespace),
                },
                None => not_found(secret, name),
            };
            if !optional {
                lack(message, at("env", index, Some("valueFrom")));
            }
            None
        };
        let (value, field) = match &variable.source {
            EnvSource::Value(text) => (Some(expand(text, |name| variables.get(name), &mut budget)), "value"),
            EnvSource::ConfigMapKey { name, key, optional } => (keyed(false, name, key, *optional), "valueFrom"),
            EnvSource::SecretKey { name, key, optional } => (keyed(true, name, key, *optional), "valueFrom"),
            EnvSource::Field(field) => (Some((inputs.field)(field).unwrap_or_default()), "valueFrom"),
            EnvSource::Resource => (Some("0".to_owned()), "valueFrom"),
        };
        // A key that is not there leaves the variable unset.
        if let Some(value) = value {
            variables.set(Variable { name: variable.name.clone(), value, origin: at("env", index, Some(field)) });
        }
    }
    (variables, lacking)
}

impl Inputs<'_> {
    fn data(&self, secret: bool, name: &str) -> Option<&Labels> {
        self.config_data.get(&(secret, self.namespace.to_owned(), name.to_owned()))
    }
}

/// Command and args of a container with their `$(VAR)` replaced; what is unknown stays as written.
pub fn expand_all(words: &[String], variables: &Environment<'_>) -> Vec<String> {
    let mut budget = GROWTH_LIMIT;
    words.iter().map(|word| expand(word, |name| variables.get(name), &mut budget)).collect()
}

fn kind(secret: bool) -> &'static str {
    if secret { "Secret" } else { "ConfigMap" }
}

fn not_found(secret: bool, name: &str) -> String {
    format!("{} {name:?} not found", kind(secret).to_ascii_lowercase())
}

/// Adds the variables that one Service gives to the containers of its namespace (`pkg/kubelet/envvars`, `FromServices`).
///
/// `ports` are the Service's: name, number, protocol. A headless or ExternalName Service gives none; a pod with
/// `enableServiceLinks: false` gets those of `default/kubernetes` only.
pub fn service_variables(service: &str, address: IpAddr, ports: &[(Option<&str>, u16, Protocol)], into: &mut Labels) {
    let Some(&(_, first, first_protocol)) = ports.first() else { return };
    let prefix = variable_name(service);
    let mut set = |suffix: String, value: String| into.insert(format!("{prefix}_{suffix}"), value);
    let url = |protocol: Protocol, port: u16| {
        let host = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        format!("{}://{host}:{port}", protocol.as_str().to_ascii_lowercase())
    };
    set("SERVICE_HOST".into(), address.to_string());
    set("SERVICE_PORT".into(), first.to_string());
    // Docker's links, which came before Services.
    set("PORT".into(), url(first_protocol, first));
    for &(name, port, protocol) in ports {
        if let Some(name) = name {
            set(format!("SERVICE_PORT_{}", variable_name(name)), port.to_string());
        }
        let link = format!("PORT_{port}_{protocol}");
        set(format!("{link}_PROTO"), protocol.as_str().to_ascii_lowercase());
        set(format!("{link}_PORT"), port.to_string());
        set(format!("{link}_ADDR"), address.to_string());
        set(link, url(protocol, port));
    }
}

fn variable_name(name: &str) -> String {
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    if upper.starts_with(|c: char| c.is_ascii_digit()) { format!("_{upper}") } else { upper }
}

#[cfg(test)]
mod tests {
    use super::super::test_container;
    use super::*;
    use crate::model::{EnvFrom, EnvVar};
    use crate::text::path_string;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    fn var(name: &str, source: EnvSource) -> EnvVar {
        EnvVar { name: name.into(), source }
    }

    fn from(name: &str, secret: bool, prefix: &str, optional: bool) -> EnvFrom {
        EnvFrom { prefix: prefix.into(), name: name.into(), secret, optional }
    }

    fn key(name: &str, key: &str, optional: bool) -> EnvSource {
        EnvSource::ConfigMapKey { name: name.into(), key: key.into(), optional }
    }

    /// Name, value and line of each variable.
    type Shown = Vec<(String, String, String)>;

    fn resolved(container: &Container) -> Result<Shown, (String, String)> {
        let config_data = Index::from_iter([
            ((false, "shop".to_owned(), "settings".to_owned()), labels(&[("A", "map-a"), ("B", "map-b")])),
            ((true, "shop".to_owned(), "keys".to_owned()), labels(&[("TOKEN", "t")])),
            ((false, "other".to_owned(), "elsewhere".to_owned()), labels(&[("A", "x")])),
        ]);
        let services = labels(&[("DB_SERVICE_HOST", "10.96.0.7"), ("A_SERVICE_HOST", "10.96.0.8")]);
        let spec = [Step::from("spec")];
        let field = |path: &str| (path == "metadata.name").then(|| "web-0".to_owned());
        let inputs = Inputs { spec: &spec, namespace: "shop", config_data: &config_data, services: &services, field: &field };
        match resolve(container, &inputs) {
            (variables, None) => {
                assert_eq!(variables.get("DB_SERVICE_HOST"), Some("10.96.0.7"));
                Ok(variables.declared().map(|v| (v.name.clone(), v.value.clone(), path_string(&v.origin))).collect())
            }
            (_, Some(error)) => Err((error.message, path_string(&error.path))),
        }
    }

    #[test]
    fn later_declarations_replace_earlier_ones_and_see_them() {
        let mut container = test_container("web", "app");
        container.env_from = vec![from("settings", false, "", false), from("keys", true, "MY_", false), from("none", false, "", true)];
        container.env = vec![
            var("EARLY", EnvSource::Value("$(LATE)".into())),
            var("A", EnvSource::Value("[$(A)]".into())),
            var("LATE", EnvSource::Value("$(A)/$(MY_TOKEN)/$(DB_SERVICE_HOST)/$$(A)".into())),
            var("POD", EnvSource::Field("metadata.name".into())),
            var("IP", EnvSource::Field("status.podIP".into())),
            var("KEY", key("settings", "B", false)),
            var("SKIPPED", key("settings", "NONE", true)),
            var("ABSENT", key("nowhere", "A", true)),
            var("A_SERVICE_HOST", EnvSource::Value("mine".into())),
        ];
        let got = resolved(&container).unwrap();
        let got: Vec<(&str, &str, &str)> = got.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
        assert_eq!(
            got,
            [
                ("B", "map-b", "spec.containers[0].envFrom[0]"),
                ("MY_TOKEN", "t", "spec.containers[0].envFrom[1]"),
                ("EARLY", "$(LATE)", "spec.containers[0].env[0].value"),
                ("A", "[map-a]", "spec.containers[0].env[1].value"),
                ("LATE", "[map-a]/t/10.96.0.7/$(A)", "spec.containers[0].env[2].value"),
                ("POD", "web-0", "spec.containers[0].env[3].valueFrom"),
                ("IP", "", "spec.containers[0].env[4].valueFrom"),
                ("KEY", "map-b", "spec.containers[0].env[5].valueFrom"),
                ("A_SERVICE_HOST", "mine", "spec.containers[0].env[8].value"),
            ]
        );
    }

    #[test]
    fn a_missing_source_stops_the_container_with_the_kubelets_words() {
        let secret = |optional| EnvSource::SecretKey { name: "keys".into(), key: "NONE".into(), optional };
        for (env_from, env, want) in [
            (Some(from("elsewhere", false, "", false)), None, "configmap \"elsewhere\" not found"),
            (Some(from("none", true, "", false)), None, "secret \"none\" not found"),
            (None, Some(key("none", "A", false)), "configmap \"none\" not found"),
            (None, Some(key("settings", "C", false)), "couldn't find key C in ConfigMap shop/settings"),
            (None, Some(secret(false)), "couldn't find key NONE in Secret shop/keys"),
        ] {
            let mut container = test_container("web", "app");
            let path = if env_from.is_some() { "spec.containers[0].envFrom[0]" } else { "spec.containers[0].env[0].valueFrom" };
            container.env_from.extend(env_from);
            container.env.extend(env.map(|source| var("X", source)));
            assert_eq!(resolved(&container), Err((want.to_owned(), path.to_owned())));
        }
    }

    #[test]
    fn a_service_gives_its_variables() {
        let mut got = Labels::new();
        let ports = [(Some("http-web"), 80, Protocol::Tcp), (Some("dns"), 53, Protocol::Udp)];
        service_variables("2nd.redis-master", [10, 96, 0, 11].into(), &ports, &mut got);
        let want = labels(&[
            ("_2ND_REDIS_MASTER_SERVICE_HOST", "10.96.0.11"),
            ("_2ND_REDIS_MASTER_SERVICE_PORT", "80"),
            ("_2ND_REDIS_MASTER_SERVICE_PORT_HTTP_WEB", "80"),
            ("_2ND_REDIS_MASTER_SERVICE_PORT_DNS", "53"),
            ("_2ND_REDIS_MASTER_PORT", "tcp://10.96.0.11:80"),
            ("_2ND_REDIS_MASTER_PORT_80_TCP", "tcp://10.96.0.11:80"),
            ("_2ND_REDIS_MASTER_PORT_80_TCP_PROTO", "tcp"),
            ("_2ND_REDIS_MASTER_PORT_80_TCP_PORT", "80"),
            ("_2ND_REDIS_MASTER_PORT_80_TCP_ADDR", "10.96.0.11"),
            ("_2ND_REDIS_MASTER_PORT_53_UDP", "udp://10.96.0.11:53"),
            ("_2ND_REDIS_MASTER_PORT_53_UDP_PROTO", "udp"),
            ("_2ND_REDIS_MASTER_PORT_53_UDP_PORT", "53"),
            ("_2ND_REDIS_MASTER_PORT_53_UDP_ADDR", "10.96.0.11"),
        ]);
        assert_eq!(got, want);
    }
}
