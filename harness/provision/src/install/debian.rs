//! Debian packages with all their dependencies, including the C library. They are unpacked, not installed. They run on
//! older distributions too, because they use their own loader.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use semver::Version;
use tempfile::TempDir;

use super::{Brought, Job, debian_suite};
use crate::notice::Notify;
use crate::toolchain::{self, LONG, SHORT};
use matrix_model::runtime::Runtime;
use matrix_store::dirs::Places;
use matrix_store::file_digest::sha256_file;
use matrix_store::file_system::set_mode;

/// The keys that sign Debian's packages.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The fields read from a package file: its name, and the source that it was built from.
struct Control {
    name: String,
    source: String,
}

impl Job<'_> {
    pub fn debian(&self, suites: &BTreeMap<String, String>, packages: &[String]) -> Result<Brought> {
        let suite = debian_suite(suites, self.version);
        let suite = suite.ok_or_else(|| anyhow!("no suite is known to have version {}", self.version))?;
        let apt = Apt::updated(self, suite)?;
        // A suite changes over time. Check the version first, before forty megabytes are downloaded.
        let candidate = apt.candidate(&packages[0])?;
        if upstream(&candidate) != self.version.to_string() {
            bail!("{suite} has {} {candidate} by now, not {}", packages[0], self.version);
        }
        (self.progress)(&format!("apt-get install --download-only {}", packages.join(" ")));
        let mut words = vec!["install", "-qq", "-y", "--download-only"];
        words.extend(packages.iter().map(String::as_str));
        apt.run("apt-get", &words)?;
        let brought = self.unpack(&apt.archives, packages)?;
        self.wrap()?;
        Ok(brought)
    }

    fn unpack(&self, archives: &Path, packages: &[String]) -> Result<Brought> {
        let mut files = Vec::new();
        for file in matrix_store::file_digest::files(archives)? {
            if file.extension().is_some_and(|extension| extension == "deb") {
                files.push((self.control(&file)?, file));
            }
        }
        let asked = files.iter().filter(|(control, _)| packages.contains(&control.name));
        let sources: Vec<_> = asked.map(|(control, _)| control.source.clone()).collect();
        let mut brought = Brought::default();
        for (Control { name, source }, file) in &files {
            (self.progress)(&format!("unpacking {name}"));
            let argv: [OsString; 4] = ["dpkg".into(), "-x".into(), file.into(), self.prefix.clone().into()];
            self.command(&argv, &[], LONG)?;
            let file_name = file.file_name().unwrap_or_default().to_string_lossy();
            let line = format!("{file_name} sha256:{}", sha256_file(file)?);
            // An executable and its library are built from one source. Their other dependencies change with the suite.
            match sources.contains(source) {
                true => brought.fetched.push(line),
                false => brought.dependencies.push(line),
            }
        }
        Ok(brought)
    }

    fn control(&self, file: &Path) -> Result<Control> {
        let mut argv: Vec<OsString> = vec!["dpkg-deb".into(), "-f".into(), file.into()];
        argv.extend(["Package", "Source"].map(Into::into));
        let ended = self.command(&argv, &[], SHORT)?;
        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.and_then(|value| value.split_whitespace().next()).map(str::to_owned)
        };
        let name = field("Package").ok_or_else(|| anyhow!("{}: no package's name in it", file.display()))?;
        let source = field("Source").unwrap_or_else(|| name.clone());
        Ok(Control { name, source })
    }

    /// Makes `bin/<exe>` a script that starts the unpacked executable with the loader and the libraries next to it. The
    /// script uses only shell builtins, because it is started without PATH.
    fn wrap(&self) -> Result<()> {
        let name = self.runtime.install.exe_name(self.version);
        if name.contains('/') {
            return Ok(());
        }
        let (libraries, loader) = self.loader()?;
        let script = format!(
            "#!/bin/sh\nprefix=${{0%/*}}/..\nlibraries=$prefix/{libraries}\n\
             exec \"$libraries/{loader}\" --library-path \"$libraries\" \"$prefix/usr/bin/{name}\" \"$@\"\n"
        );
        let path = self.exe();
        let target = self.prefix.join("usr/bin").join(&name);
        if !target.exists() {
            bail!(self.but_there_is(&format!("no usr/bin/{name}")));
        }
        fs::create_dir_all(self.prefix.join("bin"))?;
        fs::write(&path, script)?;
        Ok(set_mode(&path, 0o755)?)
    }

    /// The folder of the unpacked libraries, and the name of the loader in that folder.
    fn loader(&self) -> Result<(String, String)> {
        let lib = self.prefix.join("usr/lib");
        for folder in fs::read_dir(&lib)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(folder.path())? {
                let name = entry?.file_name().to_string_lossy().into_owned();
                if name.starts_with("ld-linux") {
                    return Ok((format!("usr/lib/{}", folder.file_name().to_string_lossy()), name));
                }
            }
        }
        bail!("no loader (usr/lib/*/ld-linux*) among the packages")
    }
}

/// The version of a runtime's first package in the suite of its newest pinned version.
///
/// # Errors
/// If apt is not on PATH, or the suite does not have the package.
pub(super) fn newest(
    runtime: &Runtime,
    suites: &BTreeMap<String, String>,
    packages: &[String],
    places: &Places,
    notify: &Notify,
) -> Result<Version> {
    let folder = TempDir::new()?;
    let version = runtime.install.pins.iter().max().ok_or_else(|| anyhow!("{} pins no version", runtime.id))?;
    let job = Job {
        runtime,
        version,
        places,
        entry: None,
        prefix: folder.path().join("prefix"),
        scratch: folder.path().to_owned(),
        progress: &|_| {},
        notify,
    };
    let suite = debian_suite(suites, version).ok_or_else(|| anyhow!("no suite is known to have version {version}"))?;
    let candidate = Apt::updated(&job, suite)?.candidate(&packages[0])?;
    let newest = upstream(&candidate);
    Version::parse(newest).with_context(|| format!("{suite} has {} {candidate}", packages[0]))
}

/// A separate apt configuration. It knows one suite, regards nothing as installed, and writes only to its own folders.
struct Apt<'j> {
    job: &'j Job<'j>,
    configuration: PathBuf,
    archives: PathBuf,
}

impl<'j> Apt<'j> {
    /// Knows what the suite has today.
    fn updated(job: &'j Job<'j>, suite: &str) -> Result<Apt<'j>> {
        for tool in ["apt-get", "apt-cache", "dpkg", "dpkg-deb"] {
            if toolchain::on_path(tool).is_none() {
                bail!("no `{tool}` on PATH: only Debian and what descends from it has these packages");
            }
        }
        let apt = Apt::new(job, suite)?;
        (job.progress)(&format!("apt-get update of {suite}"));
        apt.run("apt-get", &["update", "-qq"])?;
        Ok(apt)
    }

    fn new(job: &'j Job<'j>, suite: &str) -> Result<Apt<'j>> {
        let folder = job.scratch.join("apt");
        let at = |name: &str| folder.join(name).display().to_string();
        for name in ["lists/partial", "archives/partial"] {
            fs::create_dir_all(folder.join(name))?;
        }
        fs::write(folder.join("status"), "")?;
        let signed = if Path::new(KEYRING).exists() { format!("[signed-by={KEYRING}] ") } else { String::new() };
        fs::write(folder.join("sources.list"), format!("deb {signed}{} {suite} main\n", mirror(job)?))?;
        let ended = job.command(&["dpkg".into(), "--print-architecture".into()], &[], SHORT)?;
        let architecture = String::from_utf8_lossy(&ended.stdout).trim().to_owned();
        // The machine's own configuration, such as a proxy, is read first and stays in effect.
        let configuration = format!(
            "Dir::State::lists \"{}\";\nDir::State::status \"{}\";\nDir::State::extended_states \"{}\";\n\
             Dir::Cache \"{}\";\nDir::Cache::archives \"{}\";\nDir::Etc::sourcelist \"{}\";\n\
             Dir::Etc::sourceparts \"/dev/null\";\nDir::Etc::preferences \"/dev/null\";\n\
             Dir::Etc::preferencesparts \"/dev/null\";\nAPT::Architecture \"{architecture}\";\n\
             APT::Architectures {{ \"{architecture}\"; }};\nAPT::Install-Recommends \"false\";\n\
             APT::Sandbox::User \"\";\nAcquire::Languages \"none\";\nDebug::NoLocking \"true\";\n",
            at("lists"),
            at("status"),
            at("extended_states"),
            folder.display(),
            at("archives"),
            at("sources.list"),
        );
        let path = folder.join("apt.conf");
        fs::write(&path, configuration)?;
        Ok(Apt { job, configuration: path, archives: folder.join("archives") })
    }

    fn run(&self, program: &str, words: &[&str]) -> Result<String> {
        let mut argv: Vec<OsString> = vec![program.into(), "-c".into(), self.configuration.clone().into()];
        argv.extend(words.iter().map(Into::into));
        let ended = self.job.command(&argv, &[("LC_ALL", "C".into())], LONG)?;
        Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
    }

    /// The package's version in the suite.
    fn candidate(&self, package: &str) -> Result<String> {
        let policy = self.run("apt-cache", &["policy", package])?;
        let candidate = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
        match candidate {
            Some(candidate) if candidate != "(none)" => Ok(candidate.to_owned()),
            _ => bail!("the suite has no package {package}"),
        }
    }
}

/// The upstream version in a Debian version: `0.17.1` in `1:0.17.1+dfsg-2`.
fn upstream(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    let version = version.rsplit_once('-').map_or(version, |(upstream, _)| upstream);
    version.split(['+', '~']).next().unwrap_or(version)
}

/// The mirror of this machine's own packages, as its apt reports it.
fn mirror(job: &Job) -> Result<String> {
    let mut argv: Vec<OsString> = ["apt-get", "indextargets", "--format"].map(Into::into).to_vec();
    argv.extend(["$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"].map(Into::into));
    let ended = job.command(&argv, &[], SHORT)?;
    let text = String::from_utf8_lossy(&ended.stdout).into_owned();
    let mut targets = text.lines().filter_map(|line| line.split_once(' ')).filter_map(|(release, rest)| {
        // Security updates come from a separate archive.
        rest.strip_prefix("main ").filter(|_| !release.contains("security"))
    });
    targets.next().map(str::to_owned).ok_or_else(|| anyhow!("apt has no source of packages: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_and_revisions_are_debians_own() {
        for version in ["0.17.1", "0.17.1-2", "1:0.17.1-2+b1", "0.17.1+dfsg-1", "0.17.1~rc1-1"] {
            assert_eq!(upstream(version), "0.17.1");
        }
        assert_eq!(upstream("0.17.1-rc-1"), "0.17.1-rc");
    }
}
