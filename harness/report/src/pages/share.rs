//! How many of several cases work in a column: `12/13`.

use std::collections::BTreeMap;

use serde::Serialize;

use matrix_model::answer::{Answer, AnswerKind};
use matrix_model::case::Tier;

use super::mark;
use crate::pages::grid::Board;

/// How many cases work, of those that say anything of the runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Share {
    works: usize,
    /// How many were run and judged. Where none was, the share has no figures.
    judged: usize,
    /// The classes of the worst answer; none if all cases work.
    class: Option<String>,
    /// The worst answer, or why nothing was judged.
    word: &'static str,
    /// How many cases have that answer, of any tier.
    count: usize,
    /// Whether its figures need more room than those of an area.
    wide: bool,
}

/// From so many cases on, the figures need more room.
const MANY: usize = 100;

/// Which of several answers is shown: a guest that got out, then what differs from a promise that binds, then what
/// else differs, then what works. What says nothing of a runtime comes last.
type Rank = (bool, bool, bool, u8);

fn rank(answer: Answer, is_bound: bool) -> Rank {
    let is_out = matches!(answer, Answer::GotOut { .. });
    (answer.is_judged(), is_out, answer.is_otherwise() && is_bound, answer.kind().gravity)
}

impl Share {
    /// Adds up these cases in a column; none if there are no cells.
    pub fn of(board: &Board, column: usize, cases: impl Iterator<Item = usize>) -> Option<Share> {
        let is_reference = board.columns[column].reference;
        let answers = cases.filter_map(|case| Some((board.answer(column, case)?, board.tier(column, case))));
        let mut share = Share { works: 0, judged: 0, class: None, word: "", count: 0, wide: false };
        let mut worst: Option<(Rank, Answer, Tier)> = None;
        // A reader counts what happened, whoever promised that it does not.
        let mut by_word: BTreeMap<&str, usize> = BTreeMap::new();
        for (answer, tier) in answers {
            share.judged += usize::from(answer.is_judged());
            share.works += usize::from(answer == Answer::Works);
            *by_word.entry(answer.kind().brief).or_default() += 1;
            let rank = rank(answer, tier == Tier::Must && !is_reference);
            if worst.as_ref().is_none_or(|(known, ..)| rank > *known) {
                worst = Some((rank, answer, tier));
            }
        }
        let (_, answer, tier) = worst?;
        let kind: &AnswerKind = answer.kind();
        share.count = by_word[kind.brief];
        share.class = Some(mark::class(answer.always(), tier, is_reference)).filter(|class| !class.is_empty());
        share.word = kind.brief;
        share.wide = share.judged >= MANY;
        Some(share)
    }
}
