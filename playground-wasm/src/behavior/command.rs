//! What a container runs, as simple commands whose words know where they are written.
//!
//! `command` replaces the image's ENTRYPOINT and `args` its CMD; `sh -c SCRIPT` is looked into, and what only starts another
//! program (`exec`, `tini --`, `python -m`) is looked through.

use super::environment::{Environment, expand_all};
use super::{container_path, shell};
use crate::model::Container;
use crate::text::Step;

/// One word of a command line, after variables are expanded and quotes removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Its index in `command`, or past those in `args`; every word of a script has the script's.
    pub at: usize,
}

/// The words of `command` and `args`, as the kubelet expands them.
pub fn words(container: &Container, env: &Environment<'_>) -> Vec<Word> {
    let expanded = expand_all(&[container.command.as_slice(), &container.args].concat(), env);
    expanded.into_iter().enumerate().map(|(at, text)| Word { text, at }).collect()
}

/// Where a word is written in the object that holds the pod spec.
pub fn origin(spec: &[Step], container: &Container, at: usize) -> Vec<Step> {
    let mut path = container_path(spec, container);
    match at.checked_sub(container.command.len()) {
        None => path.extend([Step::from("command"), Step::from(at)]),
        Some(at) => path.extend([Step::from("args"), Step::from(at)]),
    }
    path
}

/// The commands that a command line runs: those of its script if it is a shell with one, else itself.
pub fn commands(line: &[Word], env: &Environment<'_>) -> Vec<Vec<Word>> {
    match script(line) {
        Some(script) => {
            let commands = shell::commands(&script.text, &|name| env.get(name));
            commands.into_iter().map(|words| words.into_iter().map(|text| Word { text, at: script.at }).collect()).collect()
        }
        None => vec![line.to_vec()],
    }
}

/// The script of `sh -c SCRIPT`.
pub fn script(line: &[Word]) -> Option<&Word> {
    let line = program(line);
    let (shell, rest) = line.split_first()?;
    if !matches!(program_name(&shell.text), "sh" | "bash" | "ash" | "dash" | "zsh") {
        return None;
    }
    // `-c`, `-ec`, `-euxc`: options in one word, other options before or after it.
    let flag = |word: &Word| word.text.starts_with(['-', '+']);
    let with_c = |word: &Word| flag(word) && !word.text.starts_with("--") && word.text.contains('c');
    let at = rest.iter().position(with_c)?;
    rest[..at].iter().all(flag).then(|| rest[at..].iter().find(|word| !flag(word))).flatten()
}

/// Words that stand before a command in a script and do not change which program it is.
const KEYWORDS: [&str; 11] = ["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "--"];
/// Programs that run the program that their arguments name.
const WRAPPERS: [&str; 14] = [
    "exec",
    "tini",
    "dumb-init",
    "nohup",
    "env",
    "busybox",
    "docker-entrypoint.sh",
    "entrypoint.sh",
    "python",
    "npx",
    "sudo",
    "pipenv",
    "poetry",
    "bundle",
];
/// The same, with an argument of their own before it.
const WRAPPERS_OF_ONE: [&str; 4] = ["timeout", "gosu", "su-exec", "setpriv"];

/// A command from the program that it comes down to: without keywords, assignments and wrappers with their flags.
pub fn program(words: &[Word]) -> &[Word] {
    let mut rest = words;
    while let Some((first, mut tail)) = rest.split_first() {
        let name = program_name(&first.text);
        let one = WRAPPERS_OF_ONE.contains(&name);
        if one || WRAPPERS.contains(&name) {
            while tail.first().is_some_and(|word| word.text.starts_with('-')) {
                tail = &tail[1..];
            }
            // `poetry run`, `bundle exec`
            let skip = usize::from(one || tail.first().is_some_and(|word| word.text == "run"));
            tail = tail.get(skip..).unwrap_or_default();
        } else if !KEYWORDS.contains(&first.text.as_str()) && shell::assignment(&first.text).is_none() {
            break;
        }
        rest = tail;
    }
    rest
}

/// A program's name without its folder and version: `/usr/bin/python3.12` is `python`.
pub fn program_name(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    if bare.is_empty() { name } else { bare }
}

/// The value of a flag and the index of its word, the last one if it is given twice: `--port 80`, `--port=80`, `-port 80`,
/// `-p80`, `-lp 80`.
pub fn flag_value<'w>(args: &'w [Word], flag: &str) -> Option<(&'w str, usize)> {
    let name = flag.trim_start_matches('-');
    (0..args.len()).rev().find_map(|index| {
        let Word { text, at } = &args[index];
        let body = text.strip_prefix('-')?;
        let next = || args.get(index + 1).map(|next| (next.text.as_str(), next.at));
        if name.len() > 1 {
            let rest = body.strip_prefix('-').unwrap_or(body).strip_prefix(name)?;
            return if rest.is_empty() { next() } else { rest.strip_prefix('=').map(|value| (value, *at)) };
        }
        if is_cluster(body) && body.ends_with(name) {
            return next();
        }
        let attached = body.strip_prefix(name)?;
        let attached = attached.strip_prefix('=').unwrap_or(attached);
        attached.starts_with(|c: char| !c.is_ascii_alphabetic()).then_some((attached, *at))
    })
}

/// Whether a body without its dash is short options in one word: `lkp` of `-lkp`.
pub fn is_cluster(body: &str) -> bool {
    (1..=5).contains(&body.len()) && body.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Whether a word is this flag, on: `--tcp`, `--tcp=true`; `-l` also within `-lk`.
pub fn is_flag(word: &str, flag: &str) -> bool {
    let Some(body) = word.strip_prefix('-') else { return false };
    let name = flag.trim_start_matches('-');
    if name.len() == 1 { is_cluster(body) && body.contains(name) } else { word == flag || word.strip_prefix(flag) == Some("=true") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> Vec<Word> {
        words.iter().enumerate().map(|(at, text)| Word { text: (*text).to_owned(), at }).collect()
    }

    #[test]
    fn finds_the_script_of_a_shell() {
        for (words, want) in [
            (&["sh", "-c", "x"][..], Some("x")),
            (&["/bin/bash", "-exc", "x", "arg"], Some("x")),
            (&["/bin/sh", "-e", "-c", "x"], Some("x")),
            (&["sh", "-c", "-e", "x"], Some("x")),
            (&["tini", "--", "sh", "-c", "x"], Some("x")),
            (&["busybox", "sh", "-c", "x"], Some("x")),
            (&["sh", "run.sh", "-c", "x"], None),
            (&["sh", "-c"], None),
            (&["bash"], None),
            (&["node", "-c", "x"], None),
            (&[], None),
        ] {
            assert_eq!(script(&line(words)).map(|word| word.text.as_str()), want, "{words:?}");
        }
    }

    #[test]
    fn looks_through_what_only_starts_a_program() {
        for (words, want) in [
            (&["exec", "nginx", "-g", "x"][..], &["nginx", "-g", "x"][..]),
            (&["A=1", "B=2", "./server"], &["./server"]),
            (&["/sbin/tini", "-g", "--", "redis-server"], &["redis-server"]),
            (&["python3", "-u", "-m", "http.server", "80"], &["http.server", "80"]),
            (&["timeout", "30", "nc"], &["nc"]),
            (&["poetry", "run", "uvicorn"], &["uvicorn"]),
            (&["do", "wget"], &["wget"]),
            (&["python"], &[]),
            (&["./server"], &["./server"]),
        ] {
            let line = line(words);
            let got: Vec<&str> = program(&line).iter().map(|word| word.text.as_str()).collect();
            assert_eq!(got, want, "{words:?}");
        }
    }
}
