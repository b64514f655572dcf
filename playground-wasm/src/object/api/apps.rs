//! `apps/v1`.

use super::meta::{LabelSelector, ObjectMeta};
use super::pod::PodTemplateSpec;
use crate::schema::structs;

structs! {
    in crate::object::API;

    Deployment {
        spec "spec": DeploymentSpec,
    }

    DeploymentSpec {
        replicas "replicas": Option<i32>,
        selector "selector": LabelSelector,
        template "template": PodTemplateSpec,
    }

    ReplicaSet {
        metadata "metadata": ObjectMeta,
        spec "spec": ReplicaSetSpec,
    }

    ReplicaSetSpec {
        replicas "replicas": Option<i32>,
        selector "selector": LabelSelector,
        template "template": Option<PodTemplateSpec>,
    }

    StatefulSet {
        spec "spec": StatefulSetSpec,
    }

    StatefulSetSpec {
        replicas "replicas": Option<i32>,
        selector "selector": LabelSelector,
        service_name "serviceName": Option<String>,
        template "template": PodTemplateSpec,
    }

    DaemonSet {
        spec "spec": DaemonSetSpec,
    }

    DaemonSetSpec {
        selector "selector": LabelSelector,
        template "template": PodTemplateSpec,
    }
}
