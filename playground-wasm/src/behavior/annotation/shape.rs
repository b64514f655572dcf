//! The fields of the behavior annotation, for one container.

use crate::schema::{IntOrString, Schema, structs};

/// The shape of what the annotation says of one container.
pub const SHAPE: Schema = Schema(
    "Written calls:[s crash_after:x exec:b exit_code:i ignores_sigterm:b listen:[WrittenListener missing_image:b proxy:WrittenProxy reads:[s ready:b shutdown:x startup:x writes:[s
WrittenListener address:s delay:x fail_rate:n fail_status:l forward:s paths:{WrittenPath port:l protocol:s respond:WrittenResponse
WrittenPath body:s calls:[s delay:x status:l
WrittenProxy exclude_inbound:[l exclude_outbound:[l forward:s inbound:l mtls:s outbound:l uid:l
WrittenResponse body:s status:l
",
);

/// The fields of a container as a sentence lists them.
pub fn fields() -> String {
    let line = SHAPE.0.lines().next().unwrap_or_default();
    let names: Vec<String> = line.split(' ').skip(1).filter_map(|field| Some(format!("`{}`", field.split_once(':')?.0))).collect();
    names.join(", ")
}

structs! {
    in super::SHAPE;

    Written {
        listen "listen": Option<Vec<WrittenListener>>,
        calls "calls": Option<Vec<String>>,
        ready "ready": Option<bool>,
        exec "exec": Option<bool>,
        startup "startup": Option<IntOrString>,
        shutdown "shutdown": Option<IntOrString>,
        ignores_sigterm "ignores_sigterm": bool,
        crash_after "crash_after": Option<IntOrString>,
        exit_code "exit_code": Option<i32>,
        missing_image "missing_image": bool,
        writes "writes": Option<Vec<String>>,
        reads "reads": Option<Vec<String>>,
        proxy "proxy": Option<WrittenProxy>,
    }

    WrittenListener {
        port "port": Option<i64>,
        address "address": Option<String>,
        protocol "protocol": Option<String>,
        respond "respond": Option<WrittenResponse>,
        delay "delay": Option<IntOrString>,
        fail_status "fail_status": Option<i64>,
        paths "paths": std::collections::BTreeMap<String, WrittenPath>,
        forward "forward": Option<String>,
    }

    WrittenPath {
        status "status": Option<i64>,
        body "body": Option<String>,
        delay "delay": Option<IntOrString>,
        calls "calls": Option<Vec<String>>,
    }

    WrittenResponse {
        status "status": Option<i64>,
        body "body": Option<String>,
    }

    WrittenProxy {
        inbound "inbound": Option<i64>,
        outbound "outbound": Option<i64>,
        exclude_inbound "exclude_inbound": Option<Vec<i64>>,
        exclude_outbound "exclude_outbound": Option<Vec<i64>>,
        uid "uid": Option<i64>,
        mtls "mtls": Option<String>,
        forward "forward": Option<String>,
    }
}
