//! What the command brings, held against the checkout.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use matrix_store::file_digest::files;
use matrix_store::file_system::mode;
use regex::Regex;

use super::Machine;
use crate::fake::said;

pub fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

/// The files below a folder, by their paths in it.
fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let inside = |path: PathBuf| path.strip_prefix(folder).expect("a path below").to_owned();
    files(folder).expect("a readable folder").into_iter().map(inside).collect()
}

/// Checks that each file of a project that was laid out has the content and the mode of the checkout's.
pub fn assert_as_in_checkout(project: &Path) {
    let root = checkout();
    let brought = below(project);
    assert!(brought.len() > 400, "{} files", brought.len());
    for path in &brought {
        let (ours, theirs) = (project.join(path), root.join(path));
        assert!(fs::read(&ours).expect("a file") == fs::read(&theirs).expect("a file"), "{}", path.display());
        let is_program = |file: &Path| mode(&fs::metadata(file).expect("a file")) & 0o111 != 0;
        assert_eq!(is_program(&ours), is_program(&theirs), "{}", path.display());
    }
    // All of these, and not only what somebody thought of.
    for folder in ["cases", "go-guests", "runtimes", "reports/templates", "reports/static", "reports/guest-sources"] {
        assert_eq!(below(&project.join(folder)), below(&root.join(folder)), "{folder}");
    }
    let mut results = below(&root.join("reports/results"));
    results.remove(Path::new("measurements.json.gz"));
    assert_eq!(below(&project.join("reports/results")), results);
}

fn laid_out() -> (Machine, PathBuf) {
    let machine = Machine::new();
    let ended = machine.command(&["list", "args/"]);
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    let files = machine.project().join("files");
    (machine, files)
}

/// Fails when the loader reads a folder that the command does not bring.
#[test]
fn the_project_loads_as_the_checkout_does() {
    let (_machine, files) = laid_out();
    let load = |root: &Path| {
        let suite = matrix_load::suite(root, None, &matrix_run::probe::names()).expect("the project loads");
        format!("{suite:?}").replace(root.to_str().expect("UTF-8"), "$ROOT")
    };
    assert!(load(&files) == load(&checkout()), "it loads otherwise");
}

/// What code names and a command without a checkout never opens: where the probe's own cases are said to come from, what
/// `lint` and `new` have in themselves, and where pages are written.
const NOT_OPENED: [&str; 5] =
    ["harness/run/src/probe", "reports/extract.json", "examples/programs/compared.json", "README.md", "reports/out"];

/// Fails when code names a file or a folder of the project that the command does not bring.
#[test]
fn each_path_that_code_names_is_brought() {
    let (_machine, brought) = laid_out();
    let root = checkout();
    let literal = Regex::new(r#""([A-Za-z][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)*)""#).expect("a pattern");
    let mut named = BTreeSet::new();
    for folder in fs::read_dir(root.join("harness")).expect("the crates") {
        for file in files(&folder.expect("a crate").path().join("src")).expect("sources") {
            let text = fs::read_to_string(file).unwrap_or_default();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            named.extend(literal.captures_iter(&code).map(|found| found[1].to_owned()));
        }
    }
    let is_opened = |name: &str| name != "target" && !NOT_OPENED.contains(&name);
    let is_of_checkout = |name: &&String| is_opened(name) && root.join(name).exists();
    let of_checkout: BTreeSet<_> = named.iter().filter(is_of_checkout).collect();
    assert!(
        of_checkout.contains(&"go-guests/toolchain.txt".to_owned()),
        "the search finds too little: {of_checkout:?}"
    );
    let missing: Vec<_> = of_checkout.into_iter().filter(|name| !brought.join(name).exists()).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

/// Cargo refuses a workspace in which a member's manifest, or the file that a target begins with, is missing.
#[test]
fn cargo_takes_the_workspaces_of_the_hosts() {
    let (_machine, files) = laid_out();
    for manifest in ["Cargo.toml", "runtimes/wasmer-embedded/Cargo.toml"] {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--format-version=1", "--no-deps", "--offline", "--locked", "--manifest-path"]);
        let output = cargo.arg(files.join(manifest)).current_dir(&files).output().expect("cargo");
        assert!(output.status.success(), "{manifest}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("-embedded"), "{text}");
    }
}
