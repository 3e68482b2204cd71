//! What a program of the user's does in each column, for people and for other programs.

pub mod annotations;
pub mod junit;
pub mod page;
pub mod terminal;

use matrix_model::compared::{Because, Compared, Group, Known, OnRecord, Reason, Sure};
use matrix_model::escape::{short, visible};
use matrix_model::outcome::Exit;
use matrix_model::plural::counted;
use matrix_model::recorded_outcome::Excerpt;

/// The most characters of an output that are shown in one line.
const IN_ONE_LINE: usize = 160;

/// The names of a group's columns without the reference itself, which does not agree with itself.
pub(crate) fn others<'g>(group: &'g Group, compared: &Compared) -> Vec<&'g str> {
    let is_other = |name: &&String| **name != compared.reference.column;
    group.columns.iter().filter(is_other).map(String::as_str).collect()
}

/// What a group shows, in one line: how the program ended, and the beginning of what it wrote.
pub(crate) fn shown(group: &Group) -> String {
    let mut words = vec![visible(&group.observed.exit.to_string()).replace('\n', " ")];
    let code = matches!(group.observed.exit, Exit::Code { .. });
    for (stream, excerpt) in [("stdout", &group.observed.stdout), ("stderr", &group.observed.stderr)] {
        if excerpt.len > 0 && (code || stream == "stdout") {
            words.push(format!("{stream} {}", quoted(excerpt)));
        }
    }
    short(&words.join(", "), 2 * IN_ONE_LINE)
}

fn quoted(excerpt: &Excerpt) -> String {
    short(&excerpt.quoted(), IN_ONE_LINE)
}

/// Why the reference is one.
pub(crate) fn because(compared: &Compared) -> String {
    let column = &compared.reference.column;
    match (compared.reference.because, &compared.program.go) {
        (Because::Native, Some(go)) => {
            format!("compared with {column}: the same package built by {go} for this machine")
        }
        (Because::Native, None) => format!("compared with {column}"),
        (Because::Named, _) => format!("compared with {column}, as asked for"),
        (Because::Largest, Some(_)) => format!(
            "compared with {column}: the package could not be run on this machine, as is said below, so the largest group \
             of columns that agree is the reference"
        ),
        (Because::Largest, None) => format!(
            "compared with {column}: a module has no native program beside it, so the largest group of columns that agree \
             is the reference. Give its Go package, or name a column by --reference"
        ),
    }
}

/// The reason of a group in sentences.
pub(crate) fn reason(reason: &Reason) -> Vec<String> {
    match reason {
        Reason::Untold(why) => vec![format!("The host call that matters is not known: {why}.")],
        Reason::PathNotCovered(why) => vec![why.clone()],
        Reason::Call(call) => vec![call.sentence.clone(), known(&call.known)],
    }
}

/// What the matrix knows of a cause, in a sentence.
pub(crate) fn known(known: &Known) -> String {
    match known {
        Known::NotYet => "The matrix does not know this cause yet.".to_owned(),
        Known::NotLookedUp(why) => format!("Whether the matrix knows this cause was not looked up: {why}."),
        Known::OnRecord(OnRecord { sure, cause, cells, cell, reason, url }) => {
            let how = match sure {
                Sure::Certain => "Known cause",
                Sure::Likely => "Likely a known cause",
                Sure::Perhaps => "Perhaps a known cause",
            };
            let cells = match cells {
                1 => format!("one cell of the matrix, {cell}"),
                _ => format!("{} of the matrix, such as {cell}", counted(*cells, "cell")),
            };
            let recorded = match (reason, url.as_deref()) {
                (Some(reason), Some(url)) if url.starts_with("http") => format!(" On record: {reason} {url}"),
                (Some(reason), _) => format!(" On record: {reason}"),
                (None, _) => String::new(),
            };
            format!("{how}, that of {cells}: {cause}{recorded}")
        }
    }
}

/// What is said at the end: how many agree, and what was not run.
pub(crate) fn hint(compared: &Compared) -> Option<&'static str> {
    let agreeing: usize =
        compared.groups.iter().filter(|group| group.agrees).map(|group| others(group, compared).len()).sum();
    (agreeing == 0 && compared.groups.len() > 2 && compared.runs == 1).then_some(
        "No two columns agree. If the program prints times or random numbers, --repeat 2 tells what varies by itself, and \
         --ignore leaves it out.",
    )
}
