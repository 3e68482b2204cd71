//! Who promises what a case expects: each `must` has a source on the list of METHODOLOGY.md or rests on the runtime's
//! own promise, and no link of the project leads to what will be something else tomorrow.

use std::fs;
use std::path::{Path, PathBuf};

use matrix_load::links;
use matrix_model::case::{Case, Tier};
use matrix_model::promise::Promise;
use matrix_model::suite::Suite;
use matrix_run::probe;
use regex::Regex;

/// Where Go's documentation has the standard library, and also everybody else's packages.
const GO_PACKAGES: &str = "https://pkg.go.dev/";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn suite() -> Suite {
    matrix_load::suite(&root(), None, &probe::names()).unwrap_or_else(|rejected| panic!("{rejected}"))
}

/// What the links to a source of METHODOLOGY.md's list begin with.
fn listed() -> Vec<String> {
    let text = fs::read_to_string(root().join("reports/METHODOLOGY.md")).expect("METHODOLOGY.md");
    let (_, after) = text.split_once("\n## Who promises what\n").expect("a list of sources");
    let section = after.split("\n## ").next().unwrap_or(after);
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let links = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_owned).collect::<Vec<_>>();
    assert!(links.len() > 3 && links.iter().all(|link| link.starts_with("https://")), "{links:?}");
    links
}

/// Whether a source can promise what a `must` expects. A package of the standard library has no dot in its first name.
fn can_promise(doc: &str, listed: &[String]) -> bool {
    let listed = listed.iter().any(|beginning| doc.starts_with(beginning.as_str()));
    let package = doc.strip_prefix(GO_PACKAGES).and_then(|path| path.split(['/', '#', '@']).next());
    listed && !package.is_some_and(|name| name.contains('.'))
}

/// The cases of a project that are a `must` without a promise.
fn without_a_promise(cases: &[Case]) -> Vec<String> {
    let listed = listed();
    let lacking = |case: &&Case| case.tier == Tier::Must && case.promise.is_none() && !can_promise(&case.doc, &listed);
    cases.iter().filter(lacking).map(|case| format!("{} cites {}", case.location, case.doc)).collect()
}

#[test]
fn each_must_has_a_source_that_promises_it() {
    let mut cases = suite().cases;
    assert!(cases.len() > 100, "the project has cases");
    let lacking = without_a_promise(&cases);
    assert!(
        lacking.is_empty(),
        "lower the tier, or find who promises it (reports/METHODOLOGY.md):\n{}",
        lacking.join("\n")
    );
    // Go's source, somebody's package and a design document promise nothing.
    for doc in [
        "https://go.dev/src/os/file.go",
        "https://pkg.go.dev/github.com/tetratelabs/wazero#FSConfig",
        "https://github.com/WebAssembly/wasi-filesystem/blob/a2b96e81c0586125cc4dc79a5be0b78d9a059925/path-resolution.md",
    ] {
        let must = cases.iter_mut().find(|case| case.tier == Tier::Must && case.promise.is_none()).expect("a must");
        doc.clone_into(&mut must.doc);
        assert_eq!(without_a_promise(&cases).len(), 1, "{doc}");
    }
}

/// A runtime whose adapter sets an option has a document of that option: without one, nobody says what it promises.
#[test]
fn each_option_that_is_set_has_a_document() {
    let suite = suite();
    for runtime in suite.runtimes.iter().filter(|runtime| !runtime.is_reference()) {
        for promise in Promise::ALL {
            let Some(capability) = promise.capability() else { continue };
            let is_set = runtime.modes.iter().any(|mode| !mode.lacks.contains(&capability));
            let has = runtime.promises.contains_key(&promise);
            assert!(has || !is_set, "{}: its adapter sets `{promise}`, and [promises] names no document", runtime.id);
        }
    }
    let used = |promise| suite.cases.iter().any(|case| case.promise == Some(promise));
    let idle: Vec<_> = Promise::ALL.into_iter().filter(|promise| !used(*promise)).collect();
    assert!(idle.is_empty(), "no case rests on {idle:?}");
}

#[test]
fn no_divergence_links_to_a_branch() {
    let suite = suite();
    let divergences = suite.runtimes.iter().flat_map(|runtime| &runtime.divergences);
    let unpinned: Vec<_> = divergences.filter(|divergence| links::branch(&divergence.url).is_some()).collect();
    assert!(unpinned.is_empty(), "{unpinned:#?}");
}

#[test]
fn the_documents_link_to_no_branch() {
    let address = Regex::new(r"https://[^\s<>)`\x22|]+").expect("a pattern");
    let unpinned = |text: &str| {
        let found = address.find_iter(text).map(|found| found.as_str());
        found.filter(|link| links::branch(link).is_some()).map(str::to_owned).collect::<Vec<_>>()
    };
    let documents: Vec<_> = ["", "cases", "go-guests", "reports", "runtimes", "runtimes/host-contract"]
        .iter()
        .flat_map(|folder| fs::read_dir(root().join(folder)).expect("a folder of the project"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    assert!(documents.len() > 6, "{documents:?}");
    for path in documents {
        let text = fs::read_to_string(&path).expect("a document");
        assert_eq!(unpinned(&text), Vec::<String>::new(), "{}", path.display());
    }
    assert_eq!(unpinned("see (https://github.com/o/r/blob/main/a.md) and https://github.com/o/r/issues/1").len(), 1);
}
