//! Maven artifacts and all their run-time dependencies, as jars in one folder.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use semver::Version;

use super::locked::following;
use super::{Brought, Job};
use crate::lock_files;
use crate::toolchain::{self, LONG};
use matrix_store::file_digest::sha256_file;

impl Job<'_> {
    pub fn maven(&self, names: &[String]) -> Result<Brought> {
        let mvn = toolchain::on_path("mvn").ok_or_else(|| anyhow!("no `mvn` on PATH: install Maven and a JDK"))?;
        let pom = self.scratch.join("pom.xml");
        fs::write(&pom, project(names)?)?;
        let lib = self.prefix.join("lib");
        fs::create_dir_all(&lib)?;
        let mut argv = vec![mvn.into_os_string()];
        argv.extend(["-B", "-q", "-f"].map(Into::into));
        argv.extend([pom.into_os_string(), "dependency:copy-dependencies".into()]);
        argv.push(format!("-DoutputDirectory={}", lib.display()).into());
        argv.extend(["-DincludeScope=runtime", "-DexcludeTypes=pom"].map(Into::into));
        (self.progress)(&format!("mvn dependency:copy-dependencies {}", names.join(" ")));
        self.command(&argv, &[], LONG)?;
        let mut brought = Brought::default();
        let mut sums = BTreeMap::new();
        for entry in fs::read_dir(&lib)? {
            let path = entry?.path();
            let Some(jar) = path.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".jar"))
            else {
                continue;
            };
            let sha256 = sha256_file(&path)?;
            let line = format!("{jar} sha256:{sha256}");
            sums.insert(jar.to_owned(), sha256);
            let is_asked_for = names.iter().filter_map(|name| parts(name)).any(|[_, artifact, version, _]| {
                jar.strip_suffix(".jar").is_some_and(|stem| stem == format!("{artifact}-{version}"))
            });
            match is_asked_for {
                true => brought.fetched.push(line),
                false => brought.dependencies.push(line),
            }
        }
        if let Some(file) = self.lock_file(lock_files::MAVEN) {
            let compared = read_sums(&fs::read_to_string(&file)?).and_then(|locked| must_be(&locked, &sums));
            following(Some(&file), compared)?;
        }
        let text: String = sums.iter().map(|(jar, sha256)| format!("{sha256}  {jar}\n")).collect();
        self.keep_lock(lock_files::MAVEN, text.as_bytes())?;
        Ok(brought)
    }
}

/// Reads what `sha256sum` writes: the sha256 of each file, by name.
fn read_sums(text: &str) -> Result<BTreeMap<String, String>> {
    let sum = |line: &str| line.split_once("  ").map(|(sha256, name)| (name.to_owned(), sha256.to_owned()));
    text.lines().map(|line| sum(line).with_context(|| format!("`{line}` is not a sha256 and a file name"))).collect()
}

/// Fails unless the jars are exactly the locked ones.
fn must_be(locked: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Result<()> {
    let mut differences = Vec::new();
    for (jar, sha256) in locked {
        match found.get(jar) {
            None => differences.push(format!("{jar} did not come")),
            Some(other) if other != sha256 => differences.push(format!("{jar} has sha256 {other}, locked {sha256}")),
            Some(_) => {}
        }
    }
    differences.extend(found.keys().filter(|jar| !locked.contains_key(*jar)).map(|jar| format!("{jar} is not locked")));
    match differences.is_empty() {
        true => Ok(()),
        false => bail!("{}", differences.join("; ")),
    }
}

/// The newest stable version of an artifact that resolves here, at least `from` if there is that. In `name`, `{}` stands
/// for the version.
///
/// Maven has no command that lists versions, but it resolves a range of them to the newest. If that is a release
/// candidate, the range is asked again without it.
///
/// # Errors
/// If there is no Maven, or nothing resolves.
pub(super) fn newest(name: &str, from: Option<&Version>) -> Result<Version> {
    const TRIES: usize = 8;
    let mvn = toolchain::on_path("mvn").ok_or_else(|| anyhow!("no `mvn` on PATH: install Maven and a JDK"))?;
    let folder = tempfile::TempDir::new()?;
    let (pom, list) = (folder.path().join("pom.xml"), folder.path().join("list"));
    let from = from.map_or_else(|| "0".to_owned(), Version::to_string);
    let mut range = format!("[{from},)");
    for _ in 0..TRIES {
        fs::write(&pom, project(&[name.replace("{}", RANGE)])?.replace(RANGE, &range))?;
        let mut argv = vec![mvn.clone().into_os_string()];
        argv.extend(["-B", "-q", "-U", "-f"].map(Into::into));
        argv.extend([pom.clone().into_os_string(), "dependency:list".into(), "-DexcludeTransitive".into()]);
        argv.push(format!("-DoutputFile={}", list.display()).into());
        toolchain::command(&argv, &[], folder.path(), LONG)?;
        let text = fs::read_to_string(&list)?;
        // `group:artifact:jar:1.2.3:compile`
        let found = text.lines().find_map(|line| line.trim().split(':').nth(3));
        let found = found.ok_or_else(|| anyhow!("`mvn dependency:list` tells no version: {text:?}"))?;
        match Version::parse(found) {
            Ok(version) if version.pre.is_empty() => return Ok(version),
            _ => range = format!("[{from},{found})"),
        }
    }
    bail!("among the versions of {name} after {from} the newest {TRIES} are no releases")
}

/// Stands for the range while the artifact's name is checked.
const RANGE: &str = "0.0.0";

/// Group, artifact, version and type of `group:artifact:version` or `group:artifact:version:type`.
fn parts(name: &str) -> Option<[&str; 4]> {
    match *name.split(':').collect::<Vec<_>>() {
        [group, artifact, version] => Some([group, artifact, version, "jar"]),
        [group, artifact, version, kind] => Some([group, artifact, version, kind]),
        _ => None,
    }
}

/// A project that has only these dependencies and no code.
fn project(names: &[String]) -> Result<String> {
    let mut dependencies = String::new();
    for name in names {
        let Some(parts) = parts(name) else { bail!("`{name}` is not group:artifact:version") };
        let plain = |part: &str| part.chars().all(|char| char.is_ascii_alphanumeric() || "._-".contains(char));
        if !parts.iter().all(|part| plain(part)) {
            bail!("`{name}` has characters that no artifact's name has");
        }
        let [group, artifact, version, kind] = parts;
        writeln!(
            dependencies,
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version><type>{kind}</type></dependency>"
        )?;
    }
    Ok(format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>runtime</groupId><artifactId>runtime</artifactId>\
         <version>1</version><packaging>pom</packaging><dependencies>\n{dependencies}</dependencies></project>\n"
    ))
}
