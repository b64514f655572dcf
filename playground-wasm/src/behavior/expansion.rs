//! `$(VAR)` in env values, command and args (`k8s.io/kubernetes/third_party/forked/golang/expansion`).
//!
//! `$$` is an escaped `$`, so `$$(VAR)` stays as `$(VAR)`; what cannot be resolved, and a `$(` without end, stay as written.

/// Bytes that a container's variables may grow by: Linux takes no more for arguments and environment (`ARG_MAX`), and variables
/// that repeat each other would fill any memory.
pub const GROWTH_LIMIT: usize = 2 << 20;

/// Replaces each `$(VAR)` that `value` knows, as long as the budget lasts.
pub fn expand<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>, budget: &mut usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Where the last reference could end: what opens behind it is not looked at again and again.
    let last_end = text.rfind(')').unwrap_or(0);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        rest = if let Some(escaped) = after.strip_prefix('$') {
            out.push('$');
            escaped
        } else if text.len() - after.len() < last_end
            && let Some((name, tail)) = after.strip_prefix('(').and_then(|body| body.split_once(')'))
        {
            match value(name).and_then(|value| spend(value, budget)) {
                Some(value) => out.push_str(value),
                None => out.push_str(&rest[at..at + name.len() + 3]),
            }
            tail
        } else {
            out.push('$');
            after
        };
    }
    out.push_str(rest);
    out
}

/// Takes a value's length off the budget; absent where that is not enough.
pub fn spend<'v>(value: &'v str, budget: &mut usize) -> Option<&'v str> {
    *budget = budget.checked_sub(value.len())?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_as_the_kubelet_does() {
        let value = |name: &str| match name {
            "A" => Some("a"),
            "B" => Some("$(A)"),
            "EMPTY" => Some(""),
            _ => None,
        };
        for (text, want) in [
            ("", ""),
            ("plain", "plain"),
            ("$(A)", "a"),
            ("x$(A)y$(A)", "xaya"),
            // A value is not expanded again.
            ("$(B)", "$(A)"),
            ("[$(EMPTY)]", "[]"),
            ("$(NONE)-$(A)", "$(NONE)-a"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$a"),
            ("$$$$(A)", "$$(A)"),
            ("$A ${A}", "$A ${A}"),
            ("$(A", "$(A"),
            ("$(A$(A)", "$(A$(A)"),
            ("$()", "$()"),
            ("$", "$"),
            ("€$(A)€$", "€a€$"),
        ] {
            assert_eq!(expand(text, value, &mut 100), want, "{text}");
        }
    }

    #[test]
    fn variables_that_repeat_each_other_come_to_an_end() {
        let mut budget = GROWTH_LIMIT;
        let doubled = (0..100).fold("x".to_owned(), |text, _| expand("$(A)$(A)", |_| Some(&text), &mut budget));
        assert!(doubled.len() <= GROWTH_LIMIT);
    }
}
