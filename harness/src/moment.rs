//! A point in time, for people and for machines.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// A point in time in UTC.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// To the minute.
    text: String,
    /// As RFC 3339.
    machine: String,
}

impl Moment {
    /// From seconds since 1970.
    pub fn of(seconds: u64) -> Moment {
        let (year, month, day) = civil(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        Moment {
            text: format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC"),
            machine: format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        }
    }

    /// As RFC 3339, to the second.
    pub fn machine(&self) -> &str {
        &self.machine
    }

    /// The day alone: `2026-11-23`.
    pub fn day(&self) -> &str {
        &self.machine[..10]
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// Years begin in March here, so that the leap day is the last of its year, and 400 of them are
/// always 146,097 days.
fn civil(days: u64) -> (u64, u64, u64) {
    let since = days + 719_468;
    let (era, day) = (since / 146_097, since % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    match month < 10 {
        true => (era * 400 + year, month + 3, day),
        false => (era * 400 + year + 1, month - 9, day),
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
    }
}
