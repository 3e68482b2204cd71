//! `runtimes/<id>/divergences.toml` and `runtimes/<id>/divergences/<area>.toml`; a file of divergences outside the project.

use std::collections::{BTreeMap, BTreeSet};
use std::env::consts::OS;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_spanned::Spanned;

use super::disclosure;
use super::expectations::overlay;
use super::modes;
use super::name;
use super::source::{Diagnostic, Source};
use crate::wire::{DivergenceEntry, DivergenceFile};
use matrix_model::case::{Case, Tier};
use matrix_model::divergence::Divergence;
use matrix_model::expectation::{Expectation, ExpectedExit};
use matrix_model::names::topic;
use matrix_model::nearest::did_you_mean;
use matrix_model::placement;
use matrix_model::runtime::{Mode, Runtime};

/// The operating systems that have the same name in Rust and Go.
const SYSTEMS: [&str; 4] = ["linux", "freebsd", "macos", "windows"];

/// Case and versions of an entry; its modes, operating systems and surroundings; and whether it is a race. An entry for an occasional result
/// may coexist with one for the usual result.
type Place = (String, String, [Option<BTreeSet<String>>; 3], bool);

/// The context that entries are checked against.
struct Check<'c> {
    modes: &'c [Mode],
    /// Ordered by id.
    cases: &'c [Case],
    /// Whether all case files were readable.
    complete: bool,
    /// The entries seen so far.
    seen: BTreeSet<Place>,
    /// Whether the entries are outside the project.
    outside: bool,
    /// What is told of entries outside the project that are no longer about anything.
    warnings: Vec<Diagnostic>,
}

/// The entries of a file outside the project.
pub struct Entries {
    /// Those that are about something.
    pub divergences: Vec<Divergence>,
    /// What is told of the others.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a file outside the project.
pub fn outside_entries(
    root: &Path,
    path: &Path,
    modes: &[Mode],
    cases: &[Case],
    problems: &mut Vec<Diagnostic>,
) -> Entries {
    let mut check = Check { modes, cases, complete: true, seen: BTreeSet::new(), outside: true, warnings: Vec::new() };
    let divergences = check.file(path, root, None, problems);
    Entries { divergences, warnings: check.warnings }
}

pub fn divergences(
    root: &Path,
    folder: &Path,
    modes: &[Mode],
    cases: &[Case],
    complete: bool,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Divergence> {
    let mut check = Check { modes, cases, complete, seen: BTreeSet::new(), outside: false, warnings: Vec::new() };
    let mut divergences = Vec::new();
    for path in files(root, folder, problems) {
        // For a file in the folder: the area that it covers.
        let area = path.parent().filter(|parent| *parent != folder).and_then(|_| path.file_stem()?.to_str());
        divergences.extend(check.file(&path, root, area, problems));
    }
    divergences
}

/// The same deviations of the same cases at other places than `/`.
pub fn carried_over(divergences: &[Divergence], cases: &[Case], problems: &mut Vec<Diagnostic>) -> Vec<Divergence> {
    let by_id: BTreeMap<&str, &Case> = cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let mut places: BTreeMap<&str, Vec<(&Case, &Case, &str)>> = BTreeMap::new();
    for case in cases {
        let Some(placement) = &case.placement else { continue };
        let written = placement::written(&case.id).and_then(|(written, _)| by_id.get(written.as_str()).copied());
        if let Some(written) = written {
            places.entry(&written.id).or_default().push((written, case, &placement.at));
        }
    }
    let mut carried = Vec::new();
    for divergence in divergences {
        for (written, placed, at) in places.get(divergence.case.as_str()).into_iter().flatten() {
            match written.carry_over(divergence, placed, at) {
                Ok(divergence) => carried.push(divergence),
                Err(invalid) => {
                    problems.push(Diagnostic::plain(format!("{}: at {at}: {invalid}", divergence.location)));
                }
            }
        }
    }
    carried
}

/// The problems of entries that give one reason under several faults: one behaviour has one fault, whatever runtime
/// shows it.
pub fn of_one_sentence(runtimes: &[Runtime]) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, &Divergence> = BTreeMap::new();
    let entries = runtimes.iter().flat_map(|runtime| &runtime.divergences).filter(|entry| !entry.security);
    let otherwise = entries.filter_map(|entry| {
        let first = *first.entry(&entry.reason).or_insert(entry);
        (first.fault != entry.fault).then(|| {
            Diagnostic::plain(format!(
                "{}: the fault is `{}`, and `{}` in {}, which gives the same reason; one behaviour has one fault",
                entry.location, entry.fault, first.fault, first.location
            ))
        })
    });
    otherwise.collect()
}

/// The files with a runtime's divergences, in order.
fn files(root: &Path, folder: &Path, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let one = folder.join("divergences.toml");
    let by_area = folder.join("divergences");
    let mut files = Vec::from_iter(one.exists().then_some(one));
    if by_area.exists() {
        match fs::read_dir(&by_area).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => files.extend(entries.into_iter().map(|entry| entry.path())),
            Err(error) => problems.push(Diagnostic::plain(format!("{}: {error}", name(root, &by_area)))),
        }
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

impl Check<'_> {
    /// The entries of a file. If it is one of a folder, all of them are about cases of the area.
    fn file(
        &mut self,
        path: &Path,
        root: &Path,
        area: Option<&str>,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<Divergence> {
        let read =
            Source::read(path, root).and_then(|source| source.parse::<DivergenceFile>().map(|file| (source, file)));
        match read {
            Ok((source, file)) => {
                let entries = file.divergence.iter();
                entries.filter_map(|entry| self.entry(entry, area, &source, problems)).collect()
            }
            Err(problem) => {
                problems.push(problem);
                Vec::new()
            }
        }
    }

    /// Tells of an entry that may have been right, and is not about anything in this version of the project.
    fn tell_outdated(
        &mut self,
        (source, span): (&Source, Range<usize>),
        (message, label, help): (&str, &str, &str),
        problems: &mut Vec<Diagnostic>,
    ) {
        match self.outside {
            true => self.warnings.push(source.warning(span, message, label, Some(help))),
            false => problems.push(source.problem(span, message, label, Some(help))),
        }
    }

    fn entry(
        &mut self,
        entry: &DivergenceEntry,
        area: Option<&str>,
        source: &Source,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Divergence> {
        let id = entry.case.get_ref();
        let Ok(at) = self.cases.binary_search_by(|case| case.id.cmp(id)) else {
            if self.complete {
                let meant = did_you_mean(id, self.cases.iter().map(|case| case.id.as_str()));
                let help =
                    format!("{meant}delete the entry, or correct the case's id; `wasip1-matrix list` shows them all");
                let message = format!("there is no case `{id}`");
                let said = (&*message, "no such case", &*help);
                self.tell_outdated((source, entry.case.span()), said, problems);
            }
            return None;
        };
        let case = &self.cases[at];
        if let Some(area) = area.filter(|area| topic(id) != *area) {
            let message = format!("`{id}` is not of the area `{area}`");
            let help = "a file of divergences/ is named as the first part of its cases";
            problems.push(source.problem(entry.case.span(), &message, "in another area's file", Some(help)));
        }
        if case.tier == Tier::Observe {
            let message = format!("`{id}` is of tier `observe`: nothing can deviate from it");
            let said = (&*message, "judges nothing", "delete the entry");
            self.tell_outdated((source, entry.case.span()), said, problems);
        }
        let in_modes: Option<BTreeSet<String>> =
            entry.modes.as_ref().map(|named| named.get_ref().iter().cloned().collect());
        for named in in_modes.iter().flatten() {
            if let Some((message, help)) = modes::unknown(named, self.modes) {
                let at = entry.modes.as_ref().map_or(0..0, |named| named.span());
                self.tell_outdated((source, at), (&message, "no such mode", &help), problems);
            }
        }
        let on: Option<BTreeSet<String>> = entry.os.as_ref().map(|named| named.get_ref().iter().cloned().collect());
        if let (Some(unknown), Some(named)) =
            (on.iter().flatten().find(|system| !SYSTEMS.contains(&system.as_str())), &entry.os)
        {
            let message = format!("`{unknown}` is no operating system");
            let help = format!("{}one of {}", did_you_mean(unknown, SYSTEMS), SYSTEMS.join(", "));
            problems.push(source.problem(named.span(), &message, "no such system", Some(&help)));
        }
        let surroundings: Option<BTreeSet<String>> =
            entry.surroundings.as_ref().map(|named| named.get_ref().iter().cloned().collect());
        let variants = [in_modes.clone(), on.clone(), surroundings.clone()];
        let place = (id.clone(), entry.versions.get_ref().clone(), variants, entry.sometimes);
        if !self.seen.insert(place) {
            let message = format!("`{id}` is recorded twice for these versions");
            problems.push(source.problem(entry.case.span(), &message, "second entry", Some("merge the two")));
        }
        problems.extend(source.upstream_issue(&entry.url).err());
        if entry.reason.get_ref().trim().is_empty() {
            problems.push(source.problem(
                entry.reason.span(),
                "a divergence has a reason",
                "empty",
                Some("say in one true sentence why the runtime deviates"),
            ));
        }
        let versions = source.range(entry.versions.span(), entry.versions.get_ref());
        let instead = overlay(&case.expect, entry.instead.get_ref(), source);
        if instead.as_ref().is_ok_and(|instead| *instead == case.expect) {
            let message = "a divergence says what is observed instead; this is what the case expects anyway";
            let help = "write down what the runtime does, as `instead.stdout`, `instead.exit` or the like";
            self.tell_outdated((source, entry.instead.span()), (message, "no deviation", help), problems);
            if self.outside {
                return None;
            }
        }
        if let (Some(exit), Ok(instead)) = (&entry.instead.get_ref().exit, &instead) {
            problems.extend(vague_exit(exit, instead, source));
        }
        problems.extend(disclosure::problem(entry, case, source));
        match (versions, instead) {
            // The entry is valid, but applies to no column of this machine.
            (Ok(_), Ok(_)) if on.is_some_and(|on| !on.contains(OS)) => None,
            (Ok(versions), Ok(instead)) => Some(Divergence {
                location: source.location(&entry.case.span()),
                case: id.clone(),
                versions,
                modes: in_modes,
                surroundings,
                fault: entry.fault,
                reason: entry.reason.get_ref().clone(),
                url: entry.url.get_ref().clone(),
                sometimes: entry.sometimes,
                security: entry.security,
                stays_inside: entry.stays_inside,
                carried_over: false,
                outside: self.outside,
                instead,
            }),
            (versions, instead) => {
                problems.extend([versions.err(), instead.err()].into_iter().flatten());
                None
            }
        }
    }
}

/// The problem of an entry whose `exit` also accepts another breakage than the recorded one.
fn vague_exit(exit: &Spanned<ExpectedExit>, instead: &Expectation, source: &Source) -> Option<Diagnostic> {
    if !exit.get_ref().is_specific() {
        let help = "say how: { trap = \"the engine's words\" }, { missing-import = \"module.name\" }, \
                    { not-compiled = \"the compiler's words\" }, { crash = [signal] } or a code; `wasip1-matrix show CELL` prints what the cell did";
        return Some(source.problem(
            exit.span(),
            "this accepts any breakage",
            "another one would be hidden",
            Some(help),
        ));
    }
    if exit.get_ref().is_explained_on_stderr() && instead.stderr.is_none() {
        let message = "the guest ends otherwise, and the entry leaves open what is on stderr";
        let help = "add `instead.stderr`: what the guest or the runtime says, or \"\" if they say nothing";
        return Some(source.problem(exit.span(), message, "for a reason that is not judged", Some(help)));
    }
    None
}
