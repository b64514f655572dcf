//! Where a server is told to listen, as flags and variables say it: `8080`, `:8080`, `127.0.0.1:8080`, `http://0.0.0.0:2379`.

use std::net::{IpAddr, Ipv4Addr};

use super::address;

/// The addresses that a server binds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bind {
    Every,
    To(IpAddr),
}

impl Bind {
    /// Reads `127.0.0.1`, `localhost`, `*`, `[::]`, or a list of such; of several, one that is not loopback makes it every one.
    ///
    /// A host name, too, is every address: it stands for the pod's own, from where all that matters is reached.
    pub fn read(text: &str) -> Self {
        let mut bind = None;
        for piece in text.split([',', ' ']).filter(|piece| !piece.is_empty()) {
            let piece = piece.trim_start_matches('-').trim_matches(['[', ']']);
            let address = if piece == "localhost" { Some(Ipv4Addr::LOCALHOST.into()) } else { piece.parse::<IpAddr>().ok() };
            let next = address.filter(|address| !address.is_unspecified()).map_or(Self::Every, Self::To);
            bind = Some(match bind {
                None => next,
                Some(Self::To(first)) if first.is_loopback() && matches!(next, Self::To(next) if next.is_loopback()) => Self::To(first),
                Some(_) => Self::Every,
            });
        }
        bind.unwrap_or(Self::Every)
    }

    /// The address of a listener; absent means every one.
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Self::Every => None,
            Self::To(address) => Some(address),
        }
    }
}

/// Ports, with where to bind if that is said, of a list such as `http://0.0.0.0:2379,http://127.0.0.1:2379`; absent where the
/// text names no port. A port of 0 or less says that there is none.
pub fn endpoints(text: &str) -> Option<Vec<(Option<Bind>, u16)>> {
    let mut endpoints = Vec::new();
    let mut read = false;
    for piece in text.split(',') {
        let piece = piece.split_once("://").map_or(piece, |(_, rest)| rest).trim_end_matches('/');
        let (bind, number) = match piece.rsplit_once(':') {
            Some((host, number)) => (Some(Bind::read(host)), number),
            None => (None, piece),
        };
        if let Some(port) = address::port(number) {
            endpoints.push((bind, port));
            read = true;
        } else {
            read |= number.parse::<i32>().is_ok_and(|number| number <= 0);
        }
    }
    read.then_some(endpoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<Vec<String>> {
        let show = |(bind, port): (Option<Bind>, u16)| match bind.map(Bind::address) {
            None => format!("{port}"),
            Some(None) => format!("every {port}"),
            Some(Some(address)) => format!("{address} {port}"),
        };
        endpoints(text).map(|endpoints| endpoints.into_iter().map(show).collect())
    }

    #[test]
    fn reads_where_to_listen() {
        for (text, want) in [
            ("8080", Some(&["8080"][..])),
            (":8080", Some(&["every 8080"])),
            ("0.0.0.0:8080", Some(&["every 8080"])),
            ("[::]:8080", Some(&["every 8080"])),
            ("[::1]:8080", Some(&["::1 8080"])),
            ("*:8080", Some(&["every 8080"])),
            ("localhost:8080", Some(&["127.0.0.1 8080"])),
            ("127.0.0.1:8080", Some(&["127.0.0.1 8080"])),
            ("10.0.0.1:8080", Some(&["10.0.0.1 8080"])),
            ("web-0.web:8080", Some(&["every 8080"])),
            ("http://0.0.0.0:2379/,http://127.0.0.1:4001", Some(&["every 2379", "127.0.0.1 4001"])),
            ("8080,fork", Some(&["8080"])),
            ("0", Some(&[])),
            ("-1", Some(&[])),
            ("unix:/run/x.sock", None),
            ("", None),
        ] {
            assert_eq!(
                shown(text).as_deref(),
                want.map(|want| want.iter().map(ToString::to_string).collect::<Vec<_>>()).as_deref(),
                "{text}"
            );
        }
        for (text, want) in [
            ("127.0.0.1 -::1", Bind::To(Ipv4Addr::LOCALHOST.into())),
            ("localhost,10.0.0.1", Bind::Every),
            ("10.0.0.1,127.0.0.1", Bind::Every),
            ("", Bind::Every),
        ] {
            assert_eq!(Bind::read(text), want, "{text}");
        }
    }
}
