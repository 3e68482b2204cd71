//! What a module uses of WebAssembly beyond its first version.

use std::collections::BTreeSet;

use wasmparser::{BlockType, CompositeInnerType, Operator, Payload, RefType, TypeRef};

/// Gives the proposal that each instruction belongs to.
macro_rules! proposal_of {
    ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*) )*) => {
        fn proposal_of(operator: &Operator) -> &'static str {
            match operator {
                $( Operator::$op { .. } => stringify!($proposal), )*
                _ => "unknown",
            }
        }
    };
}

wasmparser::for_each_operator!(proposal_of);

/// The first version of WebAssembly.
const FIRST: &str = "mvp";

/// The proposals that were found, by the names that the parser has for them.
#[derive(Default)]
pub(super) struct Proposals {
    found: BTreeSet<&'static str>,
}

impl Proposals {
    /// Their names, written with hyphens.
    pub fn names(&self) -> BTreeSet<String> {
        let named = self.found.iter().filter(|name| **name != FIRST);
        named.map(|name| name.replace('_', "-")).collect()
    }

    /// Looks at a part of a module.
    pub fn take(&mut self, payload: &Payload) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section.clone() {
                    for kind in group?.types() {
                        match &kind.composite_type.inner {
                            CompositeInnerType::Func(function) => {
                                self.found.extend((function.results().len() > 1).then_some("multi_value"));
                            }
                            _ => self.found.extend(["gc"]),
                        }
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    match import?.ty {
                        TypeRef::Global(global) => self.found.extend(global.mutable.then_some("mutable_global")),
                        TypeRef::Memory(memory) => self.memory(&memory),
                        TypeRef::Tag(_) => self.found.extend(["exceptions"]),
                        _ => {}
                    }
                }
            }
            Payload::TableSection(section) => {
                self.found.extend((section.count() > 1).then_some("reference_types"));
                for table in section.clone() {
                    self.found.extend((table?.ty.element_type != RefType::FUNCREF).then_some("reference_types"));
                }
            }
            Payload::MemorySection(section) => {
                self.found.extend((section.count() > 1).then_some("multi_memory"));
                for memory in section.clone() {
                    self.memory(&memory?);
                }
            }
            Payload::TagSection(_) => self.found.extend(["exceptions"]),
            Payload::DataCountSection { .. } => self.found.extend(["bulk_memory"]),
            Payload::CodeSectionEntry(body) => {
                let mut operators = body.get_operators_reader()?;
                while !operators.eof() {
                    let operator = operators.read()?;
                    self.operator(&operator);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator) {
        if let Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } = operator {
            self.found.extend(matches!(blockty, BlockType::FuncType(_)).then_some("multi_value"));
        }
        let proposal = proposal_of(operator);
        if proposal != FIRST {
            self.found.insert(proposal);
        }
    }

    fn memory(&mut self, memory: &wasmparser::MemoryType) {
        self.found.extend(memory.memory64.then_some("memory64"));
        self.found.extend(memory.shared.then_some("threads"));
        self.found.extend(memory.page_size_log2.map(|_| "custom_page_sizes"));
    }
}
