//! The objects that every cluster brings itself: CoreDNS and the API server's Service.

use std::rc::Rc;

use super::Placed;
use crate::object::convert;
use crate::text::embedded::embedded;
use crate::text::{parse_document, split};

/// The objects of `system.yaml`, which no file of the user holds.
pub fn system_objects() -> Vec<Placed> {
    split(embedded!("system.yaml"))
        .into_iter()
        .filter_map(|chunk| parse_document(chunk).0)
        .flat_map(convert)
        .map(|manifest| Placed { manifest: Rc::new(manifest), file: None, first_line: 0, text: Rc::from("") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_are_accepted() {
        let objects = system_objects();
        assert_eq!(objects.len(), 4);
        for object in objects {
            assert!(object.manifest.body.is_some(), "{} {:?}", object.manifest.id, object.manifest.problems);
        }
    }
}
