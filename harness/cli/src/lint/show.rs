//! What `lint` prints at a terminal.

use std::collections::{BTreeMap, BTreeSet};

use matrix_model::escape;
use matrix_model::plural::counted;
use matrix_model::prediction::needs::{Had, Kind, Unmet};
use matrix_model::prediction::unstarted::Unstarted;
use matrix_model::prediction::{Prediction, Sureness};
use matrix_report::{extract, pages};
use wasip1_trace::facts::{Facts, Kind as How};

use super::Linted;

/// How many functions of one cause are named one by one.
const NAMED: usize = 6;

/// Everything in words, without rare predictions unless they are wanted.
pub fn text(linted: &Linted, rare: bool) -> String {
    let mut text = facts(linted);
    for refused in &linted.refused {
        line(&mut text, &format!("\n{} is imported, and {} forbids it", refused.import, refused.by));
    }
    let unknown = linted.unmet.iter().filter(|need| !need.is_lacking());
    let mut unmeasured: BTreeMap<(Kind, &str), Vec<&str>> = BTreeMap::new();
    for need in unknown {
        unmeasured.entry((need.kind, &need.name)).or_default().push(&need.column);
    }
    for ((kind, name), columns) in unmeasured {
        let columns = match columns.len() == linted.columns.len() {
            true => "anywhere".to_owned(),
            false => format!("in {}", columns.join(", ")),
        };
        line(&mut text, &format!("\n{} {name}: not measured {columns}", word(kind)));
    }
    let is_shown = |one: &&Prediction| rare || one.sureness > Sureness::Rare;
    let shown: Vec<_> = linted.predictions.iter().filter(is_shown).collect();
    let mut silent = Vec::new();
    for column in &linted.columns {
        let own: Vec<_> = shown.iter().copied().filter(|one| one.column == *column).collect();
        let lacking: Vec<_> = linted.unmet.iter().filter(|need| need.is_lacking() && need.column == *column).collect();
        let unstarted = linted.unstarted.iter().find(|guests| guests.column == *column);
        if own.is_empty() && lacking.is_empty() && unstarted.is_none() {
            silent.push(*column);
            continue;
        }
        line(&mut text, &format!("\n{column}"));
        lacking.iter().for_each(|need| line(&mut text, &format!("  does not start: {}", sentence(need))));
        unstarted.into_iter().for_each(|guests| text.push_str(&may_not_start(guests)));
        groups(&own).iter().for_each(|group| text.push_str(&told(group)));
    }
    if !silent.is_empty() {
        line(&mut text, &format!("\nNothing is predicted for {}.", silent.join(", ")));
    }
    let left = linted.predictions.len() - shown.len();
    if left > 0 {
        line(&mut text, &format!("\n{} not shown; --rare shows them.", counted(left, "rare prediction")));
    }
    if !shown.is_empty() {
        line(&mut text, "\nA prediction is about a function that the program can call. Whether it does is not known.");
    }
    let (go, platform) = (linted.results.go.join(", "), linted.results.platform);
    line(&mut text, &format!("From the committed results: guests built by {go}, {platform}."));
    text
}

/// What a column lacks, in words.
pub fn sentence(need: &Unmet) -> String {
    let cell = match &need.had {
        Had::Yes(cell) | Had::No(cell) => format!("; see {cell}"),
        Had::Unknown => String::new(),
    };
    format!("it does not provide the {} {}{cell}", word(need.kind), need.name)
}

/// That guests do not start in a column, and what is known of why.
fn may_not_start(guests: &Unstarted) -> String {
    let mut text = String::new();
    let (count, judged) = (guests.guests.len(), counted(guests.judged, "guest"));
    let do_not = if count == 1 { "does" } else { "do" };
    line(
        &mut text,
        &format!("  may not start: {count} of {judged} {do_not} not, and what sets them apart is not known"),
    );
    let cause = guests.cause.as_ref().map_or("nothing is on record of why", |cause| cause.words.as_str());
    line(&mut text, &format!("            mostly: {cause}"));
    line(&mut text, &format!("            see {} ({})", guests.cell, cell_address(&guests.column, &guests.cell)));
    text
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Import => "import",
        Kind::Proposal => "proposal",
    }
}

/// Adds a line, and empty ones before it if it begins so. Names that a module brings may have anything in them: line ends
/// and what a terminal obeys are spelled out.
fn line(text: &mut String, line: &str) {
    let written = line.trim_start_matches('\n');
    text.push_str(&line[..line.len() - written.len()]);
    text.push_str(&escape::visible(&written.replace('\n', "\\n")));
    text.push('\n');
}

fn facts(linted: &Linted) -> String {
    let Facts { bytes, kind, memory, proposals, names, go, .. } = linted.facts;
    let how = match kind {
        How::Command => "a command",
        How::Reactor => "a reactor: a host calls its exports",
        How::Neither => "neither a command nor a reactor: it exports no `_start` and no `_initialize`",
    };
    let mut text = String::new();
    line(&mut text, &format!("{}: {bytes} bytes, {how}", linted.app));
    let mut fact = |label: &str, value: &str| line(&mut text, &format!("  {label:<10} {value}"));
    match go {
        Some(go) => {
            let package = go.package.as_ref().map_or_else(String::new, |package| format!(", package {package}"));
            fact("built by", &format!("{}{package}", go.version));
            let modules = go.module.iter().chain(&go.dependencies);
            modules.for_each(|module| fact("module", &format!("{} {}", module.path, module.version)));
        }
        None => fact("built by", "not Go"),
    }
    if let Some(memory) = memory {
        let most = memory.maximum.map_or_else(|| "no maximum".to_owned(), |pages| format!("at most {pages}"));
        fact("memory", &format!("{} pages of {} bytes, {most}", memory.minimum, memory.bytes));
    }
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    fact("proposals", &if proposals.is_empty() { "none".to_owned() } else { list(proposals) });
    let imports = extract::needs(linted.facts).imports;
    fact("imports", &if imports.is_empty() { "none".to_owned() } else { list(&imports) });
    fact(
        "functions",
        &format!(
            "{}, {}",
            linted.functions,
            match (go, names) {
                (Some(_), true) => "from Go's own table",
                (Some(_), false) => "from Go's own table; the name section is left out, as by -ldflags=-s",
                (None, true) => "from the name section",
                (None, false) => "because the name section is left out, and Go did not build it: nothing is predicted",
            }
        ),
    );
    text
}

/// Predictions of a column that have one cause, are equally probable and hold under the same preopens.
pub fn groups<'p>(predictions: &[&'p Prediction]) -> Vec<Vec<&'p Prediction>> {
    let mut groups: Vec<Vec<&Prediction>> = Vec::new();
    for one in predictions {
        let key = |other: &Prediction| (other.column.clone(), other.sureness, other.preopens, other.cause.clone());
        match groups.iter_mut().find(|group| key(group[0]) == key(one)) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

fn told(group: &[&Prediction]) -> String {
    let first = group[0];
    let named: Vec<_> = group.iter().take(NAMED).map(|one| share(one)).collect();
    let more = group.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {}", counted(more, "more function")) } else { String::new() };
    let mut text = String::new();
    let (sureness, preopens) = (first.sureness.word(), first.preopens.words());
    line(&mut text, &format!("  {sureness:<9} {preopens}: {}{more}", named.join(", ")));
    let cause = first.cause.as_ref().map_or("Nothing is on record of why.", |cause| cause.words.as_str());
    line(&mut text, &format!("            {}; mostly: {cause}", first.answer.words()));
    line(&mut text, &format!("            see {} ({})", first.cells[0], cell_address(&first.column, &first.cells[0])));
    text
}

/// A function, and how many of the cells that tell of it differ: `os.Rename (3 of 4)`.
pub fn share(one: &Prediction) -> String {
    format!("{} ({} of {})", one.function, one.cells.len(), one.judged)
}

/// The address of a column's cell on the pages.
fn cell_address(column: &str, cell: &str) -> String {
    pages::cell_address(column, cell.strip_prefix(column).unwrap_or(cell).trim_start_matches('/'))
}
