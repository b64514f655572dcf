//! Near misses: labels and names that somebody may have meant.

use crate::dto::Edit;
use crate::model::Labels;
use crate::text::{Step, nearest};

use super::edit;
use super::scene::Scene;
use crate::cluster::Source;

/// A label that a selector asks for, and what stands in its place.
pub struct Miss<'a> {
    pub key: &'a str,
    /// The key and value of a pod that come nearest; absent where no key is like it.
    pub found: Option<(&'a str, &'a str)>,
}

/// The labels of some pods that come nearest to those that are wanted.
pub struct NearLabels<'a> {
    pub group: usize,
    pub misses: Vec<Miss<'a>>,
    /// How much would have to change; 1 for each misspelt word.
    pub distance: u32,
}

/// Whether one of two words may be a misspelling or an extension of the other.
pub fn alike(a: &str, b: &str) -> bool {
    nearest(a, &[b]).is_some() || nearest(b, &[a]).is_some() || (a.len().min(b.len()) > 2 && (a.contains(b) || b.contains(a)))
}

/// The labels that are wanted and not there, with how far off they are.
pub fn misses<'a>(wanted: &'a Labels, labels: &'a Labels) -> (u32, Vec<Miss<'a>>) {
    let mut distance = 0;
    let mut misses = Vec::new();
    for (key, value) in wanted {
        let found = match labels.get_key_value(key) {
            Some((_, found)) if found == value => continue,
            Some((key, found)) => {
                distance += if alike(found, value) { 1 } else { 3 };
                Some((key.as_str(), found.as_str()))
            }
            None => {
                let like = labels.iter().find(|(other, found)| *found == value && !wanted.contains_key(*other) && alike(other, key));
                distance += if like.is_some() { 1 } else { 5 };
                like.map(|(key, value)| (key.as_str(), value.as_str()))
            }
        };
        misses.push(Miss { key, found });
    }
    (distance, misses)
}

/// Of some groups the one whose labels come nearest, and of equals the one that `rank` puts first.
pub fn nearest_group<'a>(
    scene: &Scene<'a>,
    groups: impl Iterator<Item = usize>,
    wanted: &'a Labels,
    rank: impl Fn(usize) -> u32,
) -> Option<NearLabels<'a>> {
    let candidates = groups.map(|group| {
        let (distance, misses) = misses(wanted, &scene.pod(group).meta.labels);
        NearLabels { group, misses, distance }
    });
    candidates.min_by_key(|near| (near.distance, rank(near.group)))
}

impl NearLabels<'_> {
    /// What the pods have instead: `app: webb`, `no tier`.
    pub fn shown(&self) -> String {
        let found = |miss: &Miss<'_>| miss.found.map_or_else(|| format!("no {}", miss.key), |(key, value)| pair(key, value));
        self.misses.iter().map(found).collect::<Vec<_>>().join(", ")
    }

    /// The title of the fix that takes over what the pods have.
    pub fn title(&self) -> String {
        let taken: Vec<String> = self.misses.iter().filter_map(|miss| miss.found).map(|(key, value)| pair(key, value)).collect();
        if taken.is_empty() { "Select without that label".to_owned() } else { format!("Change to {}", taken.join(", ")) }
    }

    /// The edits that make the labels at a path of a selector those of the pods.
    pub fn edits(&self, source: &Source, at: &[Step]) -> Vec<Option<Edit>> {
        let edit = |miss: &Miss<'_>| {
            let path = [at, &[Step::from(miss.key.to_owned())]].concat();
            let Some((key, value)) = miss.found else { return edit::remove(source, &path) };
            if key == miss.key { edit::replace(source, &path, value) } else { edit::rename(source, &path, key) }
        };
        self.misses.iter().map(edit).collect()
    }
}

/// `app: web`.
pub fn pair(key: &str, value: &str) -> String {
    format!("{key}: {value}")
}

/// `app: web, tier: front`.
pub fn pairs(labels: &Labels) -> String {
    labels.iter().map(|(key, value)| pair(key, value)).collect::<Vec<_>>().join(", ")
}
