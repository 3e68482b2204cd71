//! Carries a results document of the records' schema 2.2 over to 3.0, without running anything: what a record tells is
//! the same, in the shape and with the key of today. To be deleted when no document of the older schema is left.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::bufread::GzDecoder;
use rayon::prelude::*;
use semver::Version;
use serde_json::{Map, Value, json};

use matrix_model::case::Case;
use matrix_model::matrix::{Column, Place};
use matrix_model::record::{self, Receipt};
use matrix_model::results::{self, Results};
use matrix_model::suite::Suite;
use matrix_provision::key;

/// What a document had, and what became of it.
#[derive(Debug, Default)]
pub struct Counts {
    /// How many records have a key of today.
    pub kept: usize,
    /// How many had a key and have none any more.
    pub lost: usize,
}

/// Reads a document of the older schema and gives it in today's shape. A record gets today's key if it had one and its
/// cell is among those whose old key is `verified`; explanations and counted calls get the key of their record.
///
/// # Errors
/// If the document cannot be read, or is not of the older schema.
pub fn carried_over(path: &Path, suite: &Suite, verified: &BTreeSet<String>) -> Result<(Results, Counts)> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut document: Value = serde_json::from_reader(BufReader::new(GzDecoder::new(BufReader::new(file))))
        .with_context(|| path.display().to_string())?;
    ensure!(document["schema"] == "2.5", "{}: schema {}, not 2.5", path.display(), document["schema"]);
    document["schema"] = results::SCHEMA.into();
    let cases: HashMap<_, _> = suite.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let records = document["records"].as_array_mut().ok_or_else(|| anyhow!("no records"))?;
    let keys: Vec<(Option<String>, Option<String>)> = records
        .par_iter_mut()
        .map(|record| {
            let old = record["key"].as_str().map(str::to_owned);
            let new = match &old {
                Some(_) if record["cell"].as_str().is_some_and(|cell| verified.contains(cell)) => {
                    Some(key_of(record, suite, &cases).with_context(|| record["cell"].to_string())?)
                }
                _ => None,
            };
            carry_over(record, new.as_deref()).with_context(|| record["cell"].to_string())?;
            Ok((old, new))
        })
        .collect::<Result<_>>()?;
    let kept = keys.iter().filter(|(_, new)| new.is_some()).count();
    let counts = Counts { kept, lost: keys.iter().filter(|(old, _)| old.is_some()).count() - kept };
    let names = records.iter().map(|record| record["cell"].as_str().unwrap_or("").to_owned());
    let keys: HashMap<String, (Option<String>, Option<String>)> = names.zip(keys).collect();
    for list in ["explanations", "called"] {
        for entry in document[list].as_array_mut().into_iter().flatten() {
            let (old, new) = &keys[entry["cell"].as_str().unwrap_or("")];
            if let (Some(old), Some(new)) = (old, new)
                && entry["key"] == *old.as_str()
            {
                entry["key"] = new.as_str().into();
            }
        }
    }
    Ok((serde_json::from_value(document)?, counts))
}

/// Today's key of a record of the older schema.
fn key_of(record: &Value, suite: &Suite, cases: &HashMap<&str, &Case>) -> Result<String> {
    let text = |name: &str| record[name].as_str();
    let runtime = suite.runtimes.iter().find(|runtime| Some(runtime.id.as_str()) == text("runtime"));
    let runtime = runtime.ok_or_else(|| anyhow!("no such runtime"))?;
    let mode = runtime.modes.iter().find(|mode| mode.name.as_deref() == text("mode"));
    let case = text("case").and_then(|case| cases.get(case)).ok_or_else(|| anyhow!("no such case"))?;
    let name = text("column").unwrap_or("");
    let column = Column {
        runtime,
        version: Version::parse(text("version").unwrap_or(""))?,
        mode: mode.ok_or_else(|| anyhow!("no such mode"))?,
        go: text("go").map(str::to_owned),
        primary: false,
        local: name.contains("+local"),
        place: Place::ToBuild,
    };
    ensure!(column.to_string() == name, "the column is {column}");
    let receipt: Receipt = serde_json::from_value(record["receipt"].clone())?;
    key::key(&column, case, &receipt, &suite.fixtures)
}

fn carry_over(record: &mut Value, key: Option<&str>) -> Result<()> {
    ensure!(record["schema"] == "2.2", "schema {}, not 2.2", record["schema"]);
    let record = record.as_object_mut().ok_or_else(|| anyhow!("no record"))?;
    record.insert("schema".to_owned(), record::SCHEMA.into());
    record.remove("key");
    record.extend(key.map(|key| ("key".to_owned(), key.into())));
    for difference in record.get_mut("differences").and_then(Value::as_array_mut).into_iter().flatten() {
        let of = difference["of"].as_str().unwrap_or("").to_owned();
        difference["of"] = match (of.as_str(), of.strip_prefix("outside/")) {
            ("exit" | "stdout" | "stderr" | "returns" | "again", _) => continue,
            (_, Some(path)) => json!({ "outside": path }),
            (path, None) => json!({ "file": path }),
        };
    }
    let ran = record.remove("ran");
    let Some(outcome) = record.get_mut("outcome").and_then(Value::as_object_mut) else { return Ok(()) };
    let mut measured = Map::new();
    measured.extend(ran.map(|ran| ("ran".to_owned(), ran)));
    for name in ["usage", "engine"] {
        measured.extend(outcome.remove(name).map(|value| (name.to_owned(), value)));
    }
    for output in [&["stdout"][..], &["stderr"], &["again", "stdout"]] {
        let mut at = outcome.get_mut(output[0]);
        for name in &output[1..] {
            at = at.and_then(|value| value.get_mut(name));
        }
        if let Some(excerpt) = at.filter(|excerpt| excerpt["sha256"].is_string()) {
            excerpt["cut"] = true.into();
        }
    }
    for file in outcome.get_mut("files").and_then(Value::as_array_mut).into_iter().flatten() {
        let (path, words) = (file[0].as_str().unwrap_or(""), file[1].as_str().unwrap_or(""));
        *file = file_of(path, words)?;
    }
    record.insert("measured".to_owned(), measured.into());
    Ok(())
}

/// A file of the older schema: what was there, in words.
fn file_of(path: &str, words: &str) -> Result<Value> {
    let large =
        words.strip_prefix("a file of ").and_then(|rest| rest.strip_suffix(" bytes, more than the harness looks at"));
    let mut file = match words {
        "a folder" => json!({ "kind": "folder" }),
        "nothing of that name" => json!({ "kind": "nothing" }),
        _ if words.starts_with('"') => excerpt("file", words)?,
        _ => match (words.strip_prefix("a symbolic link to "), large) {
            (Some(target), _) => excerpt("link", target)?,
            (None, Some(bytes)) => json!({ "kind": "large-file", "len": bytes.parse::<u64>()? }),
            (None, None) => json!({ "kind": "other", "what": words }),
        },
    };
    let outside = path.strip_prefix("outside/");
    file["path"] = outside.unwrap_or(path).into();
    if outside.is_some() {
        file["outside"] = true.into();
    }
    Ok(file)
}

/// Bytes of the older schema, quoted; after the first 200 they were cut, and no digest was kept.
fn excerpt(kind: &str, words: &str) -> Result<Value> {
    let (literal, more) = match words.strip_suffix(" more bytes").and_then(|words| words.rsplit_once(" and ")) {
        Some((literal, more)) => (literal, more.parse::<usize>()?),
        None => (words, 0),
    };
    let Some(kept) = unquoted(literal) else { bail!("{literal} is not quoted") };
    let mut excerpt = json!({ "kind": kind, "len": kept.len() + more });
    if more > 0 {
        excerpt["cut"] = true.into();
    }
    match String::from_utf8(kept) {
        Ok(text) => excerpt["text"] = text.into(),
        Err(error) => excerpt["base64"] = STANDARD.encode(error.into_bytes()).into(),
    }
    Ok(excerpt)
}

/// The bytes of a quoted literal; none if it is none.
fn unquoted(literal: &str) -> Option<Vec<u8>> {
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::new();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        let escape = rest.chars().next()?;
        rest = &rest[escape.len_utf8()..];
        match escape {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '0' => bytes.push(0),
            '\'' | '"' | '\\' => bytes.push(escape as u8),
            'x' => {
                bytes.push(u8::from_str_radix(rest.get(..2)?, 16).ok()?);
                rest = &rest[2..];
            }
            'u' => {
                let (code, after) = rest.strip_prefix('{')?.split_once('}')?;
                let c = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                rest = after;
            }
            _ => return None,
        }
    }
    Some(bytes)
}
