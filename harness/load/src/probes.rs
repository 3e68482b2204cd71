//! What a guest's first argument may be: the probes that its source names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::guests::Guests;
use super::source::{Diagnostic, Source};
use crate::wire::CaseEntry;
use matrix_model::nearest::did_you_mean;

/// What a guest that selects a probe by its first argument says of an unknown one, as go-guests/README.md asks for it.
const SELECTS: &str = "unknown probe";

/// Where a probe is named: in the map of probes, or beside it.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^\s+"([^"\n]+)":|probes\["([^"\n]+)"\]|os\.Args\[1\] == "([^"\n]+)""#).expect("a valid pattern")
});

/// The probes of each guest, by the guest's name. A guest that selects none is left out: its arguments are its own.
pub(crate) struct Probes(BTreeMap<String, Sources>);

struct Sources {
    text: String,
    /// The probes that a reader finds in it.
    names: BTreeSet<String>,
}

impl Probes {
    /// Reads the Go files of the project's guests, which are in this folder. The arguments of a user's own are their own.
    pub(crate) fn of(guests: &Guests, folder: &Path) -> Probes {
        let Guests::Project(all) = guests else { return Probes(BTreeMap::new()) };
        let read = |guest: &String| Some((guest.clone(), Sources::new(go_files(&folder.join(guest)))?));
        Probes(all.iter().filter_map(read).collect())
    }

    /// The problem of a case whose first argument is no probe of its guest. A source that holds the argument as a literal
    /// anywhere is believed to know it.
    pub(crate) fn problem(&self, guest: &str, entry: &CaseEntry, source: &Source) -> Option<Diagnostic> {
        let (first, sources) = (entry.args.first()?, self.0.get(guest)?);
        let probe = &first.get_ref().0;
        if sources.text.contains(&format!("{probe:?}")) {
            return None;
        }
        let meant = did_you_mean(probe, sources.names.iter().map(String::as_str));
        let names = sources.names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("the guest `{guest}` has no probe {probe:?}");
        let help = format!("{meant}go-guests/{guest} has: {names}");
        Some(source.problem(first.span(), &message, "no such probe", Some(&help)))
    }
}

impl Sources {
    fn new(text: String) -> Option<Sources> {
        let name = |found: regex::Captures| found.iter().skip(1).flatten().next().map(|name| name.as_str().to_owned());
        let names = NAMED.captures_iter(&text).filter_map(name).collect();
        text.contains(SELECTS).then_some(Sources { text, names })
    }
}

/// The text of all Go files in a folder. One that cannot be read is no matter of the cases: Go says what is wrong with it.
fn go_files(folder: &Path) -> String {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let go = files.filter(|path| path.extension().is_some_and(|extension| extension == "go"));
    go.filter_map(|path| fs::read_to_string(path).ok()).collect()
}
