//! The names outside the cluster, as the nodes' own name server knows them.
//!
//! There is no Internet in a browser tab, so this is a rule and not a record of anything:
//!
//! - `localhost` and names below it are the loopback addresses (RFC 6761).
//! - A name of at least two labels below a public top-level domain exists. Its A record is an address of TEST-NET-1
//!   (192.0.2.0/24), always the same one for a name; it has no record of another type.
//! - A host of an Ingress or a Gateway exists, at the address of the controller that serves it.
//! - Everything else does not exist: single labels, the reserved domains (`test`, `invalid`, `local`, `internal`, ...), and what
//!   is left of a cluster's name: a label `svc`, `cluster` or `_http`, or a name of two labels of which the second is a namespace here, so
//!   that `orders.dev` says what is wrong even though `.dev` is a public domain.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Decision, Name, Question, Rcode, Record, RecordData, Response};
use crate::cluster::Cluster;
use crate::edge::lead::public_address;

/// The name server in a node's own `resolv.conf`: an address of TEST-NET-2, outside every cluster.
pub const NAME_SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 53));

const TTL: u32 = 300;

/// The top-level domains of three letters or more that manifests commonly name.
const GENERIC: &str = " com org net edu gov mil int info biz app dev cloud page site online tech run sh ";

/// The country codes (ISO 3166-1 as delegated), two letters each.
const COUNTRIES: &str = "acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjbmbnbobrbsbtbwbybzcacccdcfcgchcickclcmcncocrcu\
cvcwcxcyczdedjdkdmdodzeceeegereseteufifjfkfmfofrgagdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuidieiliminioiqirisitjejmjojpke\
kgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymznancnenfngninlnonpnrnunzompapepfpgphpk\
plpmpnprpsptpwpyqarerorsrurwsasbscsdsesgshsiskslsmsnsosrssstsvsxsysztctdtftgthtjtktltmtntotrtttvtwtzuaugukusuyuzvavcvevgvivn\
vuwfwsyeytzazmzw";

/// Answers a question that is not the cluster's.
pub fn answer(cluster: &Cluster, question: &Question) -> Response {
    let name = question.name.to_lowercase();
    let labels: Vec<&str> = name.split('.').filter(|label| !label.is_empty()).collect();
    let served = public_address(cluster, &name).map(|address| [address]);
    let addresses: &[IpAddr] = match labels.as_slice() {
        _ if let Some(served) = &served => served,
        [.., "localhost"] => &[IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
        [] => &[],
        labels if exists(cluster, labels) => &[IpAddr::V4(address(&name))],
        _ => return Response::empty(Rcode::NxDomain, Decision::Outside),
    };
    let answers = addresses.iter().map(|&ip| record(question.name.clone(), ip)).filter(|record| record.data.rtype() == question.rtype);
    Response { answers: answers.collect(), ..Response::empty(Rcode::NoError, Decision::Outside) }
}

/// Answers for a name that its server is taken to know: as for a public one, an A record and no other.
pub fn known(question: &Question) -> Response {
    let data = RecordData::A(address(&question.name.to_lowercase()));
    let answers = if data.rtype() == question.rtype { vec![Record { name: question.name.clone(), ttl: TTL, data }] } else { Vec::new() };
    Response { answers, ..Response::empty(Rcode::NoError, Decision::Outside) }
}

fn record(name: Name, ip: IpAddr) -> Record {
    Record { name, ttl: TTL, data: RecordData::from(ip) }
}

fn exists(cluster: &Cluster, labels: &[&str]) -> bool {
    let [.., _, top] = labels else { return false };
    let public = match top.len() {
        2 => COUNTRIES.as_bytes().chunks(2).any(|code| code == top.as_bytes()),
        _ => GENERIC.contains(&format!(" {top} ")),
    };
    let namespace = labels.len() == 2 && cluster.namespaces.contains_key(*top);
    let of_cluster = labels.iter().any(|label| matches!(*label, "svc" | "cluster") || label.starts_with('_'));
    public && !namespace && !of_cluster
}

/// 192.0.2.1 to 192.0.2.254, by the FNV-1a hash of the name.
fn address(name: &str) -> Ipv4Addr {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [.., host] = (hash % 254 + 1).to_be_bytes();
    Ipv4Addr::new(192, 0, 2, host)
}
