//! Whatever is pasted, nothing panics: the reader, the loader, and a load with a request on what came out of it.

use playground_wasm::dto::{Severity, SourceFile};
use playground_wasm::playground::Playground;
use proptest::prelude::*;

const SEED: &str = include_str!("../../static/samples/shop.yaml");
/// Applications with policies, StatefulSets, slices and aliases, so that what is told of them is put to the test, too.
const SEEDS: [&str; 4] = [
    SEED,
    include_str!("../mutations/apps/platform.yaml"),
    include_str!("../mutations/apps/database.yaml"),
    include_str!("../mutations/apps/mesh.yaml"),
];

fn load(text: &str) -> playground_wasm::dto::View {
    Playground::default().load(&[SourceFile { name: "pasted.yaml".into(), text: text.to_owned() }]).clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read(text in "\\PC{0,400}") {
        load(&text);
    }

    #[test]
    fn any_yaml_like_text_is_read(text in "([a-z\\-&*<|>\\[\\]{}:,#\"' \\t\\n!?%@~0-9]{0,12}\\n?){0,40}") {
        load(&text);
    }

    /// A real manifest cut anywhere and with a stretch of it replaced: what a person has on the screen between two keystrokes.
    #[test]
    fn a_manifest_under_the_knife_is_read(
        seed in 0_usize..SEEDS.len(),
        cut in 0_usize..9000,
        length in 0_usize..60,
        put in "[a-zA-Z0-9:\\- \\n\\t{}\\[\\]\"<>&*]{0,20}",
    ) {
        let text: Vec<char> = SEEDS[seed].chars().collect();
        let cut = cut % (text.len() + 1);
        let end = (cut + length).min(text.len());
        let mended: String = text[..cut].iter().chain(put.chars().collect::<Vec<_>>().iter()).chain(&text[end..]).collect();
        load(&mended);
    }
}

#[test]
fn bad_input_is_told_at_its_line() {
    let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..9).map(|level| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "))))
        .collect();
    for (text, code, line) in [
        ("apiVersion: v1\nkind: Pod\nmetadata:\n\tname: x\n", "yaml-tab", 4),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: \"x\n", "yaml-syntax", 3),
        (bomb.as_str(), "yaml-aliases", 5),
        ("apiVersion: v1\nkind: Pod\nkind: Pod\nmetadata: {name: x}\n", "yaml-duplicate-key", 3),
        (
            "apiVersion: v1\r\nkind: Pod\r\nmetadata:\r\n  name: <b>x</b>\r\nspec:\r\n  containers: [{name: a, image: b}]\r\n",
            "object-rejected",
            4,
        ),
        ("just text\n", "object-rejected", 1),
    ] {
        let view = load(text);
        let told = view.diagnostics.iter().find(|diagnostic| diagnostic.code == code);
        let told = told.unwrap_or_else(|| panic!("no {code} in {:?}", view.diagnostics));
        assert_eq!(told.range.map(|range| range.line), Some(line), "{told:?}");
        assert_eq!(told.severity, Severity::Error);
    }
    assert!(load("").diagnostics.is_empty());
}

#[test]
fn a_broken_document_leaves_the_others_standing() {
    let view = load(&format!("{SEED}\n---\nkind: [\n---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: extra}}\n"));
    assert_eq!(view.objects, load(SEED).objects + 1);
    assert!(view.diagnostics.iter().any(|diagnostic| diagnostic.code == "yaml-syntax"));
}
