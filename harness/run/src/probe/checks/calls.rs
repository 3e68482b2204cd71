//! Checks calls of exports, those that do not fit among them, and imports that nothing answers to.
//!
//! Whether a call fits, and whether a module can be linked, is for the engine to say. Where the engine has no way to
//! refuse, the host must let the call through and declare what the engine cannot be told.

use host_contract::request::{Call, Value};

use super::{Check, check, seen};
use crate::probe::attempt::{Attempt, Inputs};
use crate::probe::guests::{LACKS_AN_IMPORT, REACTS};
use matrix_model::capability::Capability;
use matrix_model::outcome::Exit;

pub fn all() -> Vec<Check> {
    vec![reactor(), no_such_export(), argument_count(), argument_types(), missing_import()]
}

fn say(byte: u8) -> Call {
    Call { name: "say".to_owned(), args: vec![Value::I32(i32::from(byte))] }
}

fn add(args: &[Value]) -> Call {
    Call { name: "add".to_owned(), args: args.to_vec() }
}

fn reactor() -> Check {
    let calls = vec![say(b'A'), add(&[Value::I32(2), Value::I64(-3), Value::F64(0.5)]), say(b'C')];
    let inputs = Inputs::of(REACTS).exports(calls);
    let judged = check("reactor", "say(65), add(2, -3, 0.5), say(67)", inputs, |_, attempt| {
        let expected = [vec![Value::I32(66)], vec![Value::F64(-0.5)], vec![Value::I32(68)]];
        let good = attempt.output() == Some(b"iAC") && attempt.returns() == expected;
        seen(good, with_returns(attempt))
    });
    judged.proving(Capability::Reactor)
}

/// The calls before the one that is refused must have been made, and none after it.
fn refused(name: &'static str, given: &'static str, wrong: Call) -> Check {
    let inputs = Inputs::of(REACTS).exports(vec![say(b'A'), wrong, say(b'C')]);
    check(name, given, inputs, |_, attempt| {
        let stopped = attempt
            .outcome()
            .is_some_and(|outcome| matches!(&outcome.exit, Exit::Trap { .. }) && outcome.stdout.to_vec() == b"iA");
        seen(stopped && attempt.returns() == [vec![Value::I32(66)]], with_returns(attempt))
    })
}

fn no_such_export() -> Check {
    refused("no-such-export", "say(65), absent(), say(67)", Call { name: "absent".to_owned(), args: Vec::new() })
}

fn argument_count() -> Check {
    let wrong = Call { name: "say".to_owned(), args: Vec::new() };
    refused("argument-count", "say(65), say(), say(67)", wrong).proving(Capability::ArgumentCount)
}

/// A float where an integer belongs: it has the same form as one in JavaScript, and the same bits as one where an engine
/// takes bits.
fn argument_types() -> Check {
    let wrong = add(&[Value::F64(2.5), Value::I64(-3), Value::F64(0.5)]);
    refused("argument-types", "say(65), add(2.5, -3, 0.5), say(67)", wrong).proving(Capability::ArgumentTypes)
}

fn with_returns(attempt: &Attempt) -> String {
    format!("{}, returns {:?}", attempt.told(), attempt.returns())
}

fn missing_import() -> Check {
    check("missing-import", "an import that nothing provides", Inputs::of(LACKS_AN_IMPORT), |_, attempt| {
        let missing = attempt.outcome().is_some_and(|outcome| matches!(&outcome.exit, Exit::MissingImport { .. }));
        seen(missing, attempt.told())
    })
}
