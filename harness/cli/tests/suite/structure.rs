//! The shape of the source: within a crate, no two files need each other, unless one is the other's parent module.
//! Between crates, cargo already refuses a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// A module's path within its crate: `["pages", "board"]`; the crate's root has none.
type Module = Vec<String>;

/// Which modules each module names.
type Graph = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_two_files_of_a_crate_need_each_other() {
    let crates = crates();
    assert!(crates.len() > 5, "found only {} crates", crates.len());
    let mut circles = Vec::new();
    for folder in crates {
        for circle in circles_of(&graph(&read(&folder.join("src")))) {
            let names: Vec<_> = circle.iter().map(|module| module.join("::")).collect();
            circles.push(format!("{}: {}", folder.display(), names.join(", ")));
        }
    }
    assert!(circles.is_empty(), "these files need each other:\n{}", circles.join("\n"));
}

/// What the model must not use: it reads no file, starts no process and looks at no clock.
const INPUT_AND_OUTPUT: [&str; 8] =
    ["std::fs", "fs_err", "std::env", "std::net", "process::Command", "SystemTime::now", "Instant::now", "is_dir()"];

/// What only the command line may use: library code sends events instead of printing.
const PRINTING: [&str; 4] = ["println!", "eprintln!", "print!(", "dbg!("];

#[test]
fn the_model_does_no_input_or_output() {
    assert_eq!(mentions("model", &INPUT_AND_OUTPUT), Vec::<String>::new());
    assert!(!mentions("store", &INPUT_AND_OUTPUT).is_empty(), "the search finds nothing anywhere");
}

#[test]
fn libraries_print_nothing() {
    for name in ["trace", "supervise", "model", "store", "load", "provision", "run", "generate", "report"] {
        assert_eq!(mentions(name, &PRINTING), Vec::<String>::new());
    }
    assert!(!mentions("cli", &PRINTING).is_empty(), "the search finds nothing anywhere");
}

/// How a command could print past `printing`, whose macros stand in front of the standard library's.
const PAST_PRINTING: [&str; 6] =
    ["io::stdout()", "io::stderr()", "anstream::", "std::print", "std::eprint", "macro_rules! print"];

#[test]
fn the_command_line_prints_in_one_place() {
    let known = [
        "cli: printing: io::stdout()",
        "cli: printing: io::stderr()",
        "cli: printing: anstream::",
        "cli: printing: macro_rules! print",
        // It asks whether this is a terminal.
        "cli: progress: io::stderr()",
    ];
    assert_eq!(mentions("cli", &PAST_PRINTING), known);
    let main = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).remove(&Module::new()).expect("main.rs");
    let first = main.find("mod ").map(|at| &main[..at + "mod printing;".len()]);
    assert!(first.is_some_and(|first| first.trim_start().ends_with("#[macro_use]\nmod printing;")), "{first:?}");
}

/// What one system has and another one lacks.
const OF_ONE_SYSTEM: [&str; 4] = ["os::unix", "os::linux", "os::fd", "os::windows"];

#[test]
fn what_differs_between_systems_is_in_two_crates() {
    for name in ["trace", "model", "load", "provision", "run", "generate", "report", "cli"] {
        assert_eq!(mentions(name, &OF_ONE_SYSTEM), Vec::<String>::new());
    }
    let known = ["store: file_system::unix: os::unix", "store: file_system::windows: os::windows"];
    assert_eq!(mentions("store", &OF_ONE_SYSTEM), known);
    assert!(!mentions("supervise", &OF_ONE_SYSTEM).is_empty(), "the search finds nothing anywhere");
}

/// How a file would be written piece by piece, so that an interruption leaves half of it.
const PLAIN_WRITES: [&str; 5] = ["fs::write(", "fs::copy(", "File::create(", "File::create_new(", "OpenOptions::"];

/// Who may write like that: what is read only once all of it is there, and locks, which are empty.
const WRITES_PLAINLY: [(&str, &str); 24] = [
    ("an install in its staging folder", "provision: install::debian: fs::write("),
    ("", "provision: install::go: fs::copy("),
    ("", "provision: install::go: fs::write("),
    ("", "provision: install::locked: fs::write("),
    ("", "provision: install::maven: fs::write("),
    ("", "provision: install::npm: fs::copy("),
    ("", "provision: install::npm: fs::write("),
    ("", "provision: installation: fs::write("),
    ("a program of the user's in a scratch folder", "provision: app: fs::write("),
    ("compiled code and a built host in a temporary folder", "provision: checkout::cargo: fs::copy("),
    ("", "provision: compile_ahead: fs::write("),
    ("a bundle in a temporary folder", "run: bundle: fs::copy("),
    ("", "run: bundle: fs::write("),
    ("a cell's folder, and its lock", "run: sandbox: File::create("),
    ("", "run: sandbox: fs::copy("),
    ("", "run: sandbox: fs::write("),
    ("what is appended to for GitHub", "cli: outputs: OpenOptions::"),
    ("locks", "cli: mutants: File::create("),
    ("", "provision: compile_turns: File::create("),
    ("", "provision: checkout: File::create("),
    ("", "provision: driver_build: File::create("),
    ("", "provision: guests: File::create("),
    ("", "provision: guests::own: File::create("),
    ("", "provision: install::staging: File::create("),
];

#[test]
fn what_a_command_writes_is_written_whole() {
    let crates = ["trace", "model", "load", "provision", "run", "generate", "report", "cli"];
    let found = crates.into_iter().flat_map(|name| mentions(name, &PLAIN_WRITES));
    let found: BTreeSet<_> = found.filter(|place| !place.contains("::tests: ")).collect();
    let allowed: BTreeSet<_> = WRITES_PLAINLY.iter().map(|(_, place)| (*place).to_owned()).collect();
    assert_eq!(found, allowed, "use matrix_store::atomic_write::write_whole");
}

/// How a name would be cut at its `@`.
const CUT_AT_THE_VERSION: [&str; 4] = ["split('@')", "split_once('@')", "contains('@')", "find('@')"];

#[test]
fn names_are_taken_apart_in_one_place() {
    let cut: Vec<_> = ["store", "load", "provision", "run", "generate", "report", "cli", "model"]
        .into_iter()
        .flat_map(|name| mentions(name, &CUT_AT_THE_VERSION))
        .collect();
    // A Go module's path has an `@` too, and so has an npm package.
    let known = [
        "provision: install::npm: split_once('@')",
        "report: pages::topic: split('@')",
        "model: names: split_once('@')",
    ];
    assert_eq!(cut, known);
}

/// Where the sources of a crate, without comments and tests, mention any of these words.
fn mentions(name: &str, words: &[&str]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
    let found = |(module, text): (Module, String)| {
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
        let found = words.iter().filter(|word| code.contains(**word));
        found.map(|word| format!("{name}: {}: {word}", module.join("::"))).collect::<Vec<_>>()
    };
    read(&folder).into_iter().flat_map(found).collect()
}

#[test]
fn a_circle_is_found() {
    let source = |path: &[&str], text: &str| (path.iter().map(ToString::to_string).collect(), text.to_owned());
    let sources = BTreeMap::from([
        source(&[], "mod one;\nmod two;\n"),
        source(&["one"], "use crate::two::Two;\n"),
        source(&["two"], "use super::three::{Three, Other};\n"),
        source(&["three"], "fn three() { crate::one::f() }\n"),
        source(&["two", "child"], "use super::Two;\n"),
    ]);
    let circles = circles_of(&graph(&sources));
    let wanted: BTreeSet<Module> = ["one", "three", "two"].map(|name| vec![name.to_owned()]).into();
    assert_eq!(circles, [wanted]);
}

/// The folders of the project's own crates.
fn crates() -> Vec<PathBuf> {
    let harness = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries = fs::read_dir(harness).expect("the crates' folder");
    let folders = entries.map(|entry| entry.expect("an entry").path());
    folders.filter(|folder| folder.join("Cargo.toml").is_file()).collect()
}

/// The source of each module, without its comments.
fn read(folder: &Path) -> BTreeMap<Module, String> {
    let comment = Regex::new("//[^\n]*").expect("a pattern");
    let files = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("a readable folder").into_path());
    let sources = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    sources
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file");
            (module(path.strip_prefix(folder).expect("it is below")), comment.replace_all(&text, "").into_owned())
        })
        .collect()
}

/// The module that a file under `src` is.
fn module(file: &Path) -> Module {
    let parts: Module = file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts == ["lib"] || parts == ["main"] { Vec::new() } else { parts }
}

/// Which modules each module names by `crate::` or by `use super::`; a parent and its child may name each other.
fn graph(sources: &BTreeMap<Module, String>) -> Graph {
    let absolute = Regex::new(r"\bcrate::((?:\w+::)*)(\w+|\{[^;]*?\})").expect("a pattern");
    let relative =
        Regex::new(r"(?m)^(?:pub(?:\(\w+\))? )?use ((?:super::)+)((?:\w+::)*)(\w+|\{[^;]*?\})").expect("a pattern");
    let edges = |(me, text): (&Module, &String)| {
        let mut named = BTreeSet::new();
        for found in absolute.captures_iter(text) {
            named.extend(modules_named(sources, &[], &found[1], &found[2]));
        }
        for found in relative.captures_iter(text) {
            let parents = me.len().saturating_sub(found[1].matches("super::").count());
            named.extend(modules_named(sources, &me[..parents], &found[2], &found[3]));
        }
        named.retain(|other| !other.starts_with(me) && !me.starts_with(other));
        (me.clone(), named)
    };
    sources.iter().map(edges).collect()
}

/// The modules that a path, or each of a list of paths in braces, leads to.
fn modules_named(sources: &BTreeMap<Module, String>, base: &[String], path: &str, last: &str) -> Vec<Module> {
    let items = last.trim_start_matches('{').trim_end_matches('}').split(',');
    let whole = items.map(|item| {
        let parts = path.split("::").chain(item.trim().split("::")).filter(|part| !part.is_empty() && *part != "self");
        base.iter().cloned().chain(parts.map(str::to_owned)).collect::<Module>()
    });
    whole
        .filter_map(|path| {
            (1..=path.len()).rev().map(|end| path[..end].to_vec()).find(|path| sources.contains_key(path))
        })
        .collect()
}

/// The sets of modules of which each leads to each other.
fn circles_of(graph: &Graph) -> Vec<BTreeSet<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        graph.keys().map(|module| (module, reachable(graph, module))).collect();
    let mut circles: Vec<BTreeSet<Module>> = Vec::new();
    for module in graph.keys().filter(|module| reached[module].contains(module)) {
        let circle: BTreeSet<Module> = reached[module]
            .iter()
            .filter(|other| reached[**other].contains(module))
            .map(|other| (*other).clone())
            .collect();
        if !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

/// The modules that a module leads to in one step or more.
fn reachable<'g>(graph: &'g Graph, from: &Module) -> BTreeSet<&'g Module> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&Module> = graph[from].iter().collect();
    while let Some(module) = next.pop() {
        if found.insert(module) {
            next.extend(&graph[module]);
        }
    }
    found
}

/// A number before a noun goes through `plural::counted`, because one cell is not "1 cells". Bytes are a unit here.
#[test]
fn a_number_and_its_noun_agree() {
    let nouns = "attempts|builds|bundles|calls|cases|cells|columns|cores|days|divergences|entries|errors|faults|files|\
                 folders|functions|guests|hosts|lines|modes|parts|processes|records|runtimes|threads|versions|words";
    let uncounted = Regex::new(&format!(r"\{{[a-z_]*\}} (?:more )?(?:{nouns})\b")).expect("a pattern");
    let found_in = |text: &str| uncounted.find_iter(text).map(|found| found.as_str().to_owned()).collect::<Vec<_>>();
    let mut found = Vec::new();
    for folder in crates() {
        for (module, text) in read(&folder.join("src")) {
            let texts = found_in(&text).into_iter();
            found.extend(texts.map(|text| format!("{}: {}: {text}", folder.display(), module.join("::"))));
        }
    }
    assert!(found.is_empty(), "use matrix_model::plural::counted:\n{}", found.join("\n"));
    let text = "format!(\"{count} cells\"); format!(\"{} more words, {bytes} bytes\")";
    assert_eq!(found_in(text), ["{count} cells", "{} more words"]);
}
