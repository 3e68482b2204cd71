//! What the project itself installs: each pinned version is locked, by the lock files of its package managers too.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use matrix_model::runtime::{Origin, Runtime};
use matrix_model::suite::Suite;
use matrix_provision::lock::Lock;
use matrix_provision::lock_files;
use matrix_run::probe;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn suite() -> Suite {
    matrix_load::suite(&root(), None, &probe::names()).expect("the project loads")
}

/// The runtimes that packages bring.
fn installable(suite: &Suite) -> impl Iterator<Item = &Runtime> {
    suite.runtimes.iter().filter(|runtime| matches!(runtime.install.origin, Origin::Packages(_)))
}

/// The lock files that are committed: the runtime's folder, the version, and the name.
fn committed() -> BTreeSet<String> {
    let runtimes = root().join("runtimes");
    let files = walkdir::WalkDir::new(&runtimes).into_iter().map(|entry| entry.expect("a readable folder"));
    let files = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    let names = files.map(|file| file.strip_prefix(&runtimes).expect("a file below").display().to_string());
    names.filter(|name| name.split('/').nth(1) == Some(lock_files::LOCKS)).collect()
}

#[test]
fn each_pinned_version_has_its_lock_files_and_nothing_else_has() {
    let suite = suite();
    let mut wanted = BTreeSet::new();
    for runtime in installable(&suite) {
        for version in &runtime.install.pins {
            let folder = lock_files::folder(Path::new(&runtime.id), version);
            wanted
                .extend(lock_files::names(&runtime.install).iter().map(|name| folder.join(name).display().to_string()));
        }
    }
    assert!(wanted.len() > 15, "{wanted:?}");
    let mend = "`wasip1-matrix install --lock --again RUNTIME@VERSION` writes the lock files of a pinned version";
    assert_eq!(committed(), wanted, "{mend}");
}

#[test]
fn each_pinned_version_is_in_the_lock() {
    let suite = suite();
    let lock = Lock::read(&root().join("runtimes/runtimes.lock")).expect("a lock");
    // What takes minutes to compile is locked by whoever compiles it next.
    let quick = installable(&suite).filter(|runtime| !runtime.install.slow);
    let pinned = quick.flat_map(|runtime| runtime.install.pins.iter().map(move |version| (runtime, version)));
    let missing: Vec<_> = pinned
        .filter(|(runtime, version)| lock.entry(&runtime.id, version).is_none())
        .map(|(runtime, version)| format!("{}@{version}", runtime.id))
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "`wasip1-matrix install --lock` adds them");
}

#[test]
fn each_lock_file_has_digests_and_names_no_registry() {
    for name in committed() {
        let text = fs::read_to_string(root().join("runtimes").join(&name)).expect("a lock file");
        if name.ends_with("package-lock.json") {
            let lock: Value = serde_json::from_str(&text).expect("JSON");
            let packages = lock["packages"].as_object().expect("packages");
            assert!(packages.len() > 1, "{name}");
            for (path, package) in packages.iter().filter(|(path, _)| !path.is_empty()) {
                assert!(package["integrity"].is_string(), "{name}: {path} has no digest");
                assert!(package["resolved"].is_null(), "{name}: {path} names where it came from");
            }
            continue;
        }
        assert!(!text.contains("://") && !text.contains("--index"), "{name} names a registry");
        let lines: Vec<_> = text.lines().collect();
        assert!(!lines.is_empty(), "{name} is empty");
        let digest = match name.rsplit('/').next().expect("a name") {
            "requirements.txt" => " --hash=sha256:",
            "go.sum" => " h1:",
            "maven.sha256" => "  ",
            _ => continue,
        };
        assert!(lines.iter().all(|line| line.contains(digest)), "{name}: {text}");
    }
}

/// The lines of a script that let a package manager choose what it installs.
fn unlocked(script: &str) -> Vec<&str> {
    let is_unlocked = |line: &&str| {
        let pip = line.contains("pip install") && !line.contains("--require-hashes");
        let cargo = line.contains("cargo install") && !line.contains("--locked");
        let npm = ["npm install", "npm i ", "npx "].iter().any(|words| line.contains(words));
        pip || cargo || npm || line.contains("@latest")
    };
    let commands = script.lines().filter(|line| !line.trim_start().starts_with('#'));
    commands.filter(is_unlocked).collect()
}

#[test]
fn no_script_lets_a_package_manager_choose() {
    assert_eq!(
        unlocked("pip install x==1\nnpm install x@4\ncargo install x\ngo install x@latest\n# npm install").len(),
        4
    );
    assert!(
        unlocked("npm ci\npip install --require-hashes -r x\ncargo install --locked x\ngo install x@v1.2.3").is_empty()
    );
    let mut scripts = 0;
    for folder in
        [".ci", ".github", "Makefile", "action.yml", "examples", "reports", "runtimes", "harness", "go-guests"]
    {
        for entry in walkdir::WalkDir::new(root().join(folder)) {
            let entry = entry.expect("a readable folder");
            let name = entry.file_name().to_string_lossy();
            let is_script = name.ends_with(".sh") || name.ends_with(".yml") || name == "Makefile" || name == "run";
            if !entry.file_type().is_file() || !is_script {
                continue;
            }
            scripts += 1;
            let text = fs::read_to_string(entry.path()).expect("a script");
            assert_eq!(unlocked(&text), Vec::<&str>::new(), "{}: use a lock file", entry.path().display());
        }
    }
    assert!(scripts > 5, "found only {scripts} scripts");
}
