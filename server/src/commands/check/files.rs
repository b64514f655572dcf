//! The manifests that the arguments name: files, the manifests below folders, standard input.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use playground_wasm::dto::SourceFile;
use serde::Deserialize;

/// Reads all of them, folders in the order of their entries' names.
pub fn read(paths: &[PathBuf]) -> io::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).map_err(|error| at(&error, Path::new("standard input")))?;
            files.push(SourceFile { name: "stdin".into(), text });
        } else if path.is_dir() {
            let before = files.len();
            folder(path, &mut files)?;
            if files.len() == before {
                let message = format!("{} holds no manifest: no *.yaml, *.yml or *.json file with an apiVersion", path.display());
                return Err(io::Error::new(io::ErrorKind::NotFound, message));
            }
        } else {
            files.push(SourceFile { name: path.display().to_string(), text: text(path)? });
        }
    }
    Ok(files)
}

/// The manifests below a folder. A file without any `apiVersion` (Helm's values, a workflow) is none, nor is what a dot hides, nor what
/// a kustomization patches others with.
fn folder(path: &Path, files: &mut Vec<SourceFile>) -> io::Result<()> {
    let entries: io::Result<Vec<PathBuf>> =
        fs::read_dir(path).and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    let mut entries = entries.map_err(|error| at(&error, path))?;
    entries.sort();
    let patches: Vec<PathBuf> = entries.iter().filter(|entry| is_kustomization(entry)).flat_map(|entry| patches(entry)).collect();
    entries.retain(|entry| !patches.contains(entry));
    for entry in entries {
        if entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
            continue;
        }
        if entry.is_dir() {
            folder(&entry, files)?;
        } else if entry.extension().is_some_and(|extension| extension == "yaml" || extension == "yml" || extension == "json") {
            let text = text(&entry)?;
            if text.trim_start().starts_with('{') || text.lines().any(|line| line.starts_with("apiVersion:")) {
                files.push(SourceFile { name: entry.display().to_string(), text });
            }
        }
    }
    Ok(())
}

/// Whether a file is a kustomization, by its name.
pub fn is_kustomization(path: &Path) -> bool {
    matches!(path.file_name().and_then(|name| name.to_str()), Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
}

/// What a kustomization says of patches: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Kustomization {
    patches: Vec<Patch>,
    patches_json6902: Vec<Patch>,
    patches_strategic_merge: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Patch {
    path: String,
}

/// The files that hold the patches of a kustomization; none where it cannot be read, which is told of its text.
fn patches(path: &Path) -> Vec<PathBuf> {
    let Kustomization { patches, patches_json6902, patches_strategic_merge } =
        text(path).ok().and_then(|text| serde_saphyr::from_str(&text).ok()).unwrap_or_default();
    let named = patches.into_iter().chain(patches_json6902).map(|patch| patch.path).chain(patches_strategic_merge);
    named.map(|name| path.with_file_name(name.trim_start_matches("./"))).collect()
}

fn text(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| at(&error, path))
}

/// The error with the file that it is about.
fn at(error: &io::Error, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()))
}
