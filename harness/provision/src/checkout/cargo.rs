//! A checkout of cargo packages. The host is built in a copy of its workspace, in which the checkout's packages take the
//! place of the releases, whatever versions the host asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use semver::Version;
use serde::Deserialize;
use toml::{Table, Value};

use super::HostOfCheckout;
use crate::cargo_build::CargoBuild;
use crate::cargo_messages;
use crate::notice::Notify;
use crate::toolchain::{self, SHORT};
use matrix_model::runtime::Origin;
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;
use matrix_store::file_digest;

const MANIFEST: &str = "Cargo.toml";

const LOCK: &str = "Cargo.lock";

/// The tables of a manifest that name dependencies.
const DEPENDENCIES: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// A workspace, as `cargo metadata` describes it.
#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Member>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Member {
    name: String,
    version: Version,
    manifest_path: PathBuf,
}

/// The folders of a checkout's packages, by name.
type Folders = BTreeMap<String, PathBuf>;

/// The version of a package in a checkout.
///
/// # Errors
/// If the checkout has no such package.
pub fn version_of(package: &str, checkout: &Path) -> Result<Version> {
    let at = checkout.display();
    if !checkout.join(MANIFEST).is_file() {
        bail!("{at} holds no {MANIFEST}; name the folder of a checkout of the cargo package {package}");
    }
    let found = workspace(checkout)?.packages.into_iter().find(|member| member.name == package);
    let found = found.ok_or_else(|| anyhow!("{at} has no package {package}; name the folder of a checkout of it"))?;
    Ok(found.version)
}

/// Builds the host, and copies its executable.
///
/// # Errors
/// If it does not build.
pub fn build(host: &HostOfCheckout, places: &Places, notify: &Notify) -> Result<()> {
    let install = &host.runtime.install;
    let Origin::Crate(package) = &install.origin else { bail!("its runtime.toml names no `crate`") };
    let manifest = copy_workspace(host)?;
    let mut executable = None;
    let build = CargoBuild {
        manifest: &manifest,
        packages: &[package.as_str()],
        target: &host.work.join("target"),
        // The lock file of the copy is still to learn of the checkout.
        locked: false,
    };
    build.run(places, notify, &mut |name, exe| {
        if name == package {
            executable = Some(exe);
        }
    })?;
    let executable = executable.ok_or_else(|| anyhow!("cargo built no executable {package}"))?;
    fs::copy(executable, host.built.join(install.exe_name(host.version)))?;
    Ok(())
}

/// Makes a workspace of the host alone, with the checkout's packages. Returns the host's manifest there. Files that are
/// as they should be are not written again, because cargo goes by their times.
fn copy_workspace(host: &HostOfCheckout) -> Result<PathBuf> {
    let folder = host.runtime.folder.canonicalize()?;
    let root = workspace(&folder)?.workspace_root.canonicalize()?;
    let place = folder.strip_prefix(&root)?;
    let copy = host.work.join("workspace");
    let members = workspace(host.checkout)?.packages.into_iter();
    let folders: Folders =
        members.filter_map(|member| Some((member.name, member.manifest_path.parent()?.to_owned()))).collect();
    copy_files(&folder, &copy.join(place))?;

    let mut manifest = read(&folder.join(MANIFEST))?;
    redirect_all(&mut manifest, &folder, &folders);
    if place == Path::new("") {
        patch(&mut manifest, &root, &folders)?;
        write_changed(&copy.join(MANIFEST), &toml::to_string(&manifest)?)?;
    } else {
        write_changed(&copy.join(place).join(MANIFEST), &toml::to_string(&manifest)?)?;
        let mut shared = read(&root.join(MANIFEST))?;
        if let Some(Value::Table(workspace)) = shared.get_mut("workspace") {
            workspace.remove("default-members");
            workspace.remove("exclude");
            workspace.insert("members".to_owned(), vec![place.display().to_string()].into());
            redirect_all(workspace, &root, &folders);
        }
        patch(&mut shared, &root, &folders)?;
        write_changed(&copy.join(MANIFEST), &toml::to_string(&shared)?)?;
    }
    copy_lock(&root, &copy)?;
    Ok(copy.join(place).join(MANIFEST))
}

/// Copies the host's lock file, unless the copy comes from the same one: cargo has added the checkout to it since.
fn copy_lock(root: &Path, copy: &Path) -> Result<()> {
    let lock = fs::read_to_string(root.join(LOCK))?;
    let original = copy.join("original.lock");
    if !copy.join(LOCK).exists() || fs::read_to_string(&original).ok().as_ref() != Some(&lock) {
        write_whole(&copy.join(LOCK), lock.as_bytes())?;
        write_whole(&original, lock.as_bytes())?;
    }
    Ok(())
}

/// Adds those packages of the checkout to `[patch]` that the host's dependencies may ask for.
fn patch(manifest: &mut Table, root: &Path, folders: &Folders) -> Result<()> {
    let lock = read(&root.join(LOCK))?;
    let packages = lock.get("package").and_then(Value::as_array);
    let names: BTreeSet<_> =
        packages.into_iter().flatten().filter_map(|package| package.get("name")?.as_str()).collect();
    let theirs = folders.iter().filter(|(name, _)| names.contains(name.as_str()));

    let mut patches = match manifest.remove("patch") {
        Some(Value::Table(patches)) => patches,
        _ => Table::new(),
    };
    patches.iter_mut().filter_map(|(_, of)| of.as_table_mut()).for_each(|of| redirect(of, root, folders));
    let of_registry = patches.entry("crates-io").or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(of_registry) = of_registry {
        of_registry.extend(theirs.map(|(name, folder)| (name.clone(), Value::Table(by_path(folder)))));
    }
    manifest.insert("patch".to_owned(), Value::Table(patches));
    Ok(())
}

fn by_path(folder: &Path) -> Table {
    Table::from_iter([("path".to_owned(), folder.display().to_string().into())])
}

/// Redirects the dependencies of a manifest, or of its `[workspace]`, that was written for this folder.
fn redirect_all(table: &mut Table, folder: &Path, folders: &Folders) {
    let redirect_in = |table: &mut Table| {
        for kind in DEPENDENCIES {
            if let Some(Value::Table(dependencies)) = table.get_mut(kind) {
                redirect(dependencies, folder, folders);
            }
        }
    };
    redirect_in(table);
    if let Some(Value::Table(platforms)) = table.get_mut("target") {
        platforms.iter_mut().filter_map(|(_, platform)| platform.as_table_mut()).for_each(redirect_in);
    }
}

/// Takes the checkout's packages from there, and makes the other paths absolute.
fn redirect(dependencies: &mut Table, folder: &Path, folders: &Folders) {
    for (key, dependency) in dependencies.iter_mut() {
        let mut table = match dependency.as_table() {
            Some(table) => table.clone(),
            None => Table::from_iter([("version".to_owned(), dependency.clone())]),
        };
        let name = table.get("package").and_then(Value::as_str).unwrap_or(key.as_str());
        let is_inherited = table.contains_key("workspace");
        if let Some(there) = folders.get(name).filter(|_| !is_inherited) {
            for origin in ["version", "git", "branch", "tag", "rev", "registry"] {
                table.remove(origin);
            }
            table.extend(by_path(there));
        } else if let Some(path) = table.get("path").and_then(Value::as_str) {
            let path = folder.join(path);
            table.extend(by_path(&path));
        }
        *dependency = Value::Table(table);
    }
}

/// Makes a folder hold the files of another one. Its manifest is written elsewhere.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    let mut theirs = BTreeSet::from([PathBuf::from(MANIFEST), PathBuf::from(LOCK), PathBuf::from("original.lock")]);
    for file in file_digest::files(from)? {
        let path = file.strip_prefix(from)?.to_owned();
        if theirs.insert(path.clone()) {
            let bytes = fs::read(&file)?;
            if fs::read(to.join(&path)).ok().as_ref() != Some(&bytes) {
                write_whole(&to.join(&path), &bytes)?;
            }
        }
    }
    fs::create_dir_all(to)?;
    for file in file_digest::files(to)? {
        if !theirs.contains(file.strip_prefix(to)?) {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

fn write_changed(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        write_whole(path, text.as_bytes())?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Table> {
    toml::from_str(&fs::read_to_string(path)?).with_context(|| path.display().to_string())
}

/// The workspace that the package in this folder belongs to.
fn workspace(folder: &Path) -> Result<Workspace> {
    let mut argv = vec![cargo_messages::program()];
    argv.extend(["metadata", "--no-deps", "--format-version=1", "--manifest-path"].map(OsString::from));
    argv.push(folder.join(MANIFEST).into());
    // The host is built by this project's toolchain, so the checkout's own `rust-toolchain.toml` does not count.
    let ended = toolchain::command(&argv, &[], &env::temp_dir(), SHORT)?;
    serde_json::from_slice(&ended.stdout).with_context(|| format!("`cargo metadata` of {}", folder.display()))
}
