//! Golden files: what is said today, kept in the repository. `UPDATE_GOLDEN=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Compares each text with the file of its name under `tests/golden/`; a file without a text is an error too.
pub fn assert_golden(folder: &str, texts: &BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    let file = |name: &str| folder.join(format!("{name}.txt"));
    let kept: BTreeSet<_> = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("a readable folder").path())
        .filter_map(|path| path.file_stem()?.to_str().map(str::to_owned))
        .collect();
    let orphans: Vec<_> = kept.iter().filter(|name| !texts.contains_key(*name)).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(&folder).expect("a folder for golden files");
        orphans.iter().for_each(|name| fs::remove_file(file(name)).expect("a golden file nobody needs any more"));
        texts.iter().for_each(|(name, text)| fs::write(file(name), text).expect("a golden file"));
        return;
    }
    let differ: Vec<_> = texts
        .iter()
        .filter_map(|(name, text)| {
            let golden = fs::read_to_string(file(name)).unwrap_or_else(|error| format!("({error})\n"));
            let diff = similar::TextDiff::from_lines(&golden, text).unified_diff().header(name, "now").to_string();
            (golden != *text).then_some(diff)
        })
        .collect();
    let advice = "look at each change, then accept them all with UPDATE_GOLDEN=1 cargo test -p wasip1-matrix";
    assert!(differ.is_empty() && orphans.is_empty(), "{}\nno longer made: {orphans:?}\n{advice}", differ.join("\n"));
}
