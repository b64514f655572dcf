//! `apps/v1`.

use super::meta::{LabelSelector, ObjectMeta};
use super::pod::PodTemplateSpec;
use crate::schema::{IntOrString, structs};

structs! {
    in crate::object::API;

    Deployment {
        spec "spec": DeploymentSpec,
    }

    DeploymentSpec {
        min_ready_seconds "minReadySeconds": Option<i32>,
        paused "paused": Option<bool>,
        strategy "strategy": Option<DeploymentStrategy>,
        replicas "replicas": Option<i32>,
        selector "selector": LabelSelector,
        template "template": PodTemplateSpec,
    }

    DeploymentStrategy {
        rolling_update "rollingUpdate": Option<RollingUpdateDeployment>,
        type_ "type": Option<String>,
    }

    RollingUpdateDeployment {
        max_surge "maxSurge": Option<IntOrString>,
        max_unavailable "maxUnavailable": Option<IntOrString>,
    }

    ReplicaSet {
        metadata "metadata": ObjectMeta,
        spec "spec": ReplicaSetSpec,
    }

    ReplicaSetSpec {
        min_ready_seconds "minReadySeconds": Option<i32>,
        replicas "replicas": Option<i32>,
        selector "selector": LabelSelector,
        template "template": Option<PodTemplateSpec>,
    }

    StatefulSet {
        spec "spec": StatefulSetSpec,
    }

    StatefulSetSpec {
        min_ready_seconds "minReadySeconds": Option<i32>,
        ordinals "ordinals": Option<StatefulSetOrdinals>,
        pod_management_policy "podManagementPolicy": Option<String>,
        update_strategy "updateStrategy": Option<StatefulSetUpdateStrategy>,
        replicas "replicas": Option<i32>,
        selector "selector": LabelSelector,
        service_name "serviceName": Option<String>,
        template "template": PodTemplateSpec,
    }

    StatefulSetOrdinals {
        start "start": Option<i32>,
    }

    StatefulSetUpdateStrategy {
        rolling_update "rollingUpdate": Option<RollingUpdateStatefulSetStrategy>,
        type_ "type": Option<String>,
    }

    RollingUpdateStatefulSetStrategy {
        partition "partition": Option<i32>,
    }

    DaemonSet {
        spec "spec": DaemonSetSpec,
    }

    DaemonSetSpec {
        min_ready_seconds "minReadySeconds": Option<i32>,
        update_strategy "updateStrategy": Option<DaemonSetUpdateStrategy>,
        selector "selector": LabelSelector,
        template "template": PodTemplateSpec,
    }

    DaemonSetUpdateStrategy {
        rolling_update "rollingUpdate": Option<RollingUpdateDaemonSet>,
        type_ "type": Option<String>,
    }

    RollingUpdateDaemonSet {
        max_surge "maxSurge": Option<IntOrString>,
        max_unavailable "maxUnavailable": Option<IntOrString>,
    }
}
