//! npm packages and their dependencies, as npm's lock file has them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use fs_err as fs;
use serde::Deserialize;
use serde_json::json;

use super::locked::following;
use super::{Brought, Job, remove};
use crate::lock_files;
use crate::toolchain::{self, LONG};

/// npm's own record of an installed package.
#[derive(Deserialize)]
struct Tree {
    packages: BTreeMap<String, LockedPackage>,
}

#[derive(Deserialize)]
struct LockedPackage {
    version: Option<String>,
    integrity: Option<String>,
}

impl Job<'_> {
    pub fn npm(&self, names: &[String]) -> Result<Brought> {
        let npm = toolchain::on_path("npm").ok_or_else(|| anyhow!("no `npm` on PATH, which comes with Node.js"))?;
        let lib = self.prefix.join("lib");
        fs::create_dir_all(&lib)?;
        let (project, lock) = (lib.join("package.json"), lib.join(lock_files::NPM));
        fs::write(&project, package_json(names)?)?;
        let locked = self.lock_file(lock_files::NPM);
        // `npm ci` installs exactly what the lock file has; `npm install` resolves the dependencies and writes one.
        let verb = if locked.is_some() { "ci" } else { "install" };
        if let Some(locked) = &locked {
            fs::copy(locked, &lock)?;
        }
        (self.progress)(&format!("npm {verb}: {}", names.join(" ")));
        let mut argv = vec![npm.into_os_string(), verb.into(), "--prefix".into(), lib.clone().into()];
        let options = [
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
            "--package-lock",
            // Keeps the registry's address out of the lock file.
            "--omit-lockfile-registry-resolved",
        ];
        argv.extend(options.map(Into::into));
        following(locked.as_deref(), self.command(&argv, &[], LONG))?;
        self.keep_lock(lock_files::NPM, &fs::read(&lock)?)?;
        // npm's records of the install. The first one lists the installed packages.
        let tree = lib.join("node_modules/.package-lock.json");
        let text = fs::read(&tree)?;
        let members: Tree = serde_json::from_slice(&text).with_context(|| tree.display().to_string())?;
        for note in [tree, lock, project] {
            remove(&note)?;
        }
        let mut brought = Brought::default();
        for (path, member) in members.packages {
            let (_, name) = path.rsplit_once("node_modules/").unwrap_or(("", &path));
            let named = format!("{name}@{}", member.version.unwrap_or_default());
            let line = format!("{named} {}", member.integrity.unwrap_or_default());
            match names.contains(&named) {
                true => brought.fetched.push(line),
                false => brought.dependencies.push(line),
            }
        }
        Ok(brought)
    }
}

/// A project that has only these dependencies and no code.
fn package_json(names: &[String]) -> Result<String> {
    let mut dependencies = BTreeMap::new();
    for name in names {
        let (package, version) = name
            .rsplit_once('@')
            .filter(|(package, _)| !package.is_empty())
            .with_context(|| format!("`{name}` is not package@version"))?;
        dependencies.insert(package, version);
    }
    let project = json!({ "name": "runtime", "private": true, "dependencies": dependencies });
    Ok(serde_json::to_string_pretty(&project)?)
}
