//! Searches for the version in which a case changed. Pure: the caller says what each version does.

use anyhow::{Result, bail};
use semver::Version;

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

/// The versions between which a case changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Border {
    /// The last good version, counted from the good end.
    pub good: Version,
    /// The first bad version.
    pub bad: Version,
    /// The versions between them that cannot be judged.
    pub between: Vec<Version>,
}

/// Bisects the range between two versions; either may be the older one. Calls `ask` at most once per version.
///
/// # Errors
/// If one of the two versions is not in the list or not as claimed, or if `ask` fails.
pub fn search(
    versions: &[Version],
    good: &Version,
    bad: &Version,
    mut ask: impl FnMut(&Version) -> Result<Found>,
) -> Result<Border> {
    let place = |version: &Version| versions.binary_search(version);
    let (Ok(from), Ok(to)) = (place(good), place(bad)) else {
        let missing = if place(good).is_err() { good } else { bad };
        let there: Vec<_> = versions.iter().map(ToString::to_string).collect();
        bail!("there is no version {missing}; there are {}", there.join(", "));
    };
    if from == to {
        bail!("--good and --bad are the same version");
    }
    // From the good end to the bad end, whichever is newer.
    let mut path: Vec<&Version> = versions[from.min(to)..=from.max(to)].iter().collect();
    if from > to {
        path.reverse();
    }
    for (version, said, is) in [(good, "--good", Found::Good), (bad, "--bad", Found::Bad)] {
        let found = ask(version)?;
        if found != is {
            bail!("{said} {version}: that version {}", in_words(found));
        }
    }
    let mut skipped: Vec<&Version> = Vec::new();
    let (mut low, mut high) = (0, path.len() - 1);
    loop {
        // Of the versions not yet skipped, take the one nearest to the middle.
        let middle = (low + high) / 2;
        let untried = (low + 1..high).filter(|index| !skipped.contains(&path[*index]));
        let Some(index) = untried.min_by_key(|index| index.abs_diff(middle)) else { break };
        match ask(path[index])? {
            Found::Good => low = index,
            Found::Bad => high = index,
            Found::Neither => skipped.push(path[index]),
        }
    }
    let between = path[low + 1..high].iter().map(|version| (*version).clone()).collect();
    Ok(Border { good: path[low].clone(), bad: path[high].clone(), between })
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

    fn at(minor: u64) -> Version {
        Version::new(1, minor, 0)
    }

    #[test]
    fn every_border_is_found_in_few_steps() {
        for first_bad in 1..12 {
            let mut asked = Vec::new();
            let border = search(&versions(), &at(0), &at(11), |version| {
                asked.push(version.clone());
                Ok(if version.minor < first_bad { Found::Good } else { Found::Bad })
            });
            assert_eq!(border.unwrap(), Border { good: at(first_bad - 1), bad: at(first_bad), between: Vec::new() });
            let count = asked.len();
            asked.sort();
            asked.dedup();
            assert!(asked.len() == count && count <= 6, "{count} asked");
        }
    }

    #[test]
    fn it_is_found_when_something_was_mended_too() {
        let ask = |version: &Version| Ok(if version.minor >= 4 { Found::Good } else { Found::Bad });
        let border = search(&versions(), &at(11), &at(0), ask).unwrap();
        assert_eq!((border.good, border.bad), (at(4), at(3)));
    }

    #[test]
    fn versions_that_cannot_be_judged_are_gone_around() {
        let ask = |version: &Version| {
            Ok(match version.minor {
                4..=6 => Found::Neither,
                0..=3 => Found::Good,
                _ => Found::Bad,
            })
        };
        let border = search(&versions(), &at(0), &at(11), ask).unwrap();
        assert_eq!(border, Border { good: at(3), bad: at(7), between: vec![at(4), at(5), at(6)] });
    }

    #[test]
    fn ends_that_are_not_what_they_are_said_to_be_are_refused() {
        let error = |good, bad, found| search(&versions(), &good, &bad, |_| Ok(found)).unwrap_err().to_string();
        assert_eq!(error(at(0), at(5), Found::Bad), "--good 1.0.0: that version does not do as expected");
        assert_eq!(error(at(0), at(5), Found::Good), "--bad 1.5.0: that version does as expected");
        assert_eq!(error(at(5), at(5), Found::Good), "--good and --bad are the same version");
        assert!(error(at(0), at(77), Found::Good).starts_with("there is no version 1.77.0; there are 1.0.0, 1.1.0"));
    }
}
