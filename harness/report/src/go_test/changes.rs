//! What changed from older results of Go tests to newer ones, as text for a terminal and as Markdown for a comment.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::IN_ONE_LINE;
use crate::changes::show::{LONGEST, fold, more};
use crate::markdown::{code, code_in_table, plain};
use matrix_model::change::Kind;
use matrix_model::escape::{short, visible};
use matrix_model::go_test::changes::{Because, ColumnPair, TestChange, TestChanges};
use matrix_model::plural::counted;

/// How many tests of a kind a comment lists at most.
const LISTED: usize = 40;

/// For a terminal: a line for every test that changed, and below it what it says.
pub fn terminal(changes: &TestChanges) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for pair in &changes.compared {
        writeln!(text, "{}", pair_in_words(pair)).ok();
    }
    for (what, names) in added_and_removed(changes) {
        writeln!(text, "\n{what} ({})", names.len()).ok();
        names.iter().for_each(|name| {
            writeln!(text, "  {name}").ok();
        });
    }
    for kind in Kind::ALL {
        let of_kind: Vec<_> = changes.of(kind).collect();
        if !of_kind.is_empty() {
            writeln!(text, "\n{kind} ({})", of_kind.len()).ok();
        }
        for change in of_kind {
            writeln!(text, "  {}  {}", test(change), was_and_is(change)).ok();
            if let Some(said) = said(change) {
                writeln!(text, "      {said}").ok();
            }
        }
    }
    writeln!(text, "\n{}", of_each_kind(changes)).ok();
    text
}

/// For a comment on a pull request: a table of the columns, and the tests of each kind folded below it.
pub fn markdown(changes: &TestChanges) -> String {
    let mut text = format!("### wasip1-matrix: {}\n\n", of_each_kind(changes));
    writeln!(text, "| column | {} |", Kind::ALL.map(|kind| kind.to_string()).join(" | ")).ok();
    writeln!(text, "|---{}|", "|---".repeat(Kind::ALL.len())).ok();
    let mut counts: BTreeMap<(&str, Kind), usize> = BTreeMap::new();
    for change in &changes.tests {
        *counts.entry((&change.column, change.kind)).or_default() += 1;
    }
    for pair in &changes.compared {
        let of_kind = |kind| match counts.get(&(pair.new.as_str(), kind)) {
            None => "·".to_owned(),
            Some(count) => format!("**{count}**"),
        };
        writeln!(text, "| {} | {} |", code_in_table(&pair.new), Kind::ALL.map(of_kind).join(" | ")).ok();
    }
    for kind in Kind::ALL {
        let total = changes.of(kind).count();
        if total == 0 {
            continue;
        }
        let (mut list, mut listed) = (String::new(), 0);
        for change in changes.of(kind).take(LISTED) {
            if text.len() + list.len() > LONGEST {
                break;
            }
            listed += 1;
            writeln!(list, "- {} {}", code(&test(change)), plain(&was_and_is(change))).ok();
            if let Some(said) = said(change) {
                writeln!(list, "  - {}", code(&said)).ok();
            }
        }
        list.push_str(&more(total - listed));
        fold(&mut text, kind == Kind::NewlyBroken, &format!("{kind}: {total}"), &list);
    }
    for (what, names) in added_and_removed(changes) {
        let listed: Vec<_> = names.iter().take(LISTED).map(|name| format!("- {}", code(name))).collect();
        let body = format!("{}\n{}", listed.join("\n"), more(names.len() - listed.len()));
        fold(&mut text, false, &format!("{what}: {}", names.len()), &body);
    }
    let about: Vec<_> = changes.compared.iter().map(|pair| format!("- {}", plain(&pair_in_words(pair)))).collect();
    fold(&mut text, false, "what was compared", &about.join("\n"));
    text
}

/// What a report was held against, and what is fixed, in lines.
pub(crate) fn held_against(changes: &TestChanges) -> Vec<String> {
    let pairs = changes.compared.iter().map(|pair| format!("held against the baseline: {}", pair_in_words(pair)));
    let without = changes.columns_added.iter();
    let without = without.map(|column| format!("not held against the baseline, which has no such column: {column}"));
    let fixed = changes.of(Kind::Fixed).map(|change| format!("fixed: {}  {}", test(change), was_and_is(change)));
    pairs.chain(without).chain(fixed).collect()
}

/// The column, the package and the test.
fn test(change: &TestChange) -> String {
    let test = change.test.as_deref().unwrap_or(super::WHOLE);
    format!("{}  {} {test}", change.column, change.package)
}

/// `passes → fails`.
fn was_and_is(change: &TestChange) -> String {
    format!("{} → {}", change.old.words(), change.new.words())
}

/// The first line of what a test says.
fn said(change: &TestChange) -> Option<String> {
    let line = change.said.lines().map(str::trim).find(|line| !line.is_empty())?;
    let side = if change.kind == Kind::Fixed { "before" } else { "now" };
    Some(format!("{side}, {}", short(&visible(&line.replace('\t', "    ")), IN_ONE_LINE)))
}

fn pair_in_words(pair: &ColumnPair) -> String {
    let mut words = match pair.because {
        Because::SameName => pair.new.clone(),
        Because::EarlierVersion => format!("{} against {}, the nearest earlier version", pair.new, pair.old),
        Because::Named => format!("{} against {}", pair.new, pair.old),
    };
    for (what, was, is) in &pair.changed {
        // Writing to a string cannot fail.
        write!(words, "; {what}: {was} → {is}").ok();
    }
    words
}

/// The lists of columns and packages that only one of the results has. Empty lists are left out.
fn added_and_removed(changes: &TestChanges) -> impl Iterator<Item = (&'static str, &[String])> {
    let lists = [
        ("columns added", &changes.columns_added[..]),
        ("columns removed", &changes.columns_removed),
        ("packages added", &changes.packages_added),
        ("packages removed", &changes.packages_removed),
    ];
    lists.into_iter().filter(|(_, names)| !names.is_empty())
}

/// How many of each kind.
fn of_each_kind(changes: &TestChanges) -> String {
    let counts = Kind::ALL.map(|kind| format!("{} {kind}", changes.of(kind).count()));
    format!("{}, {} unchanged in {}", counts.join(", "), changes.unchanged, counted(changes.compared.len(), "column"))
}
