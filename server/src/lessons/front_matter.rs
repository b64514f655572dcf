//! The head of `lesson.md`: YAML between two lines of three hyphens.

use playground_wasm::dto::Peer;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::yaml::Piece;

/// What stands in the head of a lesson.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrontMatter {
    pub title: String,
    pub chapter: String,
    /// How long reading and doing it takes.
    pub minutes: u32,
    /// Slugs of lessons to have done before.
    #[serde(default)]
    pub prerequisites: Vec<String>,
    /// What is learnt, a sentence each.
    #[serde(default)]
    pub learn: Vec<String>,
    pub predict: Option<Prediction>,
    /// From a nudge to nearly the answer.
    #[serde(default)]
    pub hints: Vec<String>,
    pub ask: Option<Ask>,
}

/// A question to answer before looking.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    pub question: String,
    pub options: Vec<String>,
    /// Index of the right option, from 0.
    pub answer: usize,
    /// Why it is right, a sentence or two.
    pub because: String,
}

impl Prediction {
    /// The right option.
    pub fn correct(&self) -> &str {
        self.options.get(self.answer).map_or("", String::as_str)
    }
}

/// What the request bar holds at the start.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub from: Peer,
    pub url: String,
    #[serde(default = "get")]
    pub method: String,
}

fn get() -> String {
    "GET".to_owned()
}

/// Splits a lesson's text into its head, read, and the prose after it.
pub fn split<'a>(file: &'a str, text: &'a str) -> Result<(FrontMatter, Piece<'a>), Problem> {
    let rest = text
        .strip_prefix("---\n")
        .ok_or_else(|| Problem::at_line(file, 1, "the first line must be `---`, with title, chapter and minutes below it"))?;
    let (head, prose) =
        rest.split_once("\n---\n").ok_or_else(|| Problem::at_line(file, 1, "the head has no end: close it with a line `---`"))?;
    let head = Piece { file, lines_before: 1, text: head };
    let prose = Piece { file, lines_before: head.text.lines().count() + 2, text: prose };
    let matter: FrontMatter = head.parse()?;
    if let Some(predict) = &matter.predict
        && predict.answer >= predict.options.len()
    {
        return Err(Problem::of_file(
            file,
            format!("predict.answer is {}, but the {} options are counted from 0", predict.answer, predict.options.len()),
        ));
    }
    Ok((matter, prose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_does_not_exist_is_named_with_its_line() {
        let text = "---\ntitle: A\nchapter: B\nminutes: 3\nhint: [x]\n---\n";
        let problem = split("01-a/lesson.md", text).unwrap_err();
        assert_eq!(problem.line, Some(5));
        assert!(problem.message.contains("hint"), "{problem}");
    }

    #[test]
    fn prose_knows_where_it_begins() {
        let text = "---\ntitle: A\nchapter: B\nminutes: 3\n---\nFirst line of prose\n";
        let (matter, prose) = split("01-a/lesson.md", text).unwrap();
        assert_eq!(matter.title, "A");
        assert_eq!(prose.lines_before, 5);
        assert_eq!(prose.text, "First line of prose\n");
    }

    #[test]
    fn a_prediction_needs_its_answer_among_the_options() {
        let text = "---\ntitle: A\nchapter: B\nminutes: 3\npredict: {question: q, options: [a, b], answer: 2, because: c}\n---\n";
        let problem = split("01-a/lesson.md", text).unwrap_err();
        assert!(problem.message.contains("counted from 0"), "{problem}");
    }
}
