//! npm packages, with the dependencies that were the newest at one point in time.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use fs_err as fs;
use serde::Deserialize;

use super::{Brought, Job, remove};
use crate::toolchain::{self, LONG};
use matrix_model::timestamp::Moment;
use matrix_store::clock;

/// The age, in seconds, after which the newest packages of a point in time no longer change. A mirror may list a
/// package days after the package's own date.
const SETTLED: u64 = 7 * 86_400;

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
        (self.progress)(&format!("npm install {}", names.join(" ")));
        let install = |before: &str| {
            let mut argv = vec![npm.as_os_str().to_owned(), "install".into(), "--prefix".into(), lib.clone().into()];
            let options =
                ["--no-audit", "--no-fund", "--no-save", "--no-package-lock", "--ignore-scripts", "--loglevel=error"];
            argv.extend(options.map(Into::into));
            argv.push(format!("--before={before}").into());
            argv.extend(names.iter().map(Into::into));
            self.command(&argv, &[], LONG)
        };
        let before = match self.entry.and_then(|entry| entry.before.clone()) {
            Some(locked) => {
                install(&locked)?;
                locked
            }
            None => {
                let (settled, now) = (clock::now() - SETTLED, clock::now());
                let [settled, now] = [settled, now].map(|seconds| Moment::of(seconds).machine().to_owned());
                // The requested version may itself be newer.
                match install(&settled) {
                    Ok(_) => settled,
                    Err(_) => {
                        install(&now)?;
                        now
                    }
                }
            }
        };
        // npm's records of the install. The first one lists the installed packages.
        let tree = lib.join("node_modules/.package-lock.json");
        let text = fs::read(&tree)?;
        let members: Tree = serde_json::from_slice(&text).with_context(|| tree.display().to_string())?;
        for note in [tree, lib.join("package-lock.json"), lib.join("package.json")] {
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
        // Without dependencies, the point in time makes no difference.
        brought.before = (!brought.dependencies.is_empty()).then_some(before);
        Ok(brought)
    }
}
