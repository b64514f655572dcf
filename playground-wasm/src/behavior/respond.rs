//! What a listener answers to an HTTP request: by its path, after a while, and with some luck.
//!
//! Of the paths with an answer of their own the longest counts that is the request's path or begins it, segment by segment, as
//! an Ingress's `Prefix` does: `/api` takes `/api` and `/api/x`, not `/apix`. The query does not count.

use std::rc::Rc;

use super::App;
use crate::text::Step;

/// How the answers of a listener come about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Respond {
    pub status: u16,
    pub body: Rc<str>,
    /// The query parameter that says how long it waits.
    pub delay: Option<String>,
    /// Microseconds that it waits in any case.
    pub delay_us: u64,
    pub fail: Option<Fail>,
    /// Answers of their own for some paths.
    pub paths: Vec<PathRespond>,
}

/// A share of the answers that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fail {
    /// Out of a million.
    pub share: u32,
    pub status: u16,
}

/// All answers, in the unit of [`Fail::share`].
pub const ALL: u32 = 1_000_000;

/// What a path and those below it answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRespond {
    /// Begins with a slash.
    pub path: String,
    pub status: u16,
    pub body: Rc<str>,
    pub delay_us: u64,
    /// Requests for it make calls of their own, those whose `Reference::on` is this path, in place of the container's.
    pub own_calls: bool,
}

/// The answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<'a> {
    pub status: u16,
    /// Absent where it is empty in any case.
    pub body: Option<&'a Rc<str>>,
    pub delay_us: u64,
    /// That it may fail instead; absent where chance has no say.
    pub fail: Option<Fail>,
    /// The path that has this answer for its own.
    pub path: Option<&'a PathRespond>,
}

impl Respond {
    /// 200 and nothing else.
    pub fn ok() -> Self {
        Self { status: 200, ..Self::default() }
    }

    /// The answer to a request for a path.
    pub fn to(&self, path: &str) -> Answer<'_> {
        let bare = || path.split(['?', '#']).next().unwrap_or_default();
        let own = self.paths.iter().filter(|own| takes(&own.path, bare())).max_by_key(|own| own.path.len());
        let (status, body, delay_us) = match own {
            Some(own) => (own.status, &own.body, own.delay_us),
            None => (self.status, &self.body, self.delay_us),
        };
        // A path with an answer of its own is said in full: chance takes only the others.
        match self.fail.filter(|_| own.is_none()) {
            Some(fail) if fail.share >= ALL => Answer { status: fail.status, body: None, delay_us, fail: None, path: own },
            fail => Answer { status, body: Some(body), delay_us, fail, path: own },
        }
    }
}

impl App {
    /// What it answers to an HTTP request for a path, chance aside; absent where it does not speak HTTP.
    pub fn respond(&self, path: &str) -> Option<Answer<'_>> {
        match self {
            Self::Http(respond) => Some(respond.to(path)),
            // Its own: what it passes on is the backend's to answer.
            Self::Proxy(_) => Some(Answer { status: 200, body: None, delay_us: 0, fail: None, path: None }),
            Self::Raw | Self::Dns => None,
        }
    }
}

fn takes(prefix: &str, path: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A file that a container writes or reads, and the line that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileUse {
    /// Absolute; a reader's may hold `*`.
    pub path: String,
    pub origin: Vec<Step>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str, status: u16) -> PathRespond {
        PathRespond { path: path.into(), status, body: "".into(), delay_us: 0, own_calls: false }
    }

    #[test]
    fn the_longest_path_answers_segment_by_segment() {
        let respond =
            Respond { status: 200, paths: vec![path("/api", 201), path("/api/v1/", 202), path("/healthz", 503)], ..Respond::default() };
        for (asked, want) in [
            ("/", 200),
            ("/api", 201),
            ("/api?x=/api/v1", 201),
            ("/api/", 201),
            ("/api/v1", 202),
            ("/api/v1/x", 202),
            ("/api/v10", 201),
            ("/apix", 200),
            ("/healthz", 503),
            ("/Healthz", 200),
        ] {
            assert_eq!(respond.to(asked).status, want, "{asked}");
        }
        let rooted = Respond { status: 200, paths: vec![path("/", 404), path("/a", 200)], ..Respond::default() };
        assert_eq!((rooted.to("/b").status, rooted.to("/a/b").status), (404, 200));
    }

    #[test]
    fn chance_fails_the_paths_without_an_answer_of_their_own() {
        let mut respond = Respond { status: 200, paths: vec![path("/healthz", 200)], ..Respond::default() };
        respond.fail = Some(Fail { share: 500_000, status: 502 });
        assert_eq!(respond.to("/").fail, respond.fail);
        assert_eq!(respond.to("/healthz").fail, None);
        respond.fail = Some(Fail { share: ALL, status: 502 });
        assert_eq!((respond.to("/").status, respond.to("/").fail, respond.to("/healthz").status), (502, None, 200));
    }
}
