//! Which files a container has from ConfigMaps and Secrets, and which ones it writes and reads.
//!
//! Writing and reading is told from redirections and from the usual programs' arguments (`tee`, `tail -f`), from what a known
//! image is said to do, and for known log shippers from the paths in their mounted configuration. Only absolute paths count.

use super::command::{self, Word};
use super::table::{Image, table};
use super::{FileUse, Subject, shell};
use crate::index::Index;
use crate::model::{Container, Labels, Volume, VolumeSource};
use crate::text::Step;

/// Where a pod's files come from.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    pub namespace: &'a str,
    pub volumes: &'a [Volume],
    /// As `Cluster::config_data` has it.
    pub config_data: &'a Index<(bool, String, String), Labels>,
}

/// A file from a ConfigMap or Secret as a container sees it.
pub struct Text<'a> {
    pub path: String,
    pub text: &'a str,
    pub secret: bool,
    pub name: &'a str,
    pub key: &'a str,
    /// The index of its mount in `volumeMounts`.
    pub mount: usize,
}

impl<'a> Files<'a> {
    /// The files of a container.
    pub fn of(&self, container: &Container) -> Vec<Text<'a>> {
        let mut texts = Vec::new();
        for (index, mount) in container.mounts.iter().enumerate() {
            let Some(VolumeSource::Data { secret, name, items }) =
                self.volumes.iter().find(|volume| volume.name == mount.name).map(|volume| &volume.source)
            else {
                continue;
            };
            let Some(data) = self.config_data.get(&(*secret, self.namespace.to_owned(), name.clone())) else { continue };
            for (key, text) in data {
                let path = match items.iter().find(|(item, _)| item == key) {
                    Some((_, path)) => path.as_str(),
                    None if items.is_empty() => key,
                    None => continue,
                };
                // Of a file that is mounted alone the mount's path is the file's.
                let base = mount.path.trim_end_matches('/');
                let sub_path = mount.sub_path.trim_matches('/');
                let path = match path.strip_prefix(sub_path) {
                    Some("") => base.to_owned(),
                    Some(rest) if sub_path.is_empty() || rest.starts_with('/') => format!("{base}/{}", rest.trim_start_matches('/')),
                    _ => continue,
                };
                texts.push(Text { path, text, secret: *secret, name, key, mount: index });
            }
        }
        texts
    }
}

/// What a container writes, and what it reads.
pub fn infer(subject: &Subject<'_>, line: &[Word]) -> (Vec<FileUse>, Vec<FileUse>) {
    let container = subject.container;
    let mut found = [Vec::new(), Vec::new()];
    let mut add = |writes: bool, path: &str, origin: Vec<Step>| {
        let list: &mut Vec<FileUse> = &mut found[usize::from(!writes)];
        if is_file(path) && !list.iter().any(|known| known.path == path) {
            list.push(FileUse { path: path.to_owned(), origin });
        }
    };
    let origin = |at| command::origin(subject.spec, container, at);
    if let Some(script) = command::script(line) {
        for (writes, path) in shell::redirections(&script.text, &|name| subject.env.get(name)) {
            add(writes, &path, origin(script.at));
        }
    }
    for words in command::commands(line, subject.env) {
        let run = command::program(&words);
        let Some((first, args)) = run.split_first() else { continue };
        let files = || args.iter().filter(|word| !word.text.starts_with('-'));
        match command::program_name(&first.text) {
            "tee" | "touch" => files().for_each(|word| add(true, &word.text, origin(word.at))),
            "tail" | "cat" | "head" | "less" | "more" | "grep" | "awk" | "sed" | "wc" | "ls" => {
                files().for_each(|word| add(false, &word.text, origin(word.at)));
            }
            name @ ("curl" | "wget") => {
                let flag = if name == "curl" { "-o" } else { "-O" };
                if let Some((path, at)) = command::flag_value(args, flag) {
                    add(true, path, origin(at));
                }
            }
            "cp" | "mv" => {
                if let Some((last, sources)) = files().collect::<Vec<_>>().split_last() {
                    for word in sources {
                        add(false, &word.text, origin(word.at));
                    }
                    add(true, &last.text, origin(last.at));
                }
            }
            _ => {}
        }
    }
    if let (Image::Server(server), true) = (table().image(&container.image), container.command.is_empty()) {
        let mut path = super::container_path(subject.spec, container);
        path.push(Step::from("image"));
        for (writes, paths) in [(true, &server.writes), (false, &server.reads)] {
            for file in paths {
                add(writes, file, path.clone());
            }
        }
    }
    let [writes, reads] = found;
    (writes, reads)
}

/// Whether a path matches a pattern: `*` takes what no slash is in, `**` takes slashes, too.
pub fn matches_glob(pattern: &str, path: &str) -> bool {
    // Each star is tried at every place; nobody writes more than a few.
    match pattern.split_once('*').filter(|_| pattern.matches('*').count() <= 4) {
        None => pattern == path,
        Some((begin, rest)) => path.strip_prefix(begin).is_some_and(|tail| {
            let deep = rest.starts_with('*');
            // `**/` takes no folder as well.
            let rest = if deep { rest.trim_start_matches(['*', '/']) } else { rest };
            let ends = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
            ends.take_while(|&at| deep || !tail[..at].contains('/')).any(|at| matches_glob(rest, &tail[at..]))
        }),
    }
}

/// An absolute path of a file that somebody else could see: no device, no process.
fn is_file(path: &str) -> bool {
    path.starts_with('/') && path.len() > 1 && !["/dev/", "/proc/", "/sys/"].iter().any(|folder| path.starts_with(folder))
}

/// The paths that a log shipper's configuration says to read: `Path` of an `[INPUT]`, `path` of a `<source>`, `include`, `paths`,
/// `__path__`, in whichever of these formats it is written.
pub fn shipped(config: &str) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let (mut is_input, mut in_list) = (true, false);
    for line in config.lines() {
        let line = line.trim();
        let lower = line.to_ascii_lowercase();
        if lower.starts_with(['[', '<']) || (lower.ends_with(':') && !lower.starts_with('-')) {
            let is_output = ["output", "sink", "match", "exporter"].iter().any(|word| lower.contains(word));
            is_input = if is_output { false } else { is_input || ["input", "source", "receiver"].iter().any(|word| lower.contains(word)) };
            if lower.starts_with(['[', '<']) {
                in_list = false;
                continue;
            }
        }
        if lower.starts_with('#') || !is_input {
            continue;
        }
        let (key, value) = line.find([':', '=', ' ', '\t']).map_or((line, ""), |at| line.split_at(at));
        let key = key.trim_matches(['"', '\'', '-', ' ']).to_ascii_lowercase();
        let is_item = line.starts_with('-') || line.starts_with(['"', '\'']);
        if matches!(key.as_str(), "path" | "paths" | "include" | "__path__") {
            in_list = !value.contains('/');
        } else if !(in_list && is_item) {
            in_list = false;
            continue;
        }
        let text = if in_list { line } else { value };
        let tokens = text.split([' ', '\t', ',', '"', '\'', '[', ']', '=']).filter(|token| is_file(token));
        paths.extend(tokens.map(str::to_owned));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::super::environment::Environment;
    use super::super::test_container;
    use super::*;

    fn used(image: &str, command: &[&str], args: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut container = test_container("c", image);
        container.command = command.iter().map(ToString::to_string).collect();
        container.args = args.iter().map(ToString::to_string).collect();
        let env = Environment::default();
        let subject = Subject { container: &container, spec: &[Step::from("spec")], env: &env, annotated: None };
        let (writes, reads) = infer(&subject, &command::words(&container, &env));
        let paths = |files: Vec<FileUse>| files.into_iter().map(|file| file.path).collect();
        (paths(writes), paths(reads))
    }

    #[test]
    fn redirections_and_the_usual_programs_say_which_files() {
        for (command, writes, reads) in [
            ("while true; do echo \"$(date)\" >> /var/log/app.log; sleep 1; done", &["/var/log/app.log"][..], &[][..]),
            ("i=0; while true; do echo $i >> /var/log/1.log 2>/dev/null; i=$((i+1)); done", &["/var/log/1.log"], &[]),
            ("tail -n+1 -F /var/log/1.log", &[], &["/var/log/1.log"]),
            ("date | tee -a /data/out /data/out", &["/data/out"], &[]),
            ("cat /etc/config/app.yaml | grep x > /tmp/x", &["/tmp/x"], &["/etc/config/app.yaml"]),
            ("cp /src/a /dst/a; wget -qO /www/index.html http://info", &["/dst/a", "/www/index.html"], &["/src/a"]),
            ("sort < /data/in > /data/out", &["/data/out"], &["/data/in"]),
            ("echo done > /proc/1/fd/1; echo x > relative; echo y >&2", &[], &[]),
        ] {
            let (wrote, read) = used("busybox", &["sh", "-c", command], &[]);
            assert_eq!((wrote.as_slice(), read.as_slice()), (&to_strings(writes)[..], &to_strings(reads)[..]), "{command}");
        }
        assert_eq!(used("busybox", &[], &["/bin/sh", "-c", "tail -f /logs/a"]).1, ["/logs/a"]);
        assert_eq!(used("nginx", &[], &[]).0, ["/var/log/nginx/access.log", "/var/log/nginx/error.log"]);
    }

    fn to_strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn shippers_name_what_they_read_in_their_configuration() {
        for (config, want) in [
            (
                "[SERVICE]\n  Flush 1\n[INPUT]\n  Name tail\n  Path /var/log/app/*.log\n[OUTPUT]\n  Name file\n  Path /out\n",
                &["/var/log/app/*.log"][..],
            ),
            (
                "<source>\n  @type tail\n  path /var/log/1.log,/var/log/2.log\n</source>\n<match **>\n  path /out\n</match>\n",
                &["/var/log/1.log", "/var/log/2.log"],
            ),
            (
                "[sources.app]\ntype = \"file\"\ninclude = [\"/var/log/app.log\"]\n[sinks.out]\ntype = \"file\"\npath = \"/out\"\n",
                &["/var/log/app.log"],
            ),
            (
                "filebeat.inputs:\n- type: filestream\n  paths:\n    - /var/log/*.log\n    - /data/x\noutput.file:\n  path: /out\n",
                &["/var/log/*.log", "/data/x"],
            ),
            ("scrape_configs:\n- static_configs:\n  - labels:\n      __path__: /var/log/app.log\n", &["/var/log/app.log"]),
            ("sources:\n  app:\n    include:\n      - /var/log/app.log\nsinks:\n  f:\n    path: /out\n", &["/var/log/app.log"]),
        ] {
            assert_eq!(shipped(config), want, "{config}");
        }
    }
}
