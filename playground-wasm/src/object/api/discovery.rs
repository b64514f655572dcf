//! `discovery.k8s.io/v1`.

use super::core::ObjectReference;
use crate::schema::structs;

structs! {
    in crate::object::API;

    EndpointSlice {
        address_type "addressType": String,
        endpoints "endpoints": Option<Vec<Endpoint>>,
        ports "ports": Option<Vec<EndpointPort>>,
    }

    Endpoint {
        addresses "addresses": Vec<String>,
        conditions "conditions": Option<EndpointConditions>,
        hints "hints": Option<EndpointHints>,
        hostname "hostname": Option<String>,
        node_name "nodeName": Option<String>,
        target_ref "targetRef": Option<ObjectReference>,
        zone "zone": Option<String>,
    }

    EndpointConditions {
        ready "ready": Option<bool>,
        serving "serving": Option<bool>,
        terminating "terminating": Option<bool>,
    }

    EndpointHints {
        for_nodes "forNodes": Option<Vec<ForNode>>,
        for_zones "forZones": Option<Vec<ForZone>>,
    }

    ForNode {
        name "name": String,
    }

    ForZone {
        name "name": String,
    }

    EndpointPort {
        name "name": Option<String>,
        port "port": Option<i32>,
        protocol "protocol": Option<String>,
    }
}
