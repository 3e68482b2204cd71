//! The sources of a runtime's host: the runtime's own folder, and the files in sibling folders that its files name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::Result;
use fs_err as fs;
use regex::Regex;

use crate::lock_files::LOCKS;
use matrix_model::digest::Encoder;
use matrix_store::file_digest;

/// A reference to a sibling of the runtime's folder, as written in a runtime.toml, a Cargo.toml or a script.
static BESIDE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\.\./([a-z0-9-]+(?:/[A-Za-z0-9_.-]+)*)").expect("a valid pattern"));

/// All sources of the host of the runtime in this folder, as part of a digest: the folder without the files that only
/// describe the runtime, and each sibling folder that its files refer to. The text of `runtime.toml` is excluded: the
/// caller adds the commands that use the sources. References inside the sibling folders are not followed. A crate that
/// the workspace names for a host is covered by the digest of the host's executable.
///
/// # Errors
/// If a file cannot be read.
pub(crate) fn encoded(folder: &Path) -> Result<Encoder> {
    let mut encoder = Encoder::part();
    file_digest::digest_of(folder, &is_of_host, &mut encoder)?;
    for beside in named_beside(folder)? {
        let name = beside.strip_prefix(folder.with_file_name("")).unwrap_or(&beside);
        encoder.bytes("beside", name.as_os_str().as_encoded_bytes());
        // The other files in a crate's folder belong to hosts in other languages, and those hosts refer to them
        // directly.
        let is_crate = beside.join("Cargo.toml").is_file();
        let is_of_crate = |path: &Path| path.starts_with("src") || path == Path::new("Cargo.toml");
        let meant = |path: &Path| if is_crate { is_of_crate(path) } else { is_of_host(path) };
        file_digest::digest_of(&beside, &meant, &mut encoder)?;
    }
    Ok(encoder)
}

fn is_of_host(path: &Path) -> bool {
    may_name_sources(path) && path != Path::new("runtime.toml")
}

fn may_name_sources(path: &Path) -> bool {
    !path.starts_with("divergences") && path != Path::new("divergences.toml") && !path.starts_with(LOCKS)
}

/// The sibling folders that a runtime's files refer to, each once.
fn named_beside(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let runtimes = folder.with_file_name("");
    let mut named = BTreeSet::new();
    for file in file_digest::files(folder)? {
        if !may_name_sources(file.strip_prefix(folder)?) {
            continue;
        }
        let bytes = fs::read(&file)?;
        for place in BESIDE.captures_iter(&String::from_utf8_lossy(&bytes)) {
            let place = runtimes.join(&place[1]);
            let beside = place.ancestors().find(|place| place.is_dir()).unwrap_or(&runtimes);
            if beside != runtimes && beside != folder {
                named.insert(beside.to_owned());
            }
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn digest_of(folder: &Path) -> String {
        encoded(folder).expect("all is readable").finish()
    }

    /// Whether changing this file changes the digest of `runtimes/mine` with this `runtime.toml`.
    fn notices(mine: &str, changed: &str) -> bool {
        let runtimes = TempDir::new().expect("a temporary folder");
        let write = |path: &str, text: &str| {
            let file = runtimes.path().join(path);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        };
        for path in ["shared/Cargo.toml", "shared/src/lib.rs", "shared/java/Host.java", "node/host.mjs"] {
            write(path, "one");
        }
        write("mine/divergences.toml", "one");
        write("mine/runtime.toml", mine);
        let folder = runtimes.path().join("mine");
        let before = digest_of(&folder);
        write(changed, "two");
        before != digest_of(&folder)
    }

    #[test]
    fn a_script_beside_counts_where_it_is_named() {
        let mine = r#"program = ["{exe}", "{folder}/../node/host.mjs"]"#;
        assert!(notices(mine, "node/host.mjs"));
        assert!(notices(mine, "node/contract.mjs"));
        assert!(!notices(r#"program = ["{exe}", "host.mjs"]"#, "node/host.mjs"));
    }

    #[test]
    fn a_crate_and_what_stands_in_its_folder_are_two_things() {
        let (rust, java) = (r#"shared = { path = "../shared" }"#, r#"build = ["javac", "{folder}/../shared/java"]"#);
        assert!(notices(rust, "shared/src/lib.rs"));
        assert!(!notices(rust, "shared/java/Host.java"));
        assert!(notices(java, "shared/java/Host.java"));
        assert!(!notices(java, "shared/src/lib.rs"));
    }

    #[test]
    fn what_is_said_of_a_runtime_is_no_part_of_its_host() {
        assert!(!notices("", "mine/divergences.toml"));
        assert!(!notices("", "mine/runtime.toml"));
        assert!(!notices("", "mine/locks/1.2.3/package-lock.json"));
        assert!(notices("", "mine/host.mjs"));
    }
}
