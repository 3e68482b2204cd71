//! Builds the host crates in the background, with one cargo call for each workspace. Each host is available as soon as
//! it is built.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;

use anyhow::{Result, anyhow};

use crate::cargo_build::{CargoBuild, PROFILE};
use crate::cargo_messages;
use crate::notice::Notify;
use crate::toolchain::{self, SHORT};
use matrix_model::matrix::{Column, Place};
use matrix_model::runtime::Origin;
use matrix_store::dirs::Places;

/// The host crates being built.
pub(crate) struct Foundry {
    builds: Arc<Builds>,
}

struct Builds {
    packages: Mutex<BTreeMap<String, State>>,
    changed: Condvar,
}

#[derive(Debug, Clone)]
enum State {
    Building,
    Built(PathBuf),
    Failed(String),
}

impl Foundry {
    /// Starts to build these packages, if any of them is wanted. Each comes with its folder. All packages of a
    /// workspace are built together.
    pub fn start(
        packages: &[(String, PathBuf)],
        wanted: &BTreeSet<String>,
        places: &Places,
        notify: &Arc<Notify>,
    ) -> Foundry {
        let states = wanted.iter().map(|package| (package.clone(), State::Building)).collect();
        let builds = Arc::new(Builds { packages: Mutex::new(states), changed: Condvar::new() });
        if !wanted.is_empty() {
            let (builds, packages, places) = (Arc::clone(&builds), packages.to_vec(), places.clone());
            let (wanted, notify) = (wanted.clone(), Arc::clone(notify));
            thread::spawn(move || builds.build_all(&packages, &wanted, &places, &*notify));
        }
        Foundry { builds }
    }

    /// Waits for a package's executable.
    ///
    /// # Errors
    /// If the build fails. The error ends with the compiler's last output.
    pub fn executable(&self, package: &str) -> Result<PathBuf> {
        let mut packages = self.builds.lock();
        loop {
            match packages.get(package) {
                Some(State::Built(exe)) => return Ok(exe.clone()),
                Some(State::Failed(why)) => return Err(anyhow!("the host {package} does not build: {why}")),
                Some(State::Building) => {
                    packages = self.builds.changed.wait(packages).expect("no thread panics with the lock held");
                }
                None => return Err(anyhow!("the host {package} was not asked for")),
            }
        }
    }

    /// Waits until all builds have ended.
    pub fn idle(&self) {
        let packages = self.builds.lock();
        let building =
            |packages: &mut BTreeMap<String, State>| packages.values().any(|state| matches!(state, State::Building));
        drop(self.builds.changed.wait_while(packages, building).expect("no thread panics with the lock held"));
    }
}

/// The order in which executables become available: 0 for one that needs no build, 1 for one built with the project, 2
/// for one in its own workspace, which is built last.
pub fn turn(column: &Column) -> usize {
    match (&column.place, column.runtime.folder.join("Cargo.lock").exists()) {
        (Place::ToBuild, false) => 1,
        (Place::ToBuild, true) => 2,
        _ => 0,
    }
}

/// Whether a column can be made ready without compiling an engine. A host that was built before may be out of date;
/// then it is built again.
pub fn is_built(column: &Column, places: &Places) -> bool {
    match (&column.place, &column.runtime.install.origin) {
        (Place::ToBuild, Origin::Crate(package)) => {
            places.target.join(PROFILE).join(format!("{package}{}", std::env::consts::EXE_SUFFIX)).exists()
        }
        (place, _) => !matches!(place, Place::Missing(_)),
    }
}

impl Builds {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.packages.lock().expect("no thread panics with the lock held")
    }

    fn set(&self, package: &str, state: State) {
        let mut packages = self.lock();
        if let Some(entry @ State::Building) = packages.get_mut(package) {
            *entry = state;
        }
        self.changed.notify_all();
    }

    fn build_all(&self, packages: &[(String, PathBuf)], wanted: &BTreeSet<String>, places: &Places, notify: &Notify) {
        let mut workspaces: BTreeMap<PathBuf, Vec<&str>> = BTreeMap::new();
        for (package, folder) in packages {
            match workspace(folder) {
                Ok(manifest) => workspaces.entry(manifest).or_default().push(package),
                Err(error) => self.set(package, State::Failed(format!("{error:#}"))),
            }
        }
        workspaces.retain(|_, packages| packages.iter().any(|package| wanted.contains(*package)));
        for (manifest, packages) in workspaces {
            let why = match self.build(&manifest, &packages, places, notify) {
                Ok(()) => "cargo built no executable of that name".to_owned(),
                Err(error) => format!("{error:#}"),
            };
            for package in packages {
                self.set(package, State::Failed(why.clone()));
            }
        }
    }

    fn build(&self, manifest: &Path, packages: &[&str], places: &Places, notify: &Notify) -> Result<()> {
        let build = CargoBuild { manifest, packages, target: &places.target, locked: true };
        build.run(places, notify, &mut |name, exe| self.set(name, State::Built(exe)))
    }
}

/// The manifest of the workspace that a folder belongs to.
fn workspace(folder: &Path) -> Result<PathBuf> {
    let mut argv = vec![cargo_messages::program()];
    argv.extend(["locate-project", "--workspace", "--message-format=plain"].map(OsString::from));
    let ended = toolchain::command(&argv, &[], folder, SHORT)?;
    Ok(PathBuf::from(String::from_utf8(ended.stdout)?.trim()))
}
