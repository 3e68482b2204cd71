//! A host in Rust. No registry has its engine, so that whatever is built is the checkout.

use super::{FIELDS, PREPARED, REPORT, command, holds, the_checkout_is_what_runs, the_gate_holds_two_checkouts};
use crate::project::Project;

const SOURCE: &str = "engine/parts/src/lib.rs";

fn project() -> Project {
    let project = super::project("crate = \"fake\"\nengine = { cargo = \"no-such-engine\" }", "");
    project.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"runtimes/fake\", \"other\"]\n\
         [workspace.dependencies]\nno-such-engine = \"1.0.0\"\n[profile.host]\ninherits = \"dev\"\n",
    );
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"2.0.0-dev\"\nedition = \"2024\"\n");
    project.write("other/Cargo.toml", package("other"));
    project.write("other/src/lib.rs", "");
    // As this project's own lock file names it.
    let own = include_str!("../../../../../../Cargo.lock");
    let registry = own.lines().find(|line| line.starts_with("source = \"registry+")).expect("a fetched crate");
    let locked = ["no-such-engine", "no-such-parts"]
        .map(|name| format!("\n[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{registry}\n"));
    project.write("Cargo.lock", format!("version = 4\n{}", locked.concat()));
    let dependencies = "[dependencies]\nno-such-engine.workspace = true\n";
    project.write("runtimes/fake/Cargo.toml", [&package("fake"), dependencies].concat());
    let host = format!(
        "fn main() {{\n    let words: Vec<String> = std::env::args().collect();\n    match words[1].as_str() {{\n\
         \"--version\" => println!(\"fake 1.0.0\"),\n\"--fields\" => println!(r#\"{{}}\"#, r#\"{FIELDS}\"#),\n\
         \"--prepare\" => println!(r#\"{{}}\"#, r#\"{PREPARED}\"#),\n\
         _ => {{\n            print!(\"{{}}\", no_such_engine::says());\n\
         std::fs::write(&words[2], r#\"{REPORT}\"#).unwrap();\n        }}\n    }}\n}}\n"
    );
    project.write("runtimes/fake/src/main.rs", host);
    project.write("engine/Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"engine\", \"parts\"]\n");
    let dependencies = "[dependencies]\nno-such-parts = \"2.0.0-dev\"\n";
    project.write("engine/engine/Cargo.toml", [&package("no-such-engine"), dependencies].concat());
    project.write("engine/engine/src/lib.rs", "pub fn says() -> &'static str {\n    no_such_parts::SAYS\n}\n");
    project.write("engine/parts/Cargo.toml", package("no-such-parts"));
    project.write(SOURCE, "pub const SAYS: &str = \"hello\\n\";\n");
    project
}

#[test]
fn the_checkout_is_built() {
    the_checkout_is_what_runs(&project(), SOURCE, "fake@./engine");
}

#[test]
fn two_checkouts_are_held_against_each_other() {
    the_gate_holds_two_checkouts(&project(), SOURCE);
}

#[test]
fn what_is_no_checkout_is_an_error() {
    let project = project();
    project.write("empty/file", "");
    for (named, says) in [
        ("fake@./empty", "holds no Cargo.toml; name the folder of a checkout of the cargo package no-such-engine"),
        ("fake@./other", "has no package no-such-engine; name the folder of a checkout of it"),
    ] {
        let (code, said) = command(&project, &["run", "--runtime", named]);
        assert_eq!(code, Some(2), "{said}");
        holds(&said, &[named, says]);
    }
}
