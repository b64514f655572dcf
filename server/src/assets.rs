//! The front end's files: embedded in the binary, named by their hash, so that a browser may keep them for ever.
//!
//! `static/dist` holds `manifest.json` (logical name to hashed name: `"app.js": "assets/app-AB12CD34.js"`), the files, and
//! beside a file that compresses well its brotli form, `app-AB12CD34.js.br`. A debug build reads the folder at start instead.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::Embed;
use thiserror::Error;

use crate::{App, conditional};

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../static/dist"]
#[allow_missing = true]
struct Dist;

/// What is wrong with the front end's build output.
#[derive(Debug, Error)]
pub enum AssetsError {
    #[error("static/dist/manifest.json is not a map from names to file names: {0}. Build the front end again.")]
    Manifest(#[from] serde_json::Error),
    #[error("static/dist/manifest.json names {0}, which is not there. Build the front end again.")]
    Missing(String),
}

/// The front end's files by their hashed path, and the hashed path of each logical name.
#[derive(Debug, Default)]
pub struct Assets {
    /// `app.js` → `/assets/app-AB12CD34.js`
    urls: BTreeMap<String, String>,
    /// By path below `/assets/`.
    files: BTreeMap<String, Asset>,
}

#[derive(Debug)]
struct Asset {
    content_type: HeaderValue,
    etag: HeaderValue,
    body: Bytes,
    brotli: Option<Bytes>,
}

impl Assets {
    /// The files that were embedded when this binary was built.
    pub fn embedded() -> Result<Self, AssetsError> {
        Self::from_files(Dist::iter().filter_map(|path| {
            let bytes = match Dist::get(&path)?.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some((path.into_owned(), bytes))
        }))
    }

    /// Assets from the files of a `dist` folder, by their path in it.
    pub fn from_files(files: impl IntoIterator<Item = (String, Bytes)>) -> Result<Self, AssetsError> {
        let mut files: BTreeMap<String, Bytes> = files.into_iter().collect();
        let names: BTreeMap<String, String> = match files.remove("manifest.json") {
            Some(manifest) => serde_json::from_slice(&manifest)?,
            None => BTreeMap::new(),
        };
        if let Some(missing) = names.values().find(|file| !files.contains_key(*file)) {
            return Err(AssetsError::Missing(missing.clone()));
        }
        let brotli = |path: &str| files.get(&format!("{path}.br")).cloned();
        let assets = files
            .iter()
            .filter(|(path, _)| path.strip_suffix(".br").is_none())
            .filter_map(|(path, body)| Some((path.strip_prefix("assets/")?, path, body)))
            .map(|(below, path, body)| (below.to_owned(), Asset::new(path, body, brotli(path))))
            .collect();
        Ok(Self { urls: names.into_iter().map(|(name, file)| (name, format!("/{file}"))).collect(), files: assets })
    }

    /// Where the file of this logical name is served (`/assets/app-AB12CD34.js`); nothing if the build has none.
    pub fn url(&self, name: &str) -> Option<&str> {
        self.urls.get(name).map(String::as_str)
    }

    /// Whether a front end was built at all.
    pub fn is_built(&self) -> bool {
        !self.urls.is_empty()
    }
}

impl Asset {
    fn new(path: &str, body: &Bytes, brotli: Option<Bytes>) -> Self {
        let mime = mime_guess::from_path(path).first_or_octet_stream();
        let content_type = match mime.type_() {
            mime_guess::mime::TEXT => format!("{mime}; charset=utf-8"),
            _ => mime.to_string(),
        };
        Self {
            content_type: HeaderValue::from_str(&content_type).unwrap_or(HeaderValue::from_static("application/octet-stream")),
            etag: conditional::tag(body),
            body: body.clone(),
            brotli,
        }
    }

    fn respond(&self, request: &HeaderMap) -> Response {
        // Headers before a body take the place of the body's own; a second Content-Type would keep WebAssembly from streaming.
        let headers = [
            (header::CONTENT_TYPE, self.content_type.clone()),
            (header::ETAG, self.etag.clone()),
            (header::CACHE_CONTROL, FOREVER),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
        ];
        match &self.brotli {
            Some(brotli) if accepts_brotli(request) => {
                let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static("br"))];
                (headers, encoding, brotli.clone()).into_response()
            }
            _ => (headers, self.body.clone()).into_response(),
        }
    }
}

/// Whether `Accept-Encoding` names brotli and does not rule it out (`br;q=0`).
fn accepts_brotli(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=")?.parse().ok()?;
            Some((name.trim(), weight))
        })
        .any(|(name, weight)| name.eq_ignore_ascii_case("br") && weight > 0.0)
}

/// `GET /assets/{*path}`
pub async fn asset(State(app): State<App>, Path(path): Path<String>, request: HeaderMap) -> Response {
    match app.assets.files.get(&path) {
        Some(asset) => asset.respond(&request),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET /favicon.ico`, which browsers ask for unasked: points to the icon.
pub async fn favicon(State(app): State<App>) -> Response {
    match app.assets.url("favicon.svg") {
        Some(url) => Redirect::temporary(url).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
        headers
    }

    #[test]
    fn brotli_is_sent_to_those_who_accept_it() {
        assert!(accepts_brotli(&accepting("gzip, deflate, br, zstd")));
        assert!(accepts_brotli(&accepting("gzip;q=0.5, br;q=0.8")));
        assert!(!accepts_brotli(&accepting("gzip, br;q=0")));
        assert!(!accepts_brotli(&accepting("gzip, brotli")));
        assert!(!accepts_brotli(&HeaderMap::new()));
    }

    #[test]
    fn a_manifest_that_names_an_absent_file_is_an_error() {
        let manifest = Bytes::from_static(br#"{"app.js": "assets/app-1.js"}"#);
        let error = Assets::from_files([("manifest.json".to_owned(), manifest)]).unwrap_err();
        assert!(error.to_string().contains("assets/app-1.js"), "{error}");
    }

    #[test]
    fn without_a_build_there_are_no_urls() {
        let assets = Assets::from_files([]).unwrap();
        assert!(!assets.is_built());
        assert_eq!(assets.url("app.js"), None);
    }
}
