//! Whether an object may refer to one in another namespace (`ReferenceGrant`, `gateway-api/apis/v1/referencegrant_types.go`).

use crate::cluster::Cluster;
use crate::model::ObjectReference;
use crate::object::gateway::GROUP;

/// Whether an object of a Gateway API kind in a namespace may refer to another: its own namespace's always, others' where a
/// ReferenceGrant there says so.
pub fn allows(cluster: &Cluster, kind: &str, namespace: &str, to: &ObjectReference) -> bool {
    let Some(target) = to.namespace.as_deref().filter(|target| *target != namespace) else { return true };
    cluster.edge.grants.iter().filter(|grant| grant.meta.namespace == target).any(|grant| {
        grant.from.iter().any(|from| from.group == GROUP && from.kind == kind && from.namespace == namespace)
            && grant.to.iter().any(|allowed| {
                allowed.group == to.group && allowed.kind == to.kind && allowed.name.as_ref().is_none_or(|name| *name == to.name)
            })
    })
}
