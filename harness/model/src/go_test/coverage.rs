//! Coverage profiles, as `go test -coverprofile` writes them and `go tool cover` reads them.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

/// How the first line of a profile begins.
const MODE: &str = "mode: ";

/// The mode that only says whether a block was run. The others count.
const SET: &str = "set";

/// Which statements were run, of one or several starts of test binaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// `set`, `count` or `atomic`.
    mode: String,
    blocks: BTreeMap<Block, Counted>,
}

/// A part of a file, in the order of `go test`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    file: String,
    /// The line and the column at which it begins.
    begin: (u32, u32),
    /// The line and the column at which it ends.
    end: (u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted {
    statements: u32,
    count: u64,
}

/// Why a text is no profile, or two profiles cannot be one.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProfileError {
    /// A line is not as Go writes it.
    #[error("line {0} of a coverage profile is not as Go writes it")]
    Line(usize),
    /// The profiles were made in two modes.
    #[error("two coverage profiles have the modes {0} and {1}")]
    Modes(String, String),
    /// The profiles are of two versions of a file.
    #[error("two coverage profiles have other statements at {0}")]
    Statements(String),
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// If a line is not as Go writes it.
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        let mut lines = text.lines();
        let mode = lines.next().and_then(|line| line.strip_prefix(MODE)).ok_or(ProfileError::Line(1))?;
        let mut profile = Profile { mode: mode.to_owned(), blocks: BTreeMap::new() };
        for (place, line) in lines.enumerate() {
            let (block, counted) = block(line).ok_or(ProfileError::Line(place + 2))?;
            profile.add(block, counted)?;
        }
        Ok(profile)
    }

    /// Adds what other starts ran.
    ///
    /// # Errors
    /// If the two profiles have different modes, or are of different sources.
    pub fn merge(&mut self, other: Profile) -> Result<(), ProfileError> {
        if self.mode != other.mode {
            return Err(ProfileError::Modes(self.mode.clone(), other.mode));
        }
        other.blocks.into_iter().try_for_each(|(block, counted)| self.add(block, counted))
    }

    fn add(&mut self, block: Block, counted: Counted) -> Result<(), ProfileError> {
        let known = self.blocks.entry(block.clone()).or_insert(Counted { count: 0, ..counted });
        if known.statements != counted.statements {
            return Err(ProfileError::Statements(block.to_string()));
        }
        known.count = match self.mode == SET {
            true => known.count | counted.count,
            false => known.count.saturating_add(counted.count),
        };
        Ok(())
    }
}

/// `name.go:3.14,5.2 1 0`: where a block begins and ends, its statements, and how often it was run.
fn block(line: &str) -> Option<(Block, Counted)> {
    let (place, numbers) = line.rsplit_once(':')?;
    let mut words = numbers.split(' ');
    let (begin, end) = words.next()?.split_once(',')?;
    let counted = Counted { statements: words.next()?.parse().ok()?, count: words.next()?.parse().ok()? };
    let block = Block { file: place.to_owned(), begin: position(begin)?, end: position(end)? };
    words.next().is_none().then_some((block, counted))
}

fn position(text: &str) -> Option<(u32, u32)> {
    let (line, column) = text.split_once('.')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

impl fmt::Display for Block {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let Block { file, begin, end } = self;
        write!(out, "{file}:{}.{},{}.{}", begin.0, begin.1, end.0, end.1)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        writeln!(out, "{MODE}{}", self.mode)?;
        let mut blocks = self.blocks.iter();
        blocks.try_for_each(|(block, Counted { statements, count })| writeln!(out, "{block} {statements} {count}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "mode: set\nm/a.go:3.14,5.2 1 1\nm/a.go:10.1,12.2 2 0\n";

    #[test]
    fn a_profile_is_written_as_it_is_read() {
        assert_eq!(Profile::parse(A).expect("a profile").to_string(), A);
    }

    #[test]
    fn a_block_was_run_if_one_start_ran_it() {
        let mut all = Profile::parse(A).expect("a profile");
        let other = "mode: set\nm/a.go:10.1,12.2 2 1\nm/a.go:3.14,5.2 1 1\nm/b.go:1.1,2.2 1 0\n";
        all.merge(Profile::parse(other).expect("a profile")).expect("one profile");
        let merged = "mode: set\nm/a.go:3.14,5.2 1 1\nm/a.go:10.1,12.2 2 1\nm/b.go:1.1,2.2 1 0\n";
        assert_eq!(all.to_string(), merged);
    }

    #[test]
    fn counts_are_added_up() {
        for mode in ["count", "atomic"] {
            let profile = || Profile::parse(&format!("mode: {mode}\nm/a.go:3.14,5.2 1 3\n")).expect("a profile");
            let mut all = profile();
            all.merge(profile()).expect("one profile");
            assert_eq!(all.to_string(), format!("mode: {mode}\nm/a.go:3.14,5.2 1 6\n"));
        }
    }

    #[test]
    fn what_is_no_profile_is_refused_with_its_line() {
        for (text, line) in [
            ("", 1),
            ("m/a.go:3.14,5.2 1 1\n", 1),
            ("mode: set\nm/a.go:3.14,5.2 1\n", 2),
            ("mode: set\nm/a.go:3.14,5.2 1 1\nm/a.go:3,5.2 1 1\n", 3),
            ("mode: set\nm/a.go:3.14,5.2 1 1 1\n", 2),
        ] {
            assert_eq!(Profile::parse(text), Err(ProfileError::Line(line)), "{text:?}");
        }
        let mut all = Profile::parse(A).expect("a profile");
        let modes = all.merge(Profile::parse("mode: count\n").expect("a profile"));
        assert_eq!(modes, Err(ProfileError::Modes("set".to_owned(), "count".to_owned())));
        let other = all.merge(Profile::parse("mode: set\nm/a.go:3.14,5.2 7 1\n").expect("a profile"));
        assert_eq!(other, Err(ProfileError::Statements("m/a.go:3.14,5.2".to_owned())));
    }
}
