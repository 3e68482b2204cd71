//! A point in time, for people and for machines.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// A point in time in UTC.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// To the minute: `2026-11-23 09:30 UTC`.
    text: String,
    /// As RFC 3339, to the second.
    machine: String,
    /// The day alone: `2026-11-23`.
    day: String,
}

impl Moment {
    /// Converts from seconds since 1970. Times after the calendar's last day become that day.
    pub fn of(seconds: u64) -> Moment {
        let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let time = time.unwrap_or(DateTime::<Utc>::MAX_UTC);
        Moment {
            text: time.format("%Y-%m-%d %H:%M UTC").to_string(),
            machine: time.to_rfc3339_opts(SecondsFormat::Secs, true),
            day: time.format("%Y-%m-%d").to_string(),
        }
    }

    /// A day whose time is not known: `2026-11-23`.
    pub(crate) fn of_day(day: &str) -> Moment {
        Moment { text: day.to_owned(), machine: day.to_owned(), day: day.to_owned() }
    }

    /// As RFC 3339, to the second; only the day if the time is not known.
    pub fn machine(&self) -> &str {
        &self.machine
    }

    /// The day alone: `2026-11-23`.
    pub fn day(&self) -> &str {
        &self.day
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn days_months_and_leap_years() {
        let machine = |seconds| Moment::of(seconds).machine;
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(machine(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(machine(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(machine(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(machine(4_107_542_400), "2100-03-01T00:00:00Z");
        assert_eq!(Moment::of(1_735_689_599).text, "2024-12-31 23:59 UTC");
        assert_eq!(Moment::of(1_735_689_599).day(), "2024-12-31");
    }

    #[test]
    fn no_number_of_seconds_is_too_large() {
        assert!(Moment::of(u64::MAX).day().starts_with("+262142-"));
    }
}
