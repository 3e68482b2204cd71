//! The arguments of a test that is run once more: what it would write to files goes elsewhere.

use std::path::Path;

use anyhow::Result;
use fs_err as fs;
use matrix_model::installed::path_text;

/// The flags of a test binary whose value is a file, or a folder, that it writes.
const WRITES: [&str; 8] = [
    "-test.blockprofile=",
    "-test.coverprofile=",
    "-test.cpuprofile=",
    "-test.gocoverdir=",
    "-test.memprofile=",
    "-test.mutexprofile=",
    "-test.testlogfile=",
    "-test.trace=",
];

/// The flag for the folder to which names of such files belong.
const FOLDER: &str = "-test.outputdir=";

/// The arguments with all that a test writes going into a folder, which is made.
///
/// # Errors
/// If the folder cannot be made.
pub(super) fn redirected(args: &[String], folder: &Path) -> Result<Vec<String>> {
    fs::create_dir_all(folder.join("gocoverdir"))?;
    let one = |arg: &String| match WRITES.iter().find(|flag| arg.starts_with(**flag)) {
        Some(flag) => {
            let name = flag.trim_start_matches("-test.").trim_end_matches('=');
            format!("{flag}{}", path_text(&folder.join(name)))
        }
        None if arg.starts_with(FOLDER) => format!("{FOLDER}{}", path_text(folder)),
        None => arg.clone(),
    };
    Ok(args.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_test_writes_goes_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let args =
            ["-test.v=true", "-test.coverprofile=/a/_cover_.out", "-test.gocoverdir=/b", "-test.outputdir=/c", "x"];
        let given = redirected(&args.map(str::to_owned), folder.path()).expect("a folder that can be written");
        let at = folder.path().display();
        let expected = [
            "-test.v=true".to_owned(),
            format!("-test.coverprofile={at}/coverprofile"),
            format!("-test.gocoverdir={at}/gocoverdir"),
            format!("-test.outputdir={at}"),
            "x".to_owned(),
        ];
        assert_eq!(given, expected);
        assert!(folder.path().join("gocoverdir").is_dir());
    }
}
