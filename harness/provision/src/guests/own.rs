//! Makes the guests of a suite of one's own. Each Go package is built by itself, from the folder it is in, so that its own
//! `go.mod` counts and one that does not build leaves the others alone. Whether a package has changed depends on files that
//! only Go knows, so Go is asked each time. A module is copied: a run is not to see it change.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use fs_err::{self as fs, File};
use wasip1_trace::facts::{Kind, Surface};

use super::{Guests, REACTOR, file_name, found, looked_at};
use crate::notice::Notify;
use crate::package_build::PackageBuild;
use crate::toolchain::Go;
use matrix_model::case::Build;
use matrix_model::digest::Encoder;
use matrix_model::runtime::Target;
use matrix_model::suite::{GuestSource, Suite};
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;

/// Makes the guests for a target. A Go before 1.24 builds no reactors, and the host runs none, nor modules; the result does
/// not contain these.
///
/// # Errors
/// If there is no Go, and a guest is a Go package; or a folder cannot be written.
pub(super) fn make(
    places: &Places,
    suite: &Suite,
    sources: &BTreeMap<String, GuestSource>,
    release: Option<&str>,
    target: Target,
    notify: &Notify,
) -> Result<Guests> {
    let has_package = sources.values().any(|source| matches!(source, GuestSource::Package(_)));
    let go = if has_package { Some(found(places, release, notify)?) } else { None };
    let above = places.state.join("guests");
    fs::create_dir_all(&above)?;
    let lock = File::create(above.join("lock"))?;
    lock.lock()?;
    let is_reactor = |name: &String| suite.builds.get(name) == Some(&Build::Reactor);
    let (mut by_name, mut broken) = (BTreeMap::new(), BTreeMap::new());
    for (name, source) in sources {
        let made = match (source, &go) {
            (GuestSource::Module(_), _) if target == Target::Host => continue,
            (GuestSource::Module(path), _) => copied(path, &folder(&above, "modules", name), is_reactor(name)),
            (GuestSource::Package(_), Some(go))
                if is_reactor(name) && (target == Target::Host || !go.builds_reactors()) =>
            {
                continue;
            }
            (GuestSource::Package(path), Some(go)) => {
                let of_target = if target == Target::Host { "-host" } else { "" };
                let folder = folder(&above, &format!("{}{of_target}", go.version), name);
                let flag = is_reactor(name).then_some(REACTOR);
                built(places, go, path, &folder, target, flag)
            }
            (GuestSource::Package(_), None) => Err(anyhow!("no Go was found to build it")),
        };
        let go = go.as_ref().filter(|_| matches!(source, GuestSource::Package(_)));
        match made.and_then(|module| looked_at(module, name, target, go, suite, places)) {
            Ok(guest) => _ = by_name.insert(name.clone(), guest),
            Err(error) => _ = broken.insert(name.clone(), format!("guest {name}: {error:#}")),
        }
    }
    let is_module = |(_, source): &(&String, &GuestSource)| matches!(source, GuestSource::Module(_));
    let ready_made: BTreeSet<_> = sources.iter().filter(is_module).map(|(name, _)| name.clone()).collect();
    Ok(Guests { go, by_name, ready_made, broken })
}

/// The folder for a guest. Two guests may have one file name, and a path may lead upwards.
fn folder(above: &Path, kind: &str, name: &str) -> PathBuf {
    let mut encoder = Encoder::new("own-guest", 1);
    encoder.bytes("name", name.as_bytes());
    above.join(kind).join(&encoder.finish()[..16])
}

/// Builds a Go package into a folder, under the name that Go gives it.
fn built(
    places: &Places,
    go: &Go,
    package: &Path,
    folder: &Path,
    target: Target,
    flag: Option<&'static str>,
) -> Result<PathBuf> {
    let temporary = tempfile::tempdir_in(places.state.join("guests"))?;
    let build = PackageBuild { go, places, target, flag };
    let made = build.into(package, OsStr::new("."), temporary.path()).context("it does not build")?;
    let name = made.file_name().and_then(OsStr::to_str).context("its name is not UTF-8")?;
    let module = folder.join(file_name(name, target));
    fs::create_dir_all(folder)?;
    fs::rename(&made, &module)?;
    Ok(module)
}

/// Copies a module into a folder, and checks that it is one that can be started.
fn copied(path: &Path, folder: &Path, is_reactor: bool) -> Result<PathBuf> {
    let bytes = fs::read(path)?;
    let surface = Surface::of(&bytes).map_err(|what| anyhow!("{} {what}", path.display()))?;
    ensure!(
        surface.kind == Kind::Command || is_reactor,
        "{} exports no `_start`, so it is no program; if it is a reactor, write `build = \"reactor\"` into its case file",
        path.display()
    );
    let file = path.file_name().context("no file")?;
    fs::create_dir_all(folder)?;
    let copy = folder.join(file);
    write_whole(&copy, &bytes)?;
    Ok(copy)
}
