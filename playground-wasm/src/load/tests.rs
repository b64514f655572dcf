//! A text that was edited reads like one that is read for the first time.

use std::rc::Rc;

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use proptest::sample::Index;

use super::{Changed, Loaded, Loader, MOST_PODS};
use crate::control::Placed;
use crate::dto::SourceFile;

/// Pieces that texts are made of, and that are put into them.
const PIECES: [&str; 17] = [
    "---\n",
    "\n---\n",
    "--- # begins\n",
    "---",
    "\n",
    "# a comment\n",
    "\u{feff}",
    "\r\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop}\nspec: {ports: [{port: 80, nodePort: 1}]}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: é}\ndata: {a: \u{1f682}}\n",
    "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret, metadata: {name: a}}, {apiVersion: v1, kind: Secret, metadata: {name: b}}]}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: kube-dns, namespace: kube-system}\nspec: {ports: [{port: 53}]}\n",
    // What may not be applied over the first.
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: None, ports: [{port: 80}]}\n",
    "kind: [\n",
    "web",
    " x: |\n  ---\n",
];

#[derive(Debug, Clone)]
struct Edit {
    file: Index,
    from: Index,
    length: usize,
    piece: &'static str,
}

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat())
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let length = prop_oneof![Just(0_usize), 0..4_usize, 0..200_usize];
    let piece = prop::sample::select(&PIECES[..]);
    let edit = (any::<Index>(), any::<Index>(), length, piece).prop_map(|(file, from, length, piece)| Edit { file, from, length, piece });
    prop::collection::vec(edit, 1..12)
}

fn apply(text: &mut String, edit: &Edit) {
    let boundary = |text: &String, at: usize| (at..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    let from = boundary(text, edit.from.index(text.len() + 1));
    let until = boundary(text, (from + edit.length).min(text.len()));
    text.replace_range(from..until, edit.piece);
}

/// Everything about objects that a later stage may look at.
fn shown(placed: &[Placed]) -> Vec<String> {
    placed
        .iter()
        .map(|p| format!("{:?} {} {:?} {:?} {:?}", p.file, p.first_line, p.manifest.id, p.manifest.root, p.manifest.body))
        .collect()
}

fn check(edited: &Loaded, fresh: &Loaded) {
    assert_eq!(shown(&edited.manifests), shown(&fresh.manifests));
    assert_eq!(shown(&edited.objects), shown(&fresh.objects));
    assert_eq!(edited.diagnostics, fresh.diagnostics);
}

/// What is not said to have changed did not.
fn check_changes(before: &[Placed], after: &Loaded) {
    let Changed::Some(changed) = &after.changed else { return };
    assert_eq!(before.len(), after.objects.len());
    for (index, (old, new)) in before.iter().zip(&after.objects).enumerate() {
        let same = Rc::ptr_eq(&old.manifest, &new.manifest);
        let listed = changed.iter().find(|(changed, _)| *changed == index).map(|(_, manifest)| Rc::ptr_eq(manifest, &old.manifest));
        assert_eq!(listed, (!same).then_some(true), "{} is listed where it changed, with what was there", old.manifest.id);
    }
}

proptest::proptest! {
    #[test]
    fn an_edited_text_reads_like_a_new_one(texts in prop::collection::vec(pieces(), 1..3), edits in edits()) {
        let mut files: Vec<SourceFile> = texts.into_iter().map(|text| SourceFile { name: "a.yaml".into(), text }).collect();
        let mut loader = Loader::default();
        loader.update(&files);
        for edit in &edits {
            let before = loader.loaded().objects.clone();
            let file = edit.file.index(files.len());
            apply(&mut files[file].text, edit);
            loader.update(&files);
            check(loader.loaded(), &Loader::default().load(&files));
            check_changes(&before, loader.loaded());
        }
    }
}

#[test]
fn a_byte_order_mark_that_no_longer_begins_the_text_begins_no_line() {
    let text = |before: &str| format!("{before}\u{feff}--- # begins\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\n");
    let files = |before: &str| [SourceFile { name: "a.yaml".into(), text: text(before) }];
    for before in ["---\n", "a", "\n"] {
        let mut loader = Loader::default();
        loader.update(&files(""));
        loader.update(&files(before));
        check(loader.loaded(), &Loader::default().load(&files(before)));
        loader.update(&files(""));
        check(loader.loaded(), &Loader::default().load(&files("")));
    }
}

#[test]
fn a_keystroke_changes_one_object() {
    let text =
        (0..20).map(|n| format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: s{n}\ndata: {{}}\n---\n")).collect::<Vec<_>>().concat();
    let mut files = vec![SourceFile { name: "a.yaml".into(), text }];
    let mut loader = Loader::default();
    loader.update(&files);
    files[0].text = files[0].text.replace("s7\n", "s7\n  labels: {a: b}\n");
    let changed = |loaded: &Loaded| match &loaded.changed {
        Changed::Some(changed) => Some(changed.iter().map(|(_, manifest)| manifest.id.name.clone()).collect::<Vec<_>>()),
        Changed::All => None,
    };
    assert_eq!(changed(loader.update(&files)), Some(vec!["s7".to_owned()]));
    assert_eq!(changed(loader.update(&files)), Some(vec![]));
    files[0].text = files[0].text.replace("s7\n", "s70\n");
    assert_eq!(changed(loader.update(&files)), None);
}

#[test]
fn more_pods_than_kubernetes_is_tested_with_are_refused_where_they_are_asked_for() {
    let set = |name: &str, replicas: u64| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: {replicas}\n  selector: {{matchLabels: {{app: {name}}}}}\n  \
             template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec: {{containers: [{{name: app, image: nginx}}]}}\n"
        )
    };
    let load = |texts: &[String]| Loader::default().load(&[SourceFile { name: "a.yaml".into(), text: texts.join("---\n") }]);
    assert_eq!(load(&[set("web", MOST_PODS)]).too_many_pods(), None);

    let loaded = load(&[set("web", 1_000_000)]);
    let diagnostic = loaded.too_many_pods().expect("a million pods are too many");
    assert!(diagnostic.message.contains("Deployment web asks for 1,000,000 pods"), "{}", diagnostic.message);
    assert_eq!(diagnostic.range.map(|range| range.line), Some(5));

    let loaded = load(&[set("api", 70_000), set("web", 90_000)]);
    let diagnostic = loaded.too_many_pods().expect("together they are too many");
    assert_eq!(diagnostic.object.as_deref(), Some("Deployment/default/web"));
    assert_eq!(diagnostic.range.map(|range| range.line), Some(15));
}
