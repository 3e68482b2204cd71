//! The catalogue of cases: how many there are of each area and tier, and its index as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, bail};
use serde::Serialize;

use matrix_model::case::{Case, Tier};
use matrix_model::function_use::FunctionUse;
use matrix_model::names::topic;
use matrix_model::suite::Suite;

/// Stands before the index in a document.
pub const BEGIN: &str = "<!-- index: begin, written by `wasip1-matrix index` -->";

/// Stands after it.
pub const END: &str = "<!-- index: end -->";

/// Where the runtimes' own documents are named.
const RUNTIMES_OWN: &str = "[each runtime's own](../runtimes/README.md#promises)";

/// How many cases there are of each tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Promised by the specification or by Go.
    pub must: usize,
    /// Assumed by every Go program.
    pub should: usize,
    /// Left open.
    pub observe: usize,
    /// All of them.
    pub total: usize,
}

impl Count {
    /// Counts cases.
    pub fn of<'c>(cases: impl IntoIterator<Item = &'c Case>) -> Count {
        let mut count = Count::default();
        for case in cases {
            count.total += 1;
            match case.tier {
                Tier::Must => count.must += 1,
                Tier::Should => count.should += 1,
                Tier::Observe => count.observe += 1,
            }
        }
        count
    }

    /// The numbers in the order of the heads, empty where there are none.
    pub fn row(&self) -> [String; 4] {
        let shown = |number: usize| if number == 0 { String::new() } else { number.to_string() };
        [self.must, self.should, self.observe, self.total].map(shown)
    }
}

/// The areas of these cases with their counts, by name; those of several files have a row that sums them up.
pub fn areas(cases: &[&Case]) -> Vec<(String, Count)> {
    let mut areas: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        let top = topic(&case.area);
        areas.entry(top).or_default().push(case);
        if top != case.area {
            areas.entry(&case.area).or_default().push(case);
        }
    }
    areas.into_iter().map(|(area, cases)| (area.to_owned(), Count::of(cases))).collect()
}

/// The index: a row for each file of cases, and one for each function of preview 1. It holds no numbers, because a new
/// case would change them, and two changes that each add a case could not be merged.
///
/// # Errors
/// If a file does not say what it is about.
pub fn markdown(suite: &Suite, uses: &[FunctionUse]) -> Result<String> {
    let mut files: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    let written: Vec<_> = suite.cases.iter().filter(|case| case.placement.is_none()).collect();
    for case in &written {
        files.entry(&case.area).or_default().push(case);
    }
    let silent: Vec<_> = files.keys().filter(|area| !suite.abouts.contains_key(**area)).collect();
    if let Some(area) = silent.first() {
        bail!("cases/{area}.toml: says not what it is about; begin it with `about = \"…\"`, one sentence");
    }
    let mut text = "| area | what it is about | sources |\n|---|---|---|\n".to_owned();
    for (area, cases) in &files {
        let (about, sources) = (&suite.abouts[*area], sources(cases));
        // Writing to a string cannot fail.
        writeln!(text, "| [{area}]({area}.toml) | {about} | {sources} |").ok();
    }
    text.push_str(
        "\nThe functions of preview 1: whether a package of Go's standard library imports it, and the guests that do.\n\n\
         | function | Go | guests |\n|---|---|---|\n",
    );
    for FunctionUse { function, standard, guests, .. } in uses {
        let guests = guests.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        writeln!(text, "| `{function}` | {} | {guests} |", if *standard { "yes" } else { "" }).ok();
    }
    Ok(text)
}

/// The documents that the promises come from, each once, as links; and the runtimes' own, if a case rests on those.
fn sources(cases: &[&Case]) -> String {
    let documents: BTreeMap<_, _> = cases
        .iter()
        .map(|case| case.doc.split('#').next().unwrap_or(&case.doc))
        .filter(|document| !document.is_empty())
        .map(|document| (document, label(document)))
        .collect();
    let own = cases.iter().any(|case| case.promise.is_some()).then(|| RUNTIMES_OWN.to_owned());
    documents.iter().map(|(document, label)| format!("[{label}]({document})")).chain(own).collect::<Vec<_>>().join(", ")
}

/// A document's short name: a package, or the last part of a path.
fn label(document: &str) -> &str {
    let path = document.trim_end_matches('/');
    let path = path.strip_prefix("https://pkg.go.dev/").or_else(|| path.rsplit('/').next());
    path.unwrap_or(document)
}
