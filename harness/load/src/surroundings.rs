//! `runtimes/surroundings.toml`: what a machine may lack that a runtime rests on.

use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

use indexmap::IndexMap;
use serde_spanned::Spanned;

use super::is_name;
use super::source::{Diagnostic, Source};
use crate::wire::{MattersTable, SurroundingTable};
use matrix_model::case::Case;
use matrix_model::names::{OF_SURROUNDINGS, is_of_surrounding, topic};
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::Runtime;
use matrix_model::surrounding::{Matters, Restriction, Surrounding};

/// The file, beside the folders of the runtimes.
const FILE: &str = "runtimes/surroundings.toml";

/// What the entries are held against.
pub struct Known<'k> {
    /// The runtimes. Only those that are read are known, so this is `None` if not all of them are.
    pub runtimes: Option<&'k [Runtime]>,
    /// The cases; `None` if they are not the project's.
    pub cases: Option<&'k [Case]>,
}

/// Reads the project's surroundings. A project without the file has none.
pub fn load(root: &Path, known: &Known, problems: &mut Vec<Diagnostic>) -> Vec<Surrounding> {
    let path = root.join(FILE);
    if !path.exists() {
        return Vec::new();
    }
    let read = Source::read(&path, root).and_then(|source| {
        let tables = source.parse::<IndexMap<Spanned<String>, SurroundingTable>>()?;
        Ok((source, tables))
    });
    match read {
        Ok((source, tables)) => {
            let surroundings = tables.into_iter().map(|(name, table)| surrounding(&name, table, known, &source));
            surroundings.filter_map(|read| read.map_err(|found| problems.extend(found)).ok()).collect()
        }
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    }
}

fn surrounding(
    name: &Spanned<String>,
    table: SurroundingTable,
    known: &Known,
    source: &Source,
) -> Result<Surrounding, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    if !is_name(name.get_ref()) || !is_of_surrounding(name.get_ref()) {
        let message = format!("`{}` cannot be a surrounding's name", name.get_ref());
        let beginnings = OF_SURROUNDINGS.join("`, `");
        let help = format!("use lower-case letters, digits and `-`, and begin with `{beginnings}`: no mode does");
        problems.push(source.problem(name.span(), &message, "this name", Some(&help)));
    }
    for text in [&table.why, &table.doc] {
        if text.get_ref().trim().is_empty() {
            let help = "say which real machines are like that, and name a document of what they lack";
            problems.push(source.problem(text.span(), "this says nothing", "empty", Some(help)));
        }
    }
    let restriction = restriction(&table, source, &mut problems);
    if restriction.is_none() && problems.is_empty() {
        let help = "add `refuse`, `limit` or `disk`; runtimes/README.md states the format";
        problems.push(source.problem(name.span(), "nothing is denied in this surrounding", "this one", Some(help)));
    }
    for area in &table.areas {
        problems.extend(unknown_area(area, known, source));
    }
    if table.areas.is_empty() && !table.matters.is_empty() {
        let help = "add `areas`, the topics whose cases are run by default";
        problems.push(source.problem(name.span(), "it matters, and no case is run for it", "this one", Some(help)));
    }
    let matters = table.matters.iter().map(|entry| matters(entry, known, source));
    let matters: Vec<_> = matters.filter_map(|read| read.map_err(|problem| problems.push(problem)).ok()).collect();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Surrounding {
        name: name.get_ref().clone(),
        location: source.location(&name.span()),
        why: table.why.into_inner(),
        doc: table.doc.into_inner(),
        restriction,
        areas: table.areas.into_iter().map(Spanned::into_inner).collect(),
        matters,
    })
}

fn restriction(table: &SurroundingTable, source: &Source, problems: &mut Vec<Diagnostic>) -> Restriction {
    let mut restriction = Restriction::default();
    for (call, errno) in &table.refuse {
        match (read(call, source), read(errno, source)) {
            (Ok(call), Ok(errno)) => {
                restriction.refuse.insert(call, errno);
            }
            (call, errno) => problems.extend([call.err(), errno.err()].into_iter().flatten()),
        }
    }
    for (resource, value) in &table.limit {
        match read(resource, source) {
            Ok(resource) => {
                restriction.limit.insert(resource, *value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    match table.disk.as_ref().map(|disk| read(disk, source)).transpose() {
        Ok(disk) => restriction.disk = disk,
        Err(problem) => problems.push(problem),
    }
    restriction
}

/// Reads one of the words that a restriction is made of.
fn read<T: FromStr<Err = String>>(word: &Spanned<String>, source: &Source) -> Result<T, Diagnostic> {
    word.get_ref().parse().map_err(|error: String| source.problem(word.span(), &error, "here", None))
}

fn unknown_area(area: &Spanned<String>, known: &Known, source: &Source) -> Option<Diagnostic> {
    let topics: BTreeSet<_> = known.cases?.iter().map(|case| topic(&case.area)).collect();
    if topics.contains(area.get_ref().as_str()) {
        return None;
    }
    let message = format!("no case is of the area `{}`", area.get_ref());
    let help = format!("{}an area is the first part of its cases' names", did_you_mean(area.get_ref(), topics));
    Some(source.problem(area.span(), &message, "this area", Some(&help)))
}

fn matters(entry: &MattersTable, known: &Known, source: &Source) -> Result<Matters, Diagnostic> {
    let id = entry.runtime.get_ref();
    if let Some(runtimes) = known.runtimes
        && !runtimes.iter().any(|runtime| runtime.id == *id)
    {
        let message = format!("there is no runtime `{id}`");
        let help = format!(
            "{}name a folder of runtimes/",
            did_you_mean(id, runtimes.iter().map(|runtime| runtime.id.as_str()))
        );
        return Err(source.problem(entry.runtime.span(), &message, "this runtime", Some(&help)));
    }
    if entry.reason.get_ref().trim().is_empty() {
        let help = "say in one true sentence what the runtime does otherwise there";
        return Err(source.problem(entry.reason.span(), "a reason is needed", "empty", Some(help)));
    }
    let versions = match &entry.versions {
        Some(range) => source.range(range.span(), range.get_ref())?,
        None => semver::VersionReq::STAR,
    };
    Ok(Matters { runtime: id.clone(), versions, reason: entry.reason.get_ref().clone() })
}

/// The problems of divergences that name a surrounding which is none.
pub fn unknown_in_divergences(runtimes: &[Runtime], surroundings: &[Surrounding]) -> Vec<Diagnostic> {
    let names: BTreeSet<_> = surroundings.iter().map(|surrounding| surrounding.name.as_str()).collect();
    let entries = runtimes.iter().flat_map(|runtime| &runtime.divergences);
    let problems = entries.flat_map(|entry| {
        let unknown = entry.surroundings.iter().flatten().filter(|name| !names.contains(name.as_str()));
        unknown.map(|name| {
            let meant = did_you_mean(name, names.iter().copied());
            Diagnostic::plain(format!("{}: there is no surrounding `{name}`; {meant}{FILE} has them", entry.location))
        })
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use matrix_model::surrounding::{Disk, Errno, Resource, Syscall};

    fn read_from(text: &str) -> (Vec<Surrounding>, String) {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(root.path().join("runtimes")).expect("a folder");
        fs::write(root.path().join(FILE), text).expect("a file");
        let mut problems = Vec::new();
        let read = load(root.path(), &Known { runtimes: Some(&[]), cases: Some(&[]) }, &mut problems);
        (read, problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn all_kinds_of_denial_are_read() {
        let (read, problems) = read_from(
            "[no-much]\nwhy = 'w'\ndoc = 'd'\nrefuse = { statx = 'EPERM' }\nlimit = { stack = 65536 }\ndisk = 'full'\n",
        );
        assert_eq!(problems, "");
        let restriction = &read[0].restriction;
        assert_eq!(restriction.refuse, [(Syscall::Statx, Errno::Eperm)].into());
        assert_eq!(restriction.limit, [(Resource::Stack, 65536)].into());
        assert_eq!((restriction.disk, read[0].location.line), (Some(Disk::Full), 1));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let head = "why = 'w'\ndoc = 'd'\n";
        for (table, told, line) in [
            (format!("[slow]\n{head}disk = 'full'\n"), "`slow` cannot be a surrounding's name", 1),
            (format!("[no-a]\n{head}"), "nothing is denied", 1),
            (format!("[no-a]\n{head}disk = 'fast'\n"), "`fast` is no kind of disk; there are read-only, full", 4),
            (format!("[no-a]\n{head}refuse = {{ read = 'EPERM' }}\n"), "`read` is no system call", 4),
            (format!("[no-a]\n{head}refuse = {{ statx = 'EIO' }}\n"), "`EIO` is no errno", 4),
            (format!("[no-a]\n{head}limit = {{ heap = 1 }}\n"), "`heap` is no resource", 4),
            (format!("[no-a]\n{head}disk = 'full'\nareas = ['fs']\n"), "no case is of the area `fs`", 5),
            (
                format!("[no-a]\n{head}disk = 'full'\n[[no-a.matters]]\nruntime = 'x'\nreason = 'r'\n"),
                "there is no runtime `x`",
                6,
            ),
        ] {
            let (read, problems) = read_from(&table);
            assert!(read.is_empty(), "{table}");
            assert!(problems.contains(told), "{problems}");
            assert!(problems.contains(&format!("{FILE}:{line}:")), "{problems}");
        }
    }
}
