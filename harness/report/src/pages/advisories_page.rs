//! The page that holds published advisories against the cases: would they have been caught?

use serde::Serialize;

use matrix_model::advisory::{Caught, Seen, SeenAdvisory, SeenColumn};

use crate::pages::grid::Board;

/// The page about advisories.
#[derive(Serialize)]
pub(crate) struct AdvisoriesPage {
    day: String,
    platform: String,
    caught: usize,
    not_caught: usize,
    rows: Vec<Row>,
}

/// An advisory.
#[derive(Serialize)]
struct Row {
    id: String,
    url: String,
    about: String,
    affected: String,
    mended: String,
    /// The answer in words.
    caught: &'static str,
    unseen: Option<String>,
    /// The case, and the address of its page if these results have the case.
    case: Option<(String, Option<String>)>,
    columns: Vec<ColumnLine>,
}

/// What a column did.
#[derive(Serialize)]
struct ColumnLine {
    column: String,
    seen: &'static str,
    /// What was declared, if something else was seen.
    declared: Option<&'static str>,
    told: String,
}

impl AdvisoriesPage {
    /// Makes the page of what was seen. Cases link to their pages.
    pub(crate) fn of(seen: &Seen, board: &Board) -> AdvisoriesPage {
        let count = |caught: Caught| seen.advisories.iter().filter(|advisory| advisory.caught() == caught).count();
        AdvisoriesPage {
            day: seen.day.to_string(),
            platform: seen.platform.clone(),
            caught: count(Caught::Yes),
            not_caught: count(Caught::No),
            rows: seen.advisories.iter().map(|advisory| row(advisory, board)).collect(),
        }
    }
}

fn row(advisory: &SeenAdvisory, board: &Board) -> Row {
    let published = advisory.published.clone();
    let caught = match advisory.caught() {
        Caught::Yes => "caught",
        Caught::No => "not as declared",
        Caught::CannotBeSeen => "cannot be seen",
    };
    let page = |case: &String| board.cases.iter().position(|facts| facts.id == *case).map(|at| board.files[at].clone());
    let line = |column: &SeenColumn| ColumnLine {
        column: column.column.clone(),
        seen: column.seen.word(),
        declared: (column.seen != column.declared).then(|| column.declared.word()),
        told: column.told.clone(),
    };
    Row {
        id: published.id,
        url: published.url,
        about: published.about,
        affected: published.affected,
        mended: published.mended,
        caught,
        unseen: advisory.unseen.clone(),
        case: advisory.case.as_ref().map(|case| (case.clone(), page(case))),
        columns: advisory.columns.iter().map(line).collect(),
    }
}
