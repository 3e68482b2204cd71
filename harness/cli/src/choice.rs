//! Which columns a user means by `--runtime` and `--require`.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use matrix_model::matrix::{Column, Place};
use matrix_model::names::id_and_rest;
use matrix_model::runtime::Runtime;
use matrix_provision::discover;
use matrix_store::builds::{self, Build};
use semver::Version;

use super::Project;

/// Gives the names of what is chosen: ids of runtimes, and names of columns. Adds a column for each executable that is
/// chosen by its path, and remembers it beside the records: other commands know its column by name.
///
/// # Errors
/// If a name means no runtime, no column, or no executable.
pub fn choose<'p>(project: &'p Project, columns: &mut Vec<Column<'p>>, chosen: &[String]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for text in chosen {
        let at = || format!("--runtime {text}");
        let (id, rest) = id_and_rest(text);
        let runtime = known(&project.suite.runtimes, id).with_context(at)?;
        let Some(rest) = rest else {
            names.push(text.clone());
            continue;
        };
        let (version, path) = match rest.split_once('=') {
            Some((version, path)) => (Some(Version::parse(version).with_context(at)?), Some(path)),
            None => (None, rest.contains('/').then_some(rest)),
        };
        if let Some(path) = path {
            let column = discover::local(runtime, Path::new(path), version).with_context(at)?;
            let name = column.to_string();
            if let Place::At(executable, _) = &column.place {
                let (runtime, version) = (id.to_owned(), column.version.clone());
                let build = Build { runtime, version, executable: executable.clone() };
                builds::remember(&project.places.records, build)?;
            }
            columns.retain(|other| other.to_string() != name);
            columns.push(column);
            names.push(name);
            continue;
        }
        let theirs: Vec<_> = columns.iter().filter(|column| column.runtime.id == id).map(Column::to_string).collect();
        if !theirs.contains(text) {
            let version = rest.split('+').next().unwrap_or(rest);
            bail!(
                "--runtime {text}: no such column; there are {}. `wasip1-matrix install {id}@{version}` may add it, \
                 and {id}@./path/to/executable takes an executable that is not installed",
                theirs.join(", ")
            );
        }
        names.push(text.clone());
    }
    Ok(names)
}

/// Finds a runtime by its id.
///
/// # Errors
/// If there is none.
pub fn known<'r>(runtimes: &'r [Runtime], id: &str) -> Result<&'r Runtime> {
    runtimes.iter().find(|runtime| runtime.id == id).ok_or_else(|| {
        let known: Vec<_> = runtimes.iter().map(|runtime| runtime.id.as_str()).collect();
        anyhow!("there is no runtime `{id}`; there are: {}", known.join(", "))
    })
}
