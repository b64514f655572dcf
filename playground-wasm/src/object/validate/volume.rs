//! Volumes of a pod and where its containers mount them (`pkg/apis/core/validation`, `ValidateVolumes`,
//! `ValidateVolumeMounts`, `ValidateVolumeDevices`). Of the sources, those that every cluster has are looked into.

use super::container::field_ref;
use super::{At, meta, resources};
use crate::object::error::Errors;
use crate::object::names::NameForm;

/// The names of a pod's volumes that are as they must be, and whether each is of a claim.
pub struct Volumes<'n>(Vec<(&'n str, bool)>);

/// `ValidateVolumes`; `claims` are known beside those of the list.
pub fn volumes<'n>(list: At<'_, 'n>, claims: &[&'n str], errors: &mut Errors) -> Volumes<'n> {
    let (mut names, mut sound): (Vec<&str>, _) = (Vec::new(), Vec::new());
    for volume in list.items() {
        let before = errors.list.len();
        let name = volume.field("name");
        name.named(errors, |name| NameForm::Label.problems(name));
        if names.contains(&name.text()) {
            name.duplicate(errors, &format!("{:?}", name.text()));
        }
        names.push(name.text());
        source(volume, errors);
        if errors.list.len() == before {
            let of_claim = volume.field("persistentVolumeClaim").is_set() || volume.field("ephemeral").is_set();
            sound.push((name.text(), of_claim));
        }
    }
    sound.extend(claims.iter().map(|claim| (*claim, true)));
    Volumes(sound)
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
            "configMap" => keys(at, "name", errors),
            "secret" => keys(at, "secretName", errors),
            "hostPath" if at.field("path").is_empty() => at.field("path").required(errors, ""),
            "hostPath" => {
                no_backsteps(at.field("path"), errors);
                at.field("type").one_of(errors, HOST_PATHS);
            }
            "persistentVolumeClaim" if at.field("claimName").is_empty() => at.field("claimName").required(errors, ""),
            "emptyDir" if resources::is_negative(at.field("sizeLimit")) => {
                at.field("sizeLimit").forbidden(errors, "SizeLimit field must be a valid resource quantity");
            }
            "downwardAPI" => {
                mode(at.field("defaultMode"), errors);
                let items = at.field("items");
                for item in items.items() {
                    // The API server leaves the item out of the path.
                    downward(item.at_list(&at), errors);
                }
            }
            "projected" => projected(at, errors),
            "ephemeral" => {
                let template = at.field("volumeClaimTemplate");
                if template.is_set() {
                    let metadata = template.field("metadata");
                    meta::annotations(metadata.field("annotations"), errors);
                    meta::labels(metadata.field("labels"), errors);
                    resources::claim(template.field("spec"), errors);
                } else {
                    template.required(errors, "");
                }
            }
            "nfs" => {
                for field in ["server", "path"] {
                    if at.field(field).is_empty() {
                        at.field(field).required(errors, "");
                    }
                }
                if !at.field("path").text().starts_with('/') {
                    at.field("path").invalid_value(errors, at.field("path").text(), "must be an absolute path");
                }
            }
            "csi" if at.field("driver").is_empty() => at.field("driver").required(errors, ""),
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

const HOST_PATHS: &[&str] = &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

/// The keys of a ConfigMap or Secret.
fn keys(source: At<'_, '_>, name: &'static str, errors: &mut Errors) {
    if source.field(name).is_empty() {
        source.field(name).required(errors, "");
    }
    mode(source.field("defaultMode"), errors);
    let items = source.field("items");
    for item in items.items() {
        if item.field("key").is_empty() {
            item.field("key").required(errors, "");
        }
        file(item, errors);
    }
}

/// Where something stands in a volume, and who may read it.
fn file(item: At<'_, '_>, errors: &mut Errors) {
    let path = item.field("path");
    if path.is_empty() {
        path.required(errors, "");
    } else {
        not_reserved(path, errors);
    }
    mode(item.field("mode"), errors);
}

/// `ValidateLocalNonReservedPath`.
fn not_reserved(path: At<'_, '_>, errors: &mut Errors) {
    descending(path, errors);
    if path.text().starts_with("..") && !path.text().starts_with("../") {
        path.invalid(errors, "must not start with '..'");
    }
}

fn mode(at: At<'_, '_>, errors: &mut Errors) {
    if at.number().is_some_and(|mode| !(0..=0o777).contains(&mode)) {
        at.invalid(errors, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// `validateDownwardAPIVolumeFile`.
#[inline(never)]
fn downward(item: At<'_, '_>, errors: &mut Errors) {
    file(item, errors);
    let (field, resource) = (item.field("fieldRef"), item.field("resourceFieldRef"));
    if field.is_set() {
        let shown = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
        field_ref(field, &shown, errors);
        if resource.is_set() {
            item.invalid_value(errors, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
        }
    } else if resource.is_set() {
        resources::field_ref(resource, true, errors);
    } else {
        item.required(errors, "one of fieldRef and resourceFieldRef is required");
    }
}

/// `validateProjectionSources`.
#[inline(never)]
fn projected(volume: At<'_, '_>, errors: &mut Errors) {
    mode(volume.field("defaultMode"), errors);
    let mut paths: Vec<&str> = Vec::new();
    let sources = volume.field("sources");
    for source in sources.items() {
        let mut given = 0;
        for kind in ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"] {
            let at = source.field(kind);
            if !at.is_set() {
                continue;
            }
            given += 1;
            if given == 2 {
                source.forbidden(errors, "may not specify more than 1 volume type per source");
            }
            match kind {
                "secret" | "configMap" => keys(at, "name", errors),
                "downwardAPI" => {
                    let items = at.field("items");
                    for item in items.items() {
                        downward(item.at_list(&at), errors);
                    }
                }
                "serviceAccountToken" => {
                    let (seconds, path) = (at.field("expirationSeconds"), at.field("path").under(&volume));
                    if seconds.number().is_some_and(|seconds| seconds < 600) {
                        seconds.invalid(errors, "may not specify a duration less than 10 minutes");
                    }
                    if path.is_empty() {
                        path.required(errors, "");
                    } else {
                        not_reserved(path, errors);
                    }
                }
                _ => {}
            }
            let items = at.field("items");
            let own = at.field("path");
            for path in items.items().map(|item| item.field("path").text()).chain([own.text()]).filter(|path| !path.is_empty()) {
                if paths.contains(&path) {
                    volume.invalid_value(errors, path, "conflicting duplicate paths");
                }
                paths.push(path);
            }
        }
    }
}

/// `validatePathNoBacksteps`.
pub fn no_backsteps(path: At<'_, '_>, errors: &mut Errors) {
    if path.text().split('/').any(|part| part == "..") {
        path.invalid(errors, "must not contain '..'");
    }
}

/// `validateLocalDescendingPath`.
fn descending(path: At<'_, '_>, errors: &mut Errors) {
    if path.text().starts_with('/') {
        path.invalid(errors, "must be a relative path");
    }
    no_backsteps(path, errors);
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
        if !volumes.0.iter().any(|(volume, _)| *volume == name.text()) {
            name.not_found(errors);
        }
        if path.is_empty() {
            path.required(errors, "");
        }
        if paths.contains(&path.text()) {
            path.invalid(errors, "must be unique");
        }
        paths.push(path.text());
        let taken = container.field("volumeDevices");
        for device in taken.items() {
            if device.field("name").text() == name.text() {
                name.invalid(errors, "must not already exist in volumeDevices");
            }
            if device.field("devicePath").text() == path.text() {
                path.invalid(errors, "must not already exist as a path in volumeDevices");
            }
        }
        // The API server leaves the mount out of these paths.
        let (sub_path, expression) = (mount.field("subPath"), mount.field("subPathExpr"));
        if !sub_path.is_empty() {
            descending(sub_path.under(&list), errors);
        }
        if !expression.is_empty() {
            if !sub_path.is_empty() {
                expression.invalid(errors, "subPathExpr and subPath are mutually exclusive");
            }
            descending(expression.under(&list), errors);
        }
        if mount.field("mountPropagation").is_set() || mount.field("recursiveReadOnly").is_set() {
            propagation(mount, container, &list, errors);
        }
    }
}

/// `validateMountPropagation`, `validateMountRecursiveReadOnly`.
#[inline(never)]
fn propagation(mount: At<'_, '_>, container: At<'_, '_>, list: &At<'_, '_>, errors: &mut Errors) {
    let propagation = mount.field("mountPropagation").under(list);
    if propagation.is_set() && !matches!(propagation.text(), "Bidirectional" | "HostToContainer" | "None") {
        propagation.unsupported(errors, &["Bidirectional", "HostToContainer", "None"]);
    }
    let context = container.field("securityContext");
    if propagation.text() == "Bidirectional" && context.field("privileged").flag() != Some(true) {
        propagation.forbidden(errors, "Bidirectional mount propagation is available only to privileged containers");
    }
    let recursive = mount.field("recursiveReadOnly").under(list);
    match recursive.text_or("Disabled") {
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if mount.field("readOnly").flag() != Some(true) {
                recursive.forbidden(errors, "may only be specified when readOnly is true");
            }
            if propagation.text_or("None") != "None" {
                recursive.forbidden(errors, "may only be specified when mountPropagation is None or not specified");
            }
        }
        _ => recursive.unsupported(errors, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// What a container uses of its pod's claims as block devices.
#[inline(never)]
pub fn devices(container: At<'_, '_>, volumes: &Volumes<'_>, errors: &mut Errors) {
    let list = container.field("volumeDevices");
    for (index, device) in list.items().enumerate() {
        let (name, path) = (device.field("name"), device.field("devicePath"));
        let before = || list.items().take(index);
        if name.is_empty() {
            name.required(errors, "");
        } else if before().any(|other| other.field("name").text() == name.text()) {
            name.invalid(errors, "must be unique");
        }
        match volumes.0.iter().find(|(volume, _)| *volume == name.text()) {
            Some((_, false)) => {
                name.invalid(errors, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            }
            Some(_) => {}
            None => name.not_found(errors),
        }
        if path.is_empty() {
            path.required(errors, "");
        } else if path.text().split('/').any(|part| part == "..") {
            path.invalid(errors, "can not contain backsteps ('..')");
        }
        if before().any(|other| other.field("devicePath").text() == path.text()) {
            path.invalid(errors, "must be unique");
        }
        let mounts = container.field("volumeMounts");
        for mount in mounts.items() {
            if mount.field("name").text() == name.text() {
                name.invalid(errors, "must not already exist in volumeMounts");
            }
            if mount.field("mountPath").text() == path.text() {
                path.invalid(errors, "must not already exist as a path in volumeMounts");
            }
        }
    }
}
