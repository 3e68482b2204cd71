//! The functions of preview 1: which there are, which Go's standard library imports, which guests do.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use regex::Regex;
use serde::Serialize;

use crate::guests::Guests;
use crate::suite::Suite;
use crate::toolchain::Go;
use crate::trace::interface::PREVIEW1;

/// How Go's sources name an import, and the function that stands for it.
const DIRECTIVE: &str = r"(?m)^//go:wasmimport wasi_snapshot_preview1 (\w+)\n(?:\s*//.*\n)*func (\w+)\(";

/// Who imports a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The function.
    pub function: String,
    /// Whether Go's standard library can import it.
    pub standard: bool,
    /// The guests that import it.
    pub guests: BTreeSet<String>,
    /// How many cases run one of them.
    pub cases: usize,
}

impl Use {
    /// Whether a Go program may depend on it and no case would notice that it fails.
    pub fn is_gap(&self) -> bool {
        self.standard && self.cases == 0
    }
}

/// All functions, in order, with their use.
///
/// # Errors
/// If Go's own sources cannot be read.
pub fn uses(suite: &Suite, guests: &Guests) -> Result<Vec<Use>> {
    let standard = standard(&guests.go)?;
    let mut names = functions();
    names.extend(standard.iter().cloned());
    let of = |function: String| {
        let importing = guests.by_name.iter().filter(|(_, guest)| guest.imports.contains(&function));
        let importing: BTreeSet<_> = importing.map(|(name, _)| name.clone()).collect();
        let cases = suite.cases.iter().filter(|case| importing.contains(&case.guest)).count();
        Use { standard: standard.contains(&function), function, guests: importing, cases }
    };
    Ok(names.into_iter().map(of).collect())
}

/// The names of all functions of preview 1.
pub fn functions() -> BTreeSet<String> {
    PREVIEW1.functions.keys().cloned().collect()
}

/// The functions that some package of Go's standard library imports and calls.
fn standard(go: &Go) -> Result<BTreeSet<String>> {
    let sources = go.root()?.join("src");
    let directive = Regex::new(DIRECTIVE).map_err(|error| anyhow!("{error}"))?;
    let mut functions = BTreeSet::new();
    collect(&sources, &directive, &mut functions).with_context(|| sources.display().to_string())?;
    if functions.is_empty() {
        bail!(
            "{}: no source there imports a function of preview 1; is this all of Go {}?",
            sources.display(),
            go.version
        );
    }
    Ok(functions)
}

fn collect(folder: &Path, directive: &Regex, functions: &mut BTreeSet<String>) -> Result<()> {
    let mut package = String::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            // Commands and test data are in no program.
            if name != "cmd" && name != "testdata" {
                collect(&entry.path(), directive, functions)?;
            }
        } else if name.ends_with(".go") && !name.ends_with("_test.go") {
            package += &fs::read_to_string(entry.path()).with_context(|| entry.path().display().to_string())?;
        }
    }
    for captures in directive.captures_iter(&package) {
        // What is declared and never called is linked into no program: syscall's fd_fdstat_set_rights.
        let calls = Regex::new(&format!(r"\b{}\(", &captures[2])).map_err(|error| anyhow!("{error}"))?;
        if calls.find_iter(&package).count() > 1 {
            functions.insert(captures[1].to_owned());
        }
    }
    Ok(())
}
