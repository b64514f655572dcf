//! `meta/v1`.

use std::collections::BTreeMap;

use crate::schema::structs;

structs! {
    in crate::object::API;

    ObjectMeta {
        labels "labels": Option<BTreeMap<String, String>>,
        annotations "annotations": Option<BTreeMap<String, String>>,
        owner_references "ownerReferences": Option<Vec<OwnerReference>>,
        deletion_timestamp "deletionTimestamp": Option<String>,
    }

    OwnerReference {
        kind "kind": String,
        name "name": String,
        controller "controller": Option<bool>,
    }

    LabelSelector {
        match_labels "matchLabels": Option<BTreeMap<String, String>>,
        match_expressions "matchExpressions": Option<Vec<LabelSelectorRequirement>>,
    }

    LabelSelectorRequirement {
        key "key": String,
        operator "operator": String,
        values "values": Option<Vec<String>>,
    }
}
