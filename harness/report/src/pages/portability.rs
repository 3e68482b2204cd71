//! Which runtimes decide whether a case is portable, and which spoil it.

use std::collections::BTreeMap;

use serde::Serialize;

use matrix_model::answer::Answer;

use crate::pages::grid::Board;

/// How a case does in the runtimes that decide: those that were run there at their default version in their default
/// mode. A runtime that is not installed, or that cannot express the case, decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Portability {
    /// How many runtimes decide.
    deciding: usize,
    /// Whether it works in all of them.
    pub all: bool,
    /// The one runtime in which it does not work, if it works in all others and there are others.
    pub except: Option<String>,
}

/// How many cases are portable.
#[derive(Debug, Serialize)]
pub(crate) struct Portable {
    /// Those that work in every runtime that decides.
    all: usize,
    /// Those that work in all but one.
    but_one: usize,
    /// That one, and how often it is that one; the most frequent first.
    spoilers: Vec<(String, usize)>,
}

impl Portability {
    /// Looks at the primary columns of a case.
    pub fn of(board: &Board, case: usize) -> Portability {
        let answers = board.primary().into_iter().filter(|column| !board.columns[*column].reference);
        let answers = answers.filter_map(|column| Some((column, board.answer(column, case)?)));
        let judged: Vec<_> = answers.filter(|(_, answer)| answer.is_judged()).collect();
        let otherwise: Vec<_> = judged.iter().filter(|(_, answer)| *answer != Answer::Works).collect();
        let except = match otherwise[..] {
            [(column, _)] if judged.len() > 1 => Some(board.columns[*column].name.clone()),
            _ => None,
        };
        Portability { deciding: judged.len(), all: !judged.is_empty() && otherwise.is_empty(), except }
    }
}

impl Portable {
    /// Counts the cases of a board.
    pub fn of(board: &Board) -> Portable {
        let cases: Vec<_> = (0..board.cases.len()).map(|case| Portability::of(board, case)).collect();
        let mut spoilers: BTreeMap<String, usize> = BTreeMap::new();
        for name in cases.iter().filter_map(|case| case.except.clone()) {
            *spoilers.entry(name).or_default() += 1;
        }
        let mut spoilers: Vec<_> = spoilers.into_iter().collect();
        spoilers.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
        Portable {
            all: cases.iter().filter(|case| case.all).count(),
            but_one: spoilers.iter().map(|(_, count)| count).sum(),
            spoilers,
        }
    }
}
