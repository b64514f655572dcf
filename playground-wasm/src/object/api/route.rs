//! The routes of `gateway.networking.k8s.io/v1`; those of the lower layers have some of an HTTPRoute's fields.

use crate::schema::structs;

structs! {
    in crate::object::API;

    HTTPRoute {
        spec "spec": HTTPRouteSpec,
    }

    HTTPRouteSpec {
        hostnames "hostnames": Vec<String>,
        parent_refs "parentRefs": Vec<ParentReference>,
        rules "rules": Option<Vec<HTTPRouteRule>>,
    }

    ParentReference {
        group "group": Option<String>,
        kind "kind": Option<String>,
        name "name": String,
        namespace "namespace": Option<String>,
        port "port": Option<u16>,
        section_name "sectionName": Option<String>,
    }

    HTTPRouteRule {
        backend_refs "backendRefs": Vec<HTTPBackendRef>,
        filters "filters": Vec<HTTPRouteFilter>,
        matches "matches": Vec<HTTPRouteMatch>,
        name "name": Option<String>,
        timeouts "timeouts": HTTPRouteTimeouts,
    }

    HTTPRouteTimeouts {
        backend_request "backendRequest": Option<String>,
        request "request": Option<String>,
    }

    HTTPRouteMatch {
        headers "headers": Vec<HTTPHeaderMatch>,
        method "method": Option<String>,
        path "path": TypedValue,
        query_params "queryParams": Vec<HTTPHeaderMatch>,
    }

    TypedValue {
        type_ "type": Option<String>,
        value "value": Option<String>,
    }

    HTTPHeaderMatch {
        name "name": String,
        type_ "type": Option<String>,
        value "value": String,
    }

    HTTPBackendRef {
        filters "filters": Vec<HTTPRouteFilter>,
        group "group": Option<String>,
        kind "kind": Option<String>,
        name "name": String,
        namespace "namespace": Option<String>,
        port "port": Option<u16>,
        weight "weight": Option<i32>,
    }

    HTTPRouteFilter {
        cors "cors": HTTPCORSFilter,
        extension_ref "extensionRef": BackendObjectReference,
        request_header_modifier "requestHeaderModifier": HTTPHeaderFilter,
        request_mirror "requestMirror": HTTPRequestMirrorFilter,
        request_redirect "requestRedirect": HTTPRequestRedirectFilter,
        response_header_modifier "responseHeaderModifier": HTTPHeaderFilter,
        type_ "type": String,
        url_rewrite "urlRewrite": HTTPURLRewriteFilter,
    }

    HTTPHeaderFilter {
        add "add": Vec<HTTPHeader>,
        remove "remove": Vec<String>,
        set "set": Vec<HTTPHeader>,
    }

    HTTPHeader {
        name "name": String,
        value "value": String,
    }

    HTTPRequestMirrorFilter {
        backend_ref "backendRef": BackendObjectReference,
        fraction "fraction": Option<Fraction>,
        percent "percent": Option<i32>,
    }

    BackendObjectReference {
        group "group": Option<String>,
        kind "kind": Option<String>,
        name "name": String,
        namespace "namespace": Option<String>,
        port "port": Option<u16>,
    }

    Fraction {
        denominator "denominator": Option<i32>,
        numerator "numerator": i32,
    }

    HTTPRequestRedirectFilter {
        hostname "hostname": Option<String>,
        path "path": Option<HTTPPathModifier>,
        port "port": Option<u16>,
        scheme "scheme": Option<String>,
        status_code "statusCode": Option<u16>,
    }

    HTTPPathModifier {
        replace_full_path "replaceFullPath": Option<String>,
        replace_prefix_match "replacePrefixMatch": Option<String>,
        type_ "type": String,
    }

    HTTPURLRewriteFilter {
        hostname "hostname": Option<String>,
        path "path": Option<HTTPPathModifier>,
    }

    HTTPCORSFilter {
        allow_credentials "allowCredentials": bool,
        allow_headers "allowHeaders": Vec<String>,
        allow_methods "allowMethods": Vec<String>,
        allow_origins "allowOrigins": Vec<String>,
        expose_headers "exposeHeaders": Vec<String>,
        max_age "maxAge": Option<i32>,
    }

    GRPCRoute {
        spec "spec": GRPCRouteSpec,
    }

    GRPCRouteSpec {
        rules "rules": Option<Vec<GRPCRouteRule>>,
    }

    GRPCRouteRule {
        matches "matches": Vec<GRPCRouteMatch>,
    }

    GRPCRouteMatch {
        headers "headers": Vec<HTTPHeaderMatch>,
        method "method": GRPCMethodMatch,
    }

    GRPCMethodMatch {
        method "method": Option<String>,
        service "service": Option<String>,
        type_ "type": Option<String>,
    }
}
