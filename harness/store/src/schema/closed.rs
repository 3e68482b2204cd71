//! Closes a schema: an object may have the properties that the schema names, and no others.

use serde_json::{Map, Value, json};

/// Where the definitions of a schema are.
const DEFINITIONS: &str = "$defs";

/// Keywords whose members are schemas of other values than the one at hand: its properties and items.
const INNER: [&str; 2] = ["properties", DEFINITIONS];
const INNER_ONE: [&str; 2] = ["items", "additionalProperties"];
const INNER_LIST: &str = "prefixItems";

/// Keywords whose items are schemas of the same value.
const SAME: [&str; 3] = ["oneOf", "anyOf", "allOf"];

/// The closed form of a schema.
pub(super) fn closed(mut schema: Value) -> Value {
    let definitions = schema.get(DEFINITIONS).and_then(Value::as_object).cloned().unwrap_or_default();
    close(&mut schema, &definitions);
    schema
}

/// Closes the schema of a whole value, and those of all values in it.
fn close(schema: &mut Value, definitions: &Map<String, Value>) {
    if names_properties(schema)
        && let Some(keywords) = schema.as_object_mut()
    {
        keywords.insert("unevaluatedProperties".to_owned(), json!(false));
    }
    close_inner(schema, definitions);
}

/// Whether a schema names properties of the value at hand, also in one of its alternatives.
fn names_properties(schema: &Value) -> bool {
    let in_alternative = |keyword: &str| schema[keyword].as_array().into_iter().flatten().any(names_properties);
    schema.get("properties").is_some() || SAME.into_iter().any(in_alternative)
}

/// Closes the schemas of all values within a value.
fn close_inner(schema: &mut Value, definitions: &Map<String, Value>) {
    add_reference(schema, definitions);
    let Some(keywords) = schema.as_object_mut() else { return };
    for (keyword, value) in keywords {
        match (keyword.as_str(), value) {
            (keyword, Value::Object(inner)) if INNER.contains(&keyword) => {
                inner.values_mut().for_each(|inner| close(inner, definitions));
            }
            (keyword, inner @ Value::Object(_)) if INNER_ONE.contains(&keyword) => close(inner, definitions),
            (INNER_LIST, Value::Array(inner)) => inner.iter_mut().for_each(|inner| close(inner, definitions)),
            (keyword, Value::Array(same)) if SAME.contains(&keyword) => {
                same.iter_mut().for_each(|same| close_inner(same, definitions));
            }
            _ => {}
        }
    }
}

/// Puts the properties of a definition in the place of a reference that has properties of its own beside it. The closed
/// definition would refuse those.
fn add_reference(schema: &mut Value, definitions: &Map<String, Value>) {
    let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    let Some(definition) = name.and_then(|name| definitions.get(&name)) else { return };
    let Some(keywords) = schema.as_object_mut().filter(|keywords| keywords.contains_key("properties")) else { return };
    keywords.remove("$ref");
    if let (Some(Value::Object(own)), Some(more)) =
        (keywords.get_mut("properties"), definition["properties"].as_object())
    {
        own.extend(more.clone());
    }
    if let (Some(Value::Array(own)), Some(more)) = (keywords.get_mut("required"), definition["required"].as_array()) {
        own.extend(more.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_closed_and_no_alternative_is() {
        let open = json!({
            "properties": { "a": { "$ref": "#/$defs/A" }, "list": { "items": { "properties": {} } }, "text": {} },
            "$defs": {
                "A": { "properties": { "b": {} }, "required": ["b"] },
                "Either": { "oneOf": [
                    { "$ref": "#/$defs/A", "properties": { "kind": {} }, "required": ["kind"] },
                    { "properties": { "other": {} } },
                ] },
            },
        });
        let refused = json!(false);
        assert_eq!(
            closed(open),
            json!({
                "properties": {
                    "a": { "$ref": "#/$defs/A" },
                    "list": { "items": { "properties": {}, "unevaluatedProperties": refused } },
                    "text": {},
                },
                "unevaluatedProperties": refused,
                "$defs": {
                    "A": { "properties": { "b": {} }, "required": ["b"], "unevaluatedProperties": refused },
                    "Either": {
                        "oneOf": [
                            { "properties": { "kind": {}, "b": {} }, "required": ["kind", "b"] },
                            { "properties": { "other": {} } },
                        ],
                        "unevaluatedProperties": refused,
                    },
                },
            })
        );
    }
}
