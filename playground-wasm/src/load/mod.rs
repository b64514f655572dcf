//! From files to the objects that a cluster is built of, with everything there is to say about their text.
//!
//! A loader keeps what it read: a keystroke costs one document, and the objects tell which of them it changed.

mod capacity;
mod diagnostics;
mod file;
#[cfg(test)]
mod tests;

use std::rc::Rc;

pub use capacity::{MOST_PODS, TOO_MANY_PODS, refuse_excess};
pub use diagnostics::problem_diagnostic;

use crate::control::{Placed, system_objects};
use crate::dto::{Diagnostic, SourceFile};
use crate::object::{DUPLICATE, Manifest, update_problems};
use diagnostics::{duplicate, syntax_diagnostic};
use file::{File, Replaced};

/// Reads files and remembers them.
#[derive(Default)]
pub struct Loader {
    files: Vec<File>,
    system: Vec<Placed>,
    loaded: Loaded,
    /// What there is to say about objects that stand there again.
    repeated: Vec<Diagnostic>,
}

/// The outcome of a load.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Accepted objects with those of the cluster itself, in the order of their ids.
    pub objects: Vec<Placed>,
    /// All objects that were read, accepted or not, in the order they stand in the files.
    pub manifests: Vec<Placed>,
    pub diagnostics: Vec<Diagnostic>,
    pub changed: Changed,
}

impl Loaded {
    /// What there is to say where the objects ask for more pods than are run; nothing is to be run then.
    pub fn too_many_pods(&self) -> Option<&Diagnostic> {
        self.diagnostics.iter().find(|diagnostic| diagnostic.code == TOO_MANY_PODS)
    }
}

/// How the objects differ from those of the load before.
#[derive(Debug, Clone, Default)]
pub enum Changed {
    /// Their ids do, or nothing was loaded before.
    #[default]
    All,
    /// These were in their places, by their indices; the lines of others may have moved.
    Some(Vec<(usize, Rc<Manifest>)>),
}

impl Loader {
    /// Reads files once.
    pub fn load(mut self, files: &[SourceFile]) -> Loaded {
        self.update(files);
        self.loaded
    }

    /// What was read last.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Reads the files as they are now.
    pub fn update(&mut self, files: &[SourceFile]) -> &Loaded {
        if self.system.is_empty() {
            self.system = system_objects();
        }
        if self.files.len() != files.len() || self.loaded.objects.is_empty() {
            self.files.resize_with(files.len(), File::default);
            for (file, source) in self.files.iter_mut().zip(files) {
                file.update(&source.text);
            }
            self.accept();
        } else {
            let mut changed = Some(Vec::new());
            for (number, source) in (0_u32..).zip(files) {
                let replaced = self.files[number as usize].update(&source.text);
                let exchanged = self.relist(number, &replaced);
                changed = changed.zip(exchanged).map(|(mut all, more)| {
                    all.extend(more);
                    all
                });
            }
            match changed {
                Some(changed) if self.repeated.is_empty() => self.loaded.changed = Changed::Some(changed),
                _ => self.accept(),
            }
        }
        self.diagnose();
        &self.loaded
    }

    /// Puts the objects of a file's new documents in the places of the old ones. Gives those that were exchanged for others of
    /// their ids; none where the ids are not the same any more.
    fn relist(&mut self, number: u32, Replaced { before, after, lines }: &Replaced) -> Option<Vec<(usize, Rc<Manifest>)>> {
        let file = &self.files[number as usize];
        let kept = after.start.checked_sub(1).map(|last| file.documents()[last].first_line);
        let is_before = |placed: &Placed| placed.file < Some(number) || placed.file == Some(number) && Some(placed.first_line) <= kept;
        let start = self.loaded.manifests.partition_point(is_before);
        let end = start + before.iter().map(|document| document.read.manifests.len()).sum::<usize>();
        let new: Vec<Placed> = placed(number, file, after.clone()).collect();
        let moved = start + new.len();
        let old: Vec<Placed> = self.loaded.manifests.splice(start..end, new.iter().cloned()).collect();
        if *lines != 0 {
            let behind = before.last().map_or(kept, |document| Some(document.first_line));
            let in_file = |placed: &&mut Placed| placed.file == Some(number);
            for placed in self.loaded.manifests[moved..].iter_mut().take_while(in_file) {
                placed.first_line = placed.first_line.saturating_add_signed(*lines);
            }
            for placed in self.loaded.objects.iter_mut().filter(in_file).filter(|placed| Some(placed.first_line) > behind) {
                placed.first_line = placed.first_line.saturating_add_signed(*lines);
            }
        }
        self.exchange(old, new)
    }

    fn exchange(&mut self, old: Vec<Placed>, new: Vec<Placed>) -> Option<Vec<(usize, Rc<Manifest>)>> {
        let accepted = |list: Vec<Placed>| {
            let mut list: Vec<Placed> = list.into_iter().filter(|placed| placed.manifest.body.is_some()).collect();
            list.sort_unstable_by(|a, b| a.manifest.id.cmp(&b.manifest.id));
            list
        };
        let (old, new) = (accepted(old), accepted(new));
        let ids = |list: &'_ [Placed]| list.iter().map(|placed| placed.manifest.id.clone()).collect::<Vec<_>>();
        if ids(&old) != ids(&new) || new.windows(2).any(|pair| pair[0].manifest.id == pair[1].manifest.id) {
            return None;
        }
        let mut exchanged = Vec::new();
        for placed in new {
            let index = self.loaded.objects.binary_search_by(|known| known.manifest.id.cmp(&placed.manifest.id)).ok()?;
            let known = std::mem::replace(&mut self.loaded.objects[index], placed);
            if !Rc::ptr_eq(&known.manifest, &self.loaded.objects[index].manifest) {
                exchanged.push((index, known.manifest));
            }
        }
        Some(exchanged)
    }

    /// Lists all objects anew, and one for each id: a manifest of the user takes the place of the cluster's own, and one that stands there again is
    /// applied over the first, which stays where that may not change so.
    fn accept(&mut self) {
        let files = (0_u32..).zip(&self.files);
        self.loaded.manifests = files.flat_map(|(number, file)| placed(number, file, 0..file.documents().len())).collect();
        let own = self.system.len();
        let accepted = self.loaded.manifests.iter().cloned();
        let mut objects: Vec<(usize, Placed)> = self.system.iter().cloned().chain(accepted).enumerate().collect();
        objects.retain(|(_, placed)| placed.manifest.body.is_some());
        objects.sort_unstable_by(|(a_number, a), (b_number, b)| (&a.manifest.id, a_number).cmp(&(&b.manifest.id, b_number)));
        self.repeated.clear();
        self.loaded.objects.clear();
        for (number, placed) in objects {
            let Some(last) = self.loaded.objects.last_mut().filter(|last| last.manifest.id == placed.manifest.id) else {
                self.loaded.objects.push(placed);
                continue;
            };
            let problems = if last.file.is_some() { update_problems(&last.manifest, &placed.manifest) } else { Vec::new() };
            if problems.is_empty() {
                let earlier = std::mem::replace(last, placed);
                if earlier.file.is_some() {
                    self.repeated.push(duplicate(last, &earlier));
                }
            } else {
                self.repeated.extend(problems.iter().map(|problem| problem_diagnostic(problem, &placed)));
                let refused = Manifest { body: None, problems, ..(*placed.manifest).clone() };
                self.loaded.manifests[number - own].manifest = Rc::new(refused);
            }
        }
        self.loaded.changed = Changed::All;
    }

    fn diagnose(&mut self) {
        let mut diagnostics = Vec::new();
        for (number, file) in (0_u32..).zip(&self.files) {
            for (index, document) in file.documents().iter().enumerate().filter(|(_, document)| document.faulty) {
                let errors = document.read.errors.iter();
                diagnostics.extend(errors.map(|error| syntax_diagnostic(error, number, document.first_line)));
                for placed in placed(number, file, index..index + 1) {
                    // What stands at no field only says that something else is wrong; a field that stands twice is a syntax error.
                    let nowhere = Some(crate::text::Step::from("<nil>"));
                    let problems = placed.manifest.problems.iter();
                    let problems = problems.filter(|problem| problem.path.first() != nowhere.as_ref() && problem.code != DUPLICATE);
                    diagnostics.extend(problems.map(|problem| problem_diagnostic(problem, &placed)));
                }
            }
        }
        diagnostics.extend(self.repeated.iter().cloned());
        diagnostics.extend(capacity::too_many_pods(&self.loaded.objects));
        self.loaded.diagnostics = diagnostics;
    }
}

/// The objects of some documents of a file.
fn placed(number: u32, file: &File, documents: std::ops::Range<usize>) -> impl Iterator<Item = Placed> {
    file.documents()[documents].iter().flat_map(move |document| {
        let placed = move |manifest| Placed {
            manifest: Rc::clone(manifest),
            file: Some(number),
            first_line: document.first_line,
            text: Rc::clone(&document.read.text),
        };
        document.read.manifests.iter().map(placed)
    })
}
