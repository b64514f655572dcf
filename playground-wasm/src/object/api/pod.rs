//! `core/v1`, pods and what is in them.

use std::collections::BTreeMap;

use super::meta::{LabelSelector, ObjectMeta};
use crate::schema::{IntOrString, structs};

structs! {
    in crate::object::API;

    Pod {
        metadata "metadata": ObjectMeta,
        spec "spec": Option<PodSpec>,
        status "status": Option<PodStatus>,
    }

    PodTemplateSpec {
        metadata "metadata": Option<ObjectMeta>,
        spec "spec": Option<PodSpec>,
    }

    PodStatus {
        conditions "conditions": Option<Vec<PodCondition>>,
        phase "phase": Option<String>,
        pod_ip "podIP": Option<String>,
        pod_ips "podIPs": Option<Vec<PodIP>>,
    }

    PodCondition {
        status "status": String,
        type_ "type": String,
    }

    PodIP {
        ip "ip": String,
    }

    PodSpec {
        affinity "affinity": Option<Affinity>,
        containers "containers": Vec<Container>,
        dns_config "dnsConfig": Option<PodDNSConfig>,
        dns_policy "dnsPolicy": Option<String>,
        enable_service_links "enableServiceLinks": Option<bool>,
        host_aliases "hostAliases": Option<Vec<HostAlias>>,
        host_network "hostNetwork": Option<bool>,
        hostname "hostname": Option<String>,
        hostname_override "hostnameOverride": Option<String>,
        init_containers "initContainers": Option<Vec<Container>>,
        node_name "nodeName": Option<String>,
        node_selector "nodeSelector": Option<BTreeMap<String, String>>,
        readiness_gates "readinessGates": Option<Vec<PodReadinessGate>>,
        restart_policy "restartPolicy": Option<String>,
        scheduling_gates "schedulingGates": Option<Vec<PodSchedulingGate>>,
        security_context "securityContext": Option<PodSecurityContext>,
        service_account_name "serviceAccountName": Option<String>,
        set_hostname_as_fqdn "setHostnameAsFQDN": Option<bool>,
        subdomain "subdomain": Option<String>,
        termination_grace_period_seconds "terminationGracePeriodSeconds": Option<i64>,
        tolerations "tolerations": Option<Vec<Toleration>>,
        volumes "volumes": Option<Vec<Volume>>,
    }

    PodSecurityContext {
        run_as_user "runAsUser": Option<i64>,
    }

    SecurityContext {
        run_as_user "runAsUser": Option<i64>,
    }

    Container {
        args "args": Option<Vec<String>>,
        command "command": Option<Vec<String>>,
        env "env": Option<Vec<EnvVar>>,
        env_from "envFrom": Option<Vec<EnvFromSource>>,
        image "image": Option<String>,
        lifecycle "lifecycle": Option<Lifecycle>,
        liveness_probe "livenessProbe": Option<Probe>,
        name "name": String,
        ports "ports": Option<Vec<ContainerPort>>,
        readiness_probe "readinessProbe": Option<Probe>,
        restart_policy "restartPolicy": Option<String>,
        security_context "securityContext": Option<SecurityContext>,
        startup_probe "startupProbe": Option<Probe>,
        volume_mounts "volumeMounts": Option<Vec<VolumeMount>>,
    }

    Lifecycle {
        post_start "postStart": Option<LifecycleHandler>,
        pre_stop "preStop": Option<LifecycleHandler>,
    }

    LifecycleHandler {
        exec "exec": Option<ExecAction>,
        http_get "httpGet": Option<HTTPGetAction>,
        sleep "sleep": Option<SleepAction>,
    }

    SleepAction {
        seconds "seconds": i64,
    }

    ContainerPort {
        container_port "containerPort": i32,
        host_ip "hostIP": Option<String>,
        host_port "hostPort": Option<i32>,
        name "name": Option<String>,
        protocol "protocol": Option<String>,
    }

    VolumeMount {
        mount_path "mountPath": String,
        name "name": String,
        read_only "readOnly": Option<bool>,
        sub_path "subPath": Option<String>,
    }

    Volume {
        config_map "configMap": Option<ConfigMapVolumeSource>,
        csi "csi": Option<Present>,
        downward_api "downwardAPI": Option<Present>,
        host_path "hostPath": Option<HostPathVolumeSource>,
        image "image": Option<Present>,
        name "name": String,
        nfs "nfs": Option<Present>,
        claim "persistentVolumeClaim": Option<PersistentVolumeClaimVolumeSource>,
        projected "projected": Option<Present>,
        secret "secret": Option<SecretVolumeSource>,
    }

    ConfigMapVolumeSource {
        items "items": Option<Vec<KeyToPath>>,
        name "name": String,
    }

    SecretVolumeSource {
        items "items": Option<Vec<KeyToPath>>,
        secret_name "secretName": String,
    }

    KeyToPath {
        key "key": String,
        path "path": String,
    }

    HostPathVolumeSource {
        path "path": String,
    }

    PersistentVolumeClaimVolumeSource {
        claim_name "claimName": String,
    }

    EnvVar {
        name "name": String,
        value "value": Option<String>,
        value_from "valueFrom": Option<EnvVarSource>,
    }

    EnvVarSource {
        config_map_key_ref "configMapKeyRef": Option<ConfigMapKeySelector>,
        field_ref "fieldRef": Option<ObjectFieldSelector>,
        secret_key_ref "secretKeyRef": Option<SecretKeySelector>,
    }

    ConfigMapKeySelector {
        key "key": String,
        name "name": String,
        optional "optional": Option<bool>,
    }

    SecretKeySelector {
        key "key": String,
        name "name": String,
        optional "optional": Option<bool>,
    }

    ObjectFieldSelector {
        field_path "fieldPath": String,
    }

    EnvFromSource {
        config_map_ref "configMapRef": Option<ConfigMapEnvSource>,
        prefix "prefix": Option<String>,
        secret_ref "secretRef": Option<SecretEnvSource>,
    }

    ConfigMapEnvSource {
        name "name": String,
        optional "optional": Option<bool>,
    }

    SecretEnvSource {
        name "name": String,
        optional "optional": Option<bool>,
    }

    Probe {
        exec "exec": Option<ExecAction>,
        failure_threshold "failureThreshold": Option<i32>,
        grpc "grpc": Option<GRPCAction>,
        http_get "httpGet": Option<HTTPGetAction>,
        initial_delay_seconds "initialDelaySeconds": Option<i32>,
        period_seconds "periodSeconds": Option<i32>,
        success_threshold "successThreshold": Option<i32>,
        tcp_socket "tcpSocket": Option<TCPSocketAction>,
        termination_grace_period_seconds "terminationGracePeriodSeconds": Option<i64>,
        timeout_seconds "timeoutSeconds": Option<i32>,
    }

    ExecAction {
        command "command": Option<Vec<String>>,
    }

    GRPCAction {
        port "port": i32,
        service "service": Option<String>,
    }

    HTTPGetAction {
        host "host": Option<String>,
        http_headers "httpHeaders": Option<Vec<HTTPHeader>>,
        path "path": Option<String>,
        port "port": IntOrString,
        scheme "scheme": Option<String>,
    }

    HTTPHeader {
        name "name": String,
        value "value": String,
    }

    TCPSocketAction {
        host "host": Option<String>,
        port "port": IntOrString,
    }

    PodDNSConfig {
        nameservers "nameservers": Option<Vec<String>>,
        options "options": Option<Vec<PodDNSConfigOption>>,
        searches "searches": Option<Vec<String>>,
    }

    PodDNSConfigOption {
        name "name": Option<String>,
        value "value": Option<String>,
    }

    HostAlias {
        hostnames "hostnames": Option<Vec<String>>,
        ip "ip": String,
    }

    PodSchedulingGate {
        name "name": String,
    }

    PodReadinessGate {
        condition_type "conditionType": String,
    }

    Toleration {
        effect "effect": Option<String>,
        key "key": Option<String>,
        operator "operator": Option<String>,
        toleration_seconds "tolerationSeconds": Option<i64>,
        value "value": Option<String>,
    }

    Affinity {
        node_affinity "nodeAffinity": Option<NodeAffinity>,
        pod_affinity "podAffinity": Option<PodAffinity>,
        pod_anti_affinity "podAntiAffinity": Option<PodAntiAffinity>,
    }

    NodeAffinity {
        required_during_scheduling_ignored_during_execution "requiredDuringSchedulingIgnoredDuringExecution": Option<NodeSelector>,
    }

    PodAffinity {
        required_during_scheduling_ignored_during_execution "requiredDuringSchedulingIgnoredDuringExecution":
            Option<Vec<PodAffinityTerm>>,
    }

    PodAntiAffinity {
        required_during_scheduling_ignored_during_execution "requiredDuringSchedulingIgnoredDuringExecution":
            Option<Vec<PodAffinityTerm>>,
    }

    PodAffinityTerm {
        label_selector "labelSelector": Option<LabelSelector>,
        namespace_selector "namespaceSelector": Option<LabelSelector>,
        namespaces "namespaces": Option<Vec<String>>,
        topology_key "topologyKey": String,
    }

    NodeSelector {
        node_selector_terms "nodeSelectorTerms": Vec<NodeSelectorTerm>,
    }

    NodeSelectorTerm {
        match_expressions "matchExpressions": Option<Vec<NodeSelectorRequirement>>,
        match_fields "matchFields": Option<Vec<NodeSelectorRequirement>>,
    }

    NodeSelectorRequirement {
        key "key": String,
        operator "operator": String,
        values "values": Option<Vec<String>>,
    }
}

/// A field of which nothing counts but that it is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Present;

impl crate::schema::Read for Present {
    fn read(_: &crate::text::Node) -> Self {
        Self
    }
}
