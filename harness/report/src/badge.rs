//! A badge: how many cases work in a column, differ, or let the guest out. It has counts and no score.

use anyhow::{Result, bail};
use serde_json::{Value, json};

use matrix_model::answer::{self, Answer};
use matrix_model::case::Tier;
use matrix_model::escape;
use matrix_model::names::column_of;
use matrix_model::results::{ColumnFacts, Results};

/// What a badge says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// The left half: the column.
    label: String,
    /// The right half: the counts.
    message: String,
    /// Whether a promise that binds is not kept, or a guest got out.
    is_red: bool,
}

/// The width of a character in pixels. The text is fitted to it, whatever font is used.
const CHARACTER: f64 = 6.6;

impl Badge {
    /// The badge of the column with this name, or of the default column of the runtime with this id.
    ///
    /// # Errors
    /// If the results have no such column, or nothing was run in it.
    pub fn of(results: &Results, name: &str) -> Result<Badge> {
        let column = column(results, name)?;
        let told: Vec<_> =
            answer::told(results).into_iter().filter(|told| column_of(&told.cell) == column.column).collect();
        let count = |is: fn(&Answer) -> bool| told.iter().filter(|told| is(&told.answer)).count();
        let counts = COUNTED.map(|(words, is)| (words, count(is))).into_iter().filter(|(_, count)| *count > 0);
        let counts: Vec<_> =
            counts.map(|([one, more], count)| format!("{count} {}", if count == 1 { one } else { more })).collect();
        if counts.is_empty() {
            bail!("nothing was run in {}, so there is no badge for it", column.column);
        }
        Ok(Badge {
            label: format!("Go wasip1 · {} {}", column.name, column.label()),
            message: counts.join(", "),
            is_red: told.iter().any(|told| match told.answer {
                Answer::Differs { .. } => told.tier == Tier::Must,
                answer => matches!(answer, Answer::GotOut { .. }),
            }),
        })
    }

    /// The badge as JSON for an endpoint of shields.io.
    pub fn endpoint(&self) -> Value {
        let color = if self.is_red { "critical" } else { "informational" };
        json!({ "schemaVersion": 1, "label": self.label, "message": self.message, "color": color })
    }

    /// The badge as an SVG image.
    pub fn svg(&self) -> String {
        let width = |text: &str| (text.chars().count() as f64 * CHARACTER).ceil() + 12.0;
        let (left, right) = (width(&self.label), width(&self.message));
        let colour = if self.is_red { "#b3261e" } else { "#1f5f99" };
        let (label, message) = (escaped(&self.label), escaped(&self.message));
        let text = |x: f64, width: f64, text: &str| {
            format!("<text x=\"{}\" y=\"14\" textLength=\"{}\">{text}</text>", x + 6.0, width - 12.0)
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" role=\"img\" \
             aria-label=\"{label}: {message}\"><title>{label}: {message}</title>\
             <rect width=\"{left}\" height=\"20\" fill=\"#444\"/>\
             <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/>\
             <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">{}{}</g></svg>\n",
            text(0.0, left, &label),
            text(left, right, &message),
            all = left + right,
        )
    }
}

/// Words for one case and for more, and the answers that they count.
type Counted = ([&'static str; 2], fn(&Answer) -> bool);

/// The answers that are counted, what is well first. Other answers say
/// nothing about a runtime.
const COUNTED: [Counted; 3] = [
    (["works", "work"], |answer| matches!(answer, Answer::Works)),
    (["differs", "differ"], |answer| matches!(answer, Answer::Differs { .. })),
    (["got out", "got out"], |answer| matches!(answer, Answer::GotOut { .. })),
];

fn column<'r>(results: &'r Results, name: &str) -> Result<&'r ColumnFacts> {
    let named = results.columns.iter().find(|column| column.column == name);
    let stands = || results.columns.iter().find(|column| column.primary && column.runtime == name);
    let Some(column) = named.or_else(stands) else {
        let there: Vec<_> = results.columns.iter().map(|column| column.column.as_str()).collect();
        bail!("no column {name} in the results; there are {}", there.join(", "));
    };
    Ok(column)
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    // Writing to memory cannot fail.
    escape::html(text, &mut out).ok();
    String::from_utf8_lossy(&out).into_owned()
}
