//! Address and port allocation: what is written down is reserved first, the rest is handed out in order.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::names::hash;

/// The address at an offset in a network, if it is inside.
pub fn nth(net: &IpNet, offset: u32) -> Option<IpAddr> {
    let address = match net.network() {
        IpAddr::V4(network) => IpAddr::V4(Ipv4Addr::from_bits(network.to_bits().checked_add(offset)?)),
        IpAddr::V6(network) => IpAddr::V6(Ipv6Addr::from_bits(network.to_bits().checked_add(u128::from(offset))?)),
    };
    net.contains(&address).then_some(address)
}

/// The i-th part of a network, of that prefix length.
pub fn subnet(net: &IpNet, index: u32, length: u8) -> Option<IpNet> {
    let bits: u32 = match net {
        IpNet::V4(_) => 32,
        IpNet::V6(_) => 128,
    };
    let shift = bits.checked_sub(u32::from(length))?;
    let network = match net.network() {
        IpAddr::V4(network) => IpAddr::V4(Ipv4Addr::from_bits(network.to_bits().checked_add(index.checked_shl(shift)?)?)),
        IpAddr::V6(network) => IpAddr::V6(Ipv6Addr::from_bits(network.to_bits().checked_add(u128::from(index).checked_shl(shift)?)?)),
    };
    (length >= net.prefix_len() && net.contains(&network)).then(|| IpNet::new(network, length).ok()).flatten()
}

/// The prefix length of the blocks that nodes claim.
pub const BLOCK: u8 = 24;

/// The addresses that a node has for pods in one family, numbered from 0: those of its own range, then those of the blocks that the
/// network plugin claimed for it besides.
#[derive(Debug, Clone)]
pub struct Range {
    own: IpNet,
    blocks: Vec<IpNet>,
    /// Every address has been handed out once.
    full: bool,
}

impl Range {
    /// The second address of a network is the first that a pod gets: the first is the node's end of the bridge.
    const FIRST: u32 = 2;

    pub fn new(own: IpNet) -> Self {
        Self { own, blocks: Vec::new(), full: false }
    }

    /// The same before any address was handed out.
    pub fn unused(&self) -> Self {
        Self { full: false, ..self.clone() }
    }

    pub fn own(&self) -> IpNet {
        self.own
    }

    /// Adds a block.
    pub fn extend(&mut self, block: IpNet) {
        self.blocks.push(block);
        self.full = false;
    }

    /// How many blocks were added.
    pub fn blocks(&self) -> u32 {
        u32::try_from(self.blocks.len()).unwrap_or(u32::MAX)
    }

    /// How many blocks so many pods ask for: where they would fill the node's own range, they get room for twice as many.
    pub fn blocks_for(&self, count: u32) -> u32 {
        let own = hosts(&self.own);
        if count <= own / 20 * 19 { 0 } else { (count * 2).saturating_sub(own).div_ceil((1 << (32 - BLOCK)) - 3) }
    }

    fn nets(&self) -> impl Iterator<Item = &IpNet> {
        std::iter::once(&self.own).chain(&self.blocks)
    }

    /// How many addresses it has; of a large network only the lower ones are used.
    fn size(&self) -> u32 {
        self.nets().map(hosts).sum()
    }

    fn address(&self, mut slot: u32) -> Option<IpAddr> {
        for net in self.nets() {
            match slot.checked_sub(hosts(net)) {
                Some(rest) => slot = rest,
                None => return nth(net, Self::FIRST + slot),
            }
        }
        None
    }
}

/// How many addresses of a network pods get.
fn hosts(net: &IpNet) -> u32 {
    (1_u32 << u32::from(net.max_prefix_len() - net.prefix_len()).min(16)).saturating_sub(Range::FIRST + 1)
}

/// Hands out addresses of networks without giving one twice.
#[derive(Debug, Default, Clone)]
pub struct Addresses {
    taken: BTreeSet<IpAddr>,
    /// Those that were given back, the first first: they are handed out again only when a network has no other.
    released: Vec<IpAddr>,
}

impl Addresses {
    /// Takes an address that a manifest names; false where it is taken already.
    pub fn reserve(&mut self, address: IpAddr) -> bool {
        self.taken.insert(address)
    }

    /// Gives an address back.
    pub fn release(&mut self, address: IpAddr) {
        self.released.push(address);
    }

    /// The first free address from an offset on; absent once the network is full.
    pub fn next(&mut self, net: &IpNet, first: u32) -> Option<IpAddr> {
        let last_taken = self.taken.range(..=net.broadcast()).next_back().copied().filter(|address| net.contains(address));
        // Addresses are handed out upwards, so the one after the highest is free; search from the start only when that fails.
        let after = last_taken.and_then(successor).filter(|address| net.contains(address) && *address != net.broadcast());
        let from_first = nth(net, first)?;
        let candidate = after.filter(|address| *address > from_first).unwrap_or(from_first);
        let mut address = candidate;
        while net.contains(&address) {
            if self.taken.insert(address) {
                return Some(address);
            }
            address = successor(address)?;
        }
        None
    }

    /// A free address that depends on a name, so that it stays the same while other objects come and go.
    pub fn by_name(&mut self, net: &IpNet, name: &[&str], first: u32, size: u32) -> Option<IpAddr> {
        self.probe(name, size, |slot| nth(net, first + slot))
    }

    /// The first free one of so many addresses from the one on that a name stands for, and around.
    fn probe(&mut self, name: &[&str], size: u32, address: impl Fn(u32) -> Option<IpAddr>) -> Option<IpAddr> {
        let start = u32::try_from(hash(name).checked_rem(size.into())?).ok()?;
        (0..size).filter_map(|step| address((start + step) % size)).find(|&address| self.taken.insert(address))
    }

    /// A free address of a range that depends on a name.
    pub fn around(&mut self, range: &mut Range, name: &[String]) -> Option<IpAddr> {
        let size = if range.full { 0 } else { range.size() };
        let name: Vec<&str> = name.iter().map(String::as_str).collect();
        let found = self.probe(&name, size, |slot| range.address(slot));
        range.full = found.is_none();
        found
    }

    /// The address of a range that was given back first.
    pub fn again(&mut self, range: &Range) -> Option<IpAddr> {
        let index = self.released.iter().position(|address| range.nets().any(|net| net.contains(address)))?;
        Some(self.released.remove(index))
    }

    /// Whether some address was given back.
    pub fn has_released(&self) -> bool {
        !self.released.is_empty()
    }

    /// Has an address be as if it had never been handed out.
    pub fn undo(&mut self, address: IpAddr) {
        self.taken.remove(&address);
    }
}

fn successor(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
    }
}

/// Hands out node ports; the choice depends on the name, as addresses do.
#[derive(Debug, Default, Clone)]
pub struct NodePorts {
    taken: BTreeSet<u16>,
}

impl NodePorts {
    const FIRST: u16 = 30_000;
    const COUNT: u16 = 2_768;

    pub fn reserve(&mut self, port: u16) -> bool {
        self.taken.insert(port)
    }

    pub fn by_name(&mut self, name: &[&str]) -> Option<u16> {
        let start = u16::try_from(hash(name) % u64::from(Self::COUNT)).ok()?;
        (0..Self::COUNT).map(|step| Self::FIRST + (start + step) % Self::COUNT).find(|&port| self.taken.insert(port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().expect("a network")
    }

    #[test]
    fn hands_out_what_is_free() {
        let mut addresses = Addresses::default();
        let lan = net("10.0.0.0/29");
        addresses.reserve("10.0.0.3".parse().expect("an address"));
        let got: Vec<String> = std::iter::from_fn(|| addresses.next(&lan, 2)).map(|address| address.to_string()).collect();
        assert_eq!(got.first().map(String::as_str), Some("10.0.0.4"));
        assert_eq!(got.len(), got.iter().collect::<BTreeSet<_>>().len());
        assert!(got.len() >= 4, "{got:?}");
    }

    #[test]
    fn cuts_networks() {
        assert_eq!(subnet(&net("10.244.0.0/16"), 2, 24), Some(net("10.244.2.0/24")));
        assert_eq!(subnet(&net("10.244.0.0/16"), 256, 24), None);
        assert_eq!(nth(&net("10.96.0.0/16"), 10).map(|address| address.to_string()).as_deref(), Some("10.96.0.10"));
        assert_eq!(nth(&net("10.96.0.0/30"), 4), None);
    }
}
