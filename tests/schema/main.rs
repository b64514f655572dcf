//! Keeps `playground-wasm/src/object/fields.txt` current: the fields of Kubernetes' API types, taken from k8s-openapi, and of
//! the Gateway API's, which stand in `gateway-api.txt` as the CustomResourceDefinitions of v1.6.1's standard channel have them.
//!
//! `PODHOP_WRITE=1 cargo test -p podhop-tests --test schema` writes it anew.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use k8s_openapi::Resource;
use k8s_openapi::api::{
    apps::v1 as apps, autoscaling::v2 as autoscaling, batch::v1 as batch, core::v1 as core, discovery::v1 as discovery,
    networking::v1 as networking, policy::v1 as policy, rbac::v1 as rbac,
};
use k8s_openapi::schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

const FILE: &str = "../playground-wasm/src/object/fields.txt";

#[test]
fn the_table_of_fields_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let table = table();
    if env::var_os("PODHOP_WRITE").is_some() {
        fs::write(&path, &table).expect("the table can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == table, "{FILE} is not what k8s-openapi says; PODHOP_WRITE=1 cargo test -p podhop-tests --test schema writes it");
}

/// One line a type, by name: the name and its fields, each with the code of its type.
fn table() -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    macro_rules! kinds {
        ($($kind:ty),* $(,)?) => { BTreeMap::from([$(kind::<$kind>(&mut generator)),*]) };
    }
    let kinds = kinds!(
        core::Namespace,
        core::Node,
        core::Pod,
        core::ReplicationController,
        core::Service,
        core::Endpoints,
        core::ConfigMap,
        core::Secret,
        core::ServiceAccount,
        core::PersistentVolumeClaim,
        apps::Deployment,
        apps::ReplicaSet,
        apps::StatefulSet,
        apps::DaemonSet,
        batch::Job,
        batch::CronJob,
        discovery::EndpointSlice,
        networking::NetworkPolicy,
        networking::Ingress,
        networking::IngressClass,
        policy::PodDisruptionBudget,
        autoscaling::HorizontalPodAutoscaler,
        rbac::Role,
        rbac::RoleBinding,
        rbac::ClusterRole,
        rbac::ClusterRoleBinding,
    );
    let definitions: BTreeMap<String, Value> =
        generator.take_definitions(false).into_iter().filter(|(_, schema)| schema.get("properties").is_some()).collect();
    let names = names(&definitions, &kinds);
    let mut lines: Vec<String> = definitions
        .iter()
        .map(|(full, schema)| {
            let fields = schema["properties"].as_object().into_iter().flatten();
            let fields = fields.map(|(field, schema)| format!(" {field}:{}", code(schema, &names)));
            names[full].clone() + &fields.collect::<String>()
        })
        .collect();
    lines.extend(include_str!("gateway-api.txt").lines().map(str::to_owned));
    lines.sort();
    lines.join("\n") + "\n"
}

/// Defines a kind; its type's full name and what stands for it in the table, `apps/v1/Deployment`.
fn kind<T: JsonSchema + Resource>(generator: &mut SchemaGenerator) -> (String, String) {
    generator.subschema_for::<T>();
    (T::schema_name().into_owned(), format!("{}/{}", T::API_VERSION, T::KIND))
}

/// The name that a type has in the table: a kind's with its version, others' as Go has it, with the API group before it where
/// the name alone is not enough.
fn names(definitions: &BTreeMap<String, Value>, kinds: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let short = |full: &str| full.rsplit('.').next().unwrap_or(full).to_owned();
    definitions
        .keys()
        .map(|full| {
            if let Some(kind) = kinds.get(full) {
                return (full.clone(), kind.clone());
            }
            let shared = definitions.keys().filter(|other| short(other) == short(full)).count() > 1;
            let group = full.rsplit('.').nth(2).unwrap_or_default();
            (full.clone(), if shared { format!("{group}/{}", short(full)) } else { short(full) })
        })
        .collect()
}

/// The code of a field's type: see `playground-wasm/src/schema/mod.rs`.
fn code(schema: &Value, names: &BTreeMap<String, String>) -> String {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let full = target.rsplit('/').next().unwrap_or(target);
        return match full.rsplit('.').next().unwrap_or(full) {
            "IntOrString" => "x".into(),
            "Quantity" => "q".into(),
            "Time" | "MicroTime" => "t".into(),
            _ => names.get(full).cloned().unwrap_or_else(|| "*".into()),
        };
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return code(&parts[0], names);
    }
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    match schema.get("type").and_then(Value::as_str).unwrap_or_default() {
        "string" if format == "byte" => "y".into(),
        "string" if format == "date-time" => "t".into(),
        "string" => "s".into(),
        "boolean" => "b".into(),
        "integer" if format == "int64" => "l".into(),
        "integer" => "i".into(),
        "number" => "n".into(),
        "array" => format!("[{}", code(&schema["items"], names)),
        "object" if schema.get("additionalProperties").is_some() => format!("{{{}", code(&schema["additionalProperties"], names)),
        _ => "*".into(),
    }
}
