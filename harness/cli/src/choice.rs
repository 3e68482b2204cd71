//! Which columns a user means by `--runtime` and `--require`. Every command reads the same words:
//!
//! ```text
//! wazero                     the runtime's default column
//! wazero@1.9.0               one version, in its default mode
//! wazero@                    every version and mode that is here
//! wazero+interpreter         the newest version in a mode
//! wazero@1.9.0+interpreter   one version in a mode
//! +interpreter               every column in that mode
//! all                        every column that is here
//! wazero@./build/wazero      an executable, or the folder of a checkout of a library
//! wazero@1.13.0=./wazero     the same, if it reports another version
//! ```

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use matrix_model::compared::NotRun;
use matrix_model::matrix::{Column, Place};
use matrix_model::names::id_and_rest;
use matrix_model::runtime::Runtime;
use matrix_provision::host_builder::is_built;
use matrix_provision::{checkout, discover};
use matrix_run::probe;
use matrix_store::builds::{self, Build};
use semver::Version;

use super::Project;
use super::progress::show;

/// The word for every column that is here.
pub const ALL: &str = "all";

/// What the words of `--runtime` are, for the help of a command.
pub const WORDS: &str = "\
What --runtime takes, separated by commas:
  wazero                     the runtime's newest pinned version, or the one that is installed
  wazero@1.9.0               a version; wazero@ is every version and mode that is installed
  wazero+interpreter         a mode; +interpreter is every runtime that has it
  all                        every installed version and mode of every runtime
  wazero@./build/wazero      a build of your own: an executable, or the folder of a checkout
  wazero@1.13.0=./wazero     the same, if it reports another version";

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
        if text == ALL {
            names.extend(named(columns, |_| true));
            continue;
        }
        let (before_mode, mode) = text.split_once('+').map_or((text.as_str(), None), |(word, mode)| (word, Some(mode)));
        let (id, version) = id_and_rest(before_mode);
        let (path, reported) = build_in(text)?;
        if let Some(path) = path {
            let runtime = known(&project.suite.runtimes, id).with_context(at)?;
            let column = local(project, runtime, path, reported).with_context(at)?;
            let name = column.to_string();
            // In its place, because others may know columns by their index.
            match columns.iter_mut().find(|other| other.to_string() == name) {
                Some(remembered) => *remembered = column,
                None => columns.push(column),
            }
            names.push(name);
            continue;
        }
        if columns.iter().any(|column| column.to_string() == *text) {
            names.push(text.clone());
            continue;
        }
        let has_mode = |column: &Column| column.mode.name.as_deref() == mode;
        if id.is_empty() && mode.is_some() {
            let theirs = named(columns, has_mode);
            ensure!(!theirs.is_empty(), "{}: no installed runtime has this mode", at());
            names.extend(theirs);
            continue;
        }
        known(&project.suite.runtimes, id).with_context(at)?;
        let of_runtime = |column: &Column| column.runtime.id == id;
        let theirs = match (version, mode) {
            (None, None) => vec![text.clone()],
            (Some(""), None) => named(columns, of_runtime),
            // The default version comes first.
            (None, Some(_)) => {
                named(columns, |column| of_runtime(column) && has_mode(column)).into_iter().take(1).collect()
            }
            _ => Vec::new(),
        };
        if theirs.is_empty() {
            let there: Vec<_> = columns.iter().filter(|column| of_runtime(column)).map(Column::to_string).collect();
            let version = version.filter(|version| !version.is_empty()).unwrap_or("VERSION");
            bail!(
                "--runtime {text}: no such column; there are {}. `wasip1-matrix install {id}@{version}` may add it, \
                 and {id}@./path takes a build that is not installed",
                there.join(", ")
            );
        }
        names.extend(theirs);
    }
    Ok(names)
}

/// The columns that are chosen, by index, each once and in the order of the words. All of them are here, and run modules.
///
/// # Errors
/// As [`choose`]; also if one of them is not here, or is the reference.
pub fn columns_of<'p>(project: &'p Project, columns: &mut Vec<Column<'p>>, chosen: &[String]) -> Result<Vec<usize>> {
    let names = choose(project, columns, chosen)?;
    let is_everything = chosen.iter().any(|text| text == ALL);
    let mut indices = Vec::new();
    for name in names {
        let is_meant = |column: &Column| column.to_string() == name || (column.primary && column.runtime.id == name);
        let index =
            columns.iter().position(is_meant).or_else(|| columns.iter().position(|column| column.runtime.id == name));
        let index = index.with_context(|| format!("--runtime {name}: no such column"))?;
        let column = &columns[index];
        if let Place::Missing(hint) = &column.place {
            bail!("--runtime {name}: {column} is not installed: {hint}");
        }
        match probe::exempt(column) {
            Some(_) if is_everything => continue,
            Some(_) => bail!("--runtime {name}: it runs programs of this machine, and no modules"),
            None => {}
        }
        if !indices.contains(&index) {
            indices.push(index);
        }
    }
    Ok(indices)
}

/// The default column of each runtime that is installed, and the runtimes that are not.
pub fn installed(project: &Project, columns: &[Column]) -> (Vec<usize>, Vec<NotRun>) {
    let (mut here, mut absent) = (Vec::new(), Vec::new());
    for (index, column) in columns.iter().enumerate() {
        if !column.primary || column.runtime.is_reference() {
            continue;
        }
        let why = match &column.place {
            _ if is_built(column, &project.places) => {
                here.push(index);
                continue;
            }
            Place::Missing(hint) => format!("not installed: {hint}"),
            _ => format!("its host is not compiled yet, which takes minutes; --runtime {} does it", column.runtime.id),
        };
        absent.push(NotRun { column: column.to_string(), why, failed: false });
    }
    (here, absent)
}

/// The names of the columns that are here on the machine as it is, are no build of the user's, and are accepted.
fn named(columns: &[Column], accepts: impl Fn(&Column) -> bool) -> Vec<String> {
    let is_plain = |column: &Column| !column.is_missing() && !column.local && column.surrounded.is_none();
    let theirs = columns.iter().filter(|column| is_plain(column) && accepts(column));
    theirs.map(Column::to_string).collect()
}

/// The path of a build in a word, and the version that it stands for, if that is named.
fn build_in(text: &str) -> Result<(Option<&Path>, Option<Version>)> {
    let (id, Some(rest)) = id_and_rest(text) else {
        if let Some((id, path)) = text.split_once('=') {
            bail!("--runtime {text}: a build is named by its path: {id}@{path}, or {id}@VERSION={path}");
        }
        return Ok((None, None));
    };
    Ok(match rest.split_once('=') {
        Some((version, path)) => {
            let version = Version::parse(version)
                .with_context(|| format!("--runtime {text}: `{version}` is no version; write {id}@1.2.3={path}"))?;
            (Some(Path::new(path)), Some(version))
        }
        None => (rest.contains('/').then_some(Path::new(rest)), None),
    })
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
