//! `preview1.json` is what the official witx says.

use std::collections::BTreeMap;
use std::path::Path;

use wasip1_trace::interface::{Function, Interface, Member, Parameter, Shape};
use witx::{BuiltinType, Document, Id, IntRepr, InterfaceFunc, Layout, RecordKind, Type, TypeRef};

/// All of preview 1, read from its witx.
pub fn derive(witx: &Path) -> Interface {
    let document = witx::load(&[witx]).unwrap_or_else(|error| panic!("{}", error.report()));
    let module = document.module(&Id::new("wasi_snapshot_preview1")).expect("the module");
    let functions = module.funcs().map(|function| (function.name.as_str().to_owned(), of_function(&function)));
    Interface { functions: functions.collect(), types: types(&document) }
}

fn types(document: &Document) -> BTreeMap<String, Shape> {
    let named = document.typenames();
    named.map(|named| (named.name.as_str().to_owned(), of_type(named.type_()))).collect()
}

fn of_function(function: &InterfaceFunc) -> Function {
    let parameters = function.params.iter();
    let parameters = parameters
        .map(|parameter| Parameter { name: parameter.name.as_str().to_owned(), shape: of_ref(&parameter.tref) });
    let mut results = Vec::new();
    for result in &function.results {
        let Type::Variant(variant) = &**result.tref.type_() else { panic!("{function:?}") };
        let (well, errno) = variant.as_expected().expect("a result is an errno or well");
        assert_eq!(errno.map(of_ref), Some(Shape::Named("errno".to_owned())), "{function:?}");
        match well {
            None => {}
            Some(TypeRef::Value(value)) => match &**value {
                Type::Record(record) if record.is_tuple() => {
                    results.extend(record.members.iter().map(|member| of_ref(&member.tref)));
                }
                other => results.push(of_type(other)),
            },
            Some(named) => results.push(of_ref(named)),
        }
    }
    Function { parameters: parameters.collect(), results, returns: !function.noreturn }
}

fn of_ref(reference: &TypeRef) -> Shape {
    match reference {
        TypeRef::Name(named) => Shape::Named(named.name.as_str().to_owned()),
        TypeRef::Value(value) => of_type(value),
    }
}

fn of_type(shape: &Type) -> Shape {
    match shape {
        Type::Handle(_) => Shape::Handle,
        Type::Builtin(builtin) => of_builtin(*builtin),
        Type::Pointer(to) => Shape::Pointer(Box::new(of_ref(to))),
        Type::ConstPointer(to) => Shape::ConstPointer(Box::new(of_ref(to))),
        Type::List(of) if matches!(&**of.type_(), Type::Builtin(BuiltinType::Char)) => Shape::Text,
        Type::List(of) => Shape::List(Box::new(of_ref(of))),
        Type::Record(record) => match record.kind {
            RecordKind::Bitflags(width) => {
                let names = record.members.iter().map(|member| member.name.as_str().to_owned()).collect();
                Shape::Flags { bytes: width_of(width), names }
            }
            RecordKind::Tuple | RecordKind::Other => {
                let members = record.member_layout();
                let members = members.iter().map(|layout| Member {
                    name: layout.member.name.as_str().to_owned(),
                    offset: layout.offset,
                    shape: of_ref(&layout.member.tref),
                });
                Shape::Record { bytes: shape.mem_size(), members: members.collect() }
            }
        },
        Type::Variant(variant) if variant.is_enum() => {
            let names = variant.cases.iter().map(|case| case.name.as_str().to_owned()).collect();
            Shape::Enum { bytes: width_of(variant.tag_repr), names }
        }
        Type::Variant(variant) => {
            let members = variant.cases.iter().map(|case| Member {
                name: case.name.as_str().to_owned(),
                offset: 0,
                shape: of_ref(case.tref.as_ref().expect("no union of preview 1 has an empty case")),
            });
            Shape::Union {
                bytes: shape.mem_size(),
                tag: width_of(variant.tag_repr),
                payload: variant.payload_offset(),
                members: members.collect(),
            }
        }
    }
}

fn of_builtin(builtin: BuiltinType) -> Shape {
    match builtin {
        BuiltinType::U8 { .. } => Shape::Unsigned(1),
        BuiltinType::U16 => Shape::Unsigned(2),
        BuiltinType::U32 { .. } | BuiltinType::Char => Shape::Unsigned(4),
        BuiltinType::U64 => Shape::Unsigned(8),
        BuiltinType::S8 => Shape::Signed(1),
        BuiltinType::S16 => Shape::Signed(2),
        BuiltinType::S32 => Shape::Signed(4),
        BuiltinType::S64 => Shape::Signed(8),
        other => panic!("preview 1 has no {other:?}"),
    }
}

fn width_of(width: IntRepr) -> usize {
    match width {
        IntRepr::U8 => 1,
        IntRepr::U16 => 2,
        IntRepr::U32 => 4,
        IntRepr::U64 => 8,
    }
}
