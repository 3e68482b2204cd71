//! Which columns a user means by `--runtime` and `--require`.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use matrix_model::matrix::{Column, Place};
use matrix_model::names::id_and_rest;
use matrix_model::runtime::Runtime;
use matrix_provision::{checkout, discover};
use matrix_store::builds::{self, Build};
use semver::Version;

use super::Project;
use super::progress::show;

/// Gives the names of what is chosen: ids of runtimes, and names of columns. Adds a column for each build that is chosen
/// by its path, and remembers it beside the records: other commands know its column by name. A host is built against a
/// checkout at once, so that one which does not compile is an error and no verdict.
///
/// # Errors
/// If a name means no runtime, no column, or no build.
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
            let column = local(project, runtime, Path::new(path), version).with_context(at)?;
            let name = column.to_string();
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
                 and {id}@./path takes a build that is not installed",
                theirs.join(", ")
            );
        }
        names.push(text.clone());
    }
    Ok(names)
}

/// The column of a build that is named by its path.
fn local<'p>(project: &Project, runtime: &'p Runtime, path: &Path, version: Option<Version>) -> Result<Column<'p>> {
    let mut column = discover::local(runtime, path, version)?;
    let path = match &column.place {
        Place::At(path, _) => path.clone(),
        Place::Checkout(folder) => {
            let folder = folder.clone();
            let exe = checkout::build(runtime, &column.version, &folder, &project.places, &show)?;
            column.place = Place::At(exe, None);
            folder
        }
        _ => return Ok(column),
    };
    let build = Build { runtime: runtime.id.clone(), version: column.version.clone(), path };
    builds::remember(&project.places.records, build)?;
    Ok(column)
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
