//! Cuts a shell script into simple commands, as far as is needed to see which programs it runs with which arguments.
//!
//! Follows POSIX's token recognition (XCU 2.3) for quotes, comments and operators; variables are those of the container and
//! those that the script itself assigns a plain value. Here-documents, arithmetic and control flow are not interpreted: every
//! command counts as run.

use std::collections::BTreeMap;

use super::expansion::{GROWTH_LIMIT, spend};

/// Command substitutions within each other that are looked into; deeper ones are taken as text.
const DEPTH_LIMIT: usize = 8;
/// Brackets without an end that are looked for; each look reads on to the end of the script.
const UNCLOSED_LIMIT: usize = 8;

/// The commands of a script in order, each as its words without quotes; a substitution's commands come before its user.
pub fn commands<'v>(script: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> Vec<Vec<String>> {
    read(script, value).commands
}

/// The files that a script's redirections open, each with whether it is written to.
pub fn redirections<'v>(script: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> Vec<(bool, String)> {
    read(script, value).files
}

fn read<'r, 'v>(script: &str, value: &'r dyn Fn(&str) -> Option<&'v str>) -> Reader<'r, 'v> {
    let mut reader =
        Reader { value, assigned: BTreeMap::new(), commands: Vec::new(), files: Vec::new(), depth: 0, unclosed: 0, budget: GROWTH_LIMIT };
    reader.script(script);
    reader
}

struct Reader<'r, 'v> {
    value: &'r dyn Fn(&str) -> Option<&'v str>,
    /// Variables that the script sets.
    assigned: BTreeMap<String, String>,
    commands: Vec<Vec<String>>,
    files: Vec<(bool, String)>,
    depth: usize,
    unclosed: usize,
    /// Bytes that variables may still add.
    budget: usize,
}

/// The command that is being read.
#[derive(Default)]
struct Current {
    words: Vec<String>,
    /// The word that is being read; an empty quoted one is a word, too.
    word: Option<String>,
    /// The next word is the file of this redirection.
    redirect: Option<char>,
    files: Vec<(bool, String)>,
}

impl Current {
    fn push(&mut self, text: &str) {
        self.word.get_or_insert_default().push_str(text);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        // bash opens a connection for this file name, so it says whom the script calls.
        match self.redirect.take() {
            Some(sign) if !word.starts_with("/dev/tcp/") => self.files.push((sign == '>', word)),
            _ => self.words.push(word),
        }
    }
}

impl Reader<'_, '_> {
    fn script(&mut self, script: &str) {
        let mut now = Current::default();
        let mut rest = script;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            rest = match c {
                '\'' => {
                    let (quoted, tail) = after.split_once('\'').unwrap_or((after, ""));
                    now.push(quoted);
                    tail
                }
                '"' => self.double_quoted(after, &mut now),
                '\\' => escaped(after, &mut now),
                '$' => self.dollar(after, &mut now),
                '#' if now.word.is_none() => after.find('\n').map_or("", |end| &after[end..]),
                '>' | '<' => {
                    // `2>`: the number is the stream's.
                    if now.word.as_ref().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) {
                        now.word = None;
                    }
                    now.end_word();
                    now.redirect = Some(c);
                    after.trim_start_matches(['>', '<', '&', '|'])
                }
                '\n' | ';' | '|' | '&' | '(' | ')' | '`' => {
                    self.end_command(&mut now);
                    after
                }
                c if c.is_whitespace() => {
                    now.end_word();
                    after
                }
                c => {
                    now.push(c.encode_utf8(&mut [0; 4]));
                    after
                }
            };
        }
        self.end_command(&mut now);
    }

    fn end_command(&mut self, now: &mut Current) {
        now.end_word();
        now.redirect = None;
        self.files.append(&mut now.files);
        let words = std::mem::take(&mut now.words);
        if words.iter().all(|word| assignment(word).is_some()) {
            self.assigned.extend(words.iter().filter_map(|word| assignment(word)).map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        if !words.is_empty() {
            self.commands.push(words);
        }
    }

    fn double_quoted<'t>(&mut self, text: &'t str, now: &mut Current) -> &'t str {
        now.push("");
        let mut rest = text;
        while let Some(at) = rest.find(['"', '\\', '$']) {
            now.push(&rest[..at]);
            let after = &rest[at + 1..];
            match rest.as_bytes()[at] {
                b'"' => return after,
                b'\\' => rest = escaped(after, now),
                _ => rest = self.dollar(after, now),
            }
        }
        now.push(rest);
        ""
    }

    /// Reads what follows a `$`: a variable, a command substitution, or nothing special.
    fn dollar<'t>(&mut self, text: &'t str, now: &mut Current) -> &'t str {
        if let Some(body) = text.strip_prefix('(')
            && self.depth < DEPTH_LIMIT
            && self.unclosed < UNCLOSED_LIMIT
            && let Some(end) = self.closing(body, Some('('), ')')
        {
            self.depth += 1;
            self.script(&body[..end]);
            self.depth -= 1;
            // What it prints is not known: the word it stands in must not look like another one.
            now.push("$()");
            return &body[end + 1..];
        }
        let (expression, tail) = match text.strip_prefix('{') {
            Some(body) if self.unclosed < UNCLOSED_LIMIT => match self.closing(body, None, '}') {
                Some(end) => (&body[..end], &body[end + 1..]),
                None => ("", text),
            },
            _ => text.split_at(name_length(text)),
        };
        let (name, default) = expression.split_at(name_length(expression));
        let default = default.strip_prefix(":-").or_else(|| default.strip_prefix('-'));
        let assigned = self.assigned.get(name).map(String::as_str);
        let value = assigned.or_else(|| (self.value)(name)).or(default);
        if let Some(value) = value.and_then(|value| spend(value, &mut self.budget)) {
            now.push(value);
        } else {
            now.push("$");
            now.push(expression);
        }
        tail
    }

    /// Where the bracket closes that is open before the text, of a kind that nests if `open` is given.
    fn closing(&mut self, text: &str, open: Option<char>, close: char) -> Option<usize> {
        let mut depth = 1_usize;
        let end = text.find(|c: char| {
            if c == close {
                depth -= 1;
            } else if Some(c) == open {
                depth += 1;
            }
            depth == 0
        });
        self.unclosed += usize::from(end.is_none());
        end
    }
}

fn escaped<'t>(text: &'t str, now: &mut Current) -> &'t str {
    let Some(c) = text.chars().next() else { return text };
    // An escaped line end joins two lines.
    let (c, length) = if text.starts_with("\r\n") { ('\n', 2) } else { (c, c.len_utf8()) };
    if c != '\n' {
        now.push(&text[..length]);
    }
    &text[length..]
}

fn name_length(text: &str) -> usize {
    let digit_first = text.starts_with(|c: char| c.is_ascii_digit());
    if digit_first { 0 } else { text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len()) }
}

/// `NAME=value`, as a shell reads it before a command.
pub fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    (!name.is_empty() && name_length(name) == name.len()).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(script: &str) -> Vec<String> {
        let value = |name: &str| match name {
            "HOST" => Some("db"),
            "PORT" => Some("5432"),
            _ => None,
        };
        commands(script, &value).iter().map(|words| words.join(" ~ ")).collect()
    }

    #[test]
    fn cuts_scripts_into_commands() {
        for (script, want) in [
            ("", &[][..]),
            ("sleep 3600", &["sleep ~ 3600"]),
            ("a b;c|d&&e||f & g", &["a ~ b", "c", "d", "e", "f", "g"]),
            ("echo 'a b' \"c  d\" e\\ f ''", &["echo ~ a b ~ c  d ~ e f ~ "]),
            ("# a comment; x\nsleep 1 # y\nb#c", &["sleep ~ 1", "b#c"]),
            ("nc -z $HOST ${PORT}", &["nc ~ -z ~ db ~ 5432"]),
            ("nc '$HOST' \"$HOST:$PORT\" $NONE ${NONE:-x} $1", &["nc ~ $HOST ~ db:5432 ~ $NONE ~ x ~ $1"]),
            ("X=web\nwget http://$X/", &["X=web", "wget ~ http://web/"]),
            ("a >/dev/null 2>&1 b <in", &["a ~ b"]),
            ("echo >/dev/tcp/db/5432", &["echo ~ /dev/tcp/db/5432"]),
            ("S=$(wget -q http://web 2>&1 | awk '{print $2}')", &["wget ~ -q ~ http://web", "awk ~ {print $2}", "S=$()"]),
            ("echo \"$(curl api) up\"", &["curl ~ api", "echo ~ $() up"]),
            ("a \\\n  b", &["a ~ b"]),
            ("if x; then\n  y\nfi", &["if ~ x", "then", "y", "fi"]),
            ("echo 'open", &["echo ~ open"]),
            ("echo \"open $HOST", &["echo ~ open db"]),
            ("echo $(open", &["echo ~ $", "open"]),
            ("$", &["$"]),
            ("\\", &[]),
        ] {
            assert_eq!(shown(script), want, "{script}");
        }
    }

    #[test]
    fn stays_quick_and_shallow_on_nested_substitutions() {
        let open = "$(".repeat(100_000);
        let closed = format!("{open}{}", ")".repeat(100_000));
        let doubled = format!("A=x\n{}", "A=$A$A\n".repeat(100));
        for script in [open, closed, doubled] {
            assert!(!commands(&script, &|_| None).is_empty());
        }
    }
}
