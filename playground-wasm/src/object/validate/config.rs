//! ConfigMaps, Secrets and Nodes (`pkg/apis/core/validation`).

use super::At;
use super::address;
use crate::object::error::Errors;
use crate::object::names::{config_key, label_value, qualified_name};
use crate::schema::decode_base64;

/// What a ConfigMap or Secret may hold.
const LIMIT: usize = 1024 * 1024;

pub fn config_map(root: At<'_, '_>, errors: &mut Errors) {
    let (data, binary) = (root.field("data"), root.field("binaryData"));
    let mut size = 0;
    for (key, at) in data.entries() {
        keyed(key, at, errors);
        if binary.entries().any(|(other, _)| other == key) {
            at.invalid_value(errors, key, "duplicate of key present in binaryData");
        }
        size += at.text().len();
    }
    for (key, at) in binary.entries() {
        keyed(key, at, errors);
        size += decode_base64(at.text()).map_or(0, |bytes| bytes.len());
    }
    if size > LIMIT {
        root.too_long(errors, LIMIT);
    }
}

fn keyed(key: &str, at: At<'_, '_>, errors: &mut Errors) {
    for detail in config_key(key) {
        at.invalid_value(errors, key, detail);
    }
}

pub fn secret(root: At<'_, '_>, errors: &mut Errors) {
    let (data, plain) = (root.field("data"), root.field("stringData"));
    let mut size = 0;
    for (key, at) in data.entries() {
        keyed(key, at, errors);
        size += decode_base64(at.text()).map_or(0, |bytes| bytes.len());
    }
    // It is written into `data` before anybody looks.
    for (key, at) in plain.entries() {
        keyed(key, at.under(&data), errors);
        size += at.text().len();
    }
    if size > LIMIT {
        data.too_long(errors, LIMIT);
    }
    let has = |key: &str| data.entries().chain(plain.entries()).any(|(other, _)| other == key);
    let mut need = |key: &'static str| {
        if !has(key) {
            data.key(key).required(errors, "");
        }
    };
    match root.field("type").text() {
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        "kubernetes.io/dockercfg" => need(".dockercfg"),
        "kubernetes.io/dockerconfigjson" => need(".dockerconfigjson"),
        "kubernetes.io/ssh-auth" if data.key("ssh-privatekey").is_empty() && plain.key("ssh-privatekey").is_empty() => {
            data.key("ssh-privatekey").required(errors, "");
        }
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            need("username");
            need("password");
        }
        "kubernetes.io/service-account-token" => {
            let meta = root.field("metadata");
            let annotations = meta.field("annotations");
            if !annotations.entries().any(|(key, at)| key == ACCOUNT && !at.is_empty()) {
                annotations.key(ACCOUNT).required(errors, "");
            }
        }
        _ => {}
    }
}

const ACCOUNT: &str = "kubernetes.io/service-account.name";

#[inline(never)]
pub fn node(root: At<'_, '_>, errors: &mut Errors) {
    let spec = root.field("spec");
    let (taints, metadata) = (spec.field("taints"), root.field("metadata"));
    // The API server says that they stand in the metadata.
    let taints = taints.under(&metadata);
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for taint in taints.items() {
        let (key, value, effect) = (taint.field("key"), taint.field("value"), taint.field("effect"));
        for detail in qualified_name(key.text()) {
            key.invalid_value(errors, key.text(), detail);
        }
        let problems = label_value(value.text());
        if !problems.is_empty() {
            value.invalid(errors, problems.join(";"));
        }
        if effect.is_empty() {
            effect.required(errors, "");
        } else {
            effect.one_of(errors, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
        let pair = (key.text(), effect.text());
        if seen.contains(&pair) {
            taint.duplicate_because(errors, &taint.shown(), "taints must be unique by key and effect pair");
        }
        seen.push(pair);
    }
    let cidrs = spec.field("podCIDRs");
    for range in cidrs.items() {
        address::cidr(range, errors);
    }
    let families: Vec<bool> = cidrs.items().map(|range| range.text().contains(':')).collect();
    if families.len() > 2 || (families.len() == 2 && families[0] == families[1]) {
        cidrs.invalid(errors, "may specify no more than one CIDR for each IP family");
    }
    if cidrs.is_empty() && !spec.field("podCIDR").is_empty() {
        address::cidr(spec.field("podCIDR"), errors);
    }
}
