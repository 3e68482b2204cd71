//! `runtimes/runtimes.lock`: the exact content of each pinned version on each platform.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::installation::{self, Installation};
use crate::origin;
use matrix_store::atomic_write::write_whole;
use matrix_store::remembered::Remembered;

/// The lock's file name in the runtimes' folder.
pub(crate) const LOCK: &str = "runtimes.lock";

const HEADER: &str = "\
# Written by `wasip1-matrix install --lock`; not meant to be edited.
# What was installed for each runtime, version and platform: the sha256 over all its files where these are the same
# on every machine; else, where they are compiled or come from a moving suite, what was fetched for it.
";

/// The platform that this program runs on: `linux-x86_64`.
pub fn platform() -> String {
    origin::platform().replace('/', "-")
}

/// The lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    entries: Entries,
}

/// Entries by runtime, version and platform.
type Entries = BTreeMap<String, BTreeMap<Version, BTreeMap<String, Entry>>>;

/// The lock's record of one version of one runtime on one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Entry {
    /// The line that it reports when asked for its version.
    pub reports: String,
    /// The sha256 of all installed files, if they are the same on every machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The packages that were fetched for it, each a name and a digest, if the installed files are not the same
    /// everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fetched: Vec<String>,
}

impl Lock {
    /// Reads the lock next to a runtime's folder. Without a lock file, nothing is locked.
    ///
    /// # Errors
    /// If it cannot be read or is not a lock.
    pub fn beside(runtime: &Path) -> Result<Lock> {
        Lock::read(&Lock::path_beside(runtime))
    }

    /// The path of the lock next to a runtime's folder.
    pub fn path_beside(runtime: &Path) -> PathBuf {
        runtime.with_file_name(LOCK)
    }

    /// Reads a lock. A missing file is an empty lock.
    ///
    /// # Errors
    /// If it cannot be read or is not a lock.
    pub fn read(path: &Path) -> Result<Lock> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let mend = "restore it, or delete it and run `wasip1-matrix install --lock`";
                let entries = toml::from_str(&text).with_context(|| format!("{}: {mend}", path.display()))?;
                Ok(Lock { entries })
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Lock::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes the whole lock, sorted.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = format!("{HEADER}\n{}", toml::to_string_pretty(&self.entries)?);
        Ok(write_whole(path, text.as_bytes())?)
    }

    /// The entry of a version on this platform.
    pub fn entry(&self, id: &str, version: &Version) -> Option<&Entry> {
        self.entries.get(id)?.get(version)?.get(&platform())
    }

    /// Records an installation, replacing any entry for that version on this platform.
    pub fn set(&mut self, installation: &Installation) {
        let versions = self.entries.entry(installation.runtime.clone()).or_default();
        let platforms = versions.entry(installation.version.clone()).or_default();
        platforms.insert(platform(), Entry::of(installation));
    }

    /// Keeps only the entries of these versions, on every platform.
    pub fn retain(&mut self, keep: impl Fn(&str, &Version) -> bool) {
        for (id, versions) in &mut self.entries {
            versions.retain(|version, _| keep(id, version));
        }
        self.entries.retain(|_, versions| !versions.is_empty());
    }

    /// Compares an installation with the lock. Returns whether the lock has an entry that applies to it.
    ///
    /// # Errors
    /// If they differ. The message names the differences.
    pub fn compare(&self, installation: &Installation) -> Result<bool> {
        let Installation { runtime, version, .. } = installation;
        let Some(entry) = self.entry(runtime, version) else { return Ok(false) };
        if installation.elsewhere.is_some() {
            return Ok(false);
        }
        let found = Entry::of(installation);
        let mut differences = Vec::new();
        if let (Some(locked), Some(found)) = (&entry.sha256, &found.sha256)
            && locked != found
        {
            differences.push(format!("sha256 {found}, locked {locked}"));
        }
        for locked in &entry.fetched {
            let name = locked.split(' ').next();
            match found.fetched.iter().find(|line| line.split(' ').next() == name) {
                Some(line) if line == locked => {}
                Some(line) => differences.push(format!("fetched {line}, locked {locked}")),
                None => differences.push(format!("nothing fetched that is the locked {locked}")),
            }
        }
        if entry.sha256.is_some() != found.sha256.is_some() {
            differences.push("it is installed from another kind of package than the locked one".to_owned());
        }
        // The version line is compared last: a version that does not match the lock is never started.
        if differences.is_empty() && !found.reports.is_empty() && found.reports != entry.reports {
            differences.push(format!("reports {:?}, locked {:?}", found.reports, entry.reports));
        }
        if differences.is_empty() {
            return Ok(true);
        }
        bail!("{runtime}@{version} is not what {LOCK} has for {}: {}", platform(), differences.join("; "))
    }
}

/// Compares the files in a version's folder with the note of its installation, and the note with the lock. Returns the
/// note, or `None` if the folder was filled by hand. The digest is cached until a file changes.
///
/// # Errors
/// If they differ. The message names the differing installation and the command that repairs it.
pub fn verify(
    prefix: &Path,
    id: &str,
    version: &Version,
    lock: &Lock,
    remembered: &Remembered,
) -> Result<Option<Installation>> {
    let Some(note) = installation::verify(prefix, id, version, remembered)? else { return Ok(None) };
    lock.compare(&note).map_err(|error| anyhow!("{error}; {}", installation::mend(id, version)))?;
    Ok(Some(note))
}

impl Entry {
    fn of(installation: &Installation) -> Entry {
        let same_everywhere = installation.same_everywhere;
        Entry {
            reports: installation.reports.clone(),
            sha256: same_everywhere.then(|| installation.sha256.clone()),
            fetched: if same_everywhere { Vec::new() } else { installation.fetched.clone() },
        }
    }
}
