//! Label selectors of the API, checked as `ValidateLabelSelector` does (`k8s.io/apimachinery/pkg/apis/meta/v1/validation`).

use super::api::meta as api;
use super::error::{Errors, join};
use super::names::{check_labels, label_key_problem, label_value_problem};
use crate::model::{LabelSelector, Operator, Requirement};
use crate::text::Step;

/// The selector at a path; absent where it has an error.
pub fn label_selector(api: &api::LabelSelector, path: &[Step], errors: &mut Errors) -> Option<LabelSelector> {
    let before = errors.list.len();
    let match_labels = api.match_labels.clone().unwrap_or_default();
    check_labels(&match_labels, &join(path, ["matchLabels".into()]), errors);
    let match_expressions = api
        .match_expressions
        .iter()
        .flatten()
        .enumerate()
        .filter_map(|(index, expression)| requirement(expression, &join(path, ["matchExpressions".into(), index.into()]), errors))
        .collect();
    (errors.list.len() == before).then_some(LabelSelector { match_labels, match_expressions })
}

fn requirement(api: &api::LabelSelectorRequirement, path: &[Step], errors: &mut Errors) -> Option<Requirement> {
    let at = |field: &'static str| join(path, [field.into()]);
    let values = api.values.clone().unwrap_or_default();
    let operator = match api.operator.as_str() {
        "In" => Some(Operator::In),
        "NotIn" => Some(Operator::NotIn),
        "Exists" => Some(Operator::Exists),
        "DoesNotExist" => Some(Operator::DoesNotExist),
        _ => None,
    };
    match operator {
        Some(Operator::In | Operator::NotIn) if values.is_empty() => {
            errors.required(at("values"), "must be specified when `operator` is 'In' or 'NotIn'");
        }
        Some(Operator::Exists | Operator::DoesNotExist) if !values.is_empty() => {
            errors.forbidden(at("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        None => errors.invalid(at("operator"), &api.operator, "not a valid selector operator"),
        _ => {}
    }
    if let Some(problem) = label_key_problem(&api.key) {
        errors.invalid(at("key"), &api.key, problem);
    }
    for (index, value) in values.iter().enumerate() {
        if let Some(problem) = label_value_problem(value) {
            errors.invalid(join(path, ["values".into(), index.into()]), value, problem);
        }
    }
    operator.map(|operator| Requirement { key: api.key.clone(), operator, values })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Read;
    use crate::text::{parse_document, split};

    #[test]
    fn what_the_api_server_refuses_in_a_selector() {
        for (yaml, want) in [
            (r#"{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["a"]}]}"#, None),
            (
                r#"{"matchExpressions":[{"key":"tier","operator":"In"}]}"#,
                Some("spec.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"),
            ),
            (
                r#"{"matchExpressions":[{"key":"tier","operator":"Exists","values":["a"]}]}"#,
                Some("spec.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
            ),
            (
                r#"{"matchExpressions":[{"key":"tier","operator":"Gt","values":["1"]}]}"#,
                Some("spec.matchExpressions[0].operator: Invalid value: \"Gt\": not a valid selector operator"),
            ),
            (r#"{"matchExpressions":[{"key":"a b","operator":"Exists"}]}"#, Some("spec.matchExpressions[0].key: Invalid value: \"a b\"")),
            (
                r#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["x","-"]}]}"#,
                Some("spec.matchExpressions[0].values[1]: Invalid value: \"-\""),
            ),
            (r#"{"matchLabels":{"app":"-"}}"#, Some("spec.matchLabels")),
        ] {
            let mut errors = Errors::default();
            let api = api::LabelSelector::read(&parse_document(split(yaml)[0]).0.unwrap());
            let selector = label_selector(&api, &["spec".into()], &mut errors);
            assert_eq!(selector.is_some(), want.is_none(), "{yaml}");
            let said: Vec<String> = errors.list.iter().map(ToString::to_string).collect();
            assert_eq!(said.len(), usize::from(want.is_some()), "{said:?}");
            assert!(want.is_none_or(|want| said[0].starts_with(want)), "{said:?}");
        }
    }
}
