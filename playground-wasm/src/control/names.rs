//! Generated names (`k8s.io/apimachinery/pkg/util/rand`): Kubernetes' alphabet, chosen by a hash instead of by chance.

/// Letters without vowels and digits without look-alikes, so that no name spells anything.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// FNV-1a over some texts, with a separator that no name contains.
pub fn hash(parts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for &byte in part.as_bytes().iter().chain(b"\0") {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

/// The five characters behind a pod's name, always the same for the same texts.
pub fn suffix(parts: &[&str]) -> String {
    let mut rest = hash(parts);
    // The low bits of FNV mix badly; fold the high ones in.
    rest ^= rest >> 29;
    let base = ALPHABET.len() as u64;
    (0..5)
        .map(|_| {
            let letter = ALPHABET[usize::try_from(rest % base).unwrap_or(0)];
            rest /= base;
            char::from(letter)
        })
        .collect()
}

/// A template's hash as it stands in a ReplicaSet's name (`SafeEncodeString` over its decimal digits).
pub fn template_hash(hash: u32) -> String {
    hash.to_string().bytes().map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])).collect()
}

/// Prefix and suffix, the prefix cut so that the whole is a label (`names.SimpleNameGenerator`).
pub fn generate(prefix: &str, suffix: &str) -> String {
    let room = 63 - suffix.len();
    let cut = prefix.char_indices().map(|(index, _)| index).take_while(|&index| index <= room).last().unwrap_or(0);
    let prefix = if prefix.len() > room { &prefix[..cut] } else { prefix };
    format!("{prefix}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable_and_differ_by_their_parts() {
        assert_eq!(suffix(&["shop", "web", "0"]), suffix(&["shop", "web", "0"]));
        assert_ne!(suffix(&["shop", "web", "0"]), suffix(&["shop", "web", "1"]));
        assert_ne!(suffix(&["a", "bc"]), suffix(&["ab", "c"]));
        assert_eq!(generate(&"x".repeat(80), "-abcde").len(), 63);
    }
}
