//! The rows above the table of areas, which add up all cases: whether a guest can leave its folders, whether it matters
//! where a folder is mapped to, how many cases work, and how many causes the others have.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use matrix_model::answer::{Answer, Reach, leaving};
use matrix_model::judge;
use matrix_model::placement::written;

use super::address::id;
use super::share::Share;
use crate::pages::grid::Board;

/// The rows, each with a cell for each column.
#[derive(Serialize)]
pub(crate) struct Totals {
    /// How many cases can show that a guest got out.
    attempts: usize,
    /// The id of the first area that has such a case.
    attempts_at: Option<String>,
    leaving: Vec<Figures<Leaving>>,
    /// How many cases were also to be run at another place than `/`.
    placed: usize,
    placement: Vec<Figures<Placement>>,
    all: Vec<Option<Share>>,
    causes: Vec<Option<Causes>>,
}

/// What the cases of a row come to in a column.
#[derive(Debug, Serialize)]
struct Figures<T> {
    /// The figures; none if no case was judged.
    figures: Option<T>,
    /// What is said where there are no figures: why no case was judged.
    why_none: Option<Share>,
}

/// Whether a guest can leave its folders in a column.
#[derive(Debug, Serialize)]
struct Leaving {
    /// What it does outside, the worst first; nothing if it was kept in.
    does: Vec<Outside>,
    /// In how many cases it tried to get out.
    attempts: usize,
}

/// What a guest does outside of its folders.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Outside {
    /// What, in a word or two.
    what: &'static str,
    /// In how many cases this is the most that it does there.
    cases: usize,
}

/// Whether cases come to something else in a column if their folder is mapped to another guest path than `/`.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Placement {
    /// How many cases were judged at both places.
    both: usize,
    /// How many of these come to something else.
    otherwise: usize,
}

/// How many cases differ, and for how many causes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Causes {
    cases: usize,
    causes: usize,
}

impl Totals {
    /// Adds up all cases in these columns.
    pub fn of(board: &Board, columns: &[usize]) -> Totals {
        let all = || 0..board.cases.len();
        let was_judged = |column: usize| all().any(|case| board.answer(column, case).is_some_and(|it| it.is_judged()));
        let showing: Vec<_> = all().filter(|case| leaving::can_show(board.cases[*case])).collect();
        let pairs = pairs(board);
        let is_counted = |column: usize| was_judged(column) && !board.columns[column].reference;
        let causes = |column: &usize| is_counted(*column).then(|| Causes::of(board, &[*column], all()));
        Totals {
            attempts: showing.len(),
            attempts_at: showing.first().map(|case| id("area", &board.cases[*case].area)),
            leaving: columns.iter().map(|column| leaving(board, *column, &showing)).collect(),
            placed: pairs.len(),
            placement: columns.iter().map(|column| placement(board, *column, &pairs)).collect(),
            all: columns.iter().map(|column| Share::of(board, *column, all())).collect(),
            causes: columns.iter().map(causes).collect(),
        }
    }
}

fn leaving(board: &Board, column: usize, showing: &[usize]) -> Figures<Leaving> {
    Figures {
        figures: Leaving::of(board, column, showing),
        why_none: Share::of(board, column, showing.iter().copied()),
    }
}

fn placement(board: &Board, column: usize, pairs: &[(usize, usize)]) -> Figures<Placement> {
    Figures {
        figures: Placement::of(board, column, pairs),
        why_none: Share::of(board, column, pairs.iter().map(|(_, placed)| *placed)),
    }
}

impl Leaving {
    /// Counts the attempts in a column; none if none was made.
    fn of(board: &Board, column: usize, showing: &[usize]) -> Option<Leaving> {
        let answers = || showing.iter().filter_map(|case| board.answer(column, *case));
        let in_cases = |(reach, what): (Option<Reach>, &'static str)| {
            let got_there = |answer: &Answer| matches!(answer, Answer::GotOut { reach: its, .. } if *its == reach);
            let cases = answers().filter(got_there).count();
            (cases > 0).then_some(Outside { what, cases })
        };
        let does: Vec<_> = REACHES.into_iter().filter_map(in_cases).collect();
        let kept = answers().filter(|answer| *answer == Answer::Works).count();
        let attempts = kept + does.iter().map(|outside| outside.cases).sum::<usize>();
        (attempts > 0).then_some(Leaving { does, attempts })
    }
}

/// How far a guest got, the worst first. Of a withheld cell nothing is told but that it got out.
const REACHES: [(Option<Reach>, &str); 4] = [
    (Some(Reach::Changed), "changes"),
    (Some(Reach::Read), "reads"),
    (Some(Reach::FoundOut), "finds out"),
    (None, "gets out"),
];

/// The cases at another place than `/`, each with the case as it is written.
fn pairs(board: &Board) -> Vec<(usize, usize)> {
    let known: HashMap<&str, usize> = board.cases.iter().enumerate().map(|(at, case)| (case.id.as_str(), at)).collect();
    let pair = |case: usize| {
        let (written, _) = written(&board.cases[case].id)?;
        Some((*known.get(written.as_str())?, case))
    };
    (0..board.cases.len()).filter_map(pair).collect()
}

impl Placement {
    /// Compares the cases in a column; none if none was judged at both places.
    fn of(board: &Board, column: usize, pairs: &[(usize, usize)]) -> Option<Placement> {
        let answers = |(written, placed): &(usize, usize)| {
            Some((board.answer(column, *written)?, board.answer(column, *placed)?))
        };
        let judged: Vec<_> = pairs.iter().filter_map(answers).filter(|(a, b)| a.is_judged() && b.is_judged()).collect();
        let otherwise = judged.iter().filter(|(written, placed)| written.always() != placed.always()).count();
        (!judged.is_empty()).then_some(Placement { both: judged.len(), otherwise })
    }
}

impl Causes {
    /// Counts the cases that differ in some of these columns, and their causes: cells of a runtime with one recorded
    /// reason have one cause. A cell that is not on record has the cause of those that failed in the same way.
    pub fn of(board: &Board, columns: &[usize], cases: impl Iterator<Item = usize>) -> Causes {
        let (mut differing, mut causes) = (BTreeSet::new(), BTreeSet::new());
        for case in cases {
            for column in columns.iter().filter(|column| !board.columns[**column].reference) {
                let is_otherwise = board.answer(*column, case).is_some_and(|answer| answer.is_otherwise());
                let Some(record) = board.record(*column, case).filter(|_| is_otherwise) else { continue };
                let words = match &record.divergence {
                    Some(known) => known.reason.clone(),
                    None => judge::in_one_line(record),
                };
                differing.insert(case);
                causes.insert((record.runtime.as_str(), words));
            }
        }
        Causes { cases: differing.len(), causes: causes.len() }
    }
}
