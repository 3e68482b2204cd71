//! Flags as the go command takes them.

use std::ffi::OsString;
use std::time::Duration;

/// The command whose flags may be written with one dash.
const COMMAND: &str = "test";

/// The command whose arguments are those of another program.
const EXEC: &str = "exec";

/// The flag after which everything is the test binary's.
const ARGS: &str = "-args";

/// A command line in which the flags of `test` that are written with one dash have two: `-run X` is `--run X`. What comes
/// after `-args` stays as it is.
pub fn with_two_dashes(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments = arguments.into_iter();
    let mut changed: Vec<OsString> = arguments.by_ref().take(1).collect();
    let mut is_of_test = false;
    while let Some(argument) = arguments.next() {
        let text = argument.to_str().unwrap_or_default();
        let is_flag = text.starts_with('-') && !text.starts_with("--") && text.len() > 2;
        if is_of_test && (text == ARGS || text == "--args") {
            changed.push("--".into());
            changed.extend(arguments);
            break;
        }
        if text == "--" || (text == EXEC && !is_of_test) {
            changed.push(argument);
            changed.extend(arguments);
            break;
        }
        is_of_test |= text == COMMAND;
        let dash = (is_of_test && is_flag).then_some("-");
        changed.push(dash.map_or_else(OsString::new, OsString::from));
        changed.last_mut().expect("it was pushed").push(argument);
    }
    changed
}

/// Reads a duration as Go writes it: `10m`, `1h30m`, `500ms`. `0` is none.
///
/// # Errors
/// If it is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; write one as 90s, 10m or 1h30m");
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (mut total, mut rest) = (Duration::ZERO, text);
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0).ok_or_else(wrong)?;
        let (value, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 0.001,
            _ => return Err(wrong()),
        };
        let value: f64 = value.parse().map_err(|_| wrong())?;
        total += Duration::try_from_secs_f64(value * seconds).map_err(|_| wrong())?;
        rest = after;
    }
    if text.is_empty() { Err(wrong()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(line: &str) -> String {
        let words = with_two_dashes(line.split_whitespace().map(OsString::from));
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn gos_flags_may_have_one_dash() {
        assert_eq!(changed("m test -run X ./... -short"), "m test --run X ./... --short");
        assert_eq!(changed("m --offline test -v -run=X"), "m --offline test -v --run=X");
        assert_eq!(changed("m test ./p -args -run -x"), "m test ./p -- -run -x");
        assert_eq!(changed("m compare ./app -- -run test -x"), "m compare ./app -- -run test -x");
        assert_eq!(changed("m list -help"), "m list -help", "it is no flag of Go's");
    }

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, millis) in [("10m", 600_000), ("1h30m", 5_400_000), ("1.5s", 1500), ("500ms", 500), ("0", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "10", "m", "10x", "-5s", "1h30"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
