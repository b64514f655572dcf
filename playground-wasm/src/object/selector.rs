//! Label selectors: the API's to the model's.

use super::api::meta as api;
use crate::model::{LabelSelector, Operator, Requirement};

/// Converts a label selector.
pub fn label_selector(api: &api::LabelSelector) -> LabelSelector {
    LabelSelector {
        match_labels: api.match_labels.clone().unwrap_or_default(),
        match_expressions: api.match_expressions.iter().flatten().filter_map(requirement).collect(),
    }
}

fn requirement(api: &api::LabelSelectorRequirement) -> Option<Requirement> {
    let operator = match api.operator.as_str() {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        _ => return None,
    };
    Some(Requirement { key: api.key.clone(), operator, values: api.values.clone().unwrap_or_default() })
}
