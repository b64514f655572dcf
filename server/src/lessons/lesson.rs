//! One lesson, read from its folder.
//!
//! `lesson.md`, `after.md`, `goals.yaml`, `start/*.yaml` and `solution/*.yaml` must be there; `wrong/<name>/*.yaml` are fixes that must
//! fail a goal, for the tests.

use std::collections::BTreeMap;

use playground_wasm::dto::SourceFile;

use super::folder::Folder;
use super::front_matter::{self, Ask, Prediction};
use super::goals::{self, Goal};
use super::problem::Problem;
use super::prose;
use super::yaml::Piece;

/// A lesson, ready to show.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Place in the course, from the folder's name.
    pub number: u32,
    /// The folder's name without the number: the lesson's address.
    pub slug: String,
    pub title: String,
    pub chapter: String,
    pub minutes: u32,
    /// Slugs.
    pub prerequisites: Vec<String>,
    /// What is learnt, a sentence each.
    pub learn: Vec<String>,
    pub predict: Option<Prediction>,
    pub hints: Vec<String>,
    pub ask: Option<Ask>,
    /// HTML, safe to insert.
    pub prose: String,
    /// HTML, safe to insert: what happened and why.
    pub after: String,
    pub start: Vec<SourceFile>,
    pub solution: Vec<SourceFile>,
    /// By the name of the fix.
    pub wrong: BTreeMap<String, Vec<SourceFile>>,
    pub goals: Vec<Goal>,
}

impl Lesson {
    /// Reads a lesson, or says everything that is wrong with its folder.
    pub fn read(folder: &Folder) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { folder, problems: Vec::new() };
        let place = reader.keep(place(&folder.name).map_err(|problem| vec![problem]));
        let parts = reader.prose();
        let after = reader.file("after.md", prose::render);
        let goals = reader.file("goals.yaml", goals::read);
        let start = reader.manifests("start");
        let solution = reader.manifests("solution");
        let (Some((number, slug)), Some((matter, prose)), Some(after), Some(goals), true) =
            (place, parts, after, goals, reader.problems.is_empty())
        else {
            return Err(reader.problems);
        };
        let wrong =
            folder.subfolders("wrong").into_iter().map(|name| (name.to_owned(), folder.manifests(&format!("wrong/{name}")))).collect();
        Ok(Self {
            number,
            slug: slug.to_owned(),
            title: matter.title,
            chapter: matter.chapter,
            minutes: matter.minutes,
            prerequisites: matter.prerequisites,
            learn: matter.learn,
            predict: matter.predict,
            hints: matter.hints,
            ask: matter.ask,
            prose,
            after,
            start,
            solution,
            wrong,
            goals,
        })
    }
}

/// The lesson's number and slug, from the name of its folder.
pub fn place(folder: &str) -> Result<(u32, &str), Problem> {
    let valid =
        |slug: &str| !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    folder
        .split_once('-')
        .and_then(|(number, slug)| Some((number.parse().ok()?, slug)))
        .filter(|(_, slug)| valid(slug))
        .ok_or_else(|| Problem::of_file(folder, "name the folder by number and slug, in lower case: 03-names"))
}

/// Collects every problem of a folder, so that its author sees them all at once.
struct Reader<'a> {
    folder: &'a Folder,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn keep<T>(&mut self, result: Result<T, Vec<Problem>>) -> Option<T> {
        result.map_err(|problems| self.problems.extend(problems)).ok()
    }

    fn file<T>(&mut self, name: &str, read: impl FnOnce(Piece<'_>) -> Result<T, Vec<Problem>>) -> Option<T> {
        let file = format!("{}/{name}", self.folder.name);
        let result = match self.folder.files.get(name) {
            Some(text) => read(Piece { file: &file, lines_before: 0, text }),
            None => Err(vec![Problem::of_file(&file, "the file is missing")]),
        };
        self.keep(result)
    }

    fn prose(&mut self) -> Option<(front_matter::FrontMatter, String)> {
        self.file("lesson.md", |piece| {
            let (matter, body) = front_matter::split(piece.file, piece.text).map_err(|problem| vec![problem])?;
            Ok((matter, prose::render(body)?))
        })
    }

    fn manifests(&mut self, subfolder: &str) -> Vec<SourceFile> {
        let files = self.folder.manifests(subfolder);
        if files.is_empty() {
            let folder = format!("{}/{subfolder}", self.folder.name);
            self.problems.push(Problem::of_file(&folder, "no .yaml file is there, and a lesson needs one"));
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_whole_folder() {
        let folder = Folder::minimal("03-names", "Names").with("start/b.yaml", "kind: B\n").with("wrong/delete-it/app.yaml", "");
        let lesson = Lesson::read(&folder).unwrap();
        assert_eq!((lesson.number, lesson.slug.as_str()), (3, "names"));
        assert_eq!(lesson.prose, "<p>Prose.</p>\n");
        let names: Vec<&str> = lesson.start.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["app.yaml", "b.yaml"]);
        assert!(lesson.wrong.contains_key("delete-it"));
    }

    #[test]
    fn reports_everything_at_once() {
        let mut folder = Folder::minimal("names", "Names");
        folder.files.remove("after.md");
        folder.files.remove("start/app.yaml");
        let folder = folder.with("goals.yaml", "- {id: a\n");
        let problems = Lesson::read(&folder).unwrap_err();
        let files: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
        assert_eq!(files, ["names", "names/after.md", "names/goals.yaml", "names/start"]);
    }

    #[test]
    fn a_slug_is_what_an_address_can_be() {
        assert_eq!(place("10-two-ports").unwrap(), (10, "two-ports"));
        for bad in ["two-ports", "10", "10-", "10-Ports", "10-a b", "x-y"] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }
}
