//! In which order a program tries the addresses of a name: RFC 3484 as glibc's `getaddrinfo` sorts (`rfc3484_sort`), with its own
//! tables, which prefer a unique local IPv6 address to IPv4 (RFC 6724 and musl do not).
//!
//! Left out: the rules for deprecated and home addresses, which no pod has, and the common prefix of two IPv4 addresses, which glibc
//! compares on one subnet only: whether a pod's interface has one is up to the CNI plugin.

use std::net::{IpAddr, Ipv6Addr};

/// Sorts addresses for a sender with these addresses of its own; equals stay in the order they were answered in.
pub fn sort(addresses: &mut [IpAddr], own: &[IpAddr]) {
    addresses.sort_by_key(|&destination| {
        let Some(source) = source(destination, own) else { return [u8::MAX; 6] };
        let (to, from) = (mapped(destination), mapped(source));
        let unlike = if destination.is_ipv6() { 128 - (to.to_bits() ^ from.to_bits()).leading_zeros() } else { 0 };
        [
            0,
            u8::from(scope(to) != scope(from)),
            u8::from(value(&LABELS, to) != value(&LABELS, from)),
            u8::MAX - value(&PRECEDENCES, to),
            scope(to),
            u8::try_from(unlike).unwrap_or(u8::MAX),
        ]
    });
}

/// The address that a packet to the destination would leave with; absent where the sender has none of that family.
fn source(destination: IpAddr, own: &[IpAddr]) -> Option<IpAddr> {
    if destination.is_loopback() || own.contains(&destination) {
        return Some(destination);
    }
    own.iter().copied().find(|address| address.is_ipv4() == destination.is_ipv4())
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// Prefix, its length, and what an address has that begins so; the first one counts.
type Table = [(u128, u32, u8)];

const LABELS: [(u128, u32, u8); 8] = [
    (1, 128, 0),
    (0xffff << 32, 96, 4),
    (0, 96, 3),
    (0x2001 << 112, 32, 7),
    (0x2002 << 112, 16, 2),
    (0xfec0 << 112, 10, 5),
    (0xfc00 << 112, 7, 6),
    (0, 0, 1),
];

const PRECEDENCES: [(u128, u32, u8); 5] = [(1, 128, 50), (0xffff << 32, 96, 10), (0, 96, 20), (0x2002 << 112, 16, 30), (0, 0, 40)];

/// Link-local, site-local, global.
const SCOPES: [(u128, u32, u8); 6] = [
    (1, 128, 2),
    ((0xffff << 32) | (127 << 24), 104, 2),
    ((0xffff << 32) | (169 << 24) | (254 << 16), 112, 2),
    (0xfe80 << 112, 10, 2),
    (0xfec0 << 112, 10, 5),
    (0, 0, 14),
];

fn scope(address: Ipv6Addr) -> u8 {
    value(&SCOPES, address)
}

fn value(table: &Table, address: Ipv6Addr) -> u8 {
    let begins = |&&(prefix, length, _): &&(u128, u32, u8)| (address.to_bits() ^ prefix).leading_zeros() >= length;
    table.iter().find(begins).map_or(0, |&(.., value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_the_sender_has_and_a_like_address_come_first() {
        let list = |text: &str| text.split_whitespace().map(|ip| ip.parse().unwrap()).collect::<Vec<IpAddr>>();
        for (own, answered, sorted) in [
            // A sender without IPv6 tries IPv4 first, one with it IPv6.
            ("10.244.1.5", "fd00:10:96::4 10.96.7.4", "10.96.7.4 fd00:10:96::4"),
            ("10.244.1.5 fd00:10:244::5", "10.96.7.4 fd00:10:96::4", "fd00:10:96::4 10.96.7.4"),
            // A global address is unlike a unique local one.
            ("10.244.1.5 fd00:10:244::5", "2001:db8::4 192.0.2.4", "192.0.2.4 2001:db8::4"),
            ("10.244.1.5", "127.0.0.1 ::1", "::1 127.0.0.1"),
            ("10.244.1.5", "10.96.7.4 127.0.0.1", "127.0.0.1 10.96.7.4"),
            // Its own node's pods share the longer prefix; IPv4 addresses stay as they are.
            ("fd00:10:244:1::5", "fd00:10:244:2::7 fd00:10:244:1::7", "fd00:10:244:1::7 fd00:10:244:2::7"),
            ("10.244.1.5", "10.244.2.7 10.244.1.7", "10.244.2.7 10.244.1.7"),
        ] {
            let mut addresses = list(answered);
            sort(&mut addresses, &list(own));
            assert_eq!(addresses, list(sorted), "{answered} from {own}");
        }
    }
}
