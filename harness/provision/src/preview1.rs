//! The functions of preview 1: all of them, those that Go's standard library imports, and those that guests import.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use fs_err as fs;
use regex::Regex;
use walkdir::{DirEntry, WalkDir};

use crate::guests::Guests;
use crate::toolchain::Go;
use matrix_model::function_use::FunctionUse;
use matrix_model::suite::Suite;
use wasip1_trace::interface::PREVIEW1;

/// Matches an import directive in Go's sources, and the Go function that it declares.
const DIRECTIVE: &str = r"(?m)^//go:wasmimport wasi_snapshot_preview1 (\w+)\n(?:\s*//.*\n)*func (\w+)\(";

/// All functions, in order, with their use. What a guest imports that did not build is not known, so `guests` should be
/// [`Guests::whole`].
///
/// # Errors
/// If Go's own sources cannot be read.
pub fn uses(suite: &Suite, guests: &Guests) -> Result<Vec<FunctionUse>> {
    let standard = standard(guests.built_by()?)?;
    let mut names = functions();
    names.extend(standard.iter().cloned());
    let of = |function: String| {
        let importing = guests.by_name.iter().filter(|(_, guest)| guest.imports.contains(&function));
        let importing: BTreeSet<_> = importing.map(|(name, _)| name.clone()).collect();
        let written = suite.cases.iter().filter(|case| case.placement.is_none());
        let cases = written.filter(|case| importing.contains(&case.guest)).count();
        FunctionUse { standard: standard.contains(&function), function, guests: importing, cases }
    };
    Ok(names.into_iter().map(of).collect())
}

/// The names of all functions of preview 1.
pub fn functions() -> BTreeSet<String> {
    PREVIEW1.functions.keys().cloned().collect()
}

/// The functions that a package of Go's standard library imports and calls.
fn standard(go: &Go) -> Result<BTreeSet<String>> {
    let sources = go.root()?.join("src");
    let directive = Regex::new(DIRECTIVE).map_err(|error| anyhow!("{error}"))?;
    let mut functions = BTreeSet::new();
    for package in packages(&sources)?.values() {
        for captures in directive.captures_iter(package) {
            // A function that is declared but never called is linked into no program: syscall's fd_fdstat_set_rights.
            let calls = Regex::new(&format!(r"\b{}\(", &captures[2])).map_err(|error| anyhow!("{error}"))?;
            if calls.find_iter(package).count() > 1 {
                functions.insert(captures[1].to_owned());
            }
        }
    }
    if functions.is_empty() {
        bail!(
            "{}: no source there imports a function of preview 1; is this all of Go {}?",
            sources.display(),
            go.version
        );
    }
    Ok(functions)
}

/// The source text of each package below a folder, by the package's own folder. Commands, tests and test data are left
/// out, because no program contains them.
fn packages(sources: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let is_library = |entry: &DirEntry| {
        let name = entry.file_name();
        !(entry.file_type().is_dir() && (name == "cmd" || name == "testdata"))
    };
    let mut packages: BTreeMap<PathBuf, String> = BTreeMap::new();
    for entry in WalkDir::new(sources).into_iter().filter_entry(is_library) {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_file() && name.ends_with(".go") && !name.ends_with("_test.go") {
            let path = entry.path();
            let text = fs::read_to_string(path)?;
            packages.entry(path.with_file_name("")).or_default().push_str(&text);
        }
    }
    Ok(packages)
}
