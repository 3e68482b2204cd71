//! What `test --report` writes is as its published schema says.

use serde_json::{Value, json};

use super::sample::{large, report};
use crate::gate::schema::{GO_TEST, violations};

#[test]
fn an_answer_with_everything_is_as_the_schema_says() {
    for report in [report(""), large()] {
        assert_eq!(violations(GO_TEST, &serde_json::to_value(report).expect("JSON")), Vec::<String>::new());
    }
}

#[test]
fn what_the_schema_does_not_say_is_refused() {
    let good = serde_json::to_value(report("")).expect("JSON");
    let changed = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).expect(pointer) = value;
        changed
    };
    for (document, what) in [
        (changed("/packages/2/rows/1/columns/a@1.0.0/kind", json!("splendid")), "a verdict"),
        (changed("/packages/2/columns/a@1.0.0/tests/TestGo/end", json!("ended")), "an end"),
        (changed("/packages/0/columns/a@1.0.0/failure/kind", json!("bad")), "a failure"),
        (changed("/columns", json!("a@1.0.0")), "a list"),
        (changed("/packages/2/columns/a@1.0.0/starts", json!(-1)), "a number"),
    ] {
        assert_ne!(violations(GO_TEST, &document), Vec::<String>::new(), "{what}");
    }
}
