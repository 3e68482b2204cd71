//! Builds the guests: all commands in one `go build`, and all reactors in another. If one of these fails, each guest is
//! built by itself, so that those which do not build are known by name: only their own cells are errors. The output folder
//! is keyed by the Go version. A rebuild happens only when the sources or the toolchain have changed, or if a guest did
//! not build the last time. The guests of a suite of one's own are made in `own`.

mod own;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use fs_err::{self as fs, File};
use semver::Version;
use wasip1_trace::facts::{Import, Surface};

use crate::notice::Notify;
use crate::toolchain::{self, Failed, Go};
use matrix_model::case::Build;
use matrix_model::digest::{Encoder, sha256};
use matrix_model::runtime::Target;
use matrix_model::suite::Suite;
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;
use matrix_store::file_digest::{self, sha256_file};

/// The flags for building guests; they are part of the key that decides on a rebuild.
pub(crate) const FLAGS: [&str; 3] = ["build", "-trimpath", "-buildvcs=false"];

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

impl Guest {
    /// A module that is not a guest of the project.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of_module(module: &Path) -> Result<Guest> {
        let bytes = fs::read(module)?;
        // A runtime is started in another folder.
        Ok(Guest { module: fs::canonicalize(module)?, sha256: sha256(&bytes), imports: BTreeSet::new() })
    }

    /// The file name of what a runtime's compiler makes of it. A guest is given the name of the file that is run as its own,
    /// so it is that of the module.
    pub fn compiled_name(&self) -> PathBuf {
        let name = Path::new(self.module.file_name().unwrap_or(self.module.as_os_str()));
        // A Go test has the name `os.test`, and would tell another one.
        let is_text = name.extension().is_some_and(|extension| extension == "wat");
        if is_text { name.with_extension("wasm") } else { name.to_owned() }
    }
}

/// All guests, built by one Go.
#[derive(Debug, Clone)]
pub struct Guests {
    /// The toolchain that built them; `None` if there was nothing to build.
    pub go: Option<Go>,
    /// The guests by name.
    pub by_name: BTreeMap<String, Guest>,
    /// The names of those that are modules which were there already.
    pub ready_made: BTreeSet<String>,
    /// Why there is no guest of these names.
    broken: Broken,
}

/// Sentences about guests that cannot be used, by the guests' names.
type Broken = BTreeMap<String, String>;

impl Guests {
    /// The guest with this name.
    ///
    /// # Errors
    /// If no guest has that name, or it cannot be made.
    pub fn named(&self, name: &str) -> Result<&Guest> {
        self.by_name.get(name).ok_or_else(|| match self.broken.get(name) {
            Some(why) => anyhow!("{why}"),
            None => anyhow!("no guest {name}"),
        })
    }

    /// Why there are guests that cannot be used, a sentence for each.
    pub fn broken(&self) -> impl Iterator<Item = &str> {
        self.broken.values().map(String::as_str)
    }

    /// These guests, for a purpose that needs every one of them.
    ///
    /// # Errors
    /// If one of them cannot be used, with the reason for each.
    pub fn whole(self) -> Result<Guests> {
        let reasons: Vec<_> = self.broken().collect();
        ensure!(reasons.is_empty(), "{}", reasons.join("\n"));
        Ok(self)
    }

    /// The Go that builds the guest with this name; `None` if the guest was there already.
    pub fn go_of(&self, name: &str) -> Option<&Go> {
        self.go.as_ref().filter(|_| !self.ready_made.contains(name))
    }

    /// The Go that builds guests.
    ///
    /// # Errors
    /// If there was nothing to build.
    pub fn built_by(&self) -> Result<&Go> {
        self.go.as_ref().context("no guest of the suite is a Go package, so no Go was looked for")
    }

    /// Builds the guests that are not built yet, for a target, with this Go release or the machine's own Go. A Go
    /// before 1.24 builds no reactors, and the host runs none; in both cases the result does not contain them. A guest
    /// that does not compile is an error where it is asked for by its name, and so is one whose imports differ from those
    /// in its case file.
    ///
    /// # Errors
    /// If there is no Go, or none of the project's own guests compiles.
    pub fn build(
        places: &Places,
        suite: &Suite,
        release: Option<&str>,
        target: Target,
        notify: &Notify,
    ) -> Result<Guests> {
        if let Some(sources) = &suite.guest_sources {
            return own::make(places, suite, sources, release, target, notify);
        }
        let go = found(places, release, notify)?;
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
        let mut broken = Broken::new();
        if !fs::read_to_string(&stamp).is_ok_and(|built| built == key) {
            let all = [(&commands, None), (&reactors, Some(REACTOR))];
            broken = GoBuild { places, go: &go, sources: &sources, target }.build(&folder, all)?;
            // Without a stamp, the next command tries again.
            if broken.is_empty() {
                write_whole(&stamp, key.as_bytes())?;
            }
        }
        let mut by_name = BTreeMap::new();
        let built: Vec<_> = commands.union(&reactors).copied().filter(|name| !broken.contains_key(*name)).collect();
        for name in built {
            match looked_at(folder.join(file_name(name, target)), name, target, Some(&go), suite, places) {
                Ok(guest) => _ = by_name.insert(name.to_owned(), guest),
                Err(error) => _ = broken.insert(name.to_owned(), format!("{error:#}")),
            }
        }
        Ok(Guests { go: Some(go), by_name, ready_made: BTreeSet::new(), broken })
    }

    /// The version line of a runtime that reports none: the Go version, which every guest records, and that of Linux.
    ///
    /// # Errors
    /// If a guest records no version, or another one.
    pub(crate) fn prove(&self, version: &Version) -> Result<String> {
        let go = self.built_by()?;
        for guest in self.by_name.values() {
            let built = go.built(&guest.module)?;
            if toolchain::semver(&built).as_ref() != Some(version) {
                bail!(
                    "{} was built by {built}, and stands for Go {version}; delete its folder",
                    guest.module.display()
                );
            }
        }
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").context("/proc/sys/kernel/osrelease")?;
        Ok(format!("{} on Linux {}", go.version, kernel.trim()))
    }
}

/// The Go of this release, or the machine's own.
fn found(places: &Places, release: Option<&str>, notify: &Notify) -> Result<Go> {
    match release {
        Some(release) => Go::release(release, places, notify),
        None => Go::find(places, notify),
    }
}

/// A guest whose file is there, after its imports were compared with those in its case file. No `go` has built one that was
/// there already.
fn looked_at(
    module: PathBuf,
    name: &str,
    target: Target,
    go: Option<&Go>,
    suite: &Suite,
    places: &Places,
) -> Result<Guest> {
    let imports = match target {
        Target::Wasip1 => imports(&module)?,
        Target::Host => BTreeSet::new(),
    };
    if let Some(wanted) = suite.imports.get(name).filter(|_| target == Target::Wasip1) {
        // The lists are for the pinned Go. Another Go may import fewer of these functions, but no others.
        let is_pinned = || go.map_or(Ok(true), |go| go.is_of_the_pinned_line(&places.root));
        if !wanted.is_superset(&imports) || *wanted != imports && is_pinned()? {
            bail!(otherwise(name, wanted, &imports, suite));
        }
    }
    let sha256 = sha256_file(&module)?;
    Ok(Guest { module, sha256, imports })
}

/// The file name of a guest.
pub(crate) fn file_name(guest: &str, target: Target) -> String {
    match target {
        Target::Wasip1 => format!("{guest}.wasm"),
        Target::Host => guest.to_owned(),
    }
}

/// Guests, and the flag that they are built with in addition to [`FLAGS`].
type Built<'a> = (&'a BTreeSet<&'a str>, Option<&'static str>);

/// A Go that builds the guests of a project for a target.
struct GoBuild<'b> {
    places: &'b Places,
    go: &'b Go,
    sources: &'b Path,
    target: Target,
}

impl GoBuild<'_> {
    /// Builds all of these guests into a folder, in place of what was there. Returns what the compiler said of those that
    /// do not build.
    fn build(&self, folder: &Path, all: [Built; 2]) -> Result<Broken> {
        let temporary = tempfile::tempdir_in(self.places.state.join("guests"))?;
        let (mut broken, mut total) = (Broken::new(), 0);
        for (names, flag) in all.into_iter().filter(|(names, _)| !names.is_empty()) {
            let names: Vec<_> = names.iter().copied().collect();
            total += names.len();
            let said = self.compile(&names, flag, temporary.path())?;
            // Go names only what it got to before it gave up.
            let alone = if said.is_some() && names.len() > 1 { &names[..] } else { &[] };
            broken.extend(said.filter(|_| alone.is_empty()).map(|said| (names[0].to_owned(), said)));
            for name in alone {
                broken.extend(self.compile(&[name], flag, temporary.path())?.map(|said| ((*name).to_owned(), said)));
            }
        }
        if let Some(first) = broken.values().next().filter(|_| broken.len() == total) {
            bail!("no guest builds: {first}");
        }
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => bail!("{}: {error}", folder.display()),
            _ => Ok(fs::rename(temporary.keep(), folder).map(|()| broken)?),
        }
    }

    /// Compiles guests into a folder. Returns what the compiler says if one of them does not build.
    fn compile(&self, names: &[&str], flag: Option<&'static str>, folder: &Path) -> Result<Option<String>> {
        let mut argv = vec![self.go.exe.clone().into_os_string()];
        argv.extend(FLAGS.into_iter().chain(flag).map(OsString::from));
        // A trailing separator makes this a folder even if there is only one package.
        argv.extend(["-o".into(), folder.join("").into_os_string()]);
        argv.extend(names.iter().map(|name| OsString::from(format!("./{name}"))));
        let mut variables = variables(self.places, self.target);
        variables.push(("GOFLAGS", OsString::new()));
        if let Err(error) = toolchain::command(&argv, &variables, self.sources, toolchain::LONG) {
            let failed: Failed = error.downcast().context("the guests do not build")?;
            let names: Vec<_> = names.iter().map(|name| format!("go-guests/{name}")).collect();
            return Ok(Some(format!("{} does not build: {}", names.join(", "), failed.said.trim())));
        }
        for name in names {
            fs::rename(folder.join(name), folder.join(file_name(name, self.target)))?;
        }
        Ok(None)
    }
}

/// The variables that Go builds for a target with.
pub(crate) fn variables(places: &Places, target: Target) -> Vec<(&'static str, OsString)> {
    let mut variables: Vec<(&str, OsString)> = match target {
        Target::Wasip1 => vec![("GOOS", "wasip1".into()), ("GOARCH", "wasm".into())],
        // An empty value selects the machine's own. Without cgo, the program needs none of the machine's files to
        // start.
        Target::Host => vec![("GOOS", "".into()), ("GOARCH", "".into()), ("CGO_ENABLED", "0".into())],
    };
    variables.push(("GOTOOLCHAIN", "local".into()));
    if std::env::var_os("HOME").is_none() {
        variables.push(("GOCACHE", places.store.join("go-build").into_os_string()));
    }
    variables
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

/// What a module imports: a function of preview 1 by its name, any other as `module.name`.
fn imports(module: &Path) -> Result<BTreeSet<String>> {
    let surface = Surface::of(&fs::read(module)?).map_err(|what| anyhow!("{} {what}", module.display()))?;
    Ok(surface.imports.iter().map(Import::named).collect())
}

/// The error message for a guest whose imports differ from those in its case file.
fn otherwise(guest: &str, wanted: &BTreeSet<String>, imports: &BTreeSet<String>, suite: &Suite) -> String {
    let place = if suite.is_own() { "" } else { "go-guests/" };
    let list = |names: BTreeSet<_>| names.into_iter().cloned().collect::<Vec<String>>().join(", ");
    let unexpected = list(imports.difference(wanted).collect());
    let absent = list(wanted.difference(imports).collect());
    format!(
        "{place}{guest} does not import what its case file says; imported but not listed: [{unexpected}]; \
         listed but not imported: [{absent}]. Correct `imports` in the case file, or the guest"
    )
}
