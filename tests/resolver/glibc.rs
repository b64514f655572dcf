//! The resolver of the C library: `getaddrinfo`, as programs call it, and `res_search`, which `dig +search` and mail servers use.

use std::ffi::CString;
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use playground_wasm::dns::RecordType;

/// What a lookup came to, in the words of both interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Found,
    /// `EAI_NONAME`, `HOST_NOT_FOUND`.
    NoName,
    /// `EAI_NODATA`, `NO_DATA`.
    NoData,
    /// `EAI_AGAIN`, `TRY_AGAIN`.
    TryAgain,
    /// `EAI_FAIL`, `NO_RECOVERY`.
    Fail,
}

/// Of `netdb.h`; the crate does not have it.
const EAI_ADDRFAMILY: libc::c_int = -9;

/// The addresses of a name, in the order in which a program would try them.
///
/// Runs in a thread of its own, whose resolver reads the files anew.
pub fn addresses(name: &str, types: &[RecordType]) -> (Outcome, Vec<IpAddr>) {
    let family = match types {
        [RecordType::A] => libc::AF_INET,
        [RecordType::AAAA] => libc::AF_INET6,
        _ => libc::AF_UNSPEC,
    };
    let name = CString::new(name).expect("a name");
    std::thread::spawn(move || getaddrinfo(&name, family)).join().expect("the lookup")
}

#[expect(unsafe_code, reason = "the C library's resolver has no safe interface")]
fn getaddrinfo(name: &CString, family: libc::c_int) -> (Outcome, Vec<IpAddr>) {
    let mut found = Vec::new();
    let mut list: *mut libc::addrinfo = ptr::null_mut();
    // SAFETY: the hints are zeroed but for two numbers, as the interface wants them; the list is walked until its null pointer
    // and freed once; each address is read as what its family says it is.
    unsafe {
        let mut hints: libc::addrinfo = mem::zeroed();
        hints.ai_family = family;
        hints.ai_socktype = libc::SOCK_STREAM;
        match libc::getaddrinfo(name.as_ptr(), ptr::null(), &raw const hints, &raw mut list) {
            0 => {}
            libc::EAI_NONAME => return (Outcome::NoName, found),
            // An address written as such, of the other family.
            libc::EAI_NODATA | EAI_ADDRFAMILY => return (Outcome::NoData, found),
            libc::EAI_AGAIN => return (Outcome::TryAgain, found),
            _ => return (Outcome::Fail, found),
        }
        let mut entry = list;
        while let Some(info) = entry.as_ref() {
            if info.ai_family == libc::AF_INET {
                let address = info.ai_addr.cast::<libc::sockaddr_in>().read_unaligned();
                found.push(IpAddr::V4(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr))));
            } else {
                let address = info.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned();
                found.push(IpAddr::V6(Ipv6Addr::from(address.sin6_addr.s6_addr)));
            }
            entry = info.ai_next;
        }
        libc::freeaddrinfo(list);
        // For IPv4 alone, the line of `::1` in the hosts file counts as one more of 127.0.0.1.
        found.dedup();
    }
    (Outcome::Found, found)
}

#[expect(unsafe_code, reason = "the C library's resolver has no safe interface")]
unsafe extern "C" {
    fn res_search(
        name: *const libc::c_char,
        class: libc::c_int,
        rtype: libc::c_int,
        answer: *mut libc::c_uchar,
        length: libc::c_int,
    ) -> libc::c_int;
    fn __h_errno_location() -> *mut libc::c_int;
}

/// Searches for records of one type, and returns whether there are any.
pub fn search(name: &str, rtype: RecordType) -> Outcome {
    let name = CString::new(name).expect("a name");
    std::thread::spawn(move || search_here(&name, rtype)).join().expect("the lookup")
}

#[expect(unsafe_code, reason = "the C library's resolver has no safe interface")]
fn search_here(name: &CString, rtype: RecordType) -> Outcome {
    let mut answer = [0_u8; 4096];
    let length = libc::c_int::try_from(answer.len()).expect("a length");
    // SAFETY: name and answer outlive the call, which is told the length; the error number is this thread's own.
    let (found, error) = unsafe {
        let found = res_search(name.as_ptr(), 1, libc::c_int::from(rtype.0), answer.as_mut_ptr(), length);
        (found, *__h_errno_location())
    };
    match (found, error) {
        (0.., _) => Outcome::Found,
        (_, 1) => Outcome::NoName,
        (_, 2) => Outcome::TryAgain,
        (_, 4) => Outcome::NoData,
        _ => Outcome::Fail,
    }
}
