//! Puts the project's files into a release of the command, so that it works without a checkout.
//!
//! Not into what a developer builds: whoever changes a case would compile the command again. That build reads the files
//! of its checkout.

use std::env;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

#[path = "src/built_in/list.rs"]
mod list;

fn main() {
    for path in ["build.rs", "src/built_in/list.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let set = |name: &str| PathBuf::from(env::var_os(name).unwrap_or_else(|| panic!("cargo sets {name}")));
    let text = match set("PROFILE").to_str() {
        Some("release") => {
            let root = set("CARGO_MANIFEST_DIR").join("../..");
            let all = [&list::WHOLE[..], &list::SINGLE, &[list::RESULTS, list::CRATES]].concat();
            all.iter().for_each(|path| println!("cargo::rerun-if-changed={}", root.join(path).display()));
            embedded(&root).unwrap_or_else(|error| panic!("{error}; the command is built in a checkout of the project"))
        }
        _ => "None".to_owned(),
    };
    let file = set("OUT_DIR").join("files.rs");
    fs::write(&file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}

/// An expression with the path of each file, whether it is a program, and its bytes.
fn embedded(root: &Path) -> std::io::Result<String> {
    let root = root.canonicalize()?;
    let mut text = "Some(&[\n".to_owned();
    for path in list::paths(&root)? {
        let file = root.join(&path);
        let name = path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        text += &format!("    ({name:?}, {}, include_bytes!({file:?})),\n", is_executable(&fs::metadata(&file)?));
    }
    Ok(text + "])")
}

#[cfg(unix)]
fn is_executable(facts: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    facts.permissions().mode() & 0o111 != 0
}

/// Windows does not say, and starts none of them.
#[cfg(windows)]
fn is_executable(_: &Metadata) -> bool {
    false
}
