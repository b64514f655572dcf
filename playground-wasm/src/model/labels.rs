//! Labels and selectors (`k8s.io/apimachinery/pkg/labels`, `meta/v1.LabelSelectorAsSelector`).

use std::collections::BTreeMap;

/// Keys and values on an object.
pub type Labels = BTreeMap<String, String>;

/// A selector with labels and expressions, all of which must hold; the empty one selects everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelSelector {
    pub match_labels: Labels,
    pub match_expressions: Vec<Requirement>,
}

/// One expression of a selector.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    pub key: String,
    pub operator: Operator,
    pub values: Vec<String>,
}

/// How an expression compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

impl LabelSelector {
    /// Whether all labels and expressions hold for these labels.
    pub fn matches(&self, labels: &Labels) -> bool {
        contains_all(labels, &self.match_labels) && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }

    pub fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }
}

impl Requirement {
    /// `NotIn` and `DoesNotExist` hold for an object without the key.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator {
            Operator::In => value.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => value.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

/// Whether every wanted label is there with that value.
pub fn contains_all(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn an_absent_key_satisfies_the_negative_operators() {
        let requirement = |operator, values: &[&str]| Requirement {
            key: "app".into(),
            operator,
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        let (none, web) = (labels(&[]), labels(&[("app", "web")]));
        for (requirement, on_none, on_web) in [
            (requirement(Operator::In, &["web", "api"]), false, true),
            (requirement(Operator::NotIn, &["web"]), true, false),
            (requirement(Operator::Exists, &[]), false, true),
            (requirement(Operator::DoesNotExist, &[]), true, false),
        ] {
            assert_eq!((requirement.matches(&none), requirement.matches(&web)), (on_none, on_web), "{requirement:?}");
        }
        assert!(LabelSelector::default().matches(&none));
    }
}
