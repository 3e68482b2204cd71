//! The same install on another machine, some days later: the registry has newer packages, or others under the same name.
//! Here the package managers are real ones, and only the registry is not.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

use super::registry::Registry;
use super::tool::{Ended, Tool, VERSION, program};

/// Whether a package manager answers. On a machine without it there is nothing to test, except in CI.
fn is_here(argv: &[&str]) -> bool {
    let here = Command::new(argv[0]).args(&argv[1..]).output().is_ok_and(|output| output.status.success());
    let why = format!("not tested: `{}` does not answer", argv.join(" "));
    assert!(here || env::var_os("WASIP1_MATRIX_REQUIRE").is_none(), "{why}");
    if !here {
        eprintln!("{why}");
    }
    here
}

/// `install` with the machine's own package managers, which know only this registry.
fn install(tool: &Tool, registry: &Registry, words: &[&str]) -> Ended {
    let simple = format!("{}/simple/", registry.address);
    let mut command = tool.prepared(&[&["install"], words].concat());
    let path = env::var_os("PATH").expect("the machine's own PATH");
    let variables: [(&str, OsString); 5] = [
        ("PATH", path),
        ("npm_config_registry", registry.address.clone().into()),
        ("npm_config_fetch_retries", "0".into()),
        ("PIP_INDEX_URL", simple.into()),
        ("PIP_NO_CACHE_DIR", "1".into()),
    ];
    Ended(command.envs(variables).output().expect("the harness's command starts"))
}

/// Forgets all that is installed and cached, as on another machine.
fn move_on(tool: &Tool) {
    for folder in ["store/tool", "home"] {
        fs::remove_dir_all(tool.project.path(folder)).ok();
    }
}

fn sha256(tool: &Tool) -> String {
    let note = fs::read_to_string(tool.prefix("installation.toml")).expect("a note");
    note.lines().find(|line| line.starts_with("sha256 = ")).expect("a sha256").to_owned()
}

fn note_has(tool: &Tool, part: &str) -> bool {
    fs::read_to_string(tool.prefix("installation.toml")).expect("a note").contains(part)
}

#[test]
fn npm_brings_the_same_bytes_or_is_refused() {
    if !is_here(&["npm", "--version"]) {
        return;
    }
    let registry = Registry::new();
    registry.publish_npm("tool", VERSION, &program(VERSION), &[("other", "^1.0.0")]);
    registry.publish_npm("other", "1.0.0", b"first", &[]);
    let tool = Tool::new("npm = [\"tool@{version}\"]\nlink = \"lib/node_modules/tool/bin/tool\"");
    install(&tool, &registry, &["--lock"]).assert(0, &["1 installed"]);
    let (lock, first) = (tool.lock(), sha256(&tool));
    let file = fs::read_to_string(tool.project.path(&tool.lock_file("package-lock.json"))).unwrap();
    assert!(file.contains("\"node_modules/other\"") && !file.contains(&registry.address), "{file}");

    registry.publish_npm("other", "1.1.0", b"second", &[]);
    move_on(&tool);
    tool.project.write("runtimes/runtimes.lock", "");
    install(&tool, &registry, &[]).assert(0, &["1 installed", "not pinned"]);
    assert!(note_has(&tool, "other@1.1.0") && sha256(&tool) != first, "without the lock, it is the newest");
    move_on(&tool);
    tool.project.write("runtimes/runtimes.lock", lock);
    install(&tool, &registry, &[]).assert(0, &["1 installed"]);
    assert_eq!(sha256(&tool), first);

    registry.publish_npm("other", "1.0.0", b"not the first", &[]);
    move_on(&tool);
    let refused = [
        "refused, nothing stored",
        "locks/1.2.3/package-lock.json",
        "next: mend that, and `wasip1-matrix install tool@1.2.3`",
    ];
    install(&tool, &registry, &[]).assert(1, &[&refused[..], &["EINTEGRITY"]].concat());
    tool.assert_nothing_stored();

    registry.withdraw_npm("other", "1.0.0");
    move_on(&tool);
    install(&tool, &registry, &[]).assert(1, &[&refused[..], &["other@1.0.0"]].concat());
    tool.assert_nothing_stored();
}

/// Publishes wheels of one script each: names, versions, contents and requirements.
fn publish_wheels(tool: &Tool, registry: &Registry, wheels: &[(&str, &str, &str, &str)]) {
    let mut pages = std::collections::BTreeMap::<&str, String>::new();
    for (name, version, content, needs) in wheels {
        let file = format!("{name}-{version}-py3-none-any.whl");
        let path = tool.project.path(&file);
        let arguments = [path.to_str().expect("UTF-8"), name, version, content, needs];
        let made = Command::new("python3").args(["-c", WHEEL]).args(arguments).status().expect("python3 starts");
        assert!(made.success());
        registry.serve(&format!("/files/{file}"), fs::read(&path).unwrap());
        *pages.entry(name).or_default() += &format!("<a href=\"/files/{file}\">{file}</a>\n");
    }
    for (name, page) in pages {
        registry.serve(&format!("/simple/{name}/"), format!("<!DOCTYPE html>{page}").into_bytes());
    }
}

/// Writes a wheel, the same bytes for the same words.
const WHEEL: &str = r#"
import sys, zipfile
path, name, version, content, needs = sys.argv[1:]
info = f"{name}-{version}.dist-info"
requires = f"Requires-Dist: {needs}\n" if needs else ""
files = {
    f"{name}/{name}": content,
    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
    f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
files[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
with zipfile.ZipFile(path, "w") as wheel:
    for file, text in files.items():
        wheel.writestr(zipfile.ZipInfo(file), text)
"#;

#[test]
fn pip_brings_the_same_bytes_or_is_refused() {
    if !is_here(&["python3", "-m", "pip", "--version"]) {
        return;
    }
    let (registry, script) = (Registry::new(), format!("echo tool {VERSION}"));
    let the_tool = ("tool", VERSION, script.as_str(), "other");
    let tool = Tool::new("pip = [\"tool=={version}\"]\nexe = \"lib/tool/tool\"");
    publish_wheels(&tool, &registry, &[the_tool, ("other", "1.0.0", "first", "")]);
    install(&tool, &registry, &["--lock"]).assert(0, &["1 installed"]);
    let first = sha256(&tool);

    publish_wheels(&tool, &registry, &[the_tool, ("other", "1.0.0", "first", ""), ("other", "1.1.0", "second", "")]);
    move_on(&tool);
    install(&tool, &registry, &[]).assert(0, &["1 installed"]);
    assert!(note_has(&tool, "other==1.0.0"));
    assert_eq!(sha256(&tool), first);

    publish_wheels(&tool, &registry, &[the_tool, ("other", "1.0.0", "not the first", "")]);
    move_on(&tool);
    let refused = ["refused, nothing stored", "locks/1.2.3/requirements.txt", "THESE PACKAGES DO NOT MATCH THE HASHES"];
    install(&tool, &registry, &[]).assert(1, &refused);
    tool.assert_nothing_stored();
}
