//! How good `lint`'s predictions are, as Markdown.

use anyhow::{Context, Result};
use matrix_model::compared_programs::ComparedPrograms;
use matrix_model::extract::Extract;
use matrix_model::prediction::Sureness;
use matrix_model::prediction::accuracy::{self, Accuracy};

/// The levels that are told of: each with all that are more probable.
const LEVELS: [Sureness; 2] = [Sureness::Likely, Sureness::Possible];

/// What was observed of programs of other people when this command was built.
const PROGRAMS: &str = include_str!("../../../../examples/programs/compared.json");

/// A table of the guests' cells, and one of programs.
///
/// # Errors
/// If the programs cannot be read.
pub fn markdown(extract: &Extract, columns: &[usize]) -> Result<String> {
    let programs = serde_json::from_str(PROGRAMS).context("examples/programs/compared.json")?;
    Ok(format!("{}\n{}", of_guests(extract, columns), of_programs(&programs, extract, columns)))
}

fn of_guests(extract: &Extract, columns: &[usize]) -> String {
    let of = |column: usize| {
        let [likely, possible] = LEVELS.map(|least| accuracy::of(extract, column, least));
        [accuracy::of_starts(extract, column), likely, possible]
    };
    let rows: Vec<_> = columns.iter().map(|column| (extract.columns[*column].column.as_str(), of(*column))).collect();
    table("cells", ["does not start", "likely", "likely or possible"], &rows)
}

fn of_programs(programs: &ComparedPrograms, extract: &Extract, columns: &[usize]) -> String {
    let of = |column: usize| LEVELS.map(|least| accuracy::of_programs(programs, extract, column, least));
    let rows = columns.iter().map(|column| (extract.columns[*column].column.as_str(), of(*column)));
    let rows: Vec<_> = rows.filter(|(_, levels)| levels[0].judged > 0).collect();
    table("programs", ["likely", "likely or possible"], &rows)
}

/// A table with a row for each column, and one for all of them. The last accuracy of a row is of all that was judged.
fn table<const N: usize>(what: &str, heads: [&str; N], rows: &[(&str, [Accuracy; N])]) -> String {
    let heads: String = heads.iter().map(|head| format!(" {head}: precision | recall |")).collect();
    let mut text = format!("| column | {what} that differ |{heads}\n|{}\n", "---|".repeat(2 + 2 * N));
    let all = rows
        .iter()
        .fold([Accuracy::default(); N], |sums, (_, own)| std::array::from_fn(|place| sums[place].plus(own[place])));
    rows.iter().chain([&("all", all)]).for_each(|(name, own)| text.push_str(&row(name, own)));
    text
}

fn row(name: &str, accuracies: &[Accuracy]) -> String {
    let whole = accuracies.last().copied().unwrap_or_default();
    let mut row = format!("| {name} | {} of {} |", whole.differ, whole.judged);
    for accuracy in accuracies {
        for (share, whole) in [(accuracy.precision(), accuracy.predicted), (accuracy.recall(), accuracy.differ)] {
            let share =
                share.map_or_else(|| "–".to_owned(), |share| format!("{share:.2} ({} of {whole})", accuracy.right));
            row.push_str(&format!(" {share} |"));
        }
    }
    row + "\n"
}
