//! Prose: Markdown into HTML that is safe to show.
//!
//! CommonMark with tables, strikethrough and alerts. HTML in the text is shown as text and links run no script, since a team's
//! lessons are not Podhop's own. Headings get an id to link to; a block ```` ```figure ```` becomes a what-if figure.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use comrak::adapters::{HeadingAdapter, HeadingMeta};
use comrak::nodes::{NodeValue, Sourcepos};
use comrak::options::Plugins;
use comrak::{Anchorizer, Arena, Options, format_html_with_plugins, parse_document};

use super::figure;
use super::problem::Problem;
use super::yaml::Piece;

/// The HTML of a piece of Markdown.
pub fn render(piece: Piece<'_>) -> Result<String, Vec<Problem>> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.alerts = true;
    options.parse.smart = true;
    options.render.escape = true;

    let arena = Arena::new();
    let root = parse_document(&arena, piece.text, &options);
    let mut problems = Vec::new();
    for node in root.descendants() {
        let mut data = node.data.borrow_mut();
        let first_line = data.sourcepos.start.line;
        let NodeValue::CodeBlock(block) = &data.value else {
            continue;
        };
        if block.info.trim() != "figure" {
            continue;
        }
        let body = Piece { file: piece.file, lines_before: piece.lines_before + first_line, text: &block.literal };
        match figure::render(body) {
            Ok(html) => data.value = NodeValue::Raw(html),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }

    let headings = Headings::default();
    let mut plugins = Plugins::default();
    plugins.render.heading_adapter = Some(&headings);
    let mut html = String::new();
    format_html_with_plugins(root, &options, &mut html, &plugins).map_err(|error| vec![Problem::of_file(piece.file, error.to_string())])?;
    Ok(html)
}

/// The HTML of a sentence: text, with what stands in backticks as code.
pub fn inline(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        let code = index % 2 == 1;
        html.push_str(if code { "<code>" } else { "" });
        for character in part.chars() {
            match character {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                _ => html.push(character),
            }
        }
        html.push_str(if code { "</code>" } else { "" });
    }
    html
}

/// Writes headings with an id. Comrak's own would put an empty link that is hidden from screen readers but takes the focus.
#[derive(Default)]
struct Headings {
    anchors: Mutex<Anchorizer>,
}

impl HeadingAdapter for Headings {
    fn enter(&self, output: &mut dyn fmt::Write, heading: &HeadingMeta, _: Option<Sourcepos>) -> fmt::Result {
        let mut anchors = self.anchors.lock().unwrap_or_else(PoisonError::into_inner);
        // The prefix keeps a heading "Goals" from taking the id of the page's own part.
        let id = anchors.anchorize(&format!("about {}", heading.content));
        write!(output, "<h{} id=\"{id}\">", heading.level)
    }

    fn exit(&self, output: &mut dyn fmt::Write, heading: &HeadingMeta) -> fmt::Result {
        write!(output, "</h{}>", heading.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_text_with_code_in_backticks() {
        assert_eq!(inline("`port` is what <b>clients</b> ask & get"), "<code>port</code> is what &lt;b&gt;clients&lt;/b&gt; ask &amp; get");
    }

    fn piece(text: &str) -> Piece<'_> {
        Piece { file: "01-a/lesson.md", lines_before: 10, text }
    }

    #[test]
    fn html_in_a_lesson_is_shown_as_text() {
        let html = render(piece("<script>alert(1)</script>\n\nA <b onclick=x>word</b>, [a link](javascript:alert)\n")).unwrap();
        assert!(!html.contains("<script") && !html.contains("<b "), "{html}");
        assert!(!html.contains("javascript:"), "{html}");
    }

    #[test]
    fn headings_have_ids_and_equal_ones_differ() {
        let html = render(piece("## One Service\n\n## One Service\n")).unwrap();
        assert!(html.contains(r#"<h2 id="about-one-service">One Service</h2>"#), "{html}");
        assert!(html.contains(r#"<h2 id="about-one-service-1">"#), "{html}");
    }

    const FIGURE: &str = "```figure\ntitle: What's <in> a port\nmanifests: |\n  port: 80\nask: {from: {ip: 198.51.100.7}, url: http://web/}\ntry: [{label: other port, replace: 'port: 80', with: 'port: 81'}]\n```\n";

    #[test]
    fn a_figure_carries_its_data_and_reads_without_javascript() {
        let html = render(piece(FIGURE)).unwrap();
        assert!(html.contains("<figure class=\"what-if\" data-figure='{"), "{html}");
        assert!(html.contains(r"What\u0027s \u003cin\u003e"), "{html}");
        assert!(html.contains("other port"), "{html}");
    }

    #[test]
    fn a_change_that_cannot_be_made_is_a_problem_at_its_line() {
        let text = FIGURE.replace("replace: 'port: 80'", "replace: 'port: 8080'");
        let text = format!("Prose.\n\n{text}");
        let problems = render(piece(&text)).unwrap_err();
        assert_eq!(problems[0].line, Some(14), "{problems:?}");
        assert!(problems[0].message.contains("port: 8080"));
    }

    #[test]
    fn broken_yaml_in_a_figure_is_a_problem_at_its_line() {
        let problems = render(piece("Prose.\n\n```figure\ntitle: A\nmanifest: x\n```\n")).unwrap_err();
        assert_eq!(problems[0].line, Some(15), "{problems:?}");
    }
}
