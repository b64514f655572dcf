//! Which controller serves an Ingress: the class it names, by field or by the old annotation, or the default class.
//!
//! Follows `plugin/pkg/admission/network/defaultingressclass`: of several default classes the newest is taken, then the first
//! by name. The annotation counts as a name of a class, which it was before there were IngressClasses.

use std::cmp::Reverse;

use super::created;
use crate::cluster::Cluster;
use crate::model::{Ingress, IngressClass};
use crate::object::ingress::CLASS_ANNOTATION;

/// The annotation that makes a class the default one.
const DEFAULT_ANNOTATION: &str = "ingressclass.kubernetes.io/is-default-class";

/// Why no controller serves an Ingress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClassProblem {
    /// It names a class that does not exist; by the annotation or by the field.
    Unknown { name: String, by_annotation: bool },
    /// It names none, and no class is the default.
    NoDefault,
}

/// The index of an Ingress's class in [`Cluster::edge`].
pub fn of(cluster: &Cluster, ingress: &Ingress) -> Result<usize, ClassProblem> {
    let (name, by_annotation) = match (&ingress.class_name, ingress.meta.annotations.get(CLASS_ANNOTATION)) {
        (Some(name), _) => (name, false),
        (None, Some(name)) => (name, true),
        (None, None) => return default(cluster).ok_or(ClassProblem::NoDefault),
    };
    let found = cluster.edge.ingress_classes.iter().position(|(_, class)| class.meta.name == *name);
    found.ok_or_else(|| ClassProblem::Unknown { name: name.clone(), by_annotation })
}

/// The default class.
pub fn default(cluster: &Cluster) -> Option<usize> {
    let classes = cluster.edge.ingress_classes.iter().enumerate().filter(|(_, (_, class))| is_default(class));
    // The classes are in the order of their names, and the first of equals is kept.
    classes.min_by_key(|(_, (object, _))| Reverse(created(cluster, *object))).map(|(index, _)| index)
}

fn is_default(class: &IngressClass) -> bool {
    class.meta.annotations.get(DEFAULT_ANNOTATION).is_some_and(|value| value == "true")
}
