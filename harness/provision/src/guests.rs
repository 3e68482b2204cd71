//! Builds the guests: all commands in one `go build`, and all reactors in another. The output folder is keyed by the Go
//! version. A rebuild happens only when the sources or the toolchain have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err::{self as fs, File};
use semver::Version;
use wasmparser::{Parser, Payload};

use crate::notice::Notify;
use crate::toolchain::{self, Go};
use matrix_model::case::Build;
use matrix_model::digest::Encoder;
use matrix_model::runtime::Target;
use matrix_model::suite::Suite;
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;
use matrix_store::file_digest::{self, sha256_file};

/// The flags for building guests; they are part of the key that decides on a rebuild.
const FLAGS: [&str; 3] = ["build", "-trimpath", "-buildvcs=false"];

/// The flag that builds a guest as a reactor.
const REACTOR: &str = "-buildmode=c-shared";

/// A built guest.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The `.wasm` file, or the executable.
    pub module: PathBuf,
    /// Its sha256.
    pub sha256: String,
    /// The functions it imports, as `module.name` if the module is not preview 1. An executable imports none.
    pub imports: BTreeSet<String>,
}

/// All guests, built by one Go.
#[derive(Debug, Clone)]
pub struct Guests {
    /// The toolchain that built them.
    pub go: Go,
    /// The guests by name.
    pub by_name: BTreeMap<String, Guest>,
}

impl Guests {
    /// The guest with this name under `go-guests/`.
    ///
    /// # Errors
    /// If no guest has that name.
    pub fn named(&self, name: &str) -> Result<&Guest> {
        self.by_name.get(name).ok_or_else(|| anyhow!("no guest {name}"))
    }

    /// Builds the guests that are not built yet, for a target, with this Go release or the machine's own Go. A Go
    /// before 1.24 builds no reactors, and the host runs none; in both cases the result does not contain them.
    ///
    /// # Errors
    /// If there is no Go, a guest does not compile (the compiler's message names it), or a guest's imports differ from
    /// those in its case file.
    pub fn build(
        places: &Places,
        suite: &Suite,
        release: Option<&str>,
        target: Target,
        notify: &Notify,
    ) -> Result<Guests> {
        let go = match release {
            Some(release) => Go::release(release, places, notify)?,
            None => Go::find(places, notify)?,
        };
        let sources = places.root.join("go-guests");
        let parent = places.state.join("guests");
        let folder = match target {
            Target::Wasip1 => parent.join(&go.version),
            Target::Host => parent.join(format!("{}-host", go.version)),
        };
        fs::create_dir_all(&parent)?;
        let lock = File::create(parent.join("lock"))?;
        lock.lock()?;
        let commands = suite.built_as(Build::Command);
        let reactors = if target == Target::Wasip1 && go.builds_reactors() {
            suite.built_as(Build::Reactor)
        } else {
            BTreeSet::new()
        };
        let key = key(&sources, &go, &reactors)?;
        let stamp = folder.join("stamp");
        if !fs::read_to_string(&stamp).is_ok_and(|built| built == key) {
            build_all(places, &go, &sources, &folder, target, [(&commands, None), (&reactors, Some(REACTOR))])?;
            write_whole(&stamp, key.as_bytes())?;
        }
        let mut by_name = BTreeMap::new();
        for name in commands.union(&reactors).copied() {
            let module = folder.join(file_name(name, target));
            let imports = match target {
                Target::Wasip1 => imports(&module)?,
                Target::Host => BTreeSet::new(),
            };
            if let Some(wanted) = suite.imports.get(name).filter(|_| target == Target::Wasip1) {
                // The lists are for the pinned Go. Another Go may import fewer of these functions, but no others.
                if !wanted.is_superset(&imports) || *wanted != imports && go.is_of_the_pinned_line(&places.root)? {
                    bail!(otherwise(name, wanted, &imports));
                }
            }
            let sha256 = sha256_file(&module)?;
            by_name.insert(name.to_owned(), Guest { module, sha256, imports });
        }
        Ok(Guests { go, by_name })
    }

    /// The version line of a runtime that reports none: the Go version, which every guest records, and that of Linux.
    ///
    /// # Errors
    /// If a guest records no version, or another one.
    pub(crate) fn prove(&self, version: &Version) -> Result<String> {
        for guest in self.by_name.values() {
            let built = self.go.built(&guest.module)?;
            if toolchain::semver(&built).as_ref() != Some(version) {
                bail!(
                    "{} was built by {built}, and stands for Go {version}; delete its folder",
                    guest.module.display()
                );
            }
        }
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").context("/proc/sys/kernel/osrelease")?;
        Ok(format!("{} on Linux {}", self.go.version, kernel.trim()))
    }
}

/// The file name of a guest.
pub fn file_name(guest: &str, target: Target) -> String {
    match target {
        Target::Wasip1 => format!("{guest}.wasm"),
        Target::Host => guest.to_owned(),
    }
}

/// Guests, and the flag that they are built with in addition to [`FLAGS`].
type Built<'a> = (&'a BTreeSet<&'a str>, Option<&'static str>);

fn build_all(places: &Places, go: &Go, sources: &Path, folder: &Path, target: Target, all: [Built; 2]) -> Result<()> {
    let temporary = tempfile::tempdir_in(places.state.join("guests"))?;
    let mut variables: Vec<(&str, OsString)> = match target {
        Target::Wasip1 => vec![("GOOS", "wasip1".into()), ("GOARCH", "wasm".into())],
        // An empty value selects the machine's own. Without cgo, the program needs none of the machine's files to
        // start.
        Target::Host => vec![("GOOS", "".into()), ("GOARCH", "".into()), ("CGO_ENABLED", "0".into())],
    };
    variables.extend([("GOFLAGS", OsString::new()), ("GOTOOLCHAIN", "local".into())]);
    if std::env::var_os("HOME").is_none() {
        variables.push(("GOCACHE", places.store.join("go-build").into_os_string()));
    }
    for (names, flag) in all.into_iter().filter(|(names, _)| !names.is_empty()) {
        let mut argv = vec![go.exe.clone().into_os_string()];
        argv.extend(FLAGS.into_iter().chain(flag).map(OsString::from));
        // A trailing separator makes this a folder even if there is only one package.
        argv.extend(["-o".into(), temporary.path().join("").into_os_string()]);
        argv.extend(names.iter().map(|name| OsString::from(format!("./{name}"))));
        toolchain::command(&argv, &variables, sources, toolchain::LONG).context("the guests do not build")?;
        for name in names {
            let built = temporary.path().join(name);
            let named = built.with_file_name(file_name(name, target));
            fs::rename(&built, named)?;
        }
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => bail!("{}: {error}", folder.display()),
        _ => Ok(fs::rename(temporary.keep(), folder)?),
    }
}

/// A digest of everything that a build depends on.
fn key(sources: &Path, go: &Go, reactors: &BTreeSet<&str>) -> Result<String> {
    let mut encoder = Encoder::new("guests", 1);
    encoder.value("go", &go.version)?;
    encoder.value("flags", &FLAGS)?;
    encoder.value("reactor-flag", &REACTOR)?;
    encoder.value("reactors", reactors)?;
    file_digest::digest(sources, &mut encoder)?;
    Ok(encoder.finish())
}

fn imports(module: &Path) -> Result<BTreeSet<String>> {
    let bytes = fs::read(module)?;
    let mut imports = BTreeSet::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        let payload = payload.with_context(|| format!("{}: not a module", module.display()))?;
        if let Payload::ImportSection(section) = payload {
            for import in section.into_imports() {
                let import = import.with_context(|| module.display().to_string())?;
                imports.insert(match import.module {
                    "wasi_snapshot_preview1" => import.name.to_owned(),
                    other => format!("{other}.{}", import.name),
                });
            }
        }
    }
    Ok(imports)
}

/// The error message for a guest whose imports differ from those in its case file.
fn otherwise(guest: &str, wanted: &BTreeSet<String>, imports: &BTreeSet<String>) -> String {
    let list = |names: BTreeSet<_>| names.into_iter().cloned().collect::<Vec<String>>().join(", ");
    let unexpected = list(imports.difference(wanted).collect());
    let absent = list(wanted.difference(imports).collect());
    format!(
        "go-guests/{guest} does not import what its case file says; imported but not listed: [{unexpected}]; \
         listed but not imported: [{absent}]. Correct `imports` in the case file, or the guest"
    )
}
