//! Whether a program starts in a column at all.
//!
//! A trap before the first output may come from anything that one case asks of a program. If the same program breaks
//! before its first output in each of its cases, it is the program that does not start there.

use std::collections::BTreeMap;

use crate::expectation::ExpectedExit;
use crate::outcome::Exit;
use crate::record::Record;
use crate::results::CaseFacts;

/// In how many cases a program must have been run before anything is said about all of them.
const ENOUGH: usize = 3;

/// The programs of each column.
pub(super) struct Starting<'r> {
    /// By column and guest.
    seen: BTreeMap<(&'r str, &'r str), Seen>,
}

/// What was seen of a program in a column.
#[derive(Default)]
struct Seen {
    /// In how many cases it was run.
    run: usize,
    /// In how many of them it broke before its first output.
    silent: usize,
}

impl<'r> Starting<'r> {
    /// Looks at all records, each with its case.
    pub(super) fn of(records: impl Iterator<Item = (&'r Record, &'r CaseFacts)>) -> Starting<'r> {
        let mut seen: BTreeMap<_, Seen> = BTreeMap::new();
        for (record, case) in records.filter(|(record, _)| record.outcome.is_some()) {
            let of_guest = seen.entry((record.column.as_str(), case.guest.as_str())).or_default();
            of_guest.run += 1;
            of_guest.silent += usize::from(breaks_in_silence(record, case));
        }
        Starting { seen }
    }

    /// Whether the program of a record broke before its first output there, and in all other cases of its column.
    pub(super) fn fails(&self, record: &Record, case: &CaseFacts) -> bool {
        let of_guest = self.seen.get(&(record.column.as_str(), case.guest.as_str()));
        breaks_in_silence(record, case) && of_guest.is_some_and(|seen| seen.run >= ENOUGH && seen.silent == seen.run)
    }
}

/// Whether a program wrote nothing to stdout and did not come to an end of its own, although the case expects one.
fn breaks_in_silence(record: &Record, case: &CaseFacts) -> bool {
    let Some(outcome) = &record.outcome else { return false };
    let breaks = match &outcome.exit {
        Exit::Code { code, .. } => *code != 0 && case.expects_exit(ExpectedExit::Code(0)),
        Exit::Trap { .. } | Exit::MissingImport { .. } | Exit::NotCompiled { .. } | Exit::Signal { .. } => {
            !record.is_as_expected()
        }
        Exit::Limit { .. } | Exit::Timeout | Exit::OutputLimit => false,
    };
    breaks && outcome.stdout.len == 0
}
