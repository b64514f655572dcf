//! Object metadata and label selectors (`k8s.io/apimachinery/pkg/api/validation/objectmeta.go`,
//! `pkg/apis/meta/v1/validation`).

use super::At;
use crate::object::error::Errors;
use crate::object::names::{NameForm, label_value, qualified_name};

/// `ValidateObjectMeta`.
pub fn metadata(root: At<'_, '_>, form: NameForm, namespaced: bool, errors: &mut Errors) {
    let is_custom = root.field("apiVersion").text().starts_with("gateway.");
    let meta = root.field("metadata");
    let (name, generate) = (meta.field("name"), meta.field("generateName"));
    if !generate.is_empty() {
        // Five characters are put after it, so that a dash may be its last.
        let prefix = generate.text();
        let masked =
            if prefix.ends_with('-') && prefix.len() > 1 { format!("{}a", &prefix[..prefix.len() - 1]) } else { prefix.to_owned() };
        for detail in form.problems(&masked) {
            generate.invalid(errors, detail);
        }
    }
    if !name.is_empty() {
        name.formed(errors, |name| form.problems(name));
    } else if generate.is_empty() {
        name.required(errors, "name or generateName is required");
    }
    let namespace = meta.field("namespace");
    // What has none loses the one that is written (`EnsureObjectNamespaceMatchesRequestNamespace` of `apiserver/pkg/registry/rest`).
    if namespaced && !namespace.is_empty() {
        namespace.formed(errors, |name| NameForm::Label.problems(name));
    }
    labels(meta.field("labels"), errors);
    annotations(meta.field("annotations"), errors);
    let finalizers = meta.field("finalizers");
    for name in finalizers.items() {
        for detail in qualified_name(name.text()) {
            finalizers.invalid_value(errors, name.text(), detail);
        }
        let known = name.text().contains('/') || matches!(name.text(), "kubernetes" | "orphan" | "foregroundDeletion");
        if !known && !is_custom {
            name.invalid(errors, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
    let has = |wanted: &str| finalizers.items().any(|name| name.text() == wanted);
    if has("orphan") && has("foregroundDeletion") {
        finalizers.invalid(errors, "finalizer orphan and foregroundDeletion cannot be both set");
    }
    if meta.field("ownerReferences").is_set() {
        owners(meta.field("ownerReferences"), errors);
    }
}

/// `ValidateOwnerReferences`, whose paths leave out which reference it is.
#[inline(never)]
fn owners(list: At<'_, '_>, errors: &mut Errors) {
    let mut controller: Option<String> = None;
    for owner in list.items() {
        let owner = owner.at_list(&list);
        let (version, kind) = (owner.field("apiVersion"), owner.field("kind"));
        if version.is_empty() {
            version.invalid_value(errors, "", "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if owner.field(field).is_empty() {
                owner.field(field).invalid_value(errors, "", "must not be empty");
            }
        }
        if (version.text(), kind.text()) == ("v1", "Event") {
            owner.invalid(errors, "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.field("controller").flag() == Some(true) {
            let name = format!("{}/{}", kind.text(), owner.field("name").text());
            match &controller {
                None => controller = Some(name),
                Some(first) => list.invalid(
                    errors,
                    format!("Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"),
                ),
            }
        }
    }
}

/// `ValidateLabels`: the errors stand at the map, not at its entries.
pub fn labels(map: At<'_, '_>, errors: &mut Errors) {
    for (key, value) in map.entries() {
        for detail in qualified_name(key) {
            map.invalid_value(errors, key, detail);
        }
        for detail in label_value(value.text()) {
            map.invalid_value(errors, value.text(), detail);
        }
    }
}

/// `ValidateAnnotations`.
pub fn annotations(map: At<'_, '_>, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in map.entries() {
        for detail in qualified_name(&key.to_ascii_lowercase()) {
            map.invalid_value(errors, key, detail);
        }
        size += key.len() + value.text().len();
    }
    if size > ANNOTATIONS_LIMIT {
        map.too_long(errors, ANNOTATIONS_LIMIT);
    }
}

const ANNOTATIONS_LIMIT: usize = 256 * 1024;

/// `ValidateLabelSelector`.
pub fn selector(selector: At<'_, '_>, errors: &mut Errors) {
    labels(selector.field("matchLabels"), errors);
    for requirement in selector.field("matchExpressions").items() {
        let (operator, values) = (requirement.field("operator"), requirement.field("values"));
        match operator.text() {
            "In" | "NotIn" if values.is_empty() => values.required(errors, "must be specified when `operator` is 'In' or 'NotIn'"),
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                values.forbidden(errors, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => operator.invalid_value(errors, other, "not a valid selector operator"),
        }
        let key = requirement.field("key");
        for detail in qualified_name(key.text()) {
            key.invalid_value(errors, key.text(), detail);
        }
        for value in values.items() {
            value.formed(errors, label_value);
        }
    }
}

/// Whether a selector selects by anything.
pub fn selects(selector: At<'_, '_>) -> bool {
    !selector.field("matchLabels").is_empty() || !selector.field("matchExpressions").is_empty()
}
