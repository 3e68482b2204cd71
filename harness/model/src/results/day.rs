//! Days, for results that do not keep times.

use std::fmt;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::timestamp::Moment;

/// A day in UTC: `2026-11-27`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct Day(String);

/// The days from the first one to the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Days {
    /// The first one.
    pub first: Day,
    /// The last one; the first one again where there is no other.
    pub last: Day,
}

/// When a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Finished {
    /// In seconds since 1970.
    At(u64),
    /// The day alone, where the time was not kept.
    On(Day),
}

impl Day {
    /// The day of a time in seconds since 1970.
    pub fn of(seconds: u64) -> Day {
        Day(Moment::of(seconds).day().to_owned())
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Day, String> {
        // The parser alone would also accept 2026-1-2.
        match text.len() == "2026-11-27".len() && NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_ok() {
            true => Ok(Day(text)),
            false => Err(format!("{text:?} is no day like 2026-11-27")),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Days {
    /// From the earliest to the latest of these days, which may be in any order; `None` if there are none.
    pub(crate) fn spanning(days: impl IntoIterator<Item = Day>) -> Option<Days> {
        let mut span: Option<Days> = None;
        for day in days {
            span = Some(match span {
                None => Days { first: day.clone(), last: day },
                Some(Days { first, last }) => Days { first: first.min(day.clone()), last: last.max(day) },
            });
        }
        span
    }
}

impl Finished {
    /// Stands for the end of a run that has not ended yet.
    pub const NOT_YET: Finished = Finished::At(0);

    /// The moment in the forms for people and for machines.
    pub fn moment(&self) -> Moment {
        match self {
            Finished::At(seconds) => Moment::of(*seconds),
            Finished::On(day) => Moment::of_day(&day.0),
        }
    }

    /// Its day.
    pub fn day(&self) -> Day {
        match self {
            Finished::At(seconds) => Day::of(*seconds),
            Finished::On(day) => day.clone(),
        }
    }

    /// The later of two. If both are on the same day, the one whose time is known.
    pub fn or_later(self, other: Finished) -> Finished {
        let rank = |finished: &Finished| match finished {
            Finished::At(seconds) => (finished.day(), *seconds),
            Finished::On(_) => (finished.day(), 0),
        };
        if rank(&other) > rank(&self) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(Day::of(1_795_787_565), day("2026-11-27"));
        for text in ["", "2026-11-2", "2026-02-30", "2026/11/27", "27.11.2026", "2026-11-27 ", "2026-11-2ä"] {
            assert!(Day::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn days_span_from_the_first_to_the_last() {
        assert_eq!(Days::spanning([]), None);
        let span = Days::spanning([day("2026-11-25"), day("2026-11-27"), day("2026-11-24")]);
        assert_eq!(span, Some(Days { first: day("2026-11-24"), last: day("2026-11-27") }));
    }

    #[test]
    fn the_later_end_is_the_one_that_says_more() {
        let (at, on) = (Finished::At(1_795_787_565), Finished::On(day("2026-11-27")));
        assert_eq!(on.clone().or_later(at.clone()), at);
        assert_eq!(at.clone().or_later(on), at);
        let next = Finished::On(day("2026-11-28"));
        assert_eq!(at.or_later(next.clone()), next);
        assert_eq!(next.moment().day(), "2026-11-28");
    }
}
