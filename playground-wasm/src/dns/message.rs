//! Questions and answers (RFC 1035), without the wire format: the simulator never needs the octets.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Name;
use crate::cluster::{Cluster, ServiceId};

/// A record type by its number, which is also what a type without a name of its own is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordType(pub u16);

const NAMES: [(u16, &str); 20] = [
    (1, "A"),
    (2, "NS"),
    (5, "CNAME"),
    (6, "SOA"),
    (12, "PTR"),
    (13, "HINFO"),
    (15, "MX"),
    (16, "TXT"),
    (28, "AAAA"),
    (33, "SRV"),
    (35, "NAPTR"),
    (43, "DS"),
    (46, "RRSIG"),
    (48, "DNSKEY"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (251, "IXFR"),
    (252, "AXFR"),
    (255, "ANY"),
    (257, "CAA"),
];

impl RecordType {
    pub const A: Self = Self(1);
    pub const NS: Self = Self(2);
    pub const CNAME: Self = Self(5);
    pub const SOA: Self = Self(6);
    pub const PTR: Self = Self(12);
    pub const MX: Self = Self(15);
    pub const TXT: Self = Self(16);
    pub const AAAA: Self = Self(28);
    pub const SRV: Self = Self(33);
    pub const IXFR: Self = Self(251);
    pub const AXFR: Self = Self(252);

    /// The type of that name in any case, or of the form `TYPE65` (RFC 3597).
    pub fn from_name(name: &str) -> Option<Self> {
        let known = NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        known.map(|&(number, _)| Self(number)).or_else(|| name.to_ascii_uppercase().strip_prefix("TYPE")?.parse().ok().map(Self))
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

/// What is asked of a name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub name: Name,
    pub rtype: RecordType,
}

/// A resource record; the TTL is in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub name: Name,
    pub ttl: u32,
    pub data: RecordData,
}

/// The data of the record types that occur in answers; `Display` gives the presentation form, a text without its quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordData {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Cname(Name),
    Ns(Name),
    Ptr(Name),
    Soa(Box<Soa>),
    Srv { priority: u16, weight: u16, port: u16, target: Name },
    Txt(String),
}

/// The data of a start-of-authority record; times in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soa {
    pub primary: Name,
    pub mailbox: Name,
    pub serial: u32,
    pub refresh: u32,
    pub retry: u32,
    pub expire: u32,
    pub minimum: u32,
}

impl RecordData {
    pub fn rtype(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::AAAA,
            Self::Cname(_) => RecordType::CNAME,
            Self::Ns(_) => RecordType::NS,
            Self::Ptr(_) => RecordType::PTR,
            Self::Soa(_) => RecordType::SOA,
            Self::Srv { .. } => RecordType::SRV,
            Self::Txt(_) => RecordType::TXT,
        }
    }

    /// The address of an A or AAAA record.
    pub fn address(&self) -> Option<IpAddr> {
        match *self {
            Self::A(ip) => Some(ip.into()),
            Self::Aaaa(ip) => Some(ip.into()),
            _ => None,
        }
    }
}

impl From<IpAddr> for RecordData {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self::A(ip),
            IpAddr::V6(ip) => Self::Aaaa(ip),
        }
    }
}

impl fmt::Display for RecordData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(ip) => ip.fmt(f),
            Self::Aaaa(ip) => ip.fmt(f),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) => name.fmt(f),
            Self::Soa(soa) => {
                let Soa { primary, mailbox, serial, refresh, retry, expire, minimum } = &**soa;
                write!(f, "{primary} {mailbox} {serial} {refresh} {retry} {expire} {minimum}")
            }
            Self::Srv { priority, weight, port, target } => write!(f, "{priority} {weight} {port} {target}"),
            Self::Txt(text) => f.write_str(text),
        }
    }
}

/// How a name server answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rcode {
    NoError,
    ServFail,
    NxDomain,
    Refused,
}

impl Rcode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoError => "NOERROR",
            Self::ServFail => "SERVFAIL",
            Self::NxDomain => "NXDOMAIN",
            Self::Refused => "REFUSED",
        }
    }
}

/// A name server's answer; `NoError` without answers means that the name exists and has no record of that type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub rcode: Rcode,
    pub answers: Vec<Record>,
    /// The SOA of the zone, in a negative answer of the cluster's own name server.
    pub authority: Vec<Record>,
    pub additional: Vec<Record>,
    pub decision: Decision,
}

/// What decided an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The records of a Service; none of them may be of the type that was asked for.
    Service(ServiceId),
    /// The name of a pod record spells out its address.
    PodAddress,
    /// A name of the zone itself: the zone, `svc`, a namespace, `dns-version`, `ns.dns`.
    Zone,
    /// `exact` where the question was for a Service itself or for a pod record, and not for something above or below one.
    NoSuchNamespace {
        namespace: String,
        exact: bool,
    },
    NoSuchService {
        namespace: String,
        name: String,
        exact: bool,
    },
    /// A Service with no endpoint that is ready: a headless one, or any where the Corefile ignores those.
    NoReadyEndpoints(ServiceId),
    /// No ready endpoint of the Service has that hostname.
    NoSuchEndpoint(ServiceId, String),
    /// The Service has no port of that name and protocol.
    NoSuchPort(ServiceId, String),
    /// An ExternalName that is an address: CoreDNS makes no record of it.
    ExternalNameIsAddress(ServiceId),
    /// The first label of a pod record is not an address.
    NotAnAddress(String),
    /// `service.namespace` without the `svc` that belongs behind it; the namespace exists.
    WithoutSvc(String),
    /// The name lies in the cluster's zone and has none of the forms that have records.
    UnknownForm,
    /// CoreDNS answers for pods that it knows only, or for none.
    NoSuchPod(String),
    /// The Corefile has no plugin for the name.
    NoPlugin,
    /// The lines of the plugin `hosts` decide.
    HostsPlugin,
    /// No Service and no endpoint has the address.
    NoSuchAddress,
    /// Passed on to the name server that knows the names outside the cluster.
    Outside,
    /// CoreDNS could not reach the name server that it passes names on to.
    NoUpstream {
        server: Option<IpAddr>,
    },
}

impl Decision {
    /// Says it in a sentence without the full stop.
    pub fn sentence(&self, cluster: &Cluster) -> String {
        let service = |id: &ServiceId| {
            let meta = cluster.service(*id).meta();
            format!("Service {} in namespace {}", meta.name, meta.namespace)
        };
        match self {
            Self::Service(id) => format!("{} has no record of this type", service(id)),
            Self::PodAddress => "The pod's address is of the other family".into(),
            Self::Zone => "The name exists and has no record of this type".into(),
            Self::NoSuchNamespace { namespace, .. } if cluster.namespaces.contains_key(namespace) => {
                format!("CoreDNS's Corefile leaves out the namespace {namespace}")
            }
            Self::NoSuchNamespace { namespace, .. } => format!("There is no namespace {namespace}"),
            Self::NoSuchService { namespace, name, .. } => format!("There is no Service {name} in namespace {namespace}"),
            Self::NoReadyEndpoints(id) if cluster.service(*id).is_headless() => {
                format!("The headless {} has no ready endpoint", service(id))
            }
            Self::NoReadyEndpoints(id) => format!("{} has no ready endpoint, which CoreDNS's Corefile asks to ignore", service(id)),
            Self::NoSuchEndpoint(id, hostname) => format!("{} has no ready endpoint with the hostname {hostname}", service(id)),
            Self::NoSuchPort(id, port) => format!("{} has no port {port}", service(id)),
            Self::ExternalNameIsAddress(id) => format!("The externalName of {} is an address, which gets no record", service(id)),
            Self::NotAnAddress(label) => format!("{label} does not spell the address of a pod"),
            Self::WithoutSvc(name) => {
                let domain = cluster.config.cluster_domain.trim_end_matches('.');
                format!("The cluster's domain has its Services below svc: {name}.svc.{domain}, not {name}.{domain}")
            }
            Self::UnknownForm => "Names in the cluster's domain have the form service.namespace.svc or address.namespace.pod".into(),
            Self::NoSuchPod(label) => format!("CoreDNS has no record of a pod {label}"),
            Self::NoPlugin => "CoreDNS's Corefile passes this name on to nobody".into(),
            Self::HostsPlugin => "The plugin hosts of CoreDNS's Corefile has no such record of this name".into(),
            Self::NoSuchAddress => "No Service and no ready endpoint has this address".into(),
            Self::NoUpstream { server } => {
                let server = server.map_or_else(|| "which its resolv.conf does not name".to_owned(), |server| server.to_string());
                format!("CoreDNS could not ask the name server outside the cluster, {server}")
            }
            Self::Outside => "The name servers outside the cluster do not know this name".into(),
        }
    }

    /// How much it tells a person whose lookup failed; the highest of a search list is worth showing.
    pub(super) fn weight(&self) -> u8 {
        match self {
            Self::UnknownForm | Self::Zone => 0,
            Self::NoSuchNamespace { exact: false, .. } | Self::NoSuchService { exact: false, .. } => 1,
            Self::Outside => 2,
            Self::NoSuchNamespace { .. }
            | Self::NoSuchService { .. }
            | Self::NoSuchAddress
            | Self::NotAnAddress(_)
            | Self::WithoutSvc(_) => 3,
            _ => 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_types_are_read_and_written_by_name_or_number() {
        for (text, number) in [("A", 1), ("aaaa", 28), ("HTTPS", 65), ("TYPE65", 65), ("type4711", 4711)] {
            assert_eq!(RecordType::from_name(text), Some(RecordType(number)), "{text}");
        }
        assert_eq!(RecordType::from_name("AAAAA"), None);
        assert_eq!((RecordType::SRV.to_string(), RecordType(4711).to_string()), ("SRV".into(), "TYPE4711".into()));
    }
}
