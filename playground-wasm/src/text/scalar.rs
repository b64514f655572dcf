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
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float("NaN".into()),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float("inf".into()),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float("-inf".into()),
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

/// go-yaml's `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, as its plain decimal digits.
fn float(text: &str) -> Option<Scalar> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let size = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if !mantissa_ok || size.is_empty() || !digits(size) {
        return None;
    }
    let significant = [whole, fraction].concat();
    let significant = significant.trim_start_matches('0');
    // Digits before the point, fewer than none for a small fraction.
    let exponent = exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 });
    let before = i64::try_from(significant.len()).ok()? - i64::try_from(fraction.len()).ok()? + exponent;
    let significant = significant.trim_end_matches('0');
    match before {
        _ if significant.is_empty() => Some(Scalar::Float("0".into())),
        // A double has none so large, and one so small is nothing.
        309.. => None,
        ..-400 => Some(Scalar::Float("0".into())),
        _ => {
            let before = isize::try_from(before).ok()?;
            let zeros = |count: isize| "0".repeat(usize::try_from(count).unwrap_or(0));
            let (whole, fraction) = significant.split_at(significant.len().min(usize::try_from(before).unwrap_or(0)));
            let whole = if whole.is_empty() { "0".to_owned() } else { format!("{whole}{}", zeros(before - whole.len().cast_signed())) };
            let fraction = if fraction.is_empty() { String::new() } else { format!(".{}{fraction}", zeros(-before)) };
            Some(Scalar::Float(format!("{sign}{whole}{fraction}")))
        }
    }
}

/// A float as the JSON that kubectl sends has it: `80.0` becomes the integer 80.
pub fn integral(digits: &str) -> Option<i64> {
    // 2^53: past it a float no longer names one integer.
    digits.parse().ok().filter(|value: &i64| value.unsigned_abs() <= 1 << 53)
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
            ("080", Scalar::Float("80".into())),
            ("1_000", Scalar::Int(1000)),
            ("-12", Scalar::Int(-12)),
            ("+12", Scalar::Int(12)),
            ("--1", Scalar::Str("--1".into())),
            ("1.50", Scalar::Float("1.5".into())),
            (".5", Scalar::Float("0.5".into())),
            ("1.", Scalar::Float("1".into())),
            ("-0.0", Scalar::Float("0".into())),
            (".", Scalar::Str(".".into())),
            ("1e3", Scalar::Float("1000".into())),
            ("-12.5e1", Scalar::Float("-125".into())),
            ("12.5e-3", Scalar::Float("0.0125".into())),
            ("1.5e+2", Scalar::Float("150".into())),
            ("123.456e1", Scalar::Float("1234.56".into())),
            ("1e400", Scalar::Str("1e400".into())),
            ("1e-99999999999999999999", Scalar::Float("0".into())),
            ("0e99999999999999999999", Scalar::Float("0".into())),
            ("1e", Scalar::Str("1e".into())),
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
