//! The module in two parts: what a page runs when it opens, and the rest, which it fetches when it first needs it.
//!
//! Which functions a page runs is not guessed: [`marked`] makes a module that notes every function it enters, `profile.mjs`
//! opens every sample that works with it, and [`split`] keeps those functions. Each other function that the first part can reach has a
//! stand-in there, which has the rest fetched and goes on through the table of functions; the rest takes the first part's memory,
//! table, globals and functions for its own. A call never knows in which part it ends.

use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result};
use walrus::ir::{BinaryOp, Visitor, dfs_in_order};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, Function, FunctionBuilder, FunctionId, FunctionKind, GlobalId, GlobalKind,
    ImportedFunction, LocalFunction, Module, ModuleConfig, TableId, TypeId, ValType, ir,
};

/// Where the rest takes from: the first part's exports, so called in `static/src/worker/module.js`.
const FIRST: &str = "first";
/// What the first part calls to have the rest there.
const REST: &str = "rest";
/// Exported by [`marked`], with a function's number: whether it was entered.
const MARK: &str = "entered ";

/// A module as two: the first holds the exports and the data.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
}

/// The module with an exported global for each of its functions, named [`MARK`] and its number, that is 1 once it was entered.
pub fn marked(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = parse(wasm)?;
    for (number, id) in local_functions(&module).into_iter().enumerate() {
        let mark = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(ir::Value::I32(0)));
        module.exports.add(&format!("{MARK}{number}"), mark);
        let mut body = local_mut(&mut module, id)?.builder_mut().func_body();
        body.instr_at(0, ir::Const { value: ir::Value::I32(1) });
        body.instr_at(1, ir::GlobalSet { global: mark });
    }
    Ok(module.emit_wasm())
}

/// Splits a module, by the numbers of the functions that [`marked`] found entered.
pub fn split(wasm: &[u8], entered: &HashSet<usize>) -> Result<Parts> {
    // An id is only good for the module that it came from, so each part is planned on its own.
    let first = parse(wasm)?;
    let first = Plan::new(&first, entered)?.first(first)?;
    let rest = parse(wasm)?;
    let rest = Plan::new(&rest, entered)?.rest(rest)?;
    Ok(Parts { first, rest })
}

/// What both parts agree on, in the ids of one of them.
struct Plan {
    /// The functions that are only in the rest.
    moved: HashSet<FunctionId>,
    /// Those of them that the first part mentions, in the order of their slots in the table.
    reached: Vec<FunctionId>,
    /// The functions of the first part that the rest calls.
    lent: Vec<FunctionId>,
    table: TableId,
    /// The first of the slots, behind those that the module has itself.
    base: u64,
}

impl Plan {
    fn new(module: &Module, entered: &HashSet<usize>) -> Result<Self> {
        let exported: HashSet<FunctionId> = module
            .exports
            .iter()
            .filter_map(|export| match export.item {
                ExportItem::Function(id) => Some(id),
                _ => None,
            })
            .collect();
        let local = local_functions(module);
        let (kept, moved): (Vec<_>, Vec<_>) = local
            .iter()
            .enumerate()
            .partition(|(number, id)| entered.contains(number) || exported.contains(id) || module.start == Some(**id));
        let kept: Vec<FunctionId> = kept.into_iter().map(|(_, id)| *id).collect();
        let moved: Vec<FunctionId> = moved.into_iter().map(|(_, id)| *id).collect();

        let mut by_first = mentioned(module, &kept);
        for element in module.elements.iter() {
            if let ElementItems::Functions(functions) = &element.items {
                by_first.extend(functions);
            }
        }
        let by_rest = mentioned(module, &moved);
        let table = module.tables.main_function_table()?.context("the module has no table of functions")?;
        Ok(Self {
            reached: moved.iter().copied().filter(|id| by_first.contains(id)).collect(),
            lent: kept.into_iter().filter(|id| by_rest.contains(id)).collect(),
            moved: moved.into_iter().collect(),
            table,
            base: module.tables.get(table).initial,
        })
    }

    /// The part that a page loads.
    fn first(&self, mut module: Module) -> Result<Vec<u8>> {
        let slots = self.base + self.reached.len() as u64;
        let table = module.tables.get_mut(self.table);
        table.initial = slots;
        table.maximum = table.maximum.map(|most| most.max(slots));
        let ready = ready(&mut module);
        for (position, &id) in self.reached.iter().enumerate() {
            let slot = i32::try_from(self.base + position as u64)?;
            let ty = module.funcs.get(id).ty();
            let stand_in = self.stand_in(&mut module, ty, slot, ready);
            module.funcs.get_mut(id).kind = FunctionKind::Local(stand_in);
        }
        for (number, &id) in self.lent.iter().enumerate() {
            module.exports.add(&function_name(number), id);
        }
        for (global, name) in globals(&module) {
            module.exports.add(&name, global);
        }
        module.exports.add("table", self.table);
        walrus::passes::gc::run(&mut module);
        Ok(module.emit_wasm())
    }

    /// A function of this type that goes on in this slot.
    fn stand_in(&self, module: &mut Module, ty: TypeId, slot: i32, ready: FunctionId) -> LocalFunction {
        let (params, results) = (module.types.params(ty).to_vec(), module.types.results(ty).to_vec());
        let arguments: Vec<_> = params.iter().map(|param| module.locals.add(*param)).collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
        let mut body = builder.func_body();
        for argument in &arguments {
            body.local_get(*argument);
        }
        body.i32_const(slot).call(ready).call_indirect(ty, self.table);
        builder.local_func(arguments)
    }

    /// The part that is fetched when it is needed.
    fn rest(&self, mut module: Module) -> Result<Vec<u8>> {
        for export in module.exports.iter().map(walrus::Export::id).collect::<Vec<_>>() {
            module.exports.delete(export);
        }
        module.start = None;
        for (number, &id) in self.lent.iter().enumerate() {
            let import = module.imports.add(FIRST, &function_name(number), id);
            let function = module.funcs.get_mut(id);
            function.kind = FunctionKind::Import(ImportedFunction { import, ty: function.ty() });
        }
        for (id, name) in globals(&module) {
            let import = module.imports.add(FIRST, &name, id);
            module.globals.get_mut(id).kind = GlobalKind::Import(import);
        }
        for data in module.data.iter().map(walrus::Data::id).collect::<Vec<_>>() {
            module.data.delete(data);
        }
        for id in module.memories.iter().map(walrus::Memory::id).collect::<Vec<_>>() {
            let import = module.imports.add(FIRST, "memory", id);
            let memory = module.memories.get_mut(id);
            memory.import = Some(import);
            memory.data_segments.clear();
        }
        let import = module.imports.add(FIRST, "table", self.table);
        let slots = self.base + self.reached.len() as u64;
        let elements: Vec<_> = module.elements.iter().map(walrus::Element::id).collect();
        let table = module.tables.get_mut(self.table);
        table.import = Some(import);
        table.initial = slots;
        table.maximum = table.maximum.map(|most| most.max(slots));
        table.elem_segments.clear();
        for element in elements {
            module.elements.delete(element);
        }
        let offset = ConstExpr::Value(ir::Value::I32(i32::try_from(self.base)?));
        let segment = module.elements.add(ElementKind::Active { table: self.table, offset }, ElementItems::Functions(self.reached.clone()));
        module.tables.get_mut(self.table).elem_segments.insert(segment);
        walrus::passes::gc::run(&mut module);
        debug_assert!(module.funcs.iter_local().all(|(id, _)| self.moved.contains(&id)));
        Ok(module.emit_wasm())
    }
}

/// A function that gives its argument back, and has the rest there when it does.
fn ready(module: &mut Module) -> FunctionId {
    let nothing = module.types.add(&[], &[]);
    let (fetch, _) = module.add_import_func(REST, "fetch", nothing);
    let there = module.globals.add_local(ValType::I32, true, false, ConstExpr::Value(ir::Value::I32(0)));
    let slot = module.locals.add(ValType::I32);
    let mut builder = FunctionBuilder::new(&mut module.types, &[ValType::I32], &[ValType::I32]);
    builder
        .func_body()
        .global_get(there)
        .i32_const(0)
        .binop(BinaryOp::I32Eq)
        .if_else(
            None,
            |then| {
                then.call(fetch).i32_const(1).global_set(there);
            },
            |_| {},
        )
        .local_get(slot);
    builder.finish(vec![slot], &mut module.funcs)
}

fn parse(wasm: &[u8]) -> Result<Module> {
    ModuleConfig::new().generate_producers_section(false).parse(wasm)
}

/// The functions that the module does not import, in its own order: their numbers are their positions.
fn local_functions(module: &Module) -> Vec<FunctionId> {
    module.funcs.iter_local().map(|(id, _)| id).collect()
}

fn local_mut(module: &mut Module, id: FunctionId) -> Result<&mut LocalFunction> {
    match &mut module.funcs.get_mut(id).kind {
        FunctionKind::Local(function) => Ok(function),
        _ => anyhow::bail!("function {id:?} is imported"),
    }
}

/// The name under which the first part lends a function.
fn function_name(number: usize) -> String {
    format!("f{number:x}")
}

/// The module's own globals that functions use, with the names under which the first part lends them.
fn globals(module: &Module) -> BTreeMap<GlobalId, String> {
    let own = module.globals.iter().filter(|global| matches!(global.kind, GlobalKind::Local(_)));
    own.enumerate().map(|(number, global)| (global.id(), format!("g{number:x}"))).collect()
}

/// The functions that these functions mention.
fn mentioned(module: &Module, functions: &[FunctionId]) -> HashSet<FunctionId> {
    struct Mentions(HashSet<FunctionId>);
    impl Visitor<'_> for Mentions {
        fn visit_function_id(&mut self, function: &FunctionId) {
            self.0.insert(*function);
        }
    }
    let mut mentions = Mentions(HashSet::new());
    for id in functions {
        if let Function { kind: FunctionKind::Local(function), .. } = module.funcs.get(*id) {
            dfs_in_order(&mut mentions, function, function.entry_block());
        }
    }
    mentions.0
}
