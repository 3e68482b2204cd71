//! What is written loads again to the same case.

use std::time::Duration;

use host_contract::request::{Call, Clock, Limits, Random, Value};
use regex::bytes::Regex;
use tempfile::TempDir;

use super::*;
use matrix_model::capability::Capability;
use matrix_model::case::{Location, Preopen, Step, Tier};
use matrix_model::connection::StdinKind;
use matrix_model::expectation::{Again, ExpectedExit, FileMatcher, Matcher};
use matrix_model::fixture::{Entry, Fixture, Special};

/// A module that needs nothing.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A folder for a suite, beside a module that is not in it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let folder = TempDir::new().expect("a temporary folder");
        fs::write(folder.path().join("app.wasm"), MODULE).expect("a module");
        Place { folder }
    }

    fn suite(&self) -> PathBuf {
        self.folder.path().join("suite")
    }

    fn module(&self) -> GuestSource {
        GuestSource::Module(self.folder.path().join("app.wasm"))
    }

    /// Saves a case, and reads it again.
    fn again(&self, case: &Case, fixtures: &Fixtures) -> Case {
        let saved = save(&self.suite(), case, fixtures, &self.module()).unwrap_or_else(|error| panic!("{error:#}"));
        let suite = self.suite().canonicalize().expect("a suite");
        let mut cases = read(&suite).expect("a suite that loads");
        let place = cases.iter().position(|read| read.id == case.id).expect("the case");
        let read = cases.remove(place);
        assert_eq!(saved.guest, read.guest);
        read
    }
}

/// A case with nothing but what it must have.
fn plain(name: &str) -> Case {
    let location = Location { file: String::new(), line: 0 };
    let case = Case::of_module("app", name.to_owned(), location);
    Case { deadline: cases::DEADLINE, ..case }
}

/// A case with all that a file can say; what excludes the other is in [`variants`].
fn full() -> Case {
    let mut case = plain("full");
    case.why = "It has \"all\" that a file can say.".to_owned();
    case.doc = "https://example.org".to_owned();
    case.args = ["two words", "", "'''", "a\\b\n\u{1}"].map(str::to_owned).to_vec();
    case.env = [("A", "1"), ("A", "b=c")].map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    case.host_env = vec![("B".to_owned(), String::new())];
    case.dirs = ["/b", "/a"]
        .map(|guest| Preopen { guest: guest.to_owned(), fixture: "tree".to_owned(), read_only: guest == "/a" })
        .to_vec();
    case.outside = [("secret".to_owned(), "other".to_owned())].into();
    case.stdin = b"\xff\x00".to_vec();
    case.stdin_kind = StdinKind::File;
    case.limits = Limits { fuel: Some(5), memory_bytes: Some(65536), wall_ms: None };
    case.clock = Clock::Fixed { start_ns: 1, step_ns: 2 };
    case.random = Random::Seed(3);
    case.named_needs = [Capability::TcpListener].into();
    case.alone = true;
    case.deadline = Duration::from_millis(500);
    case.go = Some(">=1.21".parse().expect("a range"));
    case.native = Some("Linux does otherwise.".to_owned());
    case.got_out = Some("^out$".to_owned());
    case.found_out = Some("^found$".to_owned());
    case.expect.exit = ExpectedExit::Code(-1);
    case.expect.control = b"first\n".to_vec();
    case.expect.stdout = Matcher::Lines(vec![
        Matcher::Exact(b"first".to_vec()),
        Matcher::Matches(Regex::new("^[0-9]+'''\\\\$").expect("a pattern")),
    ]);
    case.expect.stderr = Some(Matcher::Any(vec![
        Matcher::Contains(b"a \xff".to_vec()),
        Matcher::Sha256("0".repeat(64)),
        Matcher::Json(serde_json::json!({ "a b": [1, true, "x"] })),
    ]));
    case.expect.files = [
        ("/a/lines", FileMatcher::Content(Matcher::Exact(b"one\ntwo\nthree\n".to_vec()))),
        ("/a/size", FileMatcher::Size(4096)),
        ("/b/folder", FileMatcher::Folder),
        ("/b/link", FileMatcher::Link(b"../x".to_vec())),
    ]
    .map(|(path, matcher)| (path.to_owned(), matcher))
    .into();
    case.expect.outside = [("secret/new".to_owned(), FileMatcher::Absent)].into();
    case.expect.again = Some(Again::Same);
    case
}

/// Cases with what cannot be beside the rest.
fn variants() -> Vec<Case> {
    let mut steps = plain("steps");
    steps.steps =
        vec![Step::Write(b"a".to_vec()), Step::Wait(Duration::from_millis(5)), Step::Read(b"b".to_vec()), Step::Close];
    steps.tier = Tier::Should;
    let mut observed = plain("observed");
    observed.tier = Tier::Observe;
    let exits =
        [ExpectedExit::Trap(None), ExpectedExit::Limit, ExpectedExit::MissingImport(None), ExpectedExit::Failed];
    let exits = exits.into_iter().enumerate().map(|(index, exit)| {
        let mut case = plain(&format!("exit-{index}"));
        case.expect.exit = exit;
        case
    });
    [steps, observed].into_iter().chain(exits).collect()
}

fn fixtures() -> Fixtures {
    let tree = [
        ("a.txt", Entry::File(b"a\n".to_vec())),
        ("empty", Entry::Folder),
        ("sub", Entry::Folder),
        ("large.bin", Entry::Sparse(5_000_000_000)),
        ("many", Entry::Many(3)),
        ("pipe", Entry::Special(Special::Fifo)),
        ("socket", Entry::Special(Special::Socket)),
        ("sub/up", Entry::Link("../a.txt".to_owned())),
    ];
    let other = [("b.txt", Entry::File(b"b".to_vec()))];
    let fixture = |entries: &[(&str, Entry)]| Fixture {
        entries: entries.iter().map(|(path, entry)| (PathBuf::from(path), entry.clone())).collect(),
    };
    [("tree".to_owned(), fixture(&tree)), ("other".to_owned(), fixture(&other))].into()
}

/// A case without what depends on where it is written.
fn told(case: &Case) -> String {
    let location = Location { file: String::new(), line: 0 };
    format!("{:#?}", Case { location, guest: String::new(), ..case.clone() })
}

#[test]
fn a_case_is_read_as_it_was_written() {
    let place = Place::new();
    for case in variants().into_iter().chain([full()]) {
        let read = place.again(&case, &fixtures());
        assert_eq!(told(&read), told(&case));
        assert_eq!(read.guest, "modules/app.wasm");
    }
    let calls = {
        let mut case = plain("calls");
        case.area = "reactor".to_owned();
        case.id = "reactor/calls".to_owned();
        case.exports =
            vec![Call { name: "add".to_owned(), args: vec![Value::I32(-1), Value::I64(2), Value::F64(0.5)] }];
        case.expect.returns = Some(vec![vec![Value::F64(3.0)], Vec::new()]);
        case
    };
    let error = save(&place.suite(), &calls, &fixtures(), &place.module()).expect_err("no reactor");
    assert!(format!("{error:#}").contains("add `build = \"reactor\"` to the file"), "{error:#}");
    fs::write(
        place.suite().join("cases/reactor.toml"),
        "build = \"reactor\"\nguest = \"modules/app.wasm\"\n\n[[case]]\nname = \"x\"\n",
    )
    .expect("a file");
    assert_eq!(told(&place.again(&calls, &fixtures())), told(&calls));
}

#[test]
fn its_fixtures_are_what_they_were() {
    let place = Place::new();
    place.again(&full(), &fixtures());
    let mut problems = Vec::new();
    let suite = place.suite().canonicalize().expect("a suite");
    let read = fixtures::load(&suite, &mut problems).fixtures;
    assert!(problems.is_empty(), "{problems:?}");
    for (name, fixture) in fixtures() {
        // An empty folder is kept by a file that no guest sees.
        let seen = read[&name].entries.iter().filter(|(path, _)| !path.ends_with(".keep"));
        let seen: Vec<_> = seen.map(|(path, entry)| (path, content(entry))).collect();
        let written: Vec<_> = fixture.entries.iter().map(|(path, entry)| (path, content(entry))).collect();
        assert_eq!(seen, written, "{name}");
    }
}

/// An entry with what is in the file that it names.
fn content(entry: &Entry) -> Entry {
    match entry {
        Entry::Copy(path) => Entry::File(fs::read(path).expect("a file")),
        other => other.clone(),
    }
}

#[test]
fn what_cannot_be_written_leaves_the_suite_as_it_was() {
    let place = Place::new();
    place.again(&plain("one"), &fixtures());
    let files = || {
        let mut found = Vec::new();
        let mut folders = vec![place.suite()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                match path.is_dir() {
                    true => folders.push(path.clone()),
                    false => found.push((path.clone(), fs::read(&path).expect("a file"))),
                }
                found.push((path, Vec::new()));
            }
        }
        found.sort();
        found
    };
    let before = files();
    let refused = |case: &Case, guest: &GuestSource, why: &str| {
        let error = save(&place.suite(), case, &fixtures(), guest).expect_err("refused");
        assert!(format!("{error:#}").contains(why), "{error:#}");
        assert!(files() == before, "{why}: the suite is another one");
    };
    refused(&plain("one"), &place.module(), "the suite has a case `app/one` (cases/app.toml:2)");
    refused(&plain("Two"), &place.module(), "`Two`: a case's name is made of lower case letters");
    let mut twice = full();
    twice.dirs[1].guest = twice.dirs[0].guest.clone();
    refused(&twice, &place.module(), "two folders have one guest path");
    let mut beside = full();
    beside.expect.files.insert("/elsewhere".to_owned(), FileMatcher::Absent);
    refused(&beside, &place.module(), "is under none of the case's `dirs`");
    let other = place.folder.path().join("other");
    fs::create_dir(&other)
        .and_then(|()| fs::write(other.join("app.wasm"), b"\0asm\x01\0\0\0\0\x01\0"))
        .expect("a module");
    refused(&plain("two"), &GuestSource::Module(other.join("app.wasm")), "another module has this name");
    refused(&plain("two"), &GuestSource::Package(other), "the package is in another Go module than the suite");
}

#[test]
fn a_package_of_the_same_go_module_is_named_by_its_path() {
    let place = Place::new();
    let repository = place.folder.path();
    fs::create_dir_all(repository.join("cmd/app")).expect("a folder");
    fs::write(repository.join("go.mod"), "module example.org/app\n").expect("a module");
    let package = GuestSource::Package(repository.join("cmd/app"));
    let saved = save(&place.suite(), &plain("one"), &fixtures(), &package).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(saved.guest, "../cmd/app");
    let root = GuestSource::Package(repository.to_owned());
    let saved = save(&place.suite(), &plain("two"), &fixtures(), &root).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(saved.guest, "..");
}
