//! Compares the pinned versions of a runtime with those that its package manager offers.

use anyhow::Result;
use semver::{Version, VersionReq};

use crate::install;
use crate::notice::Notify;
use matrix_model::runtime::Runtime;
use matrix_store::dirs::Places;

/// What a runtime's package manager says about its pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Each pin that should be the newest is; the default one is this.
    Newest(Version),
    /// These are not; at least one.
    Behind(Vec<Behind>),
    /// No package manager is known to have the runtime.
    NoPackage,
}

/// A pin for which there is a newer version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The pinned version.
    pub pin: Version,
    /// The newest one.
    pub newest: Version,
    /// The line that it is the newest of; `None` means of all.
    pub line: Option<VersionReq>,
}

/// Asks a runtime's package manager, through its own client.
///
/// # Errors
/// If the client is not there, or fails.
pub fn ask(runtime: &Runtime, places: &Places, notify: &Notify) -> Result<Answer> {
    let Some(package) = runtime.install.package() else { return Ok(Answer::NoPackage) };
    let offered = install::offered(runtime, package, places, notify)?;
    let Some(default) = runtime.install.pins.first() else { return Ok(Answer::NoPackage) };
    let behind = behind(&runtime.install.pins, runtime.install.lts.as_ref(), &offered);
    Ok(if behind.is_empty() { Answer::Newest(default.clone()) } else { Answer::Behind(behind) })
}

/// The pins that are behind. Release candidates do not count, and neither do pins older than the default one: they are
/// kept for what they show about the past.
///
/// The default pin is to be the newest, or the newest of the line with long-term support. A pin beyond that line is to
/// be the newest of all.
fn behind(pins: &[Version], lts: Option<&VersionReq>, offered: &[Version]) -> Vec<Behind> {
    let stable = || offered.iter().filter(|version| version.pre.is_empty());
    let Some(default) = pins.first() else { return Vec::new() };
    let newest_of_line = stable().filter(|version| lts.is_none_or(|line| line.matches(version))).max();
    let first = newest_of_line.map(|newest| (default, newest, lts.cloned()));
    let beyond = pins.iter().max().filter(|pin| lts.is_some_and(|line| !line.matches(pin)) && *pin > default);
    let second = beyond.and_then(|pin| Some((pin, stable().max()?, None)));
    let compared = first.into_iter().chain(second).filter(|(pin, newest, _)| newest > pin);
    compared.map(|(pin, newest, line)| Behind { pin: pin.clone(), newest: newest.clone(), line }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(list: &[&str]) -> Vec<Version> {
        list.iter().map(|version| Version::parse(version).expect("a version")).collect()
    }

    fn found(pins: &[&str], lts: Option<&str>, offered: &[&str]) -> Vec<(String, String)> {
        let lts = lts.map(|line| VersionReq::parse(line).expect("a range"));
        let behind = behind(&versions(pins), lts.as_ref(), &versions(offered));
        behind.into_iter().map(|behind| (behind.pin.to_string(), behind.newest.to_string())).collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(pin, newest)| ((*pin).to_owned(), (*newest).to_owned())).collect()
    }

    #[test]
    fn the_default_pin_is_to_be_the_newest_release() {
        assert_eq!(found(&["1.2.0", "1.0.0"], None, &["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1"]), pairs(&[]));
        assert_eq!(found(&["1.2.0", "1.0.0"], None, &["1.2.0", "1.10.0"]), pairs(&[("1.2.0", "1.10.0")]));
        assert_eq!(found(&["1.0.0", "1.2.0"], None, &["1.2.0"]), pairs(&[("1.0.0", "1.2.0")]));
    }

    #[test]
    fn a_line_with_long_term_support_stands_for_the_runtime() {
        let offered = ["20.9.0", "24.1.0", "24.2.0", "26.1.0", "26.3.0"];
        assert_eq!(found(&["24.2.0"], Some("^24"), &offered), pairs(&[]));
        assert_eq!(found(&["24.1.0", "20.1.0"], Some("^24"), &offered), pairs(&[("24.1.0", "24.2.0")]));
        assert_eq!(found(&["24.2.0", "26.1.0", "20.1.0"], Some("^24"), &offered), pairs(&[("26.1.0", "26.3.0")]));
    }
}
