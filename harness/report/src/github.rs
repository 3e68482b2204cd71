//! A run's output for GitHub Actions: annotations beside the code, and a page for the job's summary.

use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};

use crate::markdown::{code, plain};
use crate::summary;
use matrix_model::case::Location;
use matrix_model::escape::short;
use matrix_model::judge;
use matrix_model::plural::counted;
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::text::rerun;
use matrix_model::verdict::Behaviour;

/// How many annotations of a step GitHub shows.
const ANNOTATIONS: usize = 10;

/// How many red cells a summary lists. GitHub refuses a summary of more than a megabyte.
const LISTED: usize = 100;

/// The longest line about what was observed, in characters.
const LONGEST: usize = 300;

/// An error for each red cell, as a line that GitHub reads. It is shown at the cell's divergence, or else at its case.
/// `absent` are required columns that are not installed. `in_checkout` gives the path that a file of the project has in
/// the repository that the workflow runs for. A file that is not there cannot be annotated, and the cell's error has no
/// place.
pub fn annotations(results: &Results, absent: &[String], in_checkout: impl Fn(&str) -> Option<String>) -> String {
    let mut told: Vec<_> =
        absent.iter().map(|id| error(None, "required and not installed", &format!("{id} is missing"))).collect();
    told.extend(red_cells(results).map(|record| {
        let place = place(results, record).and_then(|at| Some((in_checkout(&at.file)?, at.line)));
        let title = format!("{}: {}", record.cell, record.verdict.with_failure());
        error(place, &title, &observed_and_expected(record))
    }));
    shown(told, "cell", "are red")
}

/// The errors that GitHub shows of a step. If there are more, the last one says how many, each of them about such a
/// `thing`; `what` is said of those.
pub(crate) fn shown(mut errors: Vec<String>, thing: &str, what: &str) -> String {
    let more = errors.len().saturating_sub(ANNOTATIONS);
    if more > 0 {
        errors.truncate(ANNOTATIONS - 1);
        errors.push(error(
            None,
            "wasip1-matrix",
            &format!("{} {what}; the log has them", counted(more + 1, &format!("more {thing}"))),
        ));
    }
    errors.concat()
}

/// A run as a page: each red cell with what was observed, what was tested, and the matrix.
pub fn step_summary(results: &Results, absent: &[String]) -> String {
    let count = red_cells(results).count();
    let mut text = match count {
        0 => "### wasip1-matrix: nothing is red\n\n".to_owned(),
        1 => "### wasip1-matrix: 1 cell is red\n\n".to_owned(),
        count => format!("### wasip1-matrix: {} are red\n\n", counted(count, "cell")),
    };
    for id in absent {
        // Writing to a string cannot fail.
        writeln!(text, "- {} is required and not installed", code(id)).ok();
    }
    for record in red_cells(results).take(LISTED) {
        writeln!(text, "- {} {}", code(&record.cell), plain(&record.verdict.with_failure())).ok();
        let what = what(record);
        if !what.is_empty() {
            writeln!(text, "  - {}", code(&what)).ok();
        }
        if record.invocation.is_some() {
            writeln!(text, "  - again: {}", code(&rerun(results.suite.as_deref(), [&*record.cell]))).ok();
        }
    }
    if count > LISTED {
        writeln!(text, "- and {} more", count - LISTED).ok();
    }
    if count > 0 || !absent.is_empty() {
        text.push('\n');
    }
    let flaky: Vec<_> =
        results.records.iter().filter(|record| record.verdict.kind().behaviour == Behaviour::Varies).collect();
    if !flaky.is_empty() {
        writeln!(text, "<details><summary>flaky: {}</summary>\n", flaky.len()).ok();
        for record in flaky.iter().take(LISTED) {
            writeln!(text, "- {} {}", code(&record.cell), plain(&record.verdict.to_string())).ok();
        }
        text.push_str("\n</details>\n\n");
    }
    text.push_str(&summary::markdown(results));
    text
}

/// A word that nobody can guess. After `::stop-commands::` and this word, GitHub treats no line as a command until it
/// reads the word again. Without it, guests could write commands.
pub fn unguessable() -> String {
    let random = || RandomState::new().hash_one(0);
    format!("wasip1-matrix-{:016x}{:016x}", random(), random())
}

fn red_cells(results: &Results) -> impl Iterator<Item = &Record> {
    results.records.iter().filter(|record| record.verdict.is_red())
}

/// The place where a red cell is to be fixed.
fn place<'r>(results: &'r Results, record: &'r Record) -> Option<&'r Location> {
    let of_case = || results.cases.iter().find(|case| case.id == record.case).map(|case| &case.location);
    record.divergence.as_ref().map(|known| &known.location).or_else(of_case)
}

/// What to say about a red cell, in one line that is not too long.
fn what(record: &Record) -> String {
    short(&judge::public_line(record), LONGEST)
}

/// What was observed in a red cell, and on a second line what was expected in its place.
fn observed_and_expected(record: &Record) -> String {
    match judge::expected_in_one_line(record) {
        Some(expected) => format!("observed {}\nexpected {}", what(record), short(&expected, LONGEST)),
        None => what(record),
    }
}

/// The workflow command that annotates a run with an error, escaped by GitHub's rules. In a property, `:` and `,` are
/// escaped too. A line break in the message stays one on the page.
pub(crate) fn error(place: Option<(String, usize)>, title: &str, message: &str) -> String {
    let message_of = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property_of = |text: &str| message_of(text).replace(':', "%3A").replace(',', "%2C");
    let place = place.map_or_else(String::new, |(file, line)| format!("file={},line={line},", property_of(&file)));
    let message = if message.is_empty() { title } else { message };
    format!("::error {place}title={}::{}\n", property_of(title), message_of(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_one_line() {
        let place = Some(("cases/a,b:c.toml".to_owned(), 7));
        assert_eq!(
            error(place, "50%: x", "a\r\n::error::b%"),
            "::error file=cases/a%2Cb%3Ac.toml,line=7,title=50%25%3A x::a%0D%0A::error::b%25\n"
        );
        assert_ne!(unguessable(), unguessable());
    }
}
