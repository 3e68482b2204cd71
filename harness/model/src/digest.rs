//! Digests, in the one notation that the project uses.

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The sha256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

/// A digest in hexadecimal.
pub fn hex(hasher: Sha256) -> String {
    hex_of(&hasher.finalize())
}

/// Bytes in hexadecimal.
pub fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest of named values.
///
/// Each value is written as a tag for its type, its length, and its bytes, so two different sequences of values never
/// have the same encoding. The kind of thing that is digested and the version of its encoding are written first.
pub struct Encoder(Vec<u8>);

/// The tag before the length of a value.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Tag {
    Name = b'n',
    Bytes = b'b',
    Text = b's',
    Number = b'd',
    True = b't',
    False = b'f',
    Null = b'0',
    List = b'l',
    Table = b'm',
}

impl Encoder {
    /// Begins the digest of a kind of thing. Increase the version to give the same thing a new digest.
    pub fn new(kind: &str, version: u32) -> Encoder {
        let mut encoder = Encoder::part();
        encoder.write(Tag::Name, kind.as_bytes());
        encoder.write(Tag::Number, version.to_string().as_bytes());
        encoder
    }

    /// Begins values that are part of several digests and are encoded once for all of them.
    pub fn part() -> Encoder {
        Encoder(Vec::new())
    }

    /// Adds the values of a part.
    pub fn append(&mut self, part: &Encoder) {
        self.0.extend(&part.0);
    }

    /// Adds bytes.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) {
        self.write(Tag::Name, name.as_bytes());
        self.write(Tag::Bytes, bytes);
    }

    /// Adds a value in serde's form, with the field names that serde writes; their order does not matter. A field that
    /// is null, false, or an empty list or table is left out, so a new optional field does not change the digest of
    /// values that do not use it.
    ///
    /// # Errors
    /// If the value has no JSON form.
    pub fn value(&mut self, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
        let value = serde_json::to_value(value)?;
        if !is_unset(&value) {
            self.write(Tag::Name, name.as_bytes());
            self.json(&value);
        }
        Ok(())
    }

    /// The digest of all that was added, in hexadecimal.
    pub fn finish(&self) -> String {
        sha256(&self.0)
    }

    fn write(&mut self, tag: Tag, bytes: &[u8]) {
        self.head(tag, bytes.len());
        self.0.extend(bytes);
    }

    fn head(&mut self, tag: Tag, length: usize) {
        self.0.push(tag as u8);
        self.0.extend((length as u64).to_le_bytes());
    }

    fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.head(Tag::Null, 0),
            Value::Bool(true) => self.head(Tag::True, 0),
            Value::Bool(false) => self.head(Tag::False, 0),
            Value::Number(number) => self.write(Tag::Number, number.to_string().as_bytes()),
            Value::String(text) => self.write(Tag::Text, text.as_bytes()),
            Value::Array(values) => {
                self.head(Tag::List, values.len());
                values.iter().for_each(|value| self.json(value));
            }
            Value::Object(fields) => self.table(fields),
        }
    }

    fn table(&mut self, fields: &Map<String, Value>) {
        let mut fields: Vec<_> = fields.iter().filter(|(_, value)| !is_unset(value)).collect();
        fields.sort_unstable_by_key(|(name, _)| *name);
        self.head(Tag::Table, fields.len());
        for (name, value) in fields {
            self.write(Tag::Name, name.as_bytes());
            self.json(value);
        }
    }
}

/// Whether a field means the same as a missing field.
fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest(value: &Value) -> String {
        let mut encoder = Encoder::new("test", 1);
        encoder.value("value", value).expect("it is JSON");
        encoder.finish()
    }

    #[test]
    fn what_is_not_set_is_not_encoded() {
        let plain = digest(&json!({"run": ["a"]}));
        let unset = json!({"trap": null, "slow": false, "env": [], "run": ["a"], "environment": {}});
        assert_eq!(plain, digest(&unset));
        assert_ne!(plain, digest(&json!({"run": ["a"], "env": [""]})));
        assert_ne!(digest(&json!(["a", null])), digest(&json!(["a"])), "in a list each value has its place");
    }

    #[test]
    fn values_that_differ_are_encoded_differently() {
        let values = [
            json!(["a", "b"]),
            json!(["ab"]),
            json!(["a", ["b"]]),
            json!([["a", "b"]]),
            json!({"a": "b"}),
            json!({"ab": ""}),
            json!({"a": {"b": "c"}}),
            json!({"a": "1"}),
            json!({"a": 1}),
            json!({"a": -1}),
            json!({"a": 1.5}),
            json!({"a": true}),
            json!({"a": "true"}),
            json!(""),
            json!("n"),
        ];
        let digests: std::collections::BTreeSet<_> = values.iter().map(digest).collect();
        assert_eq!(digests.len(), values.len());
    }

    #[test]
    fn the_kind_and_the_version_are_part_of_a_digest() {
        let empty = |kind, version| Encoder::new(kind, version).finish();
        assert_ne!(empty("a", 1), empty("a", 2));
        assert_ne!(empty("a", 1), empty("b", 1));
    }

    #[test]
    fn a_part_is_encoded_as_if_it_were_written_in_place() {
        let mut part = Encoder::part();
        part.bytes("b", b"2");
        let digest = |second: &dyn Fn(&mut Encoder)| {
            let mut encoder = Encoder::new("test", 1);
            encoder.bytes("a", b"1");
            second(&mut encoder);
            encoder.finish()
        };
        assert_eq!(digest(&|encoder| encoder.append(&part)), digest(&|encoder| encoder.bytes("b", b"2")));
    }

    #[test]
    fn bytes_do_not_run_into_each_other() {
        let digest = |parts: [&[u8]; 2]| {
            let mut encoder = Encoder::new("test", 1);
            parts.iter().for_each(|part| encoder.bytes("part", part));
            encoder.finish()
        };
        assert_ne!(digest([b"ab", b"c"]), digest([b"a", b"bc"]));
    }
}
