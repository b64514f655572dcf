//! From files to the objects that a cluster is built of, with everything there is to say about their text.
//!
//! Documents whose text did not change since the last load are taken as they were read then, so a keystroke costs one document.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::cluster::{ObjectId, text_range};
use crate::control::{Placed, system_objects};
use crate::dto::{Diagnostic, Edit, Fix, Severity, SourceFile, TextRange};
use crate::index::Index;
use crate::object::{Manifest, Problem, convert, update_problems};
use crate::text::{Chunk, SyntaxError, parse_document, path_string, split};

/// Reads files and remembers their documents.
#[derive(Default)]
pub struct Loader {
    known: Index<(String, u32), Rc<Document>>,
    system: Vec<Placed>,
}

/// One document, read.
struct Document {
    text: Rc<str>,
    manifests: Vec<Rc<Manifest>>,
    errors: Vec<SyntaxError>,
}

/// The outcome of a load.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Accepted objects with those of the cluster itself, in the order of their ids.
    pub objects: Vec<Placed>,
    /// All objects that were read, accepted or not, in the order they stand in the files.
    pub manifests: Vec<Placed>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Loader {
    /// Reads all files.
    pub fn load(&mut self, files: &[SourceFile]) -> Loaded {
        let mut seen = Index::default();
        let mut loaded = Loaded::default();
        for (file, source) in (0_u32..).zip(files) {
            for chunk in split(&source.text) {
                let key = (chunk.text.to_owned(), chunk.shift);
                let document = self.known.remove(&key).unwrap_or_else(|| Rc::new(read(chunk)));
                loaded.diagnostics.extend(document.errors.iter().map(|error| syntax_diagnostic(error, file, chunk.first_line)));
                for manifest in &document.manifests {
                    let placed = Placed {
                        manifest: Rc::clone(manifest),
                        file: Some(file),
                        first_line: chunk.first_line,
                        text: Rc::clone(&document.text),
                    };
                    loaded.diagnostics.extend(manifest.problems.iter().map(|problem| problem_diagnostic(problem, &placed)));
                    loaded.manifests.push(placed);
                }
                seen.insert(key, document);
            }
        }
        self.known = seen;
        refuse_updates(&mut loaded);
        loaded.objects = self.accepted(&loaded.manifests, &mut loaded.diagnostics);
        loaded
    }

    /// One object for each id: a manifest of the user takes the place of the cluster's own, and the last of several counts.
    fn accepted(&mut self, manifests: &[Placed], diagnostics: &mut Vec<Diagnostic>) -> Vec<Placed> {
        if self.system.is_empty() {
            self.system = system_objects();
        }
        let mut by_id: BTreeMap<ObjectId, Placed> = self.system.iter().map(|placed| (placed.manifest.id.clone(), placed.clone())).collect();
        for placed in manifests.iter().filter(|placed| placed.manifest.body.is_some()) {
            let earlier = by_id.insert(placed.manifest.id.clone(), placed.clone());
            if let Some(earlier) = earlier.filter(|earlier| earlier.file.is_some()) {
                diagnostics.push(duplicate(placed, &earlier));
            }
        }
        by_id.into_values().collect()
    }
}

/// An object that stands there again is applied over the first; what may not change is refused, and the first stays.
fn refuse_updates(loaded: &mut Loaded) {
    let mut first: Index<ObjectId, Rc<Manifest>> = Index::default();
    for placed in &mut loaded.manifests {
        if placed.manifest.body.is_none() {
            continue;
        }
        let Some(before) = first.get(&placed.manifest.id) else {
            first.insert(placed.manifest.id.clone(), Rc::clone(&placed.manifest));
            continue;
        };
        let problems = update_problems(before, &placed.manifest);
        if problems.is_empty() {
            first.insert(placed.manifest.id.clone(), Rc::clone(&placed.manifest));
        } else {
            loaded.diagnostics.extend(problems.iter().map(|problem| problem_diagnostic(problem, placed)));
            let refused = Manifest { body: None, problems, ..(*placed.manifest).clone() };
            placed.manifest = Rc::new(refused);
        }
    }
}

fn read(chunk: Chunk<'_>) -> Document {
    let (node, errors) = parse_document(chunk);
    let manifests = node.filter(|node| !node.is_null()).map(convert).unwrap_or_default();
    Document { text: Rc::from(chunk.text), manifests: manifests.into_iter().map(Rc::new).collect(), errors }
}

fn syntax_diagnostic(error: &SyntaxError, file: u32, first_line: u32) -> Diagnostic {
    let range = text_range(file, first_line, error.span);
    Diagnostic {
        severity: error.severity,
        code: error.code.to_owned(),
        message: error.message.clone(),
        help: error.help.clone(),
        object: None,
        field: None,
        range: Some(range),
        fix: fix(error.fix.as_ref(), Some(range)),
    }
}

/// A problem of an object with its place in the file.
pub fn problem_diagnostic(problem: &Problem, placed: &Placed) -> Diagnostic {
    let range = placed.file.map(|file| text_range(file, placed.first_line, problem.span));
    Diagnostic {
        severity: problem.severity,
        code: problem.code.to_owned(),
        message: problem.message.clone(),
        help: problem.help.clone(),
        object: Some(placed.manifest.id.to_string()),
        field: Some(path_string(&problem.path)).filter(|field| !field.is_empty()),
        range,
        fix: fix(problem.fix.as_ref(), range),
    }
}

fn fix(replacement: Option<&(String, String)>, range: Option<TextRange>) -> Option<Fix> {
    let ((title, text), range) = replacement.zip(range)?;
    Some(Fix { title: title.clone(), edits: vec![Edit { range, text: text.clone() }] })
}

fn duplicate(placed: &Placed, earlier: &Placed) -> Diagnostic {
    let range = |placed: &Placed| -> Option<TextRange> {
        let span = placed.manifest.root.locate(&["metadata".into(), "name".into()]);
        placed.file.map(|file| text_range(file, placed.first_line, span))
    };
    let id = &placed.manifest.id;
    let line = range(earlier).map_or(0, |range| range.line);
    Diagnostic {
        severity: Severity::Warning,
        code: "duplicate-object".into(),
        message: format!("{} {} stands here again; applying this text would replace the one in line {line}", id.kind, id.name),
        help: "Remove one of the two, or give this one another name.".into(),
        object: Some(id.to_string()),
        field: Some("metadata.name".into()),
        range: range(placed),
        fix: None,
    }
}
