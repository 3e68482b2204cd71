//! Python packages, from wheels only: installing a source package would compile it and run its code.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use serde::Deserialize;

use super::locked::following;
use super::{Brought, Job, remove};
use crate::lock_files;
use crate::toolchain::{self, LONG, SHORT};
use matrix_store::file_system::symlink;

/// pip's report of what it installed.
#[derive(Deserialize)]
struct Report {
    install: Vec<Wheel>,
}

#[derive(Deserialize)]
struct Wheel {
    metadata: Metadata,
    download_info: DownloadInfo,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct DownloadInfo {
    archive_info: ArchiveInfo,
}

#[derive(Deserialize)]
struct ArchiveInfo {
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

impl Job<'_> {
    pub fn pip(&self, names: &[String]) -> Result<Brought> {
        let python = toolchain::on_path("python3").ok_or_else(|| anyhow!("no `python3` on PATH"))?;
        let lib = self.prefix.join("lib");
        let report = self.scratch.join("pip.json");
        let mut argv = vec![python.clone().into_os_string()];
        let options = ["--only-binary=:all:", "--no-compile", "--disable-pip-version-check", "--quiet"];
        argv.extend(["-m", "pip", "install"].iter().chain(&options).map(Into::into));
        argv.extend(["--target".into(), lib.clone().into_os_string(), "--report".into(), report.clone().into()]);
        let locked = self.lock_file(lock_files::PIP);
        match &locked {
            Some(file) => {
                following(Some(file), must_name(&fs::read_to_string(file)?, names))?;
                argv.extend(["--require-hashes".into(), "--requirement".into(), file.clone().into_os_string()]);
            }
            None => argv.extend(names.iter().map(Into::into)),
        }
        (self.progress)(&format!("pip install {}", names.join(" ")));
        following(locked.as_deref(), self.command(&argv, &[], LONG))?;
        tidy(&lib)?;
        self.link_interpreter(&python)?;
        let text = fs::read(&report).context("pip wrote no report; it is older than 22.2")?;
        let report: Report = serde_json::from_slice(&text).context("pip's report")?;
        let mut brought = Brought::default();
        let mut requirements = Vec::new();
        for Wheel { metadata: Metadata { name, version }, download_info } in report.install {
            let requirement = format!("{name}=={version}");
            let sha256 = download_info.archive_info.hashes.get("sha256").cloned().unwrap_or_default();
            requirements.push(format!("{requirement} --hash=sha256:{sha256}\n"));
            let line = format!("{requirement} sha256:{sha256}");
            match names.iter().any(|name| is_same(name, &requirement)) {
                true => brought.fetched.push(line),
                false => brought.dependencies.push(line),
            }
        }
        requirements.sort();
        self.keep_lock(lock_files::PIP, requirements.concat().as_bytes())?;
        Ok(brought)
    }

    /// Links the interpreter that the wheels were chosen for next to them, because hosts are started without PATH.
    fn link_interpreter(&self, python: &Path) -> Result<()> {
        let argv = [python.as_os_str().to_owned(), "-c".into(), "import sys; print(sys.executable)".into()];
        let ended = self.command(&argv, &[], SHORT)?;
        let interpreter = String::from_utf8(ended.stdout).context("the path of python3")?;
        let bin = self.prefix.join("bin");
        fs::create_dir_all(&bin)?;
        let link = bin.join("python3");
        symlink(Path::new(interpreter.trim_end()), &link).with_context(|| link.display().to_string())
    }
}

/// Whether two requirements are the same. In names, letters have no case, and `_` is `-`.
fn is_same(one: &str, other: &str) -> bool {
    let normal = |text: &str| text.to_lowercase().replace('_', "-");
    normal(one) == normal(other)
}

/// Fails unless the requirements with hashes contain each of these packages.
fn must_name(requirements: &str, names: &[String]) -> Result<()> {
    let has = |name: &&String| {
        requirements.lines().filter_map(|line| line.split_whitespace().next()).any(|first| is_same(first, name))
    };
    match names.iter().find(|name| !has(name)) {
        Some(name) => bail!("it has no {name}, which runtime.toml asks for"),
        None => Ok(()),
    }
}

/// Removes pip's records of the install, and its start scripts, which name this machine's interpreter.
fn tidy(lib: &Path) -> Result<()> {
    remove(&lib.join("bin"))?;
    for entry in fs::read_dir(lib)? {
        let folder = entry?.path();
        if folder.extension().is_some_and(|extension| extension == "dist-info") {
            for note in ["RECORD", "INSTALLER", "REQUESTED", "direct_url.json"] {
                remove(&folder.join(note))?;
            }
        }
    }
    Ok(())
}
