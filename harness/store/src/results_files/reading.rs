//! Reads results: a document, compressed or not, or a folder. Records are passed on one by one, so a hundred megabytes
//! of them need not be in memory at once.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::iter;
use std::path::Path;

use anyhow::{Error, Result, anyhow};
use flate2::bufread::GzDecoder;
use fs_err::File;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde_path_to_error::{Path as Place, Segment, Track};

use matrix_model::record::Record;
use matrix_model::results::Results;

/// Reads a document and passes each record to `keep` as it is read.
///
/// # Errors
/// As [`super::read_each`].
pub(super) fn read_document(path: &Path, keep: &mut dyn FnMut(Record)) -> Result<Results> {
    let mut text = serde_json::Deserializer::from_reader(opened(path)?);
    let read = Document { keep }.deserialize(&mut text);
    read.and_then(|results| text.end().map(|()| results)).map_err(|error| {
        // Tracking the reader's position takes time, so the file is read again only after an error. A pipe cannot be
        // read twice.
        let place = match path.is_file() && error.is_data() {
            true => place_in_document(path),
            false => None,
        };
        refusal(path, place, &error)
    })
}

/// The position of a document's first error, as a JSON pointer.
fn place_in_document(path: &Path) -> Option<String> {
    let mut track = Track::new();
    let mut text = serde_json::Deserializer::from_reader(opened(path).ok()?);
    let tracked = serde_path_to_error::Deserializer::new(&mut text, &mut track);
    Document { keep: &mut |_| () }.deserialize(tracked).err()?;
    Some(pointer(&track.path()))
}

/// Opens a file that may be compressed. Its first bytes tell, not its name.
fn opened(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let is_packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_packed { Box::new(BufReader::with_capacity(1 << 20, GzDecoder::new(file))) } else { Box::new(file) })
}

/// Reads all of a file that may be compressed.
pub(super) fn text_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    opened(path)?.read_to_end(&mut text)?;
    Ok(text)
}

/// Parses the text of a file as JSON of this shape.
///
/// # Errors
/// If it does not have this shape. The error names the file and the JSON pointer.
pub(super) fn parsed<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T> {
    serde_json::from_slice(text).map_err(|error| {
        let place = || {
            let tracked = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_slice(text));
            tracked.err().map(|error| pointer(error.path()))
        };
        refusal(path, if error.is_data() { place() } else { None }, &error)
    })
}

fn refusal(path: &Path, place: Option<String>, error: &serde_json::Error) -> Error {
    let place = place.map_or_else(String::new, |place| format!("{place}: "));
    anyhow!("{}: not a results file: {place}{error}", path.display())
}

fn pointer(place: &Place) -> String {
    let mut pointer = String::new();
    for segment in place {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key: name } | Segment::Enum { variant: name } => {
                pointer.push_str(&format!("/{}", name.replace('~', "~0").replace('/', "~1")));
            }
            Segment::Unknown => break,
        }
    }
    if pointer.is_empty() { "/".to_owned() } else { pointer }
}

/// A document whose records are passed on and not kept.
struct Document<'k> {
    keep: &'k mut dyn FnMut(Record),
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Results;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Results, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Results;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with `schema` and `records`")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Results, M::Error> {
        let map = WithoutRecords { map, keep: self.keep, is_at_records: false };
        Results::deserialize(MapAccessDeserializer::new(map))
    }
}

/// The members of a document, with an empty list in place of its records, which are passed on.
struct WithoutRecords<'k, M> {
    map: M,
    keep: &'k mut dyn FnMut(Record),
    is_at_records: bool,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for WithoutRecords<'_, M> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, M::Error> {
        let Some(key) = self.map.next_key::<String>()? else { return Ok(None) };
        self.is_at_records = key == "records";
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        if !self.is_at_records {
            return self.map.next_value_seed(seed);
        }
        self.map.next_value_seed(Records { keep: &mut *self.keep })?;
        seed.deserialize(SeqDeserializer::new(iter::empty::<()>()))
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
        while let Some(record) = records.next_element()? {
            (self.keep)(record);
        }
        Ok(())
    }
}
