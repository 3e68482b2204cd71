//! Reading a results document record by record: a hundred megabytes of it need not be in memory at once.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use flate2::bufread::GzDecoder;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

use super::{Results, SCHEMA};
use crate::record::Record;
use crate::schema;

impl Results {
    /// Reads a document, compressed with gzip or not, held against its schema.
    ///
    /// # Errors
    /// As [`Results::read_each`].
    pub fn read(path: &Path) -> Result<Results> {
        let mut records = Vec::new();
        let results = Results::read_each(path, |record| records.push(record))?;
        Ok(Results { records, ..results })
    }

    /// Reads a document and hands on each record as it comes; what is returned has none.
    ///
    /// # Errors
    /// If it is not there, not JSON, of a schema this program does not read, or not as the schema says: with the file
    /// and the JSON pointer.
    pub fn read_each(path: &Path, mut keep: impl FnMut(Record)) -> Result<Results> {
        let document = opened(path).with_context(|| path.display().to_string())?;
        let mut deserializer = serde_json::Deserializer::from_reader(document);
        let head = Document { keep: &mut keep }
            .deserialize(&mut deserializer)
            .and_then(|head| deserializer.end().map(|()| head))
            .map_err(|error| anyhow!("{}: not a results file: {error}", path.display()))?;
        match schema::violations(&head) {
            Some(violations) => Err(anyhow!("{}: not a results file: {violations}", path.display())),
            None => serde_json::from_value(head).with_context(|| format!("{}: not a results file", path.display())),
        }
    }
}

/// A document's text, which may be compressed: its first bytes tell, whatever the file is called.
fn opened(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let is_packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_packed { Box::new(BufReader::with_capacity(1 << 20, GzDecoder::new(file))) } else { Box::new(file) })
}

/// A document without its records, which are handed on.
struct Document<'k> {
    keep: &'k mut dyn FnMut(Record),
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `schema` and `records`")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Value, M::Error> {
        let mut head = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if head.contains_key(&key) {
                return Err(Error::custom(format!("/{key} is there twice")));
            }
            let value = match key.as_str() {
                "records" => {
                    map.next_value_seed(Records { keep: &mut *self.keep })?;
                    json!([])
                }
                _ => map.next_value()?,
            };
            if key == "schema" {
                is_readable(&value).map_err(Error::custom)?;
            }
            head.insert(key, value);
        }
        Ok(Value::Object(head))
    }
}

/// Its first number says whether this program knows what the rest means.
fn is_readable(schema: &Value) -> Result<(), String> {
    let major = |schema: &str| schema.split('.').next().map(str::to_owned);
    match schema.as_str() {
        Some(schema) if major(schema) == major(SCHEMA) => Ok(()),
        _ => Err(format!("/schema: schema {schema}, this program reads {SCHEMA}")),
    }
}

struct Records<'k> {
    keep: &'k mut dyn FnMut(Record),
}

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut records: S) -> Result<(), S::Error> {
        let mut index = 0;
        while let Some(value) = records.next_element::<Value>()? {
            let pointer = format!("/records/{index}");
            if let Some(violations) = schema::violations_of_record(&value, &pointer) {
                return Err(Error::custom(violations));
            }
            let record = serde_json::from_value(value).map_err(|error| Error::custom(format!("{pointer}: {error}")))?;
            (self.keep)(record);
            index += 1;
        }
        Ok(())
    }
}
