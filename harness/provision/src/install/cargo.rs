//! Cargo packages: prebuilt if `cargo binstall` can install them, and compiled if not.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use fs_err as fs;

use super::{Brought, Job, build_folder, remove};
use crate::cargo_messages;
use crate::toolchain::{self, LONG, SHORT};
use matrix_store::file_digest::sha256_file;

/// Long enough for an engine with its compilers on a small, busy machine.
const BUILD: Duration = Duration::from_secs(4 * 3600);

impl Job<'_> {
    pub fn cargo(&self, package: &str, features: &[String], default_features: bool) -> Result<Brought> {
        if toolchain::on_path("cargo-binstall").is_some() {
            match self.binstall(package) {
                Ok(brought) => return Ok(brought),
                Err(error) => (self.progress)(&format!("cargo binstall has it not, compiling it: {error}")),
            }
        }
        // A package's build scripts are programs. They are run only if the package is the locked one.
        if let Some(entry) = self.entry {
            let line = match self.package_file(package)? {
                Some(line) => line,
                None => self.downloaded(package)?,
            };
            let name = line.split(' ').next();
            if let Some(locked) = entry.fetched.iter().find(|locked| locked.split(' ').next() == name)
                && *locked != line
            {
                bail!("refused, nothing compiled: fetched {line}, locked {locked}");
            }
        }
        let mut argv: Vec<OsString> =
            vec![cargo_messages::program(), "install".into(), "--locked".into(), "--root".into()];
        argv.extend([self.prefix.clone().into_os_string(), package.into()]);
        argv.extend(["--version".into(), self.version.to_string().into()]);
        if !default_features {
            argv.push("--no-default-features".into());
        }
        if !features.is_empty() {
            argv.extend(["--features".into(), features.join(",").into()]);
        }
        argv.push(cargo_messages::MESSAGES.into());
        let target = build_folder(self.places, &self.runtime.id, self.version);
        let variables = [("CARGO_TARGET_DIR", target.into_os_string())];
        (self.progress)("cargo install: fetching crates");
        let mut crates = 0;
        toolchain::watched(&argv, &variables, &self.scratch, BUILD, &mut |line| {
            let Some(artifact) = cargo_messages::artifact(line) else { return };
            crates += 1;
            let done = if artifact.fresh { "there" } else { "compiled" };
            (self.progress)(&format!("cargo install: {crates} crates so far, {} {done}", artifact.name));
        })?;
        self.tidy()?;
        let line = self.package_file(package)?;
        let line = line.ok_or_else(|| anyhow!("cargo keeps no copy of {package} {}: no sha256 of it", self.version))?;
        Ok(Brought { fetched: vec![line], ..Brought::default() })
    }

    fn binstall(&self, package: &str) -> Result<Brought> {
        (self.progress)("cargo binstall");
        let mut argv = vec![cargo_messages::program()];
        let options = ["binstall", "--no-confirm", "--disable-strategies", "compile", "--version"];
        argv.extend(options.map(OsString::from));
        argv.extend([self.version.to_string().into(), "--root".into(), self.prefix.clone().into_os_string()]);
        argv.push(package.into());
        self.command(&argv, &[], LONG)?;
        self.tidy()?;
        Ok(Brought { elsewhere: Some("prebuilt, brought by cargo binstall".to_owned()), ..Brought::default() })
    }

    /// Removes the records that cargo keeps of its installs.
    fn tidy(&self) -> Result<()> {
        [".crates.toml", ".crates2.json"].iter().try_for_each(|note| remove(&self.prefix.join(note)))
    }

    /// Downloads the package with cargo, without compiling it.
    fn downloaded(&self, package: &str) -> Result<String> {
        let argv =
            [cargo_messages::program(), "info".into(), "--quiet".into(), format!("{package}@{}", self.version).into()];
        self.command(&argv, &[], SHORT)?;
        self.package_file(package)?.ok_or_else(|| anyhow!("cargo did not fetch {package} {}", self.version))
    }

    /// The name of the package file in cargo's cache, and its sha256; `None` if it is not in the cache.
    fn package_file(&self, package: &str) -> Result<Option<String>> {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = variable("CARGO_HOME").or_else(|| variable("HOME").map(|home| home.join(".cargo")));
        let name = format!("{package}-{}.crate", self.version);
        let Some(cache) = home.map(|home| home.join("registry/cache")).filter(|cache| cache.is_dir()) else {
            return Ok(None);
        };
        for registry in fs::read_dir(&cache)? {
            let file = registry?.path().join(&name);
            if file.exists() {
                return Ok(Some(format!("{name} sha256:{}", sha256_file(&file)?)));
            }
        }
        Ok(None)
    }
}
