//! What a lesson's HTML holds: how many words there are to read, and the data of its figures.

/// The parts of `html` between an opening text and the next closing one, without either.
pub fn between<'a>(html: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(open).skip(1).map(move |rest| rest.split(close).next().unwrap_or_default())
}

/// How many words a person reads: those outside tags, code blocks and figures.
pub fn words(html: &str) -> usize {
    let mut text = html.to_owned();
    for (open, close) in [("<figure", "</figure>"), ("<pre", "</pre>"), ("<", ">")] {
        while let Some(start) = text.find(open) {
            let end = text[start..].find(close).map_or(text.len(), |end| start + end + close.len());
            // Inside a word (`<code>web</code>.`) a tag is nothing, between words there is a space already.
            text.replace_range(start..end, "");
        }
    }
    text.split_whitespace().count()
}

#[test]
fn words_are_counted_outside_tags_code_and_figures() {
    let html = "<p>The <code>web</code>. <a href=\"x y\">link</a></p>\n<pre><code>a b c</code></pre>\n<figure data-x='1 2'>d e</figure>\n<p>End</p>";
    assert_eq!(words(html), 4);
}

#[test]
fn parts_between_two_texts_are_found_in_order() {
    let parts: Vec<&str> = between("x='1' y='2' x='3'", "x='", "'").collect();
    assert_eq!(parts, ["1", "3"]);
}
