//! Describes in words calls of exports and the values they returned.

use host_contract::request::{Call, Value};

/// The maximum number of entries that are written one by one.
const TOLD: usize = 20;

/// Groups equal neighbours: each value with its number of repetitions.
pub(crate) fn in_a_row<T: PartialEq>(all: &[T]) -> impl Iterator<Item = (&T, usize)> {
    all.chunk_by(|a, b| a == b).map(|equal| (&equal[0], equal.len()))
}

/// A call that was made `times` times in a row: `add(i32 2, i32 3), 1000 times`.
pub fn call(call: &Call, times: usize) -> String {
    let text = format!("{}({})", call.name, values(&call.args));
    if times == 1 { text } else { format!("{text}, {times} times") }
}

/// What each call returned: `(i32 5), 1000 times (), (i64 7)`.
pub fn in_words(returns: &[Vec<Value>]) -> String {
    if returns.is_empty() {
        return "no call came back".to_owned();
    }
    let mut told: Vec<_> = in_a_row(returns)
        .map(|(list, times)| match times {
            1 => format!("({})", values(list)),
            times => format!("{times} times ({})", values(list)),
        })
        .collect();
    if told.len() > TOLD {
        let rest = told.len() - TOLD;
        told.truncate(TOLD);
        told.push(format!("and {rest} more"));
    }
    told.join(", ")
}

fn values(values: &[Value]) -> String {
    let words = values.iter().map(|value| match value {
        Value::I32(number) => format!("i32 {number}"),
        Value::I64(number) => format!("i64 {number}"),
        Value::F64(number) => format!("f64 {number:?}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_calls_are_told_in_a_line() {
        let mut returns = vec![Vec::new(); 1000];
        returns.push(vec![Value::I32(-1), Value::F64(0.0)]);
        assert_eq!(in_words(&returns), "1000 times (), (i32 -1, f64 0.0)");
        let counting: Vec<_> = (0..1000).map(|n| vec![Value::I64(n)]).collect();
        assert!(in_words(&counting).ends_with("(i64 19), and 980 more"));
        assert_eq!(in_words(&[]), "no call came back");
        let add = Call { name: "add".to_owned(), args: vec![Value::I32(2)] };
        assert_eq!((call(&add, 1), call(&add, 3)), ("add(i32 2)".to_owned(), "add(i32 2), 3 times".to_owned()));
    }
}
