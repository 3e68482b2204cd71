//! Makes the guests of a suite of one's own. Each Go package is built by itself, from the folder it is in, so that its own
//! `go.mod` counts and one that does not build leaves the others alone. Whether a package has changed depends on files that
//! only Go knows, so Go is asked each time. A module is copied: a run is not to see it change.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use fs_err::{self as fs, File};
use wasmparser::{Parser, Payload};

use super::{FLAGS, Guests, REACTOR, file_name, found, imports, looked_at, variables};
use crate::notice::Notify;
use crate::toolchain::{self, Go};
use matrix_model::case::Build;
use matrix_model::digest::Encoder;
use matrix_model::plural::counted;
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
    let mut variables = variables(places, target);
    if places.offline {
        variables.push(("GOPROXY", "off".into()));
    }
    let mut argv = vec![go.exe.clone().into_os_string()];
    argv.extend(FLAGS.into_iter().chain(flag).map(OsString::from));
    // A trailing separator makes this a folder, into which Go writes programs only.
    argv.extend(["-o".into(), temporary.path().join("").into_os_string(), ".".into()]);
    toolchain::command(&argv, &variables, package, toolchain::LONG).context("it does not build")?;
    let made: Vec<_> = fs::read_dir(temporary.path())?.collect::<Result<_, _>>()?;
    let [made] = &made[..] else { bail!("go build wrote {}, and not one", counted(made.len(), "file")) };
    let name = made.file_name();
    let name = name.to_str().context("its name is not UTF-8")?;
    let module = folder.join(file_name(name, target));
    fs::create_dir_all(folder)?;
    fs::rename(made.path(), &module)?;
    Ok(module)
}

/// Copies a module into a folder, and checks that it is one that can be started.
fn copied(path: &Path, folder: &Path, is_reactor: bool) -> Result<PathBuf> {
    // This refuses what is no module.
    imports(path)?;
    let bytes = fs::read(path)?;
    let starts = exports(&bytes)?.contains("_start");
    ensure!(
        starts || is_reactor,
        "{} exports no `_start`, so it is no program; if it is a reactor, write `build = \"reactor\"` into its case file",
        path.display()
    );
    let file = path.file_name().context("no file")?;
    fs::create_dir_all(folder)?;
    let copy = folder.join(file);
    write_whole(&copy, &bytes)?;
    Ok(copy)
}

/// The names of what a module exports.
fn exports(bytes: &[u8]) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(bytes) {
        if let Payload::ExportSection(section) = payload? {
            for export in section {
                names.insert(export?.name.to_owned());
            }
        }
    }
    Ok(names)
}
