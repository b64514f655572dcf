//! Addresses written in place of a name, in every form that `inet_aton` knows (glibc `resolv/inet_addr.c`): `127.1` and
//! `0x7f000001` are 127.0.0.1. No question is asked for one, and it has no other family.

use std::net::{IpAddr, Ipv4Addr};

/// The address that a text is, if it is one.
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| aton(text).map(IpAddr::V4))
}

/// One to four numbers, decimal, octal or hexadecimal, of which the last fills the octets that are left.
fn aton(text: &str) -> Option<Ipv4Addr> {
    let mut rest = 32_u32;
    let mut address = 0_u32;
    let mut parts = text.split('.').peekable();
    while let Some(part) = parts.next() {
        let value = number(part)?;
        let bits = if parts.peek().is_some() { 8 } else { rest };
        if rest < bits || rest == 8 && parts.peek().is_some() || bits < 32 && value >> bits != 0 {
            return None;
        }
        rest -= bits;
        address |= value.checked_shl(rest).unwrap_or(0);
    }
    Some(Ipv4Addr::from(address))
}

/// As C writes numbers.
fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hexadecimal) => (hexadecimal, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    // `from_str_radix` would take a sign.
    digits.bytes().all(|byte| byte.is_ascii_alphanumeric()).then(|| u32::from_str_radix(digits, radix).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_writes_addresses_in_many_ways() {
        for (text, address) in [
            ("10.96.0.10", Some("10.96.0.10")),
            ("fd00::7", Some("fd00::7")),
            ("127.1", Some("127.0.0.1")),
            ("192.0.2", Some("192.0.0.2")),
            ("10.1.65535", Some("10.1.255.255")),
            ("2130706433", Some("127.0.0.1")),
            ("0x7f000001", Some("127.0.0.1")),
            ("0177.0.0.01", Some("127.0.0.1")),
            ("4294967295", Some("255.255.255.255")),
            ("10.1.65536", None),
            ("256.1", None),
            ("1.2.3.256", None),
            ("1.2.3.4.5", None),
            ("1.2.3.", None),
            ("09", None),
            ("+1", None),
            ("", None),
            ("web", None),
        ] {
            assert_eq!(parse(text), address.map(|address| address.parse().unwrap()), "{text}");
        }
    }
}
