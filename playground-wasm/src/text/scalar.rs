//! What a plain scalar means to kubectl: YAML 1.1 as go-yaml v2 resolves it (`go.yaml.in/yaml/v2`, `resolve.go`).
//!
//! So `on` and `yes` are booleans, `0755` is an octal number, `1_000` a number, while `12:30` stays text.
//!
//! One exception: `y` and `n` stay text. To go-yaml v2 they are booleans, but most YAML writers leave them bare as text, so
//! that manifests in the wild mean the letter; [`is_letter_boolean`] is for the warning that kubectl would not.

use super::node::Scalar;

/// Whether go-yaml v2 reads a bare letter as a boolean.
pub fn is_letter_boolean(text: &str) -> bool {
    matches!(text, "y" | "Y" | "n" | "N")
}

/// The value of an unquoted, untagged scalar.
pub fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Scalar::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Scalar::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    // Only what begins like a number is tried as one.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Scalar::Str(text.to_owned());
    }
    let plain = text.replace('_', "");
    integer(&plain).or_else(|| float(&plain)).unwrap_or_else(|| Scalar::Str(text.to_owned()))
}

/// Go's `strconv.ParseInt(s, 0, 64)`: prefixes `0x`, `0o`, `0b`, and a leading zero for octal.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    // `from_str_radix` would take a second sign.
    if !body.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let magnitude = u64::from_str_radix(body, radix).ok()?;
    match (negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Some(Scalar::Int(value)),
        (true, Ok(value)) => Some(Scalar::Int(-value)),
        (false, Err(_)) => Some(Scalar::UInt(magnitude)),
        (true, Err(_)) => (magnitude == 1 << 63).then_some(Scalar::Int(i64::MIN)),
    }
}

/// go-yaml's `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`.
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_ok = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['-', '+']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    (mantissa_ok && exponent_ok).then(|| text.parse().ok().map(Scalar::Float)).flatten()
}

/// A float as the JSON that kubectl sends has it: `80.0` becomes the integer 80.
pub fn integral(value: f64) -> Option<i64> {
    // 2^53: past it a float no longer names one integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "the bound and the zero fraction make it exact")]
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scalars_as_kubectl_does() {
        for (text, want) in [
            ("on", Scalar::Bool(true)),
            ("No", Scalar::Bool(false)),
            ("y", Scalar::Str("y".into())),
            ("yEs", Scalar::Str("yEs".into())),
            ("0755", Scalar::Int(493)),
            ("0o755", Scalar::Int(493)),
            ("0x1F", Scalar::Int(31)),
            ("080", Scalar::Float(80.0)),
            ("1_000", Scalar::Int(1000)),
            ("-12", Scalar::Int(-12)),
            ("+12", Scalar::Int(12)),
            ("--1", Scalar::Str("--1".into())),
            ("1.5", Scalar::Float(1.5)),
            (".5", Scalar::Float(0.5)),
            ("1.", Scalar::Float(1.0)),
            (".", Scalar::Str(".".into())),
            ("1e3", Scalar::Float(1000.0)),
            ("1.2.3", Scalar::Str("1.2.3".into())),
            ("12:30", Scalar::Str("12:30".into())),
            ("10.0.0.1", Scalar::Str("10.0.0.1".into())),
            ("18446744073709551615", Scalar::UInt(u64::MAX)),
            ("~", Scalar::Null),
            ("", Scalar::Null),
            ("100m", Scalar::Str("100m".into())),
        ] {
            assert_eq!(resolve(text), want, "{text:?}");
        }
    }
}
