//! Python packages, from wheels only: installing a source package would compile it and run its code.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use fs_err as fs;
use fs_err::os::unix::fs::symlink;
use serde::Deserialize;

use super::{Brought, Job, remove};
use crate::toolchain::{self, LONG, SHORT};

/// pip's report of what it installed.
#[derive(Deserialize)]
struct Report {
    install: Vec<Wheel>,
}

#[derive(Deserialize)]
struct Wheel {
    metadata: Metadata,
    requested: bool,
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
        if let Some(entry) = self.entry.filter(|entry| !entry.constraints.is_empty()) {
            let constraints = self.scratch.join("constraints.txt");
            fs::write(&constraints, entry.constraints.join("\n"))?;
            argv.extend(["--constraint".into(), constraints.into_os_string()]);
        }
        argv.extend(names.iter().map(Into::into));
        (self.progress)(&format!("pip install {}", names.join(" ")));
        self.command(&argv, &[], LONG)?;
        tidy(&lib)?;
        self.link_interpreter(&python)?;
        let text = fs::read(&report).context("pip wrote no report; it is older than 22.2")?;
        let report: Report = serde_json::from_slice(&text).context("pip's report")?;
        let mut brought = Brought::default();
        for Wheel { metadata: Metadata { name, version }, requested, download_info } in report.install {
            let requirement = format!("{name}=={version}");
            let sha256 = download_info.archive_info.hashes.get("sha256").cloned().unwrap_or_default();
            let line = format!("{requirement} sha256:{sha256}");
            if requested {
                brought.fetched.push(line);
            } else {
                brought.dependencies.push(line);
                brought.constraints.push(requirement);
            }
        }
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
        Ok(symlink(interpreter.trim_end(), link)?)
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
