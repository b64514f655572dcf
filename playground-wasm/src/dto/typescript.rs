//! `static/src/dto.ts`: the types of this module in TypeScript, and the test that it is current.
//!
//! `cargo xtask types` writes the file, by way of this test: it sets `PODHOP_WRITE_TYPES`.

use std::any::TypeId;
use std::path::Path;
use std::{env, fs};

use ts_rs::{Config, TS, TypeVisitor};

use super::{
    DnsAnswer, EndpointsAnswer, FilesAnswer, GoalResult, Moment, PacketAnswer, PodsAnswer, RequestAnswer, RulesAnswer, SourceFile,
    TrafficAnswer, ValidateAnswer, View,
};

const HEAD: &str = "// What crosses from the simulator to the page. Generated from `playground-wasm/src/dto/` by `cargo xtask types`.\n";

/// Declarations of types and of all they are made of.
struct Declarations {
    config: Config,
    seen: Vec<TypeId>,
    texts: Vec<String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // A type may be made of itself.
        if self.seen.contains(&TypeId::of::<T>()) {
            return;
        }
        self.seen.push(TypeId::of::<T>());
        // What is no type of ours has no place to be written to.
        if T::output_path().is_some() {
            let text = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
            self.texts.push(text.replace("/**\n * ", "/** ").replace("\n */", " */"));
        }
        T::visit_dependencies(self);
    }
}

fn declarations() -> String {
    let config = Config::new().with_large_int("number");
    let mut all = Declarations { config, seen: Vec::new(), texts: vec![HEAD.to_owned()] };
    all.visit::<SourceFile>();
    all.visit::<View>();
    all.visit::<RequestAnswer>();
    all.visit::<DnsAnswer>();
    all.visit::<EndpointsAnswer>();
    all.visit::<FilesAnswer>();
    all.visit::<PacketAnswer>();
    all.visit::<RulesAnswer>();
    all.visit::<TrafficAnswer>();
    all.visit::<PodsAnswer>();
    all.visit::<Moment>();
    all.visit::<ValidateAnswer>();
    all.visit::<GoalResult>();
    // The order in which a type names those it is made of changes from build to build.
    all.texts[1..].sort_by_key(|text| text.find("export type").map(|start| text[start..].to_owned()));
    all.texts.join("\n")
}

#[test]
fn the_front_end_has_these_types() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../static/src/dto.ts");
    let current = declarations();
    if env::var_os("PODHOP_WRITE_TYPES").is_some() {
        fs::write(&file, &current).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert!(written == current, "static/src/dto.ts is not current: run `cargo xtask types`");
}
