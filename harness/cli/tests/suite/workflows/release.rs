//! What a release has, and the script that installs it, with curl and gh played by scripts.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use regex::Regex;
use tempfile::TempDir;

use super::{root, text};
use crate::fake::holds;

/// curl and gh, as scripts.
pub const SUPPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/release");

const REPOSITORY: (&str, &str) = ("WASIP1_MATRIX_REPOSITORY", "owner/wasip1-matrix");

/// A user's machine, and a release of a command that only tells its version.
struct Machine(TempDir);

impl Machine {
    fn new() -> Machine {
        let machine = Machine(TempDir::new().expect("a temporary folder"));
        let name = archive();
        let inside = machine.path(&name);
        fs::create_dir_all(&inside).and_then(|()| fs::create_dir(machine.path("release"))).expect("folders");
        fs::write(inside.join("wasip1-matrix"), "#!/bin/sh\necho wasip1-matrix 0.1.0\n").expect("a command");
        let script = format!("tar -czf release/{name}.tar.gz {name} && cd release && sha256sum * > SHA256SUMS");
        assert!(machine.run(&["-c", &script], &[]).status.success());
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut sh = Command::new("/bin/sh");
        sh.args(arguments).current_dir(self.0.path()).env_clear().env("HOME", self.path("home"));
        sh.env("PATH", format!("{SUPPORT}:/usr/bin:/bin")).env("RELEASE", self.path("release"));
        sh.envs(variables.iter().copied()).output().expect("a shell")
    }

    fn install(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let script = root().join("install.sh").display().to_string();
        self.run(&[&[script.as_str()], arguments].concat(), variables)
    }

    fn asked(&self) -> String {
        fs::read_to_string(self.path("release.asked")).unwrap_or_default()
    }
}

/// The name of this machine's archive, without its ending.
pub fn archive() -> String {
    format!("wasip1-matrix-{}-unknown-linux-gnu", std::env::consts::ARCH)
}

fn told(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_script_installs_what_the_release_has() {
    let machine = Machine::new();
    let installed = machine.path("home/.local/bin/wasip1-matrix");
    let ended = machine.install(&[], &[REPOSITORY]);
    assert_eq!(
        (ended.status.code(), told(&ended.stdout)),
        (Some(0), format!("{}\n", installed.display())),
        "{ended:?}"
    );
    assert!(installed.is_file());
    let from = "curl https://github.com/owner/wasip1-matrix/releases";
    let latest = format!("{from}/latest/download/SHA256SUMS\n{from}/latest/download/{}.tar.gz\n", archive());
    assert_eq!(machine.asked(), latest);
    // An installed one is replaced, and a version may be named in either way.
    for version in ["0.1.0", "v0.1.0"] {
        let ended = machine.install(&["--version", version, "--to", "bin"], &[REPOSITORY]);
        assert_eq!((ended.status.code(), told(&ended.stdout).as_str()), (Some(0), "bin/wasip1-matrix\n"), "{ended:?}");
    }
    holds(&machine.asked(), &[&format!("{from}/download/v0.1.0/SHA256SUMS\n")]);
}

#[test]
fn an_attestation_is_verified_where_that_is_asked_for() {
    let machine = Machine::new();
    let attested = [REPOSITORY, ("ATTESTED", "yes")];
    assert_eq!(machine.install(&["--attested"], &attested).status.code(), Some(0));
    assert_eq!(machine.install(&["--commit", "0123abc"], &attested).status.code(), Some(0));
    let verify = format!("gh attestation verify {}.tar.gz --repo owner/wasip1-matrix", archive());
    holds(&machine.asked(), &[&format!("{verify}\n"), &format!("{verify} --source-digest 0123abc\n")]);
}

#[test]
fn what_is_not_the_release_is_not_installed() {
    type Asked<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let table: [Asked; 7] = [
        (&[], &[], "set WASIP1_MATRIX_REPOSITORY to OWNER/NAME"),
        (&["--version"], &[REPOSITORY], "--version: a value is missing"),
        (&["--verbose"], &[REPOSITORY], "--verbose: no such option"),
        (&["--attested"], &[REPOSITORY], "has no such attestation"),
        (&["--to", "file/bin"], &[REPOSITORY], "cannot make file/bin"),
        (&["--to", "changed"], &[REPOSITORY], "is not what SHA256SUMS says"),
        (&["--to", "absent"], &[REPOSITORY], "cannot fetch https://github.com/owner/wasip1-matrix/releases/latest/"),
    ];
    for (arguments, variables, says) in table {
        let machine = Machine::new();
        let packed = machine.path("release").join(format!("{}.tar.gz", archive()));
        fs::write(machine.path("file"), "").expect("a file");
        match arguments.last() {
            Some(&"changed") => fs::write(&packed, "other").expect("another archive"),
            Some(&"absent") => fs::remove_file(&packed).expect("removed"),
            _ => {}
        }
        let ended = machine.install(arguments, variables);
        assert_eq!((ended.status.code(), told(&ended.stdout).as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
        holds(&told(&ended.stderr), &[says]);
        let installed = ["home/.local/bin/wasip1-matrix", "changed/wasip1-matrix", "absent/wasip1-matrix"];
        assert!(!installed.iter().any(|path| machine.path(path).exists()), "{arguments:?}");
    }
}

/// The workflow that packs, the script that unpacks, and what `cargo binstall` reads.
#[test]
fn an_archive_has_one_name() {
    let system = Regex::new(r"\b(?:x86_64|aarch64)-[a-z]+-[a-z]+(?:-[a-z]+)?\b").expect("a pattern");
    let named = |file: &str| -> BTreeSet<String> {
        system.find_iter(&text(file)).map(|found| found.as_str().to_owned()).collect()
    };
    let packed = named(".github/workflows/release.yml");
    assert!(packed.len() > 2, "{packed:?}");
    assert_eq!(named("install.sh"), packed);
    let manifest: toml::Table = text("harness/cli/Cargo.toml").parse().expect("TOML");
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let url = binstall["pkg-url"].as_str().expect("an address");
    assert!(url.ends_with("/releases/download/v{ version }/{ name }-{ target }.tar.gz"), "{url}");
    assert_eq!(binstall["bin-dir"].as_str(), Some("{ name }-{ target }/{ bin }"));
    assert!(text(".github/workflows/release.yml").contains("NAME: wasip1-matrix-${{ matrix.target }}\n"));
    assert!(Path::new(&root()).join(".github/pack-release.sh").is_file());
}
