//! Volumes of a pod and where its containers mount them (`pkg/apis/core/validation`, `ValidateVolumes`,
//! `ValidateVolumeMounts`). Of the sources, those that hold the pod's own configuration are looked into.

use super::At;
use crate::object::error::Errors;
use crate::object::names::{NameForm, config_key};

/// The names of a pod's volumes.
pub struct Volumes<'n>(Vec<&'n str>);

/// `ValidateVolumes`; `claims` are known beside those of the list.
pub fn volumes<'n>(list: At<'_, 'n>, claims: &[&'n str], errors: &mut Errors) -> Volumes<'n> {
    let mut names: Vec<&str> = Vec::new();
    for volume in list.items() {
        let name = volume.field("name");
        name.named(errors, |name| NameForm::Label.problems(name));
        if names.contains(&name.text()) {
            name.duplicate(errors, &format!("{:?}", name.text()));
        }
        names.push(name.text());
        source(volume, errors);
    }
    names.extend(claims);
    Volumes(names)
}

fn source(volume: At<'_, '_>, errors: &mut Errors) {
    let mut first = true;
    for kind in SOURCES.iter().filter(|kind| volume.field(kind).is_set()) {
        let at = volume.field(kind);
        if !first {
            at.forbidden(errors, "may not specify more than 1 volume type");
            continue;
        }
        first = false;
        match *kind {
            "configMap" => {
                if at.field("name").is_empty() {
                    at.field("name").required(errors, "");
                }
                key_paths(at.field("items"), errors);
            }
            "secret" => {
                if at.field("secretName").is_empty() {
                    at.field("secretName").required(errors, "");
                }
                key_paths(at.field("items"), errors);
            }
            "hostPath" if at.field("path").is_empty() => at.field("path").required(errors, ""),
            "persistentVolumeClaim" if at.field("claimName").is_empty() => at.field("claimName").required(errors, ""),
            _ => {}
        }
    }
    if first {
        volume.required(errors, "must specify a volume type");
    }
}

const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "secret",
    "configMap",
    "persistentVolumeClaim",
    "projected",
    "downwardAPI",
    "csi",
    "ephemeral",
    "image",
    "nfs",
    "iscsi",
    "fc",
    "gitRepo",
    "glusterfs",
    "rbd",
    "cephfs",
    "cinder",
    "flexVolume",
    "flocker",
    "azureDisk",
    "azureFile",
    "awsElasticBlockStore",
    "gcePersistentDisk",
    "vsphereVolume",
    "quobyte",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

fn key_paths(items: At<'_, '_>, errors: &mut Errors) {
    for item in items.items() {
        item.field("key").named(errors, config_key);
        let path = item.field("path");
        if path.is_empty() {
            path.required(errors, "");
        } else {
            descending(path, errors);
        }
    }
}

/// `validateLocalDescendingPath`.
fn descending(path: At<'_, '_>, errors: &mut Errors) {
    if path.text().starts_with('/') {
        path.invalid(errors, "must be a relative path");
    }
    if path.text().split('/').any(|part| part == "..") {
        path.invalid(errors, "must not contain '..'");
    }
}

/// What a container mounts of its pod's volumes.
pub fn mounts(container: At<'_, '_>, volumes: &Volumes<'_>, errors: &mut Errors) {
    let list = container.field("volumeMounts");
    let mut paths: Vec<&str> = Vec::new();
    for mount in list.items() {
        let (name, path) = (mount.field("name"), mount.field("mountPath"));
        if name.is_empty() {
            name.required(errors, "");
        }
        if !volumes.0.contains(&name.text()) {
            name.not_found(errors);
        }
        if path.is_empty() {
            path.required(errors, "");
        }
        if paths.contains(&path.text()) {
            path.invalid(errors, "must be unique");
        }
        paths.push(path.text());
        let sub_path = mount.field("subPath");
        if !sub_path.is_empty() {
            descending(sub_path.under(&list), errors);
        }
    }
}
