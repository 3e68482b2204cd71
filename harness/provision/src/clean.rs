//! Finds what the project keeps outside its own files, tells whether anything still uses it, and removes what is
//! chosen.
//!
//! Only folders whose names this project gives are found, in the store and in a checkout's folder of built files: a
//! store may stand in a folder that holds something else. What was run, and the folders of red cells, are results and
//! not found.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;
use rayon::prelude::*;
use semver::Version;
use serde::Serialize;
use walkdir::WalkDir;

use crate::driver_build;
use crate::host_sources;
use crate::install::{BUILDS, STAGING};
use crate::installation::Installation;
use crate::ready_runtime::LOCAL;
use crate::toolchain;
use matrix_model::matrix::{Column, Place};
use matrix_model::runtime::Runtime;
use matrix_store::dirs::Places;
use matrix_store::file_digest::sha256_file;
use matrix_store::folder_lock::hold_to_remove;
use matrix_store::remembered;
use matrix_store::scratch;

/// The folder of cargo's host profile, in the folder of built files.
const HOSTS: &str = "host";

/// A kind of things that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Versions of runtimes in the store.
    Runtimes,
    /// What drives runtimes, built from source.
    Hosts,
    /// What engines have made of guests.
    Code,
    /// Guests that Go has built.
    Guests,
    /// Go toolchains that were fetched.
    Toolchains,
    /// Facts about files, and results of Go tests, that are remembered until the files change.
    Digests,
    /// What is needed while a command runs.
    Scratch,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 7] =
        [Kind::Runtimes, Kind::Hosts, Kind::Code, Kind::Guests, Kind::Toolchains, Kind::Digests, Kind::Scratch];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Runtimes => "runtimes",
            Kind::Hosts => "hosts",
            Kind::Code => "code",
            Kind::Guests => "guests",
            Kind::Toolchains => "toolchains",
            Kind::Digests => "digests",
            Kind::Scratch => "scratch",
        }
    }

    /// What it is, and what brings it back.
    pub fn what(self) -> &'static str {
        match self {
            Kind::Runtimes => "versions that `install` has put into the store",
            Kind::Hosts => "programs that drive runtimes; the next run builds them, which takes minutes",
            Kind::Code => "guests that engines have compiled; the next run compiles them",
            Kind::Guests => "guests that Go has built; the next run builds them",
            Kind::Toolchains => "Go toolchains in the store, and Go's cache there; fetched again if PATH has no Go",
            Kind::Digests => "digests of files, what a host reports of itself, and results of Go tests; found again",
            Kind::Scratch => "what commands that have ended have left",
        }
    }
}

/// Something that is kept.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Item {
    /// Its kind.
    pub kind: Kind,
    /// What it is, for people.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// The size of its files in bytes.
    pub bytes: u64,
    /// Why nothing uses it any more; none if something may.
    pub unused: Option<&'static str>,
    /// The runtime and the version that it belongs to.
    #[serde(skip)]
    pub of: Option<(String, Version)>,
    /// Whether it is a version of a runtime that the user has put into the store.
    #[serde(skip)]
    pub by_hand: bool,
}

/// Finds everything that is kept. `columns` are all that there are.
///
/// # Errors
/// If a folder or a file cannot be read.
pub fn find(runtimes: &[Runtime], columns: &[Column], places: &Places) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    found.extend(installed(runtimes, columns, places)?);
    found.extend(hosts(columns, places)?);
    found.extend(code(columns, places)?);
    found.extend(guests(places)?);
    found.extend(toolchains(places)?);
    found.extend(existing(Kind::Digests, "remembered digests", remembered::folder(&places.store)));
    found.extend(existing(Kind::Digests, "results of Go tests", places.state.join("go-test/results")));
    found.extend(left_behind(places)?);
    let sizes: Vec<_> = found.par_iter().map(|item| size(&item.path)).collect();
    let within = |item: &Item| -> u64 {
        let inside = |other: &Item| other.path != item.path && other.path.starts_with(&item.path);
        found.iter().zip(&sizes).filter(|(other, _)| inside(other)).map(|(_, bytes)| bytes).sum()
    };
    let own: Vec<_> = found.iter().zip(&sizes).map(|(item, bytes)| bytes - within(item)).collect();
    found.iter_mut().zip(own).for_each(|(item, bytes)| item.bytes = bytes);
    Ok(found)
}

/// Holds everything that [`find`] finds something in, as long as the returned files are open.
///
/// # Errors
/// If another command uses it.
pub fn hold(places: &Places) -> Result<Vec<File>> {
    // Cargo holds this file while it builds.
    let cargo = places.target.join(HOSTS).join(".cargo-lock");
    let held = [&places.store, &places.state, &cargo].map(|path| hold_to_remove(path));
    held.into_iter().filter_map(Result::transpose).collect()
}

/// Removes items. Each is first moved aside, in one step: whenever this process ends, no other command finds half of
/// it, and the next one removes the rest.
///
/// # Errors
/// If something cannot be removed. The error names it.
pub fn remove(items: &[&Item], places: &Places) -> Result<()> {
    // What stands inside another item goes before it.
    let mut items = items.to_vec();
    items.sort_by_key(|item| std::cmp::Reverse(item.path.components().count()));
    for item in items {
        let aside = if item.path.starts_with(&places.store) { places.store.join(STAGING) } else { scratch::of(places) };
        fs::create_dir_all(&aside)?;
        let aside = tempfile::tempdir_in(&aside)?;
        fs::rename(&item.path, aside.path().join("removed"))?;
        fs::remove_dir_all(aside.keep())?;
        if let (Some(_), Some(parent)) = (&item.of, item.path.parent()) {
            // It stays if it holds another version.
            fs::remove_dir(parent).ok();
        }
    }
    Ok(())
}

/// The total size of the files below a folder, in bytes. What is removed meanwhile has none.
fn size(folder: &Path) -> u64 {
    let files = WalkDir::new(folder).into_iter().filter_map(|entry| entry.ok()?.metadata().ok());
    files.filter(|facts| !facts.is_dir()).map(|facts| facts.len()).sum()
}

fn item(kind: Kind, name: String, path: PathBuf) -> Item {
    Item { kind, name, path, bytes: 0, unused: None, of: None, by_hand: false }
}

fn existing(kind: Kind, name: &str, path: PathBuf) -> Option<Item> {
    path.is_dir().then(|| item(kind, name.to_owned(), path))
}

/// The folders in a folder, with their names. There are none if it does not exist.
fn folders(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_str().map(str::to_owned);
        found.extend(
            name.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|name| (name, entry.path())),
        );
    }
    found.sort();
    Ok(found)
}

/// The versions in a folder that has a folder for each runtime, and in it one for each version.
fn versions(above: &Path) -> Result<Vec<(String, Version, PathBuf)>> {
    let mut found = Vec::new();
    for (id, folder) in folders(above)? {
        for (version, path) in folders(&folder)? {
            found.extend(Version::parse(&version).ok().map(|version| (id.clone(), version, path)));
        }
    }
    Ok(found)
}

fn installed(runtimes: &[Runtime], columns: &[Column], places: &Places) -> Result<Vec<Item>> {
    let is_column = |path: &Path| {
        columns.iter().any(|column| matches!(&column.place, Place::At(_, Some(prefix)) if prefix == path))
    };
    let mut found = Vec::new();
    for (id, version, path) in versions(&places.store)? {
        let is_known = runtimes.iter().any(|runtime| runtime.id == id);
        // A note that cannot be read is one.
        let has_note = Installation::read(&path).map_or(true, |note| note.is_some());
        if !is_known && !has_note {
            continue;
        }
        let unused = (is_known && has_note && !is_column(&path)).then_some("its executable is not there");
        let name = format!("{id}@{version}");
        found.push(Item { unused, of: Some((id, version)), by_hand: !has_note, ..item(Kind::Runtimes, name, path) });
    }
    Ok(found)
}

fn hosts(columns: &[Column], places: &Places) -> Result<Vec<Item>> {
    let mut current = BTreeSet::new();
    for column in columns {
        let sources = host_sources::encoded(&column.runtime.folder)?;
        current.extend(driver_build::folder(column, &sources, places)?);
    }
    let mut found = Vec::new();
    for (name, path) in folders(&driver_build::above(places))? {
        let Some((id, version)) = driver_of(&name) else {
            // The build folder of a package manager that a `build` command calls.
            found.extend(name.ends_with("-cargo").then(|| item(Kind::Hosts, name, path)));
            continue;
        };
        let is_of_checkout = |column: &Column| {
            (&column.runtime.id, &column.version) == (&id, &version) && matches!(column.place, Place::Checkout(_))
        };
        let is_used = current.contains(&path) || columns.iter().any(is_of_checkout);
        let unused = (!is_used).then_some("built from other sources than today's");
        found.push(Item { unused, of: Some((id, version)), ..item(Kind::Hosts, name, path) });
    }
    found.extend(existing(Kind::Hosts, "hosts of this checkout", places.target.join(HOSTS)));
    for (name, path) in folders(&places.state.join("checkouts"))? {
        found.push(item(Kind::Hosts, format!("build against a checkout, {name}"), path));
    }
    Ok(found)
}

/// The runtime and the version of a built program, from the name of its folder: both, and 16 digits of a digest.
fn driver_of(name: &str) -> Option<(String, Version)> {
    let (of, digest) = name.rsplit_once('-')?;
    let is_digest = digest.len() == 16 && digest.bytes().all(|digit| digit.is_ascii_hexdigit());
    let split = |(at, _): (usize, &str)| Some((of[..at].to_owned(), Version::parse(&of[at + 1..]).ok()?));
    is_digest.then(|| of.match_indices('-').find_map(split)).flatten()
}

fn code(columns: &[Column], places: &Places) -> Result<Vec<Item>> {
    let is_there = |id: &str, version: &Version| {
        let is_it = |column: &&Column| column.runtime.id == id && column.version == *version;
        columns.iter().filter(is_it).any(|column| !column.is_missing())
    };
    let mut builds = BTreeSet::new();
    for column in columns.iter().filter(|column| column.local) {
        builds.insert(match &column.place {
            Place::At(exe, _) => Some(sha256_file(exe)?),
            // Only building it tells its digest.
            Place::Checkout(_) => None,
            _ => continue,
        });
    }
    let mut found = Vec::new();
    for (id, version, path) in versions(&places.store.join("cache"))? {
        let of = Some((id.clone(), version.clone()));
        let name = format!("{id}@{version}");
        for (folder, path) in folders(&path)? {
            let Some(digest) = folder.strip_prefix(LOCAL) else { continue };
            let is_its = |sha256: &Option<String>| sha256.as_ref().is_none_or(|sha256| sha256.starts_with(digest));
            let unused = (!builds.iter().any(is_its)).then_some("no build that is on record here has this digest");
            let name = format!("{name}, build {digest}");
            found.push(Item { unused, of: of.clone(), ..item(Kind::Code, name, path) });
        }
        let unused = (!is_there(&id, &version)).then_some("this version is not there any more");
        found.push(Item { unused, of, ..item(Kind::Code, name, path) });
    }
    found.extend(existing(Kind::Code, "of traced guests", places.state.join("trace/compiled")));
    Ok(found)
}

fn guests(places: &Places) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    for (name, path) in folders(&places.state.join("guests"))? {
        if toolchain::semver(name.trim_end_matches("-host")).is_some() {
            found.push(item(Kind::Guests, name, path));
        }
    }
    found.extend(existing(Kind::Guests, "test binaries", places.state.join("go-test/binaries")));
    Ok(found)
}

fn toolchains(places: &Places) -> Result<Vec<Item>> {
    let mut found = Vec::new();
    for (name, path) in folders(&places.toolchains)? {
        if Version::parse(&name).is_ok() {
            let is_other = toolchain::pinned(&places.root).is_ok_and(|pinned| pinned != name);
            let unused = is_other.then_some("another version is pinned by now");
            found.push(Item { unused, ..item(Kind::Toolchains, format!("Go {name}"), path) });
        }
    }
    found.extend(existing(Kind::Toolchains, "Go's cache", places.store.join("go-build")));
    Ok(found)
}

/// What commands that are not running any more have left: nobody runs one as long as the folders are held.
fn left_behind(places: &Places) -> Result<Vec<Item>> {
    let mut found = folders(&places.store.join(STAGING))?;
    found.extend(folders(&places.store.join(BUILDS))?);
    found.extend(folders(&scratch::of(places))?);
    found.extend(folders(&places.state.join("compare"))?);
    found.extend(folders(&places.state.join("tests"))?);
    found.extend(folders(&places.state.join("trace"))?.into_iter().filter(|(name, _)| name != "compiled"));
    found.extend(
        ["probe", "mutants"]
            .map(|name| (name.to_owned(), places.state.join(name)))
            .into_iter()
            .filter(|(_, path)| path.is_dir()),
    );
    let unused = Some("the command that used it has ended");
    Ok(found.into_iter().map(|(name, path)| Item { unused, ..item(Kind::Scratch, name, path) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_built_program_is_taken_apart() {
        let of = |name| driver_of(name).map(|(id, version)| format!("{id}@{version}"));
        assert_eq!(of("wazero-embedded-1.13.0-dev-7e2a98f667678909").as_deref(), Some("wazero-embedded@1.13.0-dev"));
        assert_eq!(of("chicory-1.7.5-2922674b27738738").as_deref(), Some("chicory@1.7.5"));
        for other in ["wasmedge-sdk-cargo", "chicory-1.7.5", "my-photos-2922674b27738738", "a-1.0.0-2922674b2773873x"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
