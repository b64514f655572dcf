//! Volumes: the API's to the model's. Left out: sizes, modes and permissions.

use super::api::pod as api;
use crate::model::{Mount, Volume, VolumeSource};

/// Converts a volume.
pub fn volume(volume: api::Volume) -> Volume {
    let items = |items: Option<Vec<api::KeyToPath>>| items.unwrap_or_default().into_iter().map(|item| (item.key, item.path)).collect();
    let source = if let Some(map) = volume.config_map {
        VolumeSource::Data { secret: false, name: map.name, items: items(map.items) }
    } else if let Some(secret) = volume.secret {
        VolumeSource::Data { secret: true, name: secret.secret_name, items: items(secret.items) }
    } else if let Some(claim) = volume.claim {
        VolumeSource::Claim(claim.claim_name)
    } else if let Some(host) = volume.host_path {
        VolumeSource::HostPath(host.path)
    } else {
        let kinds = [
            (volume.projected.is_some(), "projected"),
            (volume.downward_api.is_some(), "downwardAPI"),
            (volume.csi.is_some(), "csi"),
            (volume.nfs.is_some(), "nfs"),
            (volume.image.is_some(), "image"),
        ];
        kinds.into_iter().find(|(given, _)| *given).map_or(VolumeSource::EmptyDir, |(_, field)| VolumeSource::Other(field))
    };
    Volume { name: volume.name, source }
}

/// Converts an entry of `volumeMounts`.
pub fn mount(mount: api::VolumeMount) -> Mount {
    Mount {
        name: mount.name,
        path: mount.mount_path,
        sub_path: mount.sub_path.unwrap_or_default(),
        read_only: mount.read_only.unwrap_or(false),
    }
}
