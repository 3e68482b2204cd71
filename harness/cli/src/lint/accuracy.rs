//! How good `lint`'s predictions are, as Markdown.

use matrix_model::extract::Extract;
use matrix_model::prediction::Sureness;
use matrix_model::prediction::accuracy::{self, Accuracy};

/// The levels that are told of: each with all that are more probable.
const LEVELS: [Sureness; 2] = [Sureness::Likely, Sureness::Possible];

/// A table with a row for each column, and one for all of them.
pub fn markdown(extract: &Extract, columns: &[usize]) -> String {
    let mut text =
        "| column | cells that differ | likely: precision | recall | likely or possible: precision | recall |\n\
                    |---|---|---|---|---|---|\n"
            .to_owned();
    let mut sums = [Accuracy::default(); LEVELS.len()];
    for column in columns {
        let own = LEVELS.map(|least| accuracy::of(extract, *column, least));
        sums = std::array::from_fn(|level| sums[level].plus(own[level]));
        row(&mut text, &extract.columns[*column].column, &own);
    }
    row(&mut text, "all", &sums);
    text
}

fn row(text: &mut String, name: &str, levels: &[Accuracy]) {
    let mut row = format!("| {name} | {} |", levels[0].differ);
    for level in levels {
        for (share, whole) in [(level.precision(), level.predicted), (level.recall(), level.differ)] {
            let share =
                share.map_or_else(|| "–".to_owned(), |share| format!("{share:.2} ({} of {whole})", level.right));
            row.push_str(&format!(" {share} |"));
        }
    }
    text.push_str(&row);
    text.push('\n');
}
