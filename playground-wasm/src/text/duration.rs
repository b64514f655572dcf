//! Durations as Go writes them (`time.ParseDuration`), which the Gateway API's (GEP-2257) are a part of: `1h30m`, `500ms`.

/// A duration in microseconds; absent where it is not one. Fractions are left out.
pub fn duration_us(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let tail = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let number: u64 = rest[..rest.len() - tail.len()].parse().ok()?;
        rest = tail.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let micros = match &tail[..tail.len() - rest.len()] {
            "h" => 3_600_000_000,
            "m" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1_000,
            "us" => 1,
            _ => return None,
        };
        total = total.saturating_add(number.saturating_mul(micros));
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_writes() {
        for (text, want) in [
            ("500ms", Some(500_000)),
            ("1h30m", Some(5_400_000_000)),
            ("0s", Some(0)),
            ("1m2s3ms", Some(62_003_000)),
            ("5", None),
            ("ms", None),
            ("", None),
        ] {
            assert_eq!(duration_us(text), want, "{text}");
        }
    }
}
