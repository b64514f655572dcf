//! Regular expressions of routes: the part of RE2's syntax (https://github.com/google/re2/wiki/Syntax) that paths and headers are
//! written in. A crate for all of it would weigh more than the rest of the edge.
//!
//! Literals, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {m,n}` (a `?` behind them makes them lazy), `^`,
//! `$`. Left out: Unicode classes, flags but `(?i)` at the start, and `\b`.
//! No place of the text is tried twice at one place of the expression, so none takes longer than the product of their lengths.

/// A compiled expression.
#[derive(Debug, Clone)]
pub struct Pattern {
    program: Vec<Op>,
    groups: usize,
    fold_case: bool,
}

#[derive(Debug, Clone)]
enum Op {
    Char(char),
    Any,
    /// Ranges, and whether what is in none of them is meant.
    Class(Vec<(char, char)>, bool),
    Start,
    End,
    Save(usize),
    /// Goes on at the first, and should that fail at the second.
    Split(usize, usize),
    Jump(usize),
    Match,
}

/// The most copies that `{m,n}` makes.
const MOST_COPIES: usize = 1_000;

impl Pattern {
    /// Compiles an expression; absent where it is not one, or uses what is left out.
    pub fn new(text: &str) -> Option<Self> {
        let (fold_case, text) = text.strip_prefix("(?i)").map_or((false, text), |rest| (true, rest));
        let mut compiler = Compiler { rest: text.chars().collect(), at: 0, groups: 0 };
        let body = compiler.alternatives()?;
        if compiler.at < compiler.rest.len() {
            return None;
        }
        let mut program = body;
        program.push(Op::Match);
        Some(Self { program, groups: compiler.groups, fold_case })
    }

    /// The same without regard to case.
    #[must_use]
    pub fn ignoring_case(self) -> Self {
        Self { fold_case: true, ..self }
    }

    /// Whether it takes the whole text.
    pub fn matches_all(&self, text: &str) -> bool {
        self.run(text, true).is_some()
    }

    /// What its groups take, the whole match first, where it takes the beginning of the text.
    pub fn captures<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let saved = self.run(text, false)?;
        let group = |pair: &[Option<usize>]| match pair {
            [Some(from), Some(to)] => text.get(*from..*to).unwrap_or_default(),
            _ => "",
        };
        Some(saved.chunks(2).map(group).collect())
    }

    fn run(&self, text: &str, whole: bool) -> Option<Vec<Option<usize>>> {
        let mut saved = vec![None; 2 * (self.groups + 1)];
        saved[0] = Some(0);
        let mut stack = vec![(0, 0, saved)];
        let mut seen = vec![false; self.program.len() * (text.len() + 1)];
        while let Some((mut op, mut at, mut saved)) = stack.pop() {
            loop {
                if std::mem::replace(&mut seen[op * (text.len() + 1) + at], true) {
                    break;
                }
                let next = text[at..].chars().next();
                let takes = match &self.program[op] {
                    Op::Match => {
                        if whole && at < text.len() {
                            break;
                        }
                        saved[1] = Some(at);
                        return Some(saved);
                    }
                    Op::Save(slot) => {
                        saved[*slot] = Some(at);
                        op += 1;
                        continue;
                    }
                    Op::Jump(to) => {
                        op = *to;
                        continue;
                    }
                    Op::Split(first, second) => {
                        stack.push((*second, at, saved.clone()));
                        op = *first;
                        continue;
                    }
                    Op::Start | Op::End => {
                        let holds = if matches!(self.program[op], Op::Start) { at == 0 } else { at == text.len() };
                        if !holds {
                            break;
                        }
                        op += 1;
                        continue;
                    }
                    Op::Any => next.is_some_and(|c| c != '\n'),
                    Op::Char(wanted) => next.is_some_and(|c| c == *wanted || (self.fold_case && c.eq_ignore_ascii_case(wanted))),
                    Op::Class(ranges, negated) => next.is_some_and(|c| {
                        let within = |c: char| ranges.iter().any(|&(low, high)| low <= c && c <= high);
                        let found = within(c) || (self.fold_case && (within(c.to_ascii_lowercase()) || within(c.to_ascii_uppercase())));
                        found != *negated
                    }),
                };
                let Some(c) = next.filter(|_| takes) else { break };
                at += c.len_utf8();
                op += 1;
            }
        }
        None
    }
}

struct Compiler {
    rest: Vec<char>,
    at: usize,
    groups: usize,
}

impl Compiler {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn alternatives(&mut self) -> Option<Vec<Op>> {
        let mut left = self.sequence()?;
        while self.eat('|') {
            let right = self.sequence()?;
            let after = left.len() + 2;
            let mut both = vec![Op::Split(1, after)];
            append(&mut both, &left);
            both.push(Op::Jump(after + right.len()));
            append(&mut both, &right);
            left = both;
        }
        Some(left)
    }

    fn sequence(&mut self) -> Option<Vec<Op>> {
        let mut ops = Vec::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            let piece = self.piece(c)?;
            let piece = self.repeated(piece)?;
            append(&mut ops, &piece);
        }
        Some(ops)
    }

    fn piece(&mut self, first: char) -> Option<Vec<Op>> {
        self.at += 1;
        Some(vec![match first {
            '.' => Op::Any,
            '^' => Op::Start,
            '$' => Op::End,
            '[' => self.class()?,
            '(' => return self.group(),
            '\\' => {
                let escaped = self.peek()?;
                self.at += 1;
                match shorthand(escaped) {
                    Some((ranges, negated)) => Op::Class(ranges, negated),
                    None if escaped.is_ascii_alphanumeric() => return None,
                    None => Op::Char(escaped),
                }
            }
            '*' | '+' | '?' => return None,
            other => Op::Char(other),
        }])
    }

    fn group(&mut self) -> Option<Vec<Op>> {
        let captures = !self.eat('?');
        if !captures && !self.eat(':') {
            return None;
        }
        self.groups += usize::from(captures);
        let number = self.groups;
        let inner = self.alternatives()?;
        if !self.eat(')') {
            return None;
        }
        if !captures {
            return Some(inner);
        }
        let mut ops = vec![Op::Save(2 * number)];
        append(&mut ops, &inner);
        ops.push(Op::Save(2 * number + 1));
        Some(ops)
    }

    fn class(&mut self) -> Option<Op> {
        let negated = self.eat('^');
        let mut ranges = Vec::new();
        let mut first = true;
        loop {
            let c = self.peek()?;
            self.at += 1;
            let low = match c {
                ']' if !first => return Some(Op::Class(ranges, negated)),
                '\\' => {
                    let escaped = self.peek()?;
                    self.at += 1;
                    if let Some((found, false)) = shorthand(escaped) {
                        ranges.extend(found);
                        continue;
                    }
                    escaped
                }
                other => other,
            };
            first = false;
            let is_range = self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|&c| c != ']');
            if is_range {
                self.at += 1;
                let high = self.peek()?;
                self.at += 1;
                ranges.push((low, high));
            } else {
                ranges.push((low, low));
            }
        }
    }

    /// Applies the quantifiers that follow a piece.
    fn repeated(&mut self, piece: Vec<Op>) -> Option<Vec<Op>> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => match self.bounds() {
                Some(bounds) => bounds,
                // Not a quantifier: braces stand for themselves, and were read as a piece of their own.
                None => return Some(piece),
            },
            _ => return Some(piece),
        };
        self.at += 1;
        let lazy = self.eat('?');
        if least.max(most.unwrap_or(0)) * piece.len() > MOST_COPIES {
            return None;
        }
        let split = |first: usize, second: usize| if lazy { Op::Split(second, first) } else { Op::Split(first, second) };
        let mut ops = Vec::new();
        for _ in 0..least {
            append(&mut ops, &piece);
        }
        match most {
            Some(most) => {
                for _ in least..most {
                    let mut once = vec![split(1, piece.len() + 1)];
                    append(&mut once, &piece);
                    append(&mut ops, &once);
                }
            }
            None => {
                let mut ever = vec![split(1, piece.len() + 2)];
                append(&mut ever, &piece);
                ever.push(Op::Jump(0));
                append(&mut ops, &ever);
            }
        }
        Some(ops)
    }

    /// `{m}`, `{m,}` or `{m,n}`; leaves its closing brace to be passed.
    fn bounds(&mut self) -> Option<(usize, Option<usize>)> {
        let close = self.rest[self.at..].iter().position(|&c| c == '}')?;
        let inner: String = self.rest[self.at + 1..self.at + close].iter().collect();
        let (least, most) = inner.split_once(',').unwrap_or((&inner, &inner));
        let bounds = (least.parse().ok()?, if most.is_empty() { None } else { Some(most.parse().ok()?) });
        self.at += close;
        Some(bounds)
    }
}

/// `\d` and its like: the ranges, and whether what is in none of them is meant.
fn shorthand(letter: char) -> Option<(Vec<(char, char)>, bool)> {
    let ranges = match letter.to_ascii_lowercase() {
        'd' => vec![('0', '9')],
        'w' => vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        's' => vec![('\t', '\r'), (' ', ' ')],
        _ => return None,
    };
    Some((ranges, letter.is_ascii_uppercase()))
}

/// Puts operations behind others, with their jumps moved along.
fn append(ops: &mut Vec<Op>, more: &[Op]) {
    let base = ops.len();
    ops.extend(more.iter().map(|op| match op {
        Op::Split(first, second) => Op::Split(first + base, second + base),
        Op::Jump(to) => Op::Jump(to + base),
        other => other.clone(),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_expression_means() {
        for (pattern, text, want) in [
            ("/api/v[0-9]+", "/api/v12", true),
            ("/api/v[0-9]+", "/api/v12/x", false),
            ("/(foo|bar)(/.*)?", "/bar/baz", true),
            ("/(foo|bar)(/.*)?", "/baz", false),
            (".*\\.(png|jpe?g)", "/a/b.jpg", true),
            ("a{2,3}", "aaaa", false),
            ("a{2,3}", "aaa", true),
            ("a{2,}b", "aaaab", true),
            ("^/x$", "/x", true),
            ("[^/]+", "a/b", false),
            ("\\d+\\w\\s", "12a ", true),
            ("(?i)ABC", "aBc", true),
            ("(?:ab)+?", "abab", true),
            ("[]a-c-]+", "]b-", true),
            ("(a|b|c)x", "cx", true),
            ("(a*)*", "aaaa", true),
        ] {
            assert_eq!(Pattern::new(pattern).is_some_and(|found| found.matches_all(text)), want, "{pattern} {text}");
        }
    }

    #[test]
    fn groups_keep_what_they_took() {
        let pattern = Pattern::new("/api(/|$)(.*)").expect("a pattern");
        assert_eq!(pattern.captures("/api/v1/x"), Some(vec!["/api/v1/x", "/", "v1/x"]));
        assert_eq!(pattern.captures("/api"), Some(vec!["/api", "", ""]));
        assert_eq!(pattern.captures("/apiv1"), None);
    }

    #[test]
    fn what_is_no_expression_is_refused_and_none_runs_for_ever() {
        for broken in ["(", "[a", "*a", "a)", "\\p{L}", "a{9999}", "(?P<name>a)"] {
            assert!(Pattern::new(broken).is_none(), "{broken}");
        }
        let slow = Pattern::new("(a+)+b").expect("a pattern");
        assert!(!slow.matches_all(&"a".repeat(60)));
    }
}
