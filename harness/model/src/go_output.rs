//! What a Go test writes, without what differs between two runs of it by itself: times, the numbers of goroutines, addresses,
//! and names of temporary files.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex};
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::escape::visible;

/// What stands in place of what differs by itself.
const LEFT_OUT: &str = "…";

/// How many lines of a difference are told.
const TOLD: usize = 8;

/// What differs by itself: the pattern, of which the first group stays.
static BY_ITSELF: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        // The time of a test, and that of a package.
        r"(\()\d+(?:\.\d+)?s\b",
        r"(?m)^((?:ok|FAIL|\?)[ \t]+\S+[ \t]+)\d+\.\d+s",
        // What a benchmark measured.
        r"(?m)^(Benchmark\S+[ \t]+)\d[^\n]*",
        r"(\bgoroutine )\d+",
        r"(\[[^\[\]\n]*, )\d+ minutes",
        // A question mark follows what may be wrong in a stack trace.
        r"(0x)[0-9a-fA-F]+\??",
    ];
    patterns.iter().map(|pattern| Regex::new(pattern).expect("a valid pattern")).collect()
});

/// An output without what differs by itself. `temp` is the folder for temporary files.
pub fn steady(output: &[u8], temp: &str) -> Vec<u8> {
    let temporary = format!(r"({}/[^\s\x22'/]*?)\d+", regex::escape(temp.trim_end_matches('/')));
    let mut output = match Regex::new(&temporary) {
        Ok(pattern) if !temp.is_empty() => left_out(&pattern, output),
        _ => output.to_owned(),
    };
    for pattern in BY_ITSELF.iter() {
        output = left_out(pattern, &output);
    }
    output
}

fn left_out(pattern: &Regex, output: &[u8]) -> Vec<u8> {
    let kept = |found: &Captures| [&found[1], LEFT_OUT.as_bytes()].concat();
    pattern.replace_all(output, kept).into_owned()
}

/// The first lines in which one output differs from another, each with `-` before what only the first one has, and `+` before
/// what only the other one has. Empty if they differ by themselves only.
pub fn difference(first: &[u8], other: &[u8], temp: &str) -> Vec<String> {
    let (first, other) = (steady(first, temp), steady(other, temp));
    if first == other {
        return Vec::new();
    }
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(&first[..], &other[..]);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
    let mut lines: Vec<_> = changes
        .map(|change| {
            format!("{}{}", change.tag(), visible(&String::from_utf8_lossy(change.value())).trim_end_matches('\n'))
        })
        .collect();
    let more = lines.len().saturating_sub(TOLD);
    lines.truncate(TOLD);
    if more > 0 {
        lines.push(format!("{LEFT_OUT} and {}", crate::plural::counted(more, "further line")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_by_itself_does_not_count() {
        let one = "--- PASS: TestA (0.01s)\nok  \tp\t0.120s\ngoroutine 7 [running]:\nmain.f(0xc000012345?)\n\t/p/a.go:3 +0x1d\n\
                   open /tmp/TestA123/001/x: no\nBenchmarkA-8  100  12.3 ns/op\n";
        let other = "--- PASS: TestA (1.20s)\nok  \tp\t3.5s\ngoroutine 12 [running]:\nmain.f(0xc0000aaaaa)\n\t/p/a.go:3 +0x2d\n\
                     open /tmp/TestA99/001/x: no\nBenchmarkA-8  9  1 ns/op\n";
        assert_eq!(difference(one.as_bytes(), other.as_bytes(), "/tmp"), Vec::<String>::new());
    }

    #[test]
    fn what_a_test_says_counts() {
        let told = |one: &str, other: &str| difference(one.as_bytes(), other.as_bytes(), "/tmp").join("|");
        assert_eq!(
            told("--- PASS: TestA (0.01s)\n", "--- FAIL: TestA (0.01s)\n"),
            "---- PASS: TestA (…)|+--- FAIL: TestA (…)"
        );
        assert_eq!(told("got 7\n", "got 8\n"), "-got 7|+got 8");
        assert_eq!(told("open /etc/x1: no\n", "open /etc/x2: no\n"), "-open /etc/x1: no|+open /etc/x2: no");
        let long: String = (0..20).map(|line| format!("{line}\n")).collect();
        assert!(told("", &long).ends_with("|+7|… and 12 further lines"), "{}", told("", &long));
    }
}
