//! Lists the versions of a runtime that can be installed.

use std::ffi::OsString;

use anyhow::{Context, Result, bail};
use semver::Version;
use tempfile::TempDir;

use crate::notice::Notify;
use crate::toolchain::{self, Go, SHORT};
use matrix_model::runtime::{Origin, Package, Runtime};
use matrix_model::template::{Template, Values};
use matrix_store::dirs::Places;

/// The versions of a runtime that can be installed, oldest first. These are the versions that the registry's own client
/// lists (Go, npm, pip), and the pinned ones. Offline, and for other kinds of package, only the pinned ones are known.
///
/// # Errors
/// If the runtime is not installed from packages at all, or the client fails.
pub fn versions(runtime: &Runtime, places: &Places, notify: &Notify) -> Result<Vec<Version>> {
    let Origin::Packages(_) = &runtime.install.origin else {
        bail!("{} cannot be had from here: {}", runtime.id, runtime.install.hint);
    };
    let mut versions = match runtime.install.package() {
        Some(package @ (Package::Go(_) | Package::Npm(_) | Package::Pip(_))) if !places.offline => {
            offered(runtime, package, places, notify)?
        }
        _ => Vec::new(),
    };
    versions.extend(runtime.install.pins.iter().cloned());
    // Users of a runtime do not run release candidates. They are left out unless they are pinned.
    versions.retain(|version| version.pre.is_empty() || runtime.install.pins.contains(version));
    versions.sort();
    versions.dedup();
    Ok(versions)
}

/// The versions of a runtime's package that its package manager's own client tells of: all of them for Go, npm and pip,
/// the newest for cargo, Maven and Debian.
///
/// # Errors
/// If the client is not on PATH, or fails.
pub(crate) fn offered(runtime: &Runtime, package: &Package, places: &Places, notify: &Notify) -> Result<Vec<Version>> {
    let bare = |name: &Template| filled(name, "");
    match package {
        Package::Go(package) => of_go(package, places, notify),
        Package::Npm(name) => of_npm(named(&bare(name), "@")),
        Package::Pip(name) => of_pip(named(&bare(name), "==")),
        Package::Cargo { package, .. } => of_cargo(package),
        Package::Maven(name) => {
            super::maven::newest(&filled(name, "{}"), runtime.install.pins.iter().max()).map(|newest| vec![newest])
        }
        Package::Debian { suites, packages } => {
            super::debian::newest(runtime, suites, packages, places, notify).map(|newest| vec![newest])
        }
    }
}

fn filled(name: &Template, version: &str) -> String {
    name.fill(&Values::default().value("version", version)).concat()
}

/// A package's name without its version.
fn named<'n>(package: &'n str, sign: &str) -> &'n str {
    package.rsplit_once(sign).map_or(package, |(name, _)| name)
}

/// The versions of the module that contains a Go package. The package may be the module itself or a folder in it.
fn of_go(package: &str, places: &Places, notify: &Notify) -> Result<Vec<Version>> {
    let go = Go::find(places, notify)?;
    let elsewhere = TempDir::new()?;
    let mut module = package;
    // The shortest module path has a host, an owner and a name.
    while module.matches('/').count() > 2 {
        module = module.rsplit_once('/').map_or(module, |(above, _)| above);
    }
    let argv = [go.exe.into(), "list".into(), "-m".into(), "-versions".into(), OsString::from(module)];
    let variables = [("GOTOOLCHAIN", "local".into()), ("GOFLAGS", "".into()), ("GOWORK", "off".into())];
    let said = toolchain::command(&argv, &variables, elsewhere.path(), SHORT)?.stdout;
    let said = String::from_utf8(said).context("`go list -m -versions`")?;
    Ok(said.split_whitespace().filter_map(|word| Version::parse(word.strip_prefix('v')?).ok()).collect())
}

fn of_npm(name: &str) -> Result<Vec<Version>> {
    let npm = toolchain::on_path("npm").context("no `npm` on PATH, which comes with Node.js")?;
    let elsewhere = TempDir::new()?;
    let argv = [npm.into_os_string(), "view".into(), name.into(), "versions".into(), "--json".into()];
    let said = toolchain::command(&argv, &[], elsewhere.path(), SHORT)?.stdout;
    let versions: Vec<String> = serde_json::from_slice(&said).context("`npm view … versions`")?;
    Ok(versions.iter().filter_map(|version| Version::parse(version).ok()).collect())
}

fn of_pip(name: &str) -> Result<Vec<Version>> {
    let python = toolchain::on_path("python3").context("no `python3` on PATH")?;
    let elsewhere = TempDir::new()?;
    let words = ["-m", "pip", "index", "versions", "--disable-pip-version-check", name];
    let argv: Vec<OsString> = [python.into_os_string()].into_iter().chain(words.map(Into::into)).collect();
    let said = toolchain::command(&argv, &[], elsewhere.path(), SHORT)?.stdout;
    let said = String::from_utf8(said).context("`pip index versions`")?;
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Available versions:"));
    let line = line.context("`pip index versions` lists none")?;
    Ok(line.split(',').filter_map(|version| Version::parse(version.trim()).ok()).collect())
}

fn of_cargo(name: &str) -> Result<Vec<Version>> {
    let cargo = toolchain::on_path("cargo").context("no `cargo` on PATH, which comes with Rust")?;
    let elsewhere = TempDir::new()?;
    let argv = [cargo.into_os_string(), "info".into(), "--quiet".into(), name.into()];
    let said = toolchain::command(&argv, &[], elsewhere.path(), SHORT)?.stdout;
    let said = String::from_utf8(said).context("`cargo info`")?;
    // `version: 1.2.3`, or, where this machine's Rust is too old for the newest, `version: 1.2.3 (latest 2.0.0)`.
    let line = said.lines().find_map(|line| line.strip_prefix("version: "));
    let line = line.context("`cargo info` tells no version")?;
    let newest = line.split_once("(latest ").map_or(line, |(_, latest)| latest);
    let newest = newest.split([' ', ')']).next().unwrap_or(newest);
    Ok(vec![Version::parse(newest).with_context(|| format!("`cargo info {name}`: version {newest:?}"))?])
}
