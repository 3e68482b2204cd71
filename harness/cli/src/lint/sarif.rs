//! What `lint` found, as SARIF 2.1.0, for GitHub's code scanning and other readers.

use matrix_model::prediction::Prediction;
use matrix_model::prediction::Sureness;
use serde_json::{Value, json};

use super::Linted;
use super::show::{self, share};

/// The schema of the format.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A rule: its id, what it means, and how bad a result of it is.
type Rule = (&'static str, &'static str, &'static str);

const REFUSED: Rule = ("refused-import", "An import is imported that --allow or --deny forbids.", "error");
const DOES_NOT_START: Rule =
    ("does-not-start", "A runtime does not provide an import, so the module does not start.", "error");
const LIKELY: Rule = ("likely-differs", "At least half of the cells that tell of a function differ.", "warning");
const POSSIBLE: Rule = ("possibly-differs", "At least a tenth of the cells that tell of a function differ.", "note");
const RARE: Rule = ("rarely-differs", "A cell that tells of a function differs.", "none");

/// The document. A prediction is a result for all functions of one cause in one column.
pub fn document(linted: &Linted) -> Value {
    let refused = linted.refused.iter().map(|one| {
        result(linted, REFUSED, &one.import, &format!("{} is imported, and {} forbids it.", one.import, one.by))
    });
    let lacking = linted.unmet.iter().filter(|need| need.is_lacking()).map(|need| {
        let text = format!("{} does not start it: {}.", need.column, show::sentence(need));
        result(linted, DOES_NOT_START, &format!("{}/{}", need.column, need.name), &text)
    });
    let predictions: Vec<_> = linted.predictions.iter().collect();
    let groups = show::groups(&predictions);
    let predicted = groups.iter().map(|group| prediction(linted, group));
    let results: Vec<_> = refused.chain(lacking).chain(predicted).collect();
    let rules = [REFUSED, DOES_NOT_START, LIKELY, POSSIBLE, RARE].map(|(id, meaning, level)| {
        json!({ "id": id, "shortDescription": { "text": meaning }, "defaultConfiguration": { "level": level } })
    });
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "wasip1-matrix",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    })
}

fn prediction(linted: &Linted, group: &[&Prediction]) -> Value {
    let first = group[0];
    let rule = match first.sureness {
        Sureness::Likely => LIKELY,
        Sureness::Possible => POSSIBLE,
        Sureness::Rare => RARE,
    };
    let functions: Vec<_> = group.iter().map(|one| share(one)).collect();
    let cause = first.cause.as_ref().map_or(String::new(), |cause| format!(" {}", cause.words));
    let text = format!(
        "{}, {}: {} {}.{cause} See {}.",
        first.column,
        first.preopens.words(),
        functions.join(", "),
        first.answer.words(),
        first.cells[0]
    );
    result(linted, rule, &format!("{}/{}", first.cells[0], first.function), &text)
}

/// A result. What it is about tells it from others of later runs.
fn result(linted: &Linted, (rule, _, level): Rule, about: &str, text: &str) -> Value {
    json!({
        "ruleId": rule,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(linted.app) } } }],
        "partialFingerprints": { "about/v1": about },
    })
}

/// A path as a relative reference: only what is plain, with `/`.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.trim_start_matches("./").replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_relative_reference() {
        assert_eq!((uri("./cmd/app"), uri("a b.wasm")), ("cmd/app".to_owned(), "a%20b.wasm".to_owned()));
    }
}
