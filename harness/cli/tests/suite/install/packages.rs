//! What each package manager is asked for, and what of it stays.

use std::fs;

use super::tool::Tool;

#[test]
fn npm() {
    let tool = Tool::new("npm = [\"@scope/tool@{version}\"]\nlink = \"lib/node_modules/@scope/tool/bin/tool\"");
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    assert_eq!(
        fs::read_link(tool.prefix("bin/tool")).unwrap().to_str(),
        Some("../lib/node_modules/@scope/tool/bin/tool")
    );
    assert!(!tool.prefix("lib/node_modules/.package-lock.json").exists());
    let note = fs::read_to_string(tool.prefix("installation.toml")).unwrap();
    assert!(note.contains("fetched = [\"@scope/tool@1.2.3 sha512-abc\"]"), "{note}");
    assert!(note.contains("dependencies = [\"other@2.0.0 sha512-def\"]"), "{note}");
    tool.install(&["--again"]).assert(0, &["1 installed"]);
    assert_eq!(
        tool.npm_asked(),
        ["install @scope/tool@1.2.3", "ci @scope/tool@1.2.3"],
        "resolved once, and then locked"
    );
    assert!(!tool.prefix("lib/package-lock.json").exists());
    tool.project.write(&tool.lock_file("package-lock.json"), "{}");
    tool.install(&["--again"]).assert(1, &["refused", "locks/1.2.3/package-lock.json", "not in sync"]);
}

#[test]
fn pip() {
    let tool = Tool::new("pip = [\"tool=={version}\"]\nexe = \"lib/tool/tool\"");
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    assert_eq!(fs::read_link(tool.prefix("bin/python3")).unwrap().to_str(), Some("/usr/bin/true"));
    let info = tool.prefix("lib/tool-1.2.3.dist-info");
    assert!(info.join("METADATA").exists());
    assert!(!info.join("RECORD").exists());
    assert!(!info.join("INSTALLER").exists());
    assert!(!tool.prefix("lib/bin").exists());
    let note = fs::read_to_string(tool.prefix("installation.toml")).unwrap();
    assert!(note.contains("fetched = [\"tool==1.2.3 sha256:abc\"]"), "{note}");
    tool.install(&["--again"]).assert(0, &["1 installed"]);
    let requirements = fs::read_to_string(tool.project.path("home/requirements")).unwrap();
    assert_eq!(requirements, "other==2.0.0 --hash=sha256:d\ntool==1.2.3 --hash=sha256:abc\n");
    tool.project.write(&tool.lock_file("requirements.txt"), "tool==1.2.2 --hash=sha256:abc\n");
    tool.install(&["--again"]).assert(1, &["refused", "locks/1.2.3/requirements.txt", "it has no tool==1.2.3"]);
}

#[test]
fn maven() {
    let tool = Tool::new("maven = [\"org.example:tool:{version}\"]\nexe = \"lib/tool-{version}.jar\"");
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    let note = fs::read_to_string(tool.prefix("installation.toml")).unwrap();
    assert!(note.contains("fetched = [\"tool-1.2.3.jar sha256:"), "{note}");
    assert!(note.contains("dependencies = [\"other-2.0.0.jar sha256:"), "{note}");
    tool.install(&["--again"]).assert(0, &["1 installed"]);
    tool.project.write("home/jar", "another");
    tool.install(&["--again"]).assert(1, &["refused", "locks/1.2.3/maven.sha256: other-2.0.0.jar has sha256 "]);
    let tool = Tool::new("maven = [\"org.example:{version}\"]\nexe = \"lib/tool-{version}.jar\"");
    tool.install(&[]).assert(1, &["`org.example:1.2.3` is not group:artifact:version"]);
}

#[test]
fn go() {
    let tool = Tool::new("go = \"example.org/tool/cmd/tool\"");
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    let lock = tool.lock();
    assert!(lock.contains("fetched = [\"example.org/tool@v1.2.3 h1:abc=\"]"), "{lock}");
    assert!(!lock.contains("sha256 ="), "what is compiled differs by machine: {lock}");
    assert_eq!(fs::read_to_string(tool.project.path("home/go.resolved")).unwrap().lines().count(), 1);
    tool.install(&["--again"]).assert(0, &["1 installed"]);
    assert_eq!(fs::read_to_string(tool.project.path("home/go.resolved")).unwrap().lines().count(), 1, "it is locked");
    tool.project.write("runtimes/runtimes.lock", lock.replace("h1:abc=", "h1:def="));
    let said = "fetched example.org/tool@v1.2.3 h1:abc=, locked example.org/tool@v1.2.3 h1:def=";
    tool.install(&["--again"]).assert(1, &[said]);
    tool.project.write("runtimes/runtimes.lock", lock);
    tool.project.write(&tool.lock_file("go.sum"), "example.org/tool v1.2.3 h1:def=\n");
    tool.install(&["--again"]).assert(1, &["refused", "locks/1.2.3", "checksum mismatch"]);
}

#[test]
fn cargo() {
    let tool = Tool::new("cargo = { package = \"tool-cli\", features = [\"a\", \"b\"], default-features = false }");
    tool.install(&["--lock"]).assert(0, &["1 installed"]);
    assert!(!tool.prefix(".crates.toml").exists());
    let asked = fs::read_to_string(tool.project.path("home/cargo.asked")).unwrap();
    let words = "install --locked --root PREFIX tool-cli --version 1.2.3 --no-default-features --features a,b";
    assert!(asked.contains(words), "{asked}");
    assert!(!tool.store(".build/tool-1.2.3").exists(), "removed after it was of use");
    let lock = tool.lock();
    assert!(lock.contains("fetched = [\"tool-cli-1.2.3.crate sha256:"), "{lock}");
    let digest = lock.split("sha256:").nth(1).unwrap().split('"').next().unwrap();
    tool.project.write("runtimes/runtimes.lock", lock.replace(digest, "0000"));
    fs::remove_file(tool.project.path("home/cargo.asked")).unwrap();
    tool.install(&["--again"]).assert(1, &["refused, nothing compiled", "locked tool-cli-1.2.3.crate sha256:0000"]);
    assert!(!tool.project.path("home/cargo.asked").exists(), "not compiled before it is known to be the locked one");
}

#[test]
fn deb() {
    let tool = Tool::new("deb = { suite = { \"1.2.3\" = \"forky\" }, packages = [\"tool\"] }");
    tool.install(&["--lock"]).assert(0, &["1 installed", "reports \"tool 1.2.3\""]);
    let sources = fs::read_to_string(tool.project.path("home/sources.list")).unwrap();
    assert!(sources.ends_with("http://mirror.example/debian/ forky main\n"), "{sources}");
    let lock = tool.lock();
    for part in ["\"tool_1.2.3-1_amd64.deb sha256:", "\"libtool_1.2.3-1_amd64.deb sha256:"] {
        assert!(lock.contains(part), "{lock}");
    }
    assert!(!lock.contains("libc6"), "what moves with the suite is no part of the lock: {lock}");
    let note = fs::read_to_string(tool.prefix("installation.toml")).unwrap();
    assert!(note.contains("dependencies = [\"libc6_2.42-1_amd64.deb sha256:"), "{note}");
    let script = fs::read_to_string(tool.prefix("bin/tool")).unwrap();
    assert!(!script.contains(tool.project.root().to_str().unwrap()), "it names no path of this machine: {script}");
    tool.install(&["--again"]).assert(0, &["1 installed"]);
}

#[test]
fn a_suite_that_has_moved_on_is_refused_before_anything_is_downloaded() {
    let tool = Tool::new("deb = { suite = \"forky\", packages = [\"tool\"] }");
    tool.project.write("home/candidate", "1.3.0-1");
    tool.install(&[]).assert(1, &["forky has tool 1.3.0-1 by now, not 1.2.3"]);
    assert!(!tool.project.path("home/downloaded").exists());
    tool.assert_nothing_stored();
    let tool = Tool::new("deb = { suite = { \"1.2.3\" = \"forky\" }, packages = [\"tool\"] }");
    tool.install(&["tool@1.1.0"]).assert(1, &["no suite is known to have version 1.1.0"]);
}

#[test]
fn what_brings_no_executable_is_refused_with_what_it_brings() {
    let tool = Tool::new("npm = [\"tool@{version}\"]\nexe = \"bin/another\"");
    tool.install(&[]).assert(1, &["no bin/another; there is: bin/tool, lib/node_modules/"]);
    tool.assert_nothing_stored();
}

#[test]
fn a_link_to_what_no_package_brings_is_refused_with_what_they_bring() {
    let tool = Tool::new("npm = [\"tool@{version}\"]\nlink = \"lib/another\"");
    tool.install(&[]).assert(1, &["no lib/another; there is: bin/tool, lib/node_modules/"]);
    tool.assert_nothing_stored();
}
