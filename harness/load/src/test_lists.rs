//! Lists that others keep of Go's tests: `lists.toml`, beside the results of these tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_spanned::Spanned;

use super::source::{Diagnostic, Rejected, Source};
use crate::wire::{CauseWire, ClaimWire, ListEntryWire, TestListFile, TestListWire};
use matrix_model::go_test::lists::{Cause, CauseRun, Claim, ListEntry, TestList};
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::Runtime;

/// What the file is called in a folder of results.
pub const FILE: &str = "lists.toml";

/// What starts an address.
const ADDRESS: &str = "https://";

/// The largest exit code that every system has.
const LARGEST_EXIT: i32 = 255;

/// Reads the lists of a folder of results; without such a file, there are none. Names in messages are relative to `root`.
/// An engine is one of these `runtimes`.
///
/// # Errors
/// Every problem found.
pub fn test_lists(folder: &Path, root: &Path, runtimes: &[Runtime]) -> Result<Vec<TestList>, Rejected> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let rejected = |problems| Rejected::file(problems, &path);
    let source = Source::read(&path, root).map_err(|problem| rejected(vec![problem]))?;
    let file: TestListFile = source.parse().map_err(|problem| rejected(vec![problem]))?;
    let reader = Reader { source: &source, folder, runtimes };
    let (mut lists, mut problems): (Vec<TestList>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
    for list in &file.list {
        match reader.list(list, &lists) {
            Ok(list) => lists.push(list),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(lists) } else { Err(rejected(problems)) }
}

/// What an entry is checked against.
struct Reader<'r> {
    source: &'r Source,
    folder: &'r Path,
    runtimes: &'r [Runtime],
}

impl Reader<'_> {
    fn list(&self, list: &Spanned<TestListWire>, before: &[TestList]) -> Result<TestList, Diagnostic> {
        let location = self.source.location(&list.span());
        let list = list.get_ref();
        let engines: BTreeSet<_> = self.runtimes.iter().map(|runtime| runtime.gowasiruntime.as_str()).collect();
        let engine = list.engine.get_ref();
        if !engines.contains(engine.as_str()) {
            let meant = did_you_mean(engine, engines.iter().copied());
            let help = format!("{meant}there are: {}", engines.into_iter().collect::<Vec<_>>().join(", "));
            let message = format!("Go's tests know no runtime as `{engine}`");
            return Err(self.source.problem(list.engine.span(), &message, "here", Some(&help)));
        }
        if before.iter().any(|other| other.id == *list.id.get_ref()) {
            let help = "each list has a name of its own, by which `test --issue` takes it";
            return Err(self.source.problem(list.id.span(), "two lists have this `id`", "here", Some(help)));
        }
        for (key, text) in [("id", &list.id), ("title", &list.title), ("of", &list.of)] {
            self.not_empty(key, text)?;
        }
        if !list.url.get_ref().starts_with(ADDRESS) {
            let help = "name the place where the list is kept";
            return Err(self.source.problem(list.url.span(), "`url` is an address (https://…)", "is none", Some(help)));
        }
        let mut entries = Vec::new();
        for entry in &list.entry {
            entries.extend(self.entries(entry)?);
        }
        Ok(TestList {
            location,
            id: list.id.get_ref().clone(),
            title: list.title.get_ref().clone(),
            engine: engine.clone(),
            url: list.url.get_ref().clone(),
            of: list.of.get_ref().clone(),
            entries,
        })
    }

    /// The entry, once for each of its packages.
    fn entries(&self, entry: &Spanned<ListEntryWire>) -> Result<Vec<ListEntry>, Diagnostic> {
        let location = self.source.location(&entry.span());
        let (span, entry) = (entry.span(), entry.get_ref());
        self.not_empty("says", &entry.says)?;
        if !entry.tests.is_empty() && entry.packages.len() != 1 {
            let help = "packages = [\"os\"]; without `tests`, an entry is about whole packages";
            return Err(self.source.problem(span, "tests are of one package", "of which?", Some(help)));
        }
        let cause = entry.cause.as_ref().map(|cause| self.cause(cause)).transpose()?;
        let of_package = |package: Option<&String>| ListEntry {
            location: location.clone(),
            package: package.cloned(),
            tests: entry.tests.iter().cloned().collect(),
            claim: match entry.claim {
                ClaimWire::Fails => Claim::Fails,
                ClaimWire::Skipped => Claim::Skipped,
                ClaimWire::Passes => Claim::Passes,
            },
            says: entry.says.get_ref().clone(),
            output: entry.output.clone(),
            only_on: entry.only_on.clone(),
            cause: cause.clone(),
        };
        Ok(match entry.packages.is_empty() {
            true => vec![of_package(None)],
            false => entry.packages.iter().map(|package| of_package(Some(package))).collect(),
        })
    }

    fn cause(&self, cause: &CauseWire) -> Result<Cause, Diagnostic> {
        self.not_empty("words", &cause.words)?;
        self.source.upstream_issue(&cause.url)?;
        let wat = cause.wat.get_ref();
        let text = fs::read_to_string(self.folder.join(wat)).map_err(|error| {
            let help = "name a module in text form, by its path from the folder of this file";
            self.source.problem(cause.wat.span(), &format!("{wat}: {error}"), "this file", Some(help))
        })?;
        let mut runs = Vec::new();
        for run in &cause.runs {
            let (span, run) = (run.span(), run.get_ref());
            if !(0..=LARGEST_EXIT).contains(&run.exit) {
                let help = "the module exits with the errno of its call";
                return Err(self.source.problem(span, "an exit code is from 0 to 255", "is none", Some(help)));
            }
            runs.push(CauseRun { column: run.column.clone(), command: run.command.clone(), exit: run.exit });
        }
        Ok(Cause {
            words: cause.words.get_ref().clone(),
            call: cause.call.clone(),
            url: cause.url.get_ref().clone(),
            case: cause.case.clone(),
            wat: wat.clone(),
            text,
            before: cause.before.clone(),
            runs,
        })
    }

    fn not_empty(&self, key: &str, text: &Spanned<String>) -> Result<(), Diagnostic> {
        if !text.get_ref().trim().is_empty() {
            return Ok(());
        }
        let help = "say it in a few words";
        Err(self.source.problem(text.span(), &format!("`{key}` is empty"), "here", Some(help)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::runtimes;
    use super::*;

    const GOOD: &str = r#"[[list]]
id = "go-fake"
title = "Go's issue"
engine = "fake"
url = "https://example.org/1"
of = "May 2023"

[[list.entry]]
packages = ["os"]
tests = ["TestA"]
claim = "fails"
says = "It does not end."

[list.entry.cause]
words = "It waits for itself."
call = "fd_read"
url = "unreported"
wat = "call.wat"
before = "mkdir old"
runs = [{ column = "fake@1.2.3", command = "fake call.wasm", exit = 8 }]

[[list.entry]]
packages = ["io", "io/fs"]
claim = "passes"
says = "It is run."
"#;

    const RUNTIME: &str = "name = 'Fake'\nurl = 'https://example.org'\ninstall = { exe = 'fake', pins = ['1.2.3'], hint = 'none' }\n\
                           [host]\nprogram = ['{exe}']\n";

    fn read(text: &str) -> Result<Vec<TestList>, String> {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path().join("reports/std");
        let of_runtime = root.path().join("runtimes/fake");
        fs::create_dir_all(&folder).and_then(|()| fs::create_dir_all(&of_runtime)).expect("folders");
        fs::write(folder.join(FILE), text).expect("a file");
        fs::write(folder.join("call.wat"), "(module)").expect("a file");
        fs::write(of_runtime.join("runtime.toml"), RUNTIME).expect("a file");
        let mut problems = Vec::new();
        let runtimes = runtimes::load(root.path(), &root.path().join("runtimes"), None, None, &[], &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        test_lists(&folder, root.path(), &runtimes).map_err(|rejected| rejected.to_string())
    }

    #[test]
    fn a_list_is_read() {
        let [list] = &read(GOOD).expect("a list")[..] else { panic!("one list") };
        assert_eq!((list.id.as_str(), list.location.to_string().as_str()), ("go-fake", "reports/std/lists.toml:1"));
        let packages: Vec<_> = list.entries.iter().map(|entry| entry.package.as_deref()).collect();
        assert_eq!(packages, [Some("os"), Some("io"), Some("io/fs")]);
        let cause = list.entries[0].cause.as_ref().expect("a cause");
        assert_eq!((cause.text.as_str(), cause.runs[0].exit), ("(module)", 8));
        assert!(list.entries[1].cause.is_none() && list.entries[1].tests.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (old, new, line, said) in [
            ("\"fake\"", "\"fakes\"", 4, "did you mean `fake`"),
            ("https://example.org/1", "example", 5, "is an address"),
            ("May 2023", " ", 6, "`of` is empty"),
            ("packages = [\"os\"]\n", "", 8, "tests are of one package"),
            ("\"fails\"", "\"fail\"", 11, "did you mean `fails`"),
            ("It does not end.", "", 12, "`says` is empty"),
            ("\"unreported\"", "\"soon\"", 17, "report it upstream"),
            ("\"call.wat\"", "\"none.wat\"", 18, "none.wat: "),
            ("exit = 8", "exit = 800", 20, "from 0 to 255"),
            ("says", "say", 12, "reports/README.md states the format"),
        ] {
            let error = read(&GOOD.replacen(old, new, 1)).expect_err(said);
            assert!(error.contains(said) && error.contains(&format!("reports/std/lists.toml:{line}")), "{error}");
        }
        let twice = read(&GOOD.replacen(
            "[[list]]",
            "[[list]]\nid = 'go-fake'\ntitle='x'\nengine='fake'\nurl='https://x'\nof='x'\n\n[[list]]",
            1,
        ));
        assert!(twice.expect_err("twice").contains("two lists have this `id`"));
    }

    #[test]
    fn a_folder_without_lists_has_none() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(test_lists(folder.path(), folder.path(), &[]).expect("none").is_empty());
    }
}
