//! A case at another place: what it maps to `/` is mapped to another guest path, and all its paths follow.
//!
//! Runtimes treat the mapping `/` in ways of their own. The same case at `/data` tells a fault of an operation from a
//! fault of the mapping.

use crate::case::{Case, Placement, below};
use crate::digest::sha256;
use crate::divergence::Divergence;
use crate::expectation::{Expectation, Matcher};
use crate::invalid::Invalid;
use crate::names::CaseId;
use crate::pattern;

/// The guest path that written cases map their folder to.
pub const WRITTEN: &str = "/";

/// The id of a case at a place: `fs/open.data/rdwr` is `fs/open/rdwr` at `/data`.
pub fn id(case: &Case, at: &str) -> String {
    let name = case.id.rsplit('/').next().unwrap_or_default();
    CaseId::new(&area(case, at), name).to_string()
}

/// The case that is written, and the guest path of the place, for the id of a case at another place.
///
/// ```
/// let (written, at) = matrix_model::placement::written("fs/open.data/rdwr").unwrap();
/// assert_eq!((written.as_str(), at.as_str()), ("fs/open/rdwr", "/data"));
/// assert_eq!(matrix_model::placement::written("fs/open/rdwr"), None);
/// ```
pub fn written(id: &str) -> Option<(String, String)> {
    let (area, name) = id.rsplit_once('/')?;
    let (area, place) = area.split_once('.')?;
    Some((format!("{area}/{name}"), format!("/{}", place.replace('.', "/"))))
}

impl Case {
    /// The case with what it maps to `/` mapped to another guest path. Its arguments that are paths there, the paths
    /// of the files that are looked at, and the paths that stand as words in its stdout follow. None if it maps
    /// nothing to `/`.
    ///
    /// One case in eight is sampled. Which ones follows from their ids, so that nobody chooses them.
    ///
    /// # Errors
    /// If a pattern cannot be moved.
    pub fn placed(&self, at: &str) -> Result<Option<Case>, Invalid> {
        if self.dirs.iter().all(|dir| dir.guest != WRITTEN) {
            return Ok(None);
        }
        let mut case = self.clone();
        case.id = id(self, at);
        case.area = area(self, at);
        case.placement = Some(Placement { at: at.to_owned(), sampled: is_sampled(&self.id) });
        for dir in case.dirs.iter_mut().filter(|dir| dir.guest == WRITTEN) {
            at.clone_into(&mut dir.guest);
        }
        case.args = self.args.iter().map(|arg| self.moved(arg, at)).collect();
        case.got_out = self.got_out.as_deref().map(|pattern| self.moved_pattern(pattern, at));
        case.found_out = self.found_out.as_deref().map(|pattern| self.moved_pattern(pattern, at));
        case.expect = self.moved_expectation(&self.expect, at)?;
        Ok(Some(case))
    }

    /// A divergence from this case, which is at `/`, carried over to the same case at a place.
    ///
    /// # Errors
    /// If a pattern cannot be moved.
    pub fn carry_over(&self, divergence: &Divergence, to: &Case, at: &str) -> Result<Divergence, Invalid> {
        Ok(Divergence {
            case: to.id.clone(),
            carried_over: true,
            // The case at that place says which cases judge its lines.
            instead: Expectation {
                checks: to.expect.checks.clone(),
                ..self.moved_expectation(&divergence.instead, at)?
            },
            ..divergence.clone()
        })
    }

    fn moved_expectation(&self, expect: &Expectation, at: &str) -> Result<Expectation, Invalid> {
        Ok(Expectation {
            stdout: self.moved_matcher(&expect.stdout, at)?,
            control: self.moved_words(&expect.control, at),
            files: expect.files.iter().map(|(path, matcher)| (self.moved(path, at), matcher.clone())).collect(),
            ..expect.clone()
        })
    }

    /// A path below `/` at the place; any other text as it is.
    fn moved(&self, text: &str, at: &str) -> String {
        let holder = self.dirs.iter().filter(|dir| below(&dir.guest, text).is_some()).max_by_key(|dir| dir.guest.len());
        match holder.filter(|dir| dir.guest == WRITTEN).and_then(|dir| below(&dir.guest, text)) {
            Some("") => at.to_owned(),
            Some(rest) => format!("{at}/{rest}"),
            None => text.to_owned(),
        }
    }

    fn moved_words(&self, text: &[u8], at: &str) -> Vec<u8> {
        let words = text.split_inclusive(|byte| matches!(byte, b' ' | b'\n'));
        let moved = |word: &[u8]| match std::str::from_utf8(word) {
            Ok(word) => self.moved(word, at).into_bytes(),
            Err(_) => word.to_vec(),
        };
        words.flat_map(moved).collect()
    }

    fn moved_pattern(&self, pattern: &str, at: &str) -> String {
        String::from_utf8_lossy(&self.moved_words(pattern.as_bytes(), at)).into_owned()
    }

    fn moved_matcher(&self, matcher: &Matcher, at: &str) -> Result<Matcher, Invalid> {
        let all = |members: &[Matcher]| -> Result<Vec<Matcher>, Invalid> {
            members.iter().map(|member| self.moved_matcher(member, at)).collect()
        };
        Ok(match matcher {
            Matcher::Exact(text) => Matcher::Exact(self.moved_words(text, at)),
            Matcher::Contains(text) => Matcher::Contains(self.moved_words(text, at)),
            Matcher::Matches(regex) => Matcher::Matches(pattern::parse(&self.moved_pattern(regex.as_str(), at))?),
            Matcher::Lines(lines) => Matcher::Lines(all(lines)?),
            Matcher::Any(members) => Matcher::Any(all(members)?),
            Matcher::Sha256(_) | Matcher::Json(_) => matcher.clone(),
        })
    }
}

fn area(case: &Case, at: &str) -> String {
    format!("{}{}", case.area, at.replace('/', "."))
}

/// Whether a case's id falls into the eighth that is run without being asked for.
fn is_sampled(id: &str) -> bool {
    sha256(id.as_bytes()).starts_with(['0', '1'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use crate::case::{Location, Preopen};
    use crate::divergence::Fault;
    use crate::expectation::FileMatcher;
    use crate::outcome::{Exit, Outcome};
    use crate::verdict::{Failure, Verdict, judge};

    fn case(dirs: &[&str]) -> Case {
        let preopen = |guest: &&str| Preopen { guest: (*guest).to_owned(), fixture: "f".to_owned(), read_only: false };
        let location = Location { file: "cases/fs/open.toml".to_owned(), line: 1 };
        Case { dirs: dirs.iter().map(preopen).collect(), ..Case::of_module("fs/open", "rdwr".to_owned(), location) }
    }

    fn placed(case: &Case) -> Case {
        case.placed("/data").expect("no pattern").expect("it maps /")
    }

    #[test]
    fn only_what_is_below_the_root_moves() {
        let args = ["rename", "/a//b/", "/", "then", "list", "/other/x", "a/b", "{outside}/x", "/otherwise"];
        let case = Case { args: args.map(str::to_owned).to_vec(), ..case(&["/", "/other"]) };
        let placed = placed(&case);
        assert_eq!((placed.id.as_str(), placed.area.as_str()), ("fs/open.data/rdwr", "fs/open.data"));
        assert_eq!(placed.dirs.iter().map(|dir| dir.guest.as_str()).collect::<Vec<_>>(), ["/data", "/other"]);
        let moved =
            ["rename", "/data/a//b/", "/data", "then", "list", "/other/x", "a/b", "{outside}/x", "/data/otherwise"];
        assert_eq!(placed.args, moved);
    }

    #[test]
    fn what_is_expected_moves_along() {
        let mut case = case(&["/"]);
        let text = |text: &str| Matcher::Exact(text.as_bytes().to_vec());
        case.expect.stdout = text("walk: /a/ /a/b\nlist: c/ d/\nreadlink: \"/a\"\n");
        case.expect.files.insert("/a/b".to_owned(), FileMatcher::Absent);
        let placed = placed(&case);
        assert_eq!(placed.expect.stdout, text("walk: /data/a/ /data/a/b\nlist: c/ d/\nreadlink: \"/a\"\n"));
        assert_eq!(placed.expect.files.keys().collect::<Vec<_>>(), ["/data/a/b"]);
    }

    #[test]
    fn a_case_may_deviate_as_it_does_at_the_root_and_need_not() {
        let mut case = case(&["/"]);
        let text = |text: &str| Matcher::Exact(text.as_bytes().to_vec());
        case.expect.stdout = text("read: /a\n");
        let placed = placed(&case);
        let divergence = Divergence {
            location: case.location.clone(),
            case: case.id.clone(),
            versions: semver::VersionReq::STAR,
            modes: None,
            surroundings: None,
            fault: Fault::Runtime,
            reason: "It reads another file.".to_owned(),
            url: "unreported".to_owned(),
            sometimes: false,
            security: false,
            stays_inside: false,
            carried_over: false,
            outside: false,
            instead: Expectation { stdout: text("read: /b\n"), ..case.expect.clone() },
        };
        let carried = case.carry_over(&divergence, &placed, "/data").expect("no pattern");
        let verdict = |case: &Case, divergence: &Divergence, stdout: &str| {
            let outcome = Outcome {
                exit: Exit::Code { code: 0, whole: true },
                stdout: stdout.as_bytes().to_vec().into(),
                stderr: Vec::new().into(),
                files: BTreeMap::new(),
                outside: BTreeMap::new(),
                returns: Vec::new(),
                again: None,
                stdin_rest: None,
                changed_flags: None,
                usage: matrix_supervise::Usage::default(),
                leaked: Vec::new(),
                engine_ns: None,
            };
            judge(case, &outcome, &[divergence], |it| it.permits(None), |_| false).verdict
        };
        let failure = Failure::WrongOutput;
        assert_eq!(verdict(&case, &divergence, "read: /a\n"), Verdict::Stale);
        assert_eq!(verdict(&placed, &carried, "read: /data/a\n"), Verdict::Pass);
        assert_eq!(verdict(&placed, &carried, "read: /data/b\n"), Verdict::Known { failure });
        assert_eq!(verdict(&placed, &carried, "read: /b\n"), Verdict::Fail { failure });
    }

    #[test]
    fn a_case_that_maps_nothing_to_the_root_has_no_other_place() {
        assert!(case(&["/data"]).placed("/data").expect("no pattern").is_none());
    }
}
