//! What no host may do, read from the sources of all hosts.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The sources of the hosts, in all their languages.
fn sources() -> Vec<(PathBuf, String)> {
    let runtimes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtimes");
    let files = walkdir::WalkDir::new(runtimes).into_iter().map(|entry| entry.expect("a readable folder").into_path());
    let of_host = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("mjs" | "py" | "go" | "java" | "rs")) && path.is_file()
    };
    files.filter(of_host).map(|path| (path.clone(), fs::read_to_string(&path).expect("a source file"))).collect()
}

fn mentioning(pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let found = sources().into_iter().filter(|(_, text)| pattern.is_match(text));
    found.map(|(path, _)| path.display().to_string()).collect()
}

/// Whoever asks for a function's parameters is about to decide whether a call fits, which the engine must.
#[test]
fn no_host_asks_for_a_functions_parameters() {
    assert_eq!(mentioning(r"\bparams\b|\bParamTypes\b|<parameters>"), Vec::<String>::new());
    let languages = ["mjs", "py", "go", "java", "rs"];
    let results = mentioning(r"(?i)results|returns");
    for language in languages {
        assert!(results.iter().any(|path| path.ends_with(language)), "no source in {language} is searched");
    }
}

/// What an engine would say of a memory that begins beyond the limit, or of an import, is for it to say.
#[test]
fn no_host_compares_a_limit_with_what_a_guest_begins_with() {
    let compares = r"(?s)(minimum|initialPages\(\))\s*[<>]|[<>]=?\s*(own\.initialPages|wanted\.minimum)";
    assert_eq!(mentioning(compares), Vec::<String>::new());
    assert!(!mentioning(r"initialPages\(\)").is_empty(), "the search finds nothing anywhere");
}
