//! Values that can be written in more than one way: bytes, and matchers for bytes.

use std::fmt;

use host_contract::request::Value;
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};

/// Text in a case: as written, or repeated.
#[derive(Debug, Clone)]
pub struct Text(pub String);

/// Bytes in a case: text, `{ hex = … }` or `{ repeat = …, times = … }`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

/// A matcher for bytes.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// Equal byte for byte.
    Exact(Bytes),
    /// Matched by a regular expression.
    Matches(String),
    /// Containing these bytes.
    Contains(Bytes),
    /// With this sha256, in hexadecimal digits.
    Sha256(String),
    /// A JSON document equal to this one.
    Json(serde_json::Value),
    /// Lines, each matched by text or a regular expression.
    Lines(Vec<Matcher>),
    /// Matched by one of these.
    Any(Vec<Matcher>),
}

/// A matcher for a file left on the host.
#[derive(Debug, Clone)]
pub enum FileMatcher {
    /// It exists and its content matches.
    Content(Matcher),
    /// It is a regular file of this size in bytes.
    Size(u64),
    /// It is a symbolic link to this.
    Link(Bytes),
    /// It is a folder.
    Folder,
    /// It does not exist.
    Absent,
}

/// The values that calls of exports return: those of one call, or `{ repeat = […], times = … }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a list of values like { i32 = 5 }, or { repeat = [ … ], times = … }")]
pub enum Returned {
    /// One call.
    Once(Vec<Value>),
    /// Consecutive calls that all return the same values.
    Repeated(RepeatedReturn),
}

/// `{ repeat = […], times = … }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepeatedReturn {
    /// The values of each call.
    pub repeat: Vec<Value>,
    /// The number of calls.
    pub times: usize,
}

/// A table or string as read, before its short form is determined.
struct Form {
    text: Option<String>,
    table: IndexMap<String, toml::Value>,
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Form, D::Error> {
        struct FormVisitor;
        impl<'de> Visitor<'de> for FormVisitor {
            type Value = Form;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("text or an inline table")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Form, E> {
                Ok(Form { text: Some(text.to_owned()), table: IndexMap::new() })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Form, A::Error> {
                let mut table = IndexMap::new();
                while let Some((key, value)) = map.next_entry()? {
                    table.insert(key, value);
                }
                Ok(Form { text: None, table })
            }
        }
        deserializer.deserialize_any(FormVisitor)
    }
}

impl Form {
    fn from_value(value: toml::Value) -> Result<Form, String> {
        match value {
            toml::Value::String(text) => Ok(Form { text: Some(text), table: IndexMap::new() }),
            toml::Value::Table(table) => Ok(Form { text: None, table: table.into_iter().collect() }),
            other => Err(format!("expected text or an inline table, found {}", other.type_str())),
        }
    }

    fn is(&self, keys: &[&str]) -> bool {
        self.table.len() == keys.len() && keys.iter().all(|key| self.table.contains_key(*key))
    }

    fn unknown(&self, valid: &str) -> String {
        let keys: Vec<_> = self.table.keys().map(|key| format!("`{key}`")).collect();
        format!("unknown form with the keys {}: expected {valid}", keys.join(", "))
    }

    fn into_bytes(mut self) -> Result<Bytes, String> {
        if let Some(text) = self.text {
            return Ok(Bytes(text.into_bytes()));
        }
        if self.is(&["hex"]) {
            let hex = self.table.swap_remove("hex").as_ref().and_then(|v| v.as_str().map(str::to_owned));
            return hex.as_deref().and_then(decode_hex).map(Bytes).ok_or_else(|| {
                "`hex` must be an even number of hexadecimal digits; spaces are allowed between bytes".to_owned()
            });
        }
        if self.is(&["repeat", "times"]) {
            return self.repeated().map(|text| Bytes(text.into_bytes()));
        }
        Err(self.unknown(BYTES_FORMS))
    }

    fn repeated(&self) -> Result<String, String> {
        let text = self.table["repeat"].as_str().ok_or("`repeat` must be text")?;
        let times = self.table["times"].as_integer().and_then(|n| usize::try_from(n).ok());
        Ok(text.repeat(times.ok_or("`times` must be a number of repetitions, 0 or more")?))
    }

    fn into_matcher(mut self) -> Result<Matcher, String> {
        if self.is(&["matches"]) {
            let pattern = self.table["matches"].as_str().ok_or("`matches` must be a regular expression as text")?;
            return Ok(Matcher::Matches(pattern.to_owned()));
        }
        if self.is(&["contains"]) {
            let value = self.table.swap_remove("contains").expect("checked by is()");
            return Ok(Matcher::Contains(Form::from_value(value)?.into_bytes()?));
        }
        if self.is(&["sha256"]) {
            let digest = self.table["sha256"].as_str().filter(|digest| is_sha256(digest));
            let digest = digest.ok_or("`sha256` must be 64 hexadecimal digits in lower case")?;
            return Ok(Matcher::Sha256(digest.to_owned()));
        }
        if self.is(&["json"]) {
            let value = self.table.swap_remove("json").expect("checked by is()");
            return serde_json::to_value(value).map(Matcher::Json).map_err(|error| error.to_string());
        }
        if self.is(&["any"]) {
            let toml::Value::Array(members) = self.table.swap_remove("any").expect("checked by is()") else {
                return Err("`any` must be a list of matchers".to_owned());
            };
            if members.is_empty() {
                return Err("`any` with no member can never match: list the accepted matchers".to_owned());
            }
            let members = members.into_iter().map(|member| Form::from_value(member)?.into_matcher());
            return members.collect::<Result<_, _>>().map(Matcher::Any);
        }
        if self.is(&["lines"]) {
            return lines(self.table.swap_remove("lines").expect("checked by is()")).map(Matcher::Lines);
        }
        if self.text.is_none() && !self.is(&["hex"]) && !self.is(&["repeat", "times"]) {
            return Err(self.unknown(MATCHER_FORMS));
        }
        self.into_bytes().map(Matcher::Exact)
    }
}

const BYTES_FORMS: &str = "text, { hex = … } or { repeat = …, times = … }";
const MATCHER_FORMS: &str = "text, { hex = … }, { repeat = …, times = … }, { matches = … }, { contains = … }, { sha256 = … }, { json = … }, { lines = [ … ] } or { any = [ … ] }";

/// The members of `lines`: each is text, or a regular expression for one line.
fn lines(value: toml::Value) -> Result<Vec<Matcher>, String> {
    let toml::Value::Array(lines) = value else { return Err("`lines` must be a list of lines".to_owned()) };
    let lines = lines.into_iter().map(|line| match Form::from_value(line)?.into_matcher()? {
        Matcher::Exact(Bytes(text)) if text.contains(&b'\n') => {
            Err("a line of `lines` is written without its line end".to_owned())
        }
        line @ (Matcher::Exact(_) | Matcher::Matches(_)) => Ok(line),
        _ => Err("a line of `lines` is text, { hex = … }, { repeat = …, times = … } or { matches = … }".to_owned()),
    });
    let lines = lines.collect::<Result<Vec<_>, String>>()?;
    if lines.is_empty() { Err("`lines` with no line: write \"\" for no output".to_owned()) } else { Ok(lines) }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().filter(|c| *c != ' ').map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        Form::deserialize(deserializer)?.into_bytes().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        let form = Form::deserialize(deserializer)?;
        if form.is(&["repeat", "times"]) {
            return form.repeated().map(Text).map_err(de::Error::custom);
        }
        match form.text {
            Some(text) => Ok(Text(text)),
            None => Err(de::Error::custom(form.unknown("text or { repeat = …, times = … }"))),
        }
    }
}

impl<'de> Deserialize<'de> for Matcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Matcher, D::Error> {
        Form::deserialize(deserializer)?.into_matcher().map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for FileMatcher {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FileMatcher, D::Error> {
        let mut form = Form::deserialize(deserializer)?;
        if form.is(&["size"]) {
            let size = form.table["size"].as_integer().and_then(|size| u64::try_from(size).ok());
            return size
                .map(FileMatcher::Size)
                .ok_or_else(|| de::Error::custom("`size` must be a number of bytes, 0 or more"));
        }
        if form.is(&["link"]) {
            let target = form.table.swap_remove("link").expect("checked by is()");
            let target = Form::from_value(target).and_then(Form::into_bytes);
            return target.map(FileMatcher::Link).map_err(de::Error::custom);
        }
        for (key, matcher) in [("absent", FileMatcher::Absent), ("folder", FileMatcher::Folder)] {
            if form.is(&[key]) {
                return match form.table[key].as_bool() {
                    Some(true) => Ok(matcher),
                    _ => Err(de::Error::custom(format!("`{key}` can only be true"))),
                };
            }
        }
        form.into_matcher().map(FileMatcher::Content).map_err(de::Error::custom)
    }
}
