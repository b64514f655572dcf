//! Lesson folders as text: from the binary, or from a team's own directory.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use playground_wasm::dto::SourceFile;
use rust_embed::Embed;

use super::problem::Problem;

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../lessons"]
#[allow_missing = true]
struct Embedded;

/// One lesson's folder: its name, and its files by their path in it, with Unix line ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// `03-names`
    pub name: String,
    pub files: BTreeMap<String, String>,
}

impl Folder {
    /// The YAML files directly in a subfolder, in the order of their names.
    pub fn manifests(&self, subfolder: &str) -> Vec<SourceFile> {
        self.files
            .iter()
            .filter_map(|(path, text)| {
                let name = path.strip_prefix(subfolder)?.strip_prefix('/')?;
                let is_manifest = Path::new(name).extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
                (is_manifest && !name.contains('/')).then(|| SourceFile { name: name.to_owned(), text: text.clone() })
            })
            .collect()
    }

    /// The names of the folders in a subfolder.
    pub fn subfolders(&self, subfolder: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(subfolder)?.strip_prefix('/')?.split_once('/'))
            .map(|(name, _)| name)
            .collect();
        names.dedup();
        names
    }

    /// The smallest folder that is a lesson, for tests.
    #[cfg(test)]
    pub fn minimal(name: &str, title: &str) -> Self {
        let head = format!("---\ntitle: '{title}'\nchapter: Basics\nminutes: 3\nhints: [a, b, c]\n---\nProse.\n");
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n";
        Self { name: name.to_owned(), files: BTreeMap::new() }
            .with("lesson.md", &head)
            .with("after.md", "Because.\n")
            .with("start/app.yaml", pod)
            .with("solution/app.yaml", pod)
            .with("goals.yaml", "- {id: there, say: The Pod is there, exists: Pod/default/web}\n")
    }

    /// The same folder with this file in it.
    #[cfg(test)]
    #[must_use]
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }
}

/// The lessons that come with Podhop.
pub fn embedded() -> (Vec<Folder>, Vec<Problem>) {
    collect(Embedded::iter().filter_map(|path| {
        let bytes = Embedded::get(&path)?.data.into_owned();
        Some((path.into_owned(), bytes))
    }))
}

/// The lessons in a directory of the file system.
pub fn in_directory(directory: &Path) -> io::Result<(Vec<Folder>, Vec<Problem>)> {
    let mut files = Vec::new();
    walk(directory, "", &mut files)?;
    Ok(collect(files))
}

fn walk(directory: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // Version control and editors leave such folders.
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push((path, fs::read(entry.path())?));
        }
    }
    Ok(())
}

/// Groups files by the folder they are in; what lies beside the folders (a README) is no lesson.
fn collect(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> (Vec<Folder>, Vec<Problem>) {
    let mut folders: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (path, bytes) in files {
        let Some((folder, file)) = path.split_once('/') else {
            continue;
        };
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
                folders.entry(folder.to_owned()).or_default().insert(file.to_owned(), text);
            }
            Err(_) => problems.push(Problem::of_file(&path, "not UTF-8 text; left out")),
        }
    }
    let folders = folders.into_iter().map(|(name, files)| Folder { name, files }).collect();
    (folders, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_grouped_by_lesson() {
        let files = [
            ("README.md", "not a lesson"),
            ("01-a/lesson.md", "a\r\nb"),
            ("01-a/wrong/one/app.yaml", "x"),
            ("01-a/wrong/two/app.yaml", "x"),
        ];
        let files = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
        let (folders, problems) = collect(files);
        assert_eq!(problems, []);
        assert_eq!(folders.len(), 1);
        assert_eq!(folders[0].files["lesson.md"], "a\nb");
        assert_eq!(folders[0].subfolders("wrong"), ["one", "two"]);
        assert_eq!(folders[0].manifests("wrong/two").len(), 1);
        assert_eq!(folders[0].manifests("wrong"), []);
    }

    #[test]
    fn a_file_that_is_not_text_is_a_problem_and_no_more() {
        let files = [("01-a/image.yaml".to_owned(), vec![0xff, 0xfe])];
        let (folders, problems) = collect(files);
        assert!(folders.is_empty());
        assert_eq!(problems[0].file, "01-a/image.yaml");
    }
}
