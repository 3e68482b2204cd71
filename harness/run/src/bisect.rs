//! Searches for the version in which a case changed, and says what was measured. Pure: the caller says what each version
//! does.

use std::fmt::Display;

use anyhow::{Result, bail};
use semver::{Version, VersionReq};

/// What a version does with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It does as expected.
    Good,
    /// It does not do as expected, whether that is recorded or not.
    Bad,
    /// It cannot be judged: it is not available, or the harness fails.
    Neither,
}

/// Which versions are run, apart from the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that halve what is left. If the case changed more than once, one of the changes is found.
    Halving,
    /// All.
    Every,
}

/// What each of some versions does, oldest first; `None` if it was not run.
pub type Measured = Vec<Option<Found>>;

/// Runs versions from one end of a list, which is ordered by age, to the other; the good end may be the older one or the
/// newer one. Calls `ask` at most once per version.
///
/// # Errors
/// If one of the two ends is not as claimed, or if `ask` fails.
pub fn search<P: Display>(
    path: &[P],
    good_is_newer: bool,
    which: Which,
    mut ask: impl FnMut(&P) -> Result<Found>,
) -> Result<Measured> {
    let mut measured = vec![None; path.len()];
    let last = path.len().saturating_sub(1);
    if last == 0 {
        bail!("--good and --bad are the same version");
    }
    let (good, bad) = if good_is_newer { (last, 0) } else { (0, last) };
    for (place, said, is) in [(good, "--good", Found::Good), (bad, "--bad", Found::Bad)] {
        let found = ask(&path[place])?;
        if found != is {
            bail!("{said} {}: that version {}", path[place], in_words(found));
        }
        measured[place] = Some(found);
    }
    if which == Which::Every {
        for place in 1..last {
            measured[place] = Some(ask(&path[place])?);
        }
        return Ok(measured);
    }
    let (mut low, mut high) = (0, last);
    loop {
        // Of the versions not run yet, take the one nearest to the middle.
        let middle = (low + high) / 2;
        let untried = (low + 1..high).filter(|place| measured[*place].is_none());
        let Some(place) = untried.min_by_key(|place| place.abs_diff(middle)) else { break };
        let found = ask(&path[place])?;
        measured[place] = Some(found);
        if found == Found::Neither {
            continue;
        }
        match Some(found) == measured[low] {
            true => low = place,
            false => high = place,
        }
    }
    Ok(measured)
}

/// Two versions that do differently, with none between them that could be judged. The numbers are places in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Border {
    /// The older one.
    pub older: usize,
    /// The newer one.
    pub newer: usize,
}

/// Where the case changed, oldest first.
pub fn borders(measured: &Measured) -> Vec<Border> {
    let judged = judged(measured);
    let changes = judged.windows(2).filter(|pair| pair[0].1 != pair[1].1);
    changes.map(|pair| Border { older: pair[0].0, newer: pair[1].0 }).collect()
}

/// A range of versions, each end of which was run. None of those in it that were run does as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRange {
    /// The range.
    pub versions: VersionReq,
    /// How many versions in it were run.
    pub run: usize,
    /// How many versions there are in it.
    pub of: usize,
}

/// The ranges of versions in which the case is not as expected, oldest first. A range is not stated, and the good version
/// is given instead, if it cannot tell a bad version from a good one: a build that stands for the version of a release.
pub fn bad_ranges(versions: &[Version], measured: &Measured) -> Vec<Result<BadRange, Version>> {
    let judged = judged(measured);
    let runs = judged.chunk_by(|one, next| one.1 == next.1).filter(|run| run[0].1 == Found::Bad);
    let range = |run: &[(usize, Found)]| {
        let (first, last) = (run[0].0, run[run.len() - 1].0);
        let next_is_good = measured.get(last + 1) == Some(&Some(Found::Good));
        let text = match next_is_good {
            true => format!(">={}, <{}", versions[first], versions[last + 1]),
            false if first == last => format!("={}", versions[first]),
            false => format!(">={}, <={}", versions[first], versions[last]),
        };
        let range = VersionReq::parse(&text).expect("a range of two versions");
        let contradicts = |(place, found): &&(usize, Found)| *found == Found::Good && range.matches(&versions[*place]);
        match judged.iter().find(contradicts) {
            Some((place, _)) => Err(versions[*place].clone()),
            None => Ok(BadRange { versions: range, run: run.len(), of: last - first + 1 }),
        }
    };
    runs.map(range).collect()
}

/// The versions that could be judged, by place.
fn judged(measured: &Measured) -> Vec<(usize, Found)> {
    let found = measured.iter().enumerate().filter_map(|(place, found)| Some((place, (*found)?)));
    found.filter(|(_, found)| *found != Found::Neither).collect()
}

/// What a version does, as the end of a sentence.
pub fn in_words(found: Found) -> &'static str {
    match found {
        Found::Good => "does as expected",
        Found::Bad => "does not do as expected",
        Found::Neither => "cannot be judged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions() -> Vec<Version> {
        (0..12).map(|minor| Version::new(1, minor, 0)).collect()
    }

    fn border(older: usize, newer: usize) -> Border {
        Border { older, newer }
    }

    fn stated(versions: &[Version], measured: &Measured) -> Vec<String> {
        let stated = bad_ranges(versions, measured).into_iter();
        let in_words = |range: Result<BadRange, Version>| match range {
            Ok(BadRange { versions, run, of }) => format!("{versions} ({run} of {of})"),
            Err(good) => format!("not told from {good}"),
        };
        stated.map(in_words).collect()
    }

    #[test]
    fn every_border_is_found_in_few_steps() {
        for first_bad in 1..12 {
            let mut asked = Vec::new();
            let measured = search(&versions(), false, Which::Halving, |version| {
                asked.push(version.clone());
                Ok(if version.minor < first_bad { Found::Good } else { Found::Bad })
            });
            let first_bad = first_bad as usize;
            assert_eq!(borders(&measured.unwrap()), [border(first_bad - 1, first_bad)]);
            let count = asked.len();
            asked.sort();
            asked.dedup();
            assert!(asked.len() == count && count <= 6, "{count} asked");
        }
    }

    #[test]
    fn a_range_has_ends_that_were_run() {
        let broken = |version: &Version| Ok(if version.minor < 4 { Found::Good } else { Found::Bad });
        let measured = search(&versions(), false, Which::Halving, broken).unwrap();
        assert_eq!(stated(&versions(), &measured), [">=1.4.0, <=1.11.0 (3 of 8)"], "nothing is said of 1.12.0");
        let mended = |version: &Version| Ok(if version.minor >= 4 { Found::Good } else { Found::Bad });
        let measured = search(&versions(), true, Which::Halving, mended).unwrap();
        assert_eq!(borders(&measured), [border(3, 4)]);
        assert_eq!(stated(&versions(), &measured), [">=1.0.0, <1.4.0 (3 of 4)"], "nothing is said of 0.9.0");
    }

    #[test]
    fn what_changes_several_times_is_told_if_every_version_is_run() {
        let ask = |version: &Version| {
            Ok(match version.minor {
                0..=2 | 7 => Found::Bad,
                _ => Found::Good,
            })
        };
        let measured = search(&versions(), true, Which::Every, ask).unwrap();
        assert_eq!(borders(&measured), [border(2, 3), border(6, 7), border(7, 8)]);
        assert_eq!(stated(&versions(), &measured), [">=1.0.0, <1.3.0 (3 of 3)", ">=1.7.0, <1.8.0 (1 of 1)"]);
    }

    #[test]
    fn versions_that_cannot_be_judged_are_gone_around_and_in_no_range() {
        let ask = |version: &Version| {
            Ok(match version.minor {
                4..=6 => Found::Neither,
                0..=3 => Found::Bad,
                _ => Found::Good,
            })
        };
        for which in [Which::Halving, Which::Every] {
            let measured = search(&versions(), true, which, ask).unwrap();
            assert_eq!(borders(&measured), [border(3, 7)]);
            assert_eq!(
                bad_ranges(&versions(), &measured)[0].as_ref().unwrap().versions.to_string(),
                ">=1.0.0, <=1.3.0"
            );
        }
    }

    #[test]
    fn no_range_is_stated_that_holds_for_what_is_good() {
        let release = Version::new(1, 12, 0);
        let measured = vec![Some(Found::Good), Some(Found::Bad)];
        assert_eq!(stated(&[release.clone(), release.clone()], &measured), ["not told from 1.12.0"]);
        let build = Version::parse("1.13.0-dev").unwrap();
        assert_eq!(stated(&[release, build], &measured), ["=1.13.0-dev (1 of 1)"]);
    }

    #[test]
    fn ends_that_are_not_what_they_are_said_to_be_are_refused() {
        let error = |found| search(&versions()[..6], false, Which::Halving, |_| Ok(found)).unwrap_err().to_string();
        assert_eq!(error(Found::Bad), "--good 1.0.0: that version does not do as expected");
        assert_eq!(error(Found::Good), "--bad 1.5.0: that version does as expected");
        let same = search(&versions()[..1], false, Which::Halving, |_| Ok(Found::Good)).unwrap_err();
        assert_eq!(same.to_string(), "--good and --bad are the same version");
    }
}
