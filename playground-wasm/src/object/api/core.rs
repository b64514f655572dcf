//! `core/v1` but for pods: Services, Endpoints, nodes, ReplicationControllers, ConfigMaps and Secrets.

use std::collections::BTreeMap;

use super::pod::PodTemplateSpec;
use crate::schema::{Bytes, IntOrString, structs};

structs! {
    in crate::object::API;

    Service {
        spec "spec": Option<ServiceSpec>,
        status "status": Option<ServiceStatus>,
    }

    ServiceSpec {
        allocate_load_balancer_node_ports "allocateLoadBalancerNodePorts": Option<bool>,
        cluster_ip "clusterIP": Option<String>,
        cluster_ips "clusterIPs": Option<Vec<String>>,
        external_ips "externalIPs": Option<Vec<String>>,
        external_name "externalName": Option<String>,
        external_traffic_policy "externalTrafficPolicy": Option<String>,
        health_check_node_port "healthCheckNodePort": Option<i32>,
        internal_traffic_policy "internalTrafficPolicy": Option<String>,
        ip_families "ipFamilies": Option<Vec<String>>,
        ip_family_policy "ipFamilyPolicy": Option<String>,
        load_balancer_class "loadBalancerClass": Option<String>,
        load_balancer_ip "loadBalancerIP": Option<String>,
        load_balancer_source_ranges "loadBalancerSourceRanges": Option<Vec<String>>,
        ports "ports": Option<Vec<ServicePort>>,
        publish_not_ready_addresses "publishNotReadyAddresses": Option<bool>,
        selector "selector": Option<BTreeMap<String, String>>,
        session_affinity "sessionAffinity": Option<String>,
        session_affinity_config "sessionAffinityConfig": Option<SessionAffinityConfig>,
        traffic_distribution "trafficDistribution": Option<String>,
        type_ "type": Option<String>,
    }

    ServicePort {
        app_protocol "appProtocol": Option<String>,
        name "name": Option<String>,
        node_port "nodePort": Option<i32>,
        port "port": i32,
        protocol "protocol": Option<String>,
        target_port "targetPort": Option<IntOrString>,
    }

    SessionAffinityConfig {
        client_ip "clientIP": Option<ClientIPConfig>,
    }

    ClientIPConfig {
        timeout_seconds "timeoutSeconds": Option<i32>,
    }

    ServiceStatus {
        load_balancer "loadBalancer": Option<LoadBalancerStatus>,
    }

    LoadBalancerStatus {
        ingress "ingress": Option<Vec<LoadBalancerIngress>>,
    }

    LoadBalancerIngress {
        hostname "hostname": Option<String>,
        ip "ip": Option<String>,
        ip_mode "ipMode": Option<String>,
    }

    Endpoints {
        subsets "subsets": Option<Vec<EndpointSubset>>,
    }

    EndpointSubset {
        addresses "addresses": Option<Vec<EndpointAddress>>,
        not_ready_addresses "notReadyAddresses": Option<Vec<EndpointAddress>>,
        ports "ports": Option<Vec<EndpointPort>>,
    }

    EndpointAddress {
        hostname "hostname": Option<String>,
        ip "ip": String,
        node_name "nodeName": Option<String>,
        target_ref "targetRef": Option<ObjectReference>,
    }

    EndpointPort {
        name "name": Option<String>,
        port "port": i32,
        protocol "protocol": Option<String>,
    }

    ObjectReference {
        kind "kind": Option<String>,
        name "name": Option<String>,
    }

    Node {
        spec "spec": Option<NodeSpec>,
        status "status": Option<NodeStatus>,
    }

    NodeSpec {
        pod_cidr "podCIDR": Option<String>,
        pod_cidrs "podCIDRs": Option<Vec<String>>,
        taints "taints": Option<Vec<Taint>>,
        unschedulable "unschedulable": Option<bool>,
    }

    Taint {
        effect "effect": String,
        key "key": String,
        value "value": Option<String>,
    }

    NodeStatus {
        addresses "addresses": Option<Vec<NodeAddress>>,
        allocatable "allocatable": Option<BTreeMap<String, IntOrString>>,
        conditions "conditions": Option<Vec<NodeCondition>>,
    }

    NodeAddress {
        address "address": String,
        type_ "type": String,
    }

    NodeCondition {
        status "status": String,
        type_ "type": String,
    }

    ReplicationController {
        spec "spec": Option<ReplicationControllerSpec>,
    }

    ReplicationControllerSpec {
        replicas "replicas": Option<i32>,
        selector "selector": Option<BTreeMap<String, String>>,
        template "template": Option<PodTemplateSpec>,
    }

    ConfigMap {
        data "data": Option<BTreeMap<String, String>>,
    }

    Secret {
        data "data": Option<BTreeMap<String, Bytes>>,
        string_data "stringData": Option<BTreeMap<String, String>>,
        type_ "type": Option<String>,
    }
}
