//! The course as it ships: every lesson has the form that `lessons/README.md` describes, and its goals tell a cluster that
//! works from one that does not.
//!
//! Nothing here names a lesson: a new folder in `lessons/` is tested by being there.

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod form;
#[cfg(test)]
mod goals;
#[cfg(test)]
mod html;
