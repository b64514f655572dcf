//! All lessons in order, and what is wrong with those that could not be read.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::folder::{self, Folder};
use super::lesson::{self, Lesson};
use super::problem::Problem;

/// Below this, two slugs are not meant to be the same (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.75;

/// The course: lessons in order of their numbers.
#[derive(Debug, Default)]
pub struct Course {
    lessons: Vec<Lesson>,
    problems: Vec<Problem>,
}

/// A chapter with its lessons, for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    pub title: String,
    pub lessons: Vec<LessonLink>,
}

/// What a list or a link shows of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonLink {
    pub slug: String,
    pub title: String,
    pub minutes: u32,
    /// What is learnt, a sentence each.
    pub learn: Vec<String>,
}

impl From<&Lesson> for LessonLink {
    fn from(lesson: &Lesson) -> Self {
        Self { slug: lesson.slug.clone(), title: lesson.title.clone(), minutes: lesson.minutes, learn: lesson.learn.clone() }
    }
}

impl Course {
    /// The course that comes with Podhop.
    pub fn embedded() -> Self {
        let (folders, problems) = folder::embedded();
        Self::new(folders).with_problems(problems)
    }

    /// The course that comes with Podhop with a team's own lessons; one of the same slug takes the place of Podhop's.
    pub fn embedded_with(directory: &Path) -> io::Result<Self> {
        let (mut folders, mut problems) = folder::embedded();
        let (own, own_problems) = folder::in_directory(directory)?;
        problems.extend(own_problems);
        let slug = |folder: &Folder| lesson::place(&folder.name).ok().map(|(_, slug)| slug.to_owned());
        folders.retain(|folder| !own.iter().any(|other| slug(other) == slug(folder)));
        folders.extend(own);
        Ok(Self::new(folders).with_problems(problems))
    }

    /// The course that these folders make.
    pub fn new(folders: Vec<Folder>) -> Self {
        let mut by_slug: BTreeMap<String, Lesson> = BTreeMap::new();
        let mut problems = Vec::new();
        for folder in folders {
            match Lesson::read(&folder) {
                Ok(lesson) if by_slug.contains_key(&lesson.slug) => {
                    let message = format!("another lesson is called {} too", lesson.slug);
                    problems.push(Problem::of_file(&folder.name, message));
                }
                Ok(lesson) => {
                    by_slug.insert(lesson.slug.clone(), lesson);
                }
                Err(found) => problems.extend(found),
            }
        }
        for lesson in by_slug.values() {
            for slug in &lesson.prerequisites {
                if !by_slug.contains_key(slug) {
                    let file = format!("{:02}-{}/lesson.md", lesson.number, lesson.slug);
                    let message = format!("the prerequisite {slug} is no lesson of this course");
                    problems.push(Problem::of_file(&file, message));
                }
            }
        }
        let mut lessons: Vec<Lesson> = by_slug.into_values().collect();
        lessons.sort_by(|a, b| (a.number, &a.slug).cmp(&(b.number, &b.slug)));
        Self { lessons, problems }
    }

    fn with_problems(mut self, problems: Vec<Problem>) -> Self {
        self.problems.extend(problems);
        self
    }

    /// Every lesson that could be read, in order.
    pub fn lessons(&self) -> &[Lesson] {
        &self.lessons
    }

    /// Everything that is wrong with the lessons' folders.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The lesson at an address.
    pub fn lesson(&self, slug: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.slug == slug)
    }

    /// What is wrong with the folder that would be at an address.
    pub fn problems_of(&self, slug: &str) -> Vec<&Problem> {
        let folder = |problem: &Problem| {
            let name = problem.file.split('/').next().unwrap_or_default();
            lesson::place(name).is_ok_and(|(_, found)| found == slug)
        };
        self.problems.iter().filter(|problem| folder(problem)).collect()
    }

    /// The lessons by chapter; a chapter stands where its first lesson does.
    pub fn chapters(&self) -> Vec<Chapter> {
        let mut chapters: Vec<Chapter> = Vec::new();
        for lesson in &self.lessons {
            let link = LessonLink::from(lesson);
            match chapters.iter_mut().find(|chapter| chapter.title == lesson.chapter) {
                Some(chapter) => chapter.lessons.push(link),
                None => chapters.push(Chapter { title: lesson.chapter.clone(), lessons: vec![link] }),
            }
        }
        chapters
    }

    /// Links to the lessons of these slugs, without those that do not exist.
    pub fn links(&self, slugs: &[String]) -> Vec<LessonLink> {
        slugs.iter().filter_map(|slug| self.lesson(slug)).map(LessonLink::from).collect()
    }

    /// The lessons before and after one.
    pub fn neighbors(&self, slug: &str) -> (Option<LessonLink>, Option<LessonLink>) {
        let Some(index) = self.lessons.iter().position(|lesson| lesson.slug == slug) else {
            return (None, None);
        };
        let at = |index: Option<usize>| Some(LessonLink::from(self.lessons.get(index?)?));
        (at(index.checked_sub(1)), at(index.checked_add(1)))
    }

    /// The lesson whose slug is most like this text; nothing where none is like it.
    pub fn nearest(&self, text: &str) -> Option<LessonLink> {
        self.lessons
            .iter()
            .map(|lesson| (strsim::jaro_winkler(&lesson.slug, text), lesson))
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .max_by(|(a, _), (b, _)| a.total_cmp(b))
            .map(|(_, lesson)| LessonLink::from(lesson))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> Course {
        Course::new(vec![
            Folder::minimal("20-names", "Names"),
            Folder::minimal("3-selectors", "Selectors"),
            Folder::minimal("10-sidecars", "Sidecars").with("goals.yaml", "[]"),
        ])
    }

    #[test]
    fn a_broken_folder_leaves_the_others_alone() {
        let course = course();
        let slugs: Vec<&str> = course.lessons().iter().map(|lesson| lesson.slug.as_str()).collect();
        assert_eq!(slugs, ["selectors", "names"]);
        assert_eq!(course.problems_of("sidecars").len(), 1);
        assert!(course.problems_of("names").is_empty());
    }

    #[test]
    fn neighbors_follow_the_numbers() {
        let course = course();
        let (previous, next) = course.neighbors("selectors");
        assert_eq!(previous, None);
        assert_eq!(next.unwrap().slug, "names");
    }

    #[test]
    fn a_misspelt_slug_finds_its_lesson() {
        assert_eq!(course().nearest("selector").unwrap().slug, "selectors");
        assert_eq!(course().nearest("zzz"), None);
    }

    #[test]
    fn an_unknown_prerequisite_is_a_problem_but_no_obstacle() {
        let folder =
            Folder::minimal("01-a", "A").with("lesson.md", "---\ntitle: A\nchapter: B\nminutes: 1\nprerequisites: [nowhere]\n---\nText\n");
        let course = Course::new(vec![folder]);
        assert_eq!(course.lessons().len(), 1);
        assert!(course.problems()[0].to_string().contains("nowhere"));
    }
}
