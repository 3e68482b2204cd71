//! `runtimes/<id>/divergences.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use super::cases::overlay;
use super::source::{Diagnostic, Source};
use crate::case::{Case, Tier};
use crate::divergence::Divergence;
use crate::runtime::Mode;
use crate::wire::DivergenceFile;

pub fn divergences(
    root: &Path,
    folder: &Path,
    modes: &[Mode],
    cases: &[Case],
    complete: bool,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Divergence> {
    let path = folder.join("divergences.toml");
    if !path.exists() {
        return Vec::new();
    }
    let read = Source::read(&path, root).and_then(|source| source.parse::<DivergenceFile>().map(|file| (source, file)));
    let (source, file) = match read {
        Ok(read) => read,
        Err(problem) => {
            problems.push(problem);
            return Vec::new();
        }
    };
    let mut seen = BTreeSet::new();
    let mut divergences = Vec::new();
    for entry in file.divergence {
        let name = entry.case.get_ref();
        let Some(case) = cases.iter().find(|case| case.id == *name) else {
            let help = "delete the entry, or correct the case's id; `wasip1-matrix list` shows them all";
            let problem =
                || source.problem(entry.case.span(), &format!("there is no case `{name}`"), "no such case", Some(help));
            problems.extend(complete.then(problem));
            continue;
        };
        if case.tier == Tier::Observe {
            let message = format!("`{name}` is of tier `observe`: nothing can deviate from it");
            problems.push(source.problem(entry.case.span(), &message, "judges nothing", Some("delete the entry")));
        }
        let in_modes: Option<BTreeSet<String>> =
            entry.modes.as_ref().map(|named| named.get_ref().iter().cloned().collect());
        for named in in_modes.iter().flatten() {
            if !modes.iter().any(|mode| mode.name() == named) {
                let valid: Vec<_> = modes.iter().map(Mode::name).collect();
                let message = format!("the runtime has no mode `{named}`");
                let help = format!("its modes: {}", valid.join(", "));
                let at = entry.modes.as_ref().map_or(0..0, |named| named.span());
                problems.push(source.problem(at, &message, "no such mode", Some(&help)));
            }
        }
        if !seen.insert((name.clone(), entry.versions.get_ref().clone(), in_modes.clone())) {
            let message = format!("`{name}` is recorded twice for these versions");
            problems.push(source.problem(entry.case.span(), &message, "second entry", Some("merge the two")));
        }
        let url = entry.url.get_ref();
        if url != "unreported" && !url.starts_with("https://") {
            let message = "`url` is an upstream issue (https://…) or \"unreported\"";
            problems.push(source.problem(
                entry.url.span(),
                message,
                "neither",
                Some("report it upstream, or write \"unreported\""),
            ));
        }
        if entry.reason.get_ref().trim().is_empty() {
            problems.push(source.problem(
                entry.reason.span(),
                "a divergence has a reason",
                "empty",
                Some("say in one true sentence why the runtime deviates"),
            ));
        }
        let versions = source.range(entry.versions.span(), entry.versions.get_ref());
        let instead = overlay(&case.expect, entry.instead.get_ref(), &source);
        if instead.as_ref().is_ok_and(|instead| *instead == case.expect) {
            let message = "a divergence says what is observed instead; this is what the case expects anyway";
            let help = "write down what the runtime does, as `instead.stdout`, `instead.exit` or the like";
            problems.push(source.problem(entry.instead.span(), message, "no deviation", Some(help)));
        }
        match (versions, instead) {
            (Ok(versions), Ok(instead)) => divergences.push(Divergence {
                location: source.location(&entry.case.span()),
                case: name.clone(),
                versions,
                modes: in_modes,
                fault: entry.fault,
                reason: entry.reason.get_ref().clone(),
                url: url.clone(),
                sometimes: entry.sometimes,
                instead,
            }),
            (versions, instead) => problems.extend([versions.err(), instead.err()].into_iter().flatten()),
        }
    }
    divergences
}
