//! Volumes of a pod, and where its containers mount them.

/// A volume as a pod declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    pub name: String,
    pub source: VolumeSource,
}

/// What a volume holds, as far as who sees whose files goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeSource {
    /// The pod's own, empty when it comes to its node; also what a volume without any source is (`SetDefaults_Volume`).
    EmptyDir,
    /// The keys of a ConfigMap or a Secret as files; of `items`, where there are any, the key and its path.
    Data { secret: bool, name: String, items: Vec<(String, String)> },
    /// Of a PersistentVolumeClaim, which other pods may mount, too.
    Claim(String),
    /// A folder of the node.
    HostPath(String),
    /// Of a kind whose files are not known here; the field that says so.
    Other(&'static str),
}

/// An entry of a container's `volumeMounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The volume's name; of a StatefulSet's claim template, too.
    pub name: String,
    pub path: String,
    /// The part of the volume that is mounted; empty for all of it.
    pub sub_path: String,
    pub read_only: bool,
}

impl Mount {
    /// What a path is within the volume; absent where the mount does not hold it.
    pub fn within(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix(self.path.trim_end_matches('/'))?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let pieces = self.sub_path.split('/').chain(rest.split('/')).filter(|piece| !piece.is_empty());
        Some(pieces.collect::<Vec<_>>().join("/"))
    }
}
