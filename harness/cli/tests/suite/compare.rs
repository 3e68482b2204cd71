//! `compare`: a program of the user's under several runtimes, which are shell scripts here.

mod bad_input;
mod folders;
mod package;
mod rendered;
mod runaway;
mod saved;
mod schema;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::fake::{Fake, VERSION, run_command};
use crate::project::Project;

/// A module that ends at once. What a fake does with it depends on its first argument.
const MODULE: &str = "(module (func (export \"_start\")))";

/// The runtimes of these tests. What a script does may depend on its own name.
const RUNTIMES: [&str; 3] = ["fake", "other", "third"];

/// A project with three fake runtimes that run the same scripts, and the module `app.wasm`. A script can tell under which
/// of them it runs: `$name` is `fake`, `other` or `third`.
fn project(scripts: &[(&str, &str)]) -> Project {
    let of = "folder=${0%/*} name=${folder##*/}\n";
    let fake = scripts.iter().fold(Fake::command().case("unused", "", ""), |fake, (name, script)| {
        fake.script(name, &format!("{of}{script}"))
    });
    let project = fake.written();
    for twin in &RUNTIMES[1..] {
        add_twin(&project, twin);
    }
    project.write("app.wasm", wat::parse_str(MODULE).expect("a module"));
    project
}

/// Adds a runtime like the fake, installed in the same way.
fn add_twin(project: &Project, id: &str) {
    for entry in fs::read_dir(project.path("runtimes/fake")).expect("the fake's folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_str().expect("UTF-8");
        project.write(&format!("runtimes/{id}/{name}"), fs::read(&path).expect("a file"));
    }
    let bin = project.path(&format!("store/{id}/{VERSION}/bin"));
    fs::create_dir_all(&bin).and_then(|()| symlink("/bin/sh", bin.join("fake"))).expect("a store with a twin in it");
}

/// The column of a fake.
fn column(id: &str) -> String {
    format!("{id}@{VERSION}")
}

/// The answer as JSON, and the exit code.
fn answer(project: &Project, arguments: &[&str]) -> (Option<i32>, Value) {
    let ended = project.command(&[&["compare", "app.wasm", "--json"], arguments].concat());
    let answer = serde_json::from_slice(&ended.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&ended.stderr)));
    (ended.status.code(), answer)
}

/// The columns of each group, the reference's first.
fn groups(answer: &Value) -> Vec<Vec<String>> {
    let columns = |group: &Value| {
        let names = group["columns"].as_array().expect("columns").iter();
        names.map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    answer["groups"].as_array().expect("groups").iter().map(columns).collect()
}

/// What each group but the first differs in.
fn differences(answer: &Value) -> Vec<Value> {
    let of = |group: &Value| {
        group["differences"].as_array().into_iter().flatten().map(|difference| difference["of"].clone()).collect()
    };
    answer["groups"].as_array().expect("groups")[1..].iter().map(of).collect()
}

/// Whether nothing is left in the folder in which programs are compared.
fn is_clean(project: &Project) -> bool {
    let folder = project.path("target/wasip1-matrix/compare");
    let tried = |entry: fs::DirEntry| entry.path().join("tried");
    let folders = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folders.map(|entry| tried(entry.expect("an entry"))).all(|path| !path.exists())
}

#[test]
fn all_agree() {
    let project = project(&[("go", "echo hello; echo oops >&2; exit 3")]);
    let (code, answer) = answer(&project, &["--", "go"]);
    assert_eq!(code, Some(0), "{answer:#}");
    assert_eq!(groups(&answer), [RUNTIMES.map(column)]);
    assert_eq!(answer["reference"]["because"], "largest");
    assert_eq!(answer["groups"][0]["observed"]["exit"]["code"], 3);
    assert!(is_clean(&project));
}

#[test]
fn the_one_that_differs_is_a_group_with_its_differences() {
    let script = "echo hello; [ $name = other ] && { echo wrong >&2; exit 1; }; exit 0";
    let project = project(&[("go", script)]);
    let (code, answer) = answer(&project, &["--", "go"]);
    assert_eq!(code, Some(1), "{answer:#}");
    assert_eq!(groups(&answer), [vec![column("fake"), column("third")], vec![column("other")]]);
    assert_eq!(differences(&answer), [serde_json::json!(["exit", "stderr"])]);
    let (code, said) = run_command(&project, &["compare", "app.wasm", "--", "go"]);
    assert_eq!(code, Some(1), "{said}");
    for words in [
        "the largest group of columns that agree is the reference",
        "third@1.2.3 agrees with fake@1.2.3",
        "other@1.2.3: exit 1, stdout \"hello\\n\", stderr \"wrong\\n\"",
        "expected exit 0",
        "+ wrong",
    ] {
        assert!(said.contains(words), "{words:?} is not in {said}");
    }
}

#[test]
fn a_path_that_no_folder_covers_is_told_with_the_option_that_gives_it() {
    let script = "[ $name = other ] && { echo 'open /data/a.txt: Bad file number' >&2; exit 1; }; exit 0";
    let project = project(&[("go", script)]);
    project.write("cfg/a.txt", "a");
    let dir = format!("{}::/cfg", project.path("cfg").display());
    let (_, said) = run_command(&project, &["compare", "app.wasm", "--dir", &dir, "--", "go"]);
    let told = "no preopen covers. The program was given `/cfg`. `--dir HOST::/data` gives it the folder of this path.";
    assert!(said.contains(told), "{said}");
    let dir = format!("{}::/data", project.path("cfg").display());
    let (_, said) = run_command(&project, &["compare", "app.wasm", "--dir", &dir, "--", "go"]);
    assert!(said.contains("Bad file number") && !said.contains("no preopen covers"), "{said}");
}

#[test]
fn a_column_that_is_named_is_the_reference() {
    let project = project(&[("go", "[ $name = other ] && echo other; exit 0")]);
    let (code, answer) = answer(&project, &["--reference", "other", "--", "go"]);
    assert_eq!((code, answer["reference"]["because"].as_str()), (Some(1), Some("named")));
    assert_eq!(groups(&answer)[0], [column("other")]);
    assert_eq!(groups(&answer)[1], [column("fake"), column("third")]);
}

#[test]
fn runtimes_are_chosen_by_name_and_a_missing_one_is_named() {
    let project = project(&[("go", "echo $name")]);
    fs::remove_dir_all(project.path("store/third")).expect("a runtime to remove");
    let (code, answer) = answer(&project, &["--", "go"]);
    assert_eq!((code, groups(&answer).len()), (Some(1), 2));
    assert_eq!(answer["not-run"][0]["column"], column("third"));
    let why = answer["not-run"][0]["why"].as_str().expect("a reason");
    assert!(why.contains("take a fake from the shelf"), "{why}");
    for (words, columns) in [("fake,other", 2), ("fake@1.2.3,other@", 2), ("all", 2)] {
        let (_, answer) = self::answer(&project, &["--runtime", words, "--", "go"]);
        assert_eq!(answer["columns"].as_array().map(Vec::len), Some(columns), "{words}");
    }
    for (words, said) in [
        ("third", "--runtime third: third@1.2.3 is not installed: take a fake from the shelf"),
        ("fourth", "there is no runtime `fourth`; there are: fake, other, third"),
        ("fake@9.9.9", "no such column; there are fake@1.2.3"),
        ("fake=./fake", "a build is named by its path: fake@./fake, or fake@VERSION=./fake"),
        ("fake+fast", "no such column"),
        ("fake", "could be run in one column only, fake@1.2.3, so there is nothing to compare it with"),
    ] {
        let (code, output) = run_command(&project, &["compare", "app.wasm", "--runtime", words, "--", "go"]);
        assert!(output.contains(said), "{words}: {said:?} is not in {output}");
        assert_eq!(code, Some(2), "{words}: {output}");
    }
}

#[test]
fn a_build_is_chosen_by_its_path() {
    let project = project(&[("go", "echo hello")]);
    let exe = project.path("store/fake/1.2.3/bin/fake");
    let chosen = format!("fake@{},fake@3.2.1={}", exe.display(), exe.display());
    let (code, answer) = answer(&project, &["--runtime", &chosen, "--", "go"]);
    assert_eq!(code, Some(0), "{answer:#}");
    assert_eq!(groups(&answer), [[format!("fake@{VERSION}+local"), "fake@3.2.1+local".to_owned()]]);
}

#[test]
fn what_is_ignored_makes_no_difference() {
    let project = project(&[("go", "echo took $name ms; echo $name > \"$dir/log\"; exit 0")]);
    fs::create_dir(project.path("data")).expect("a folder");
    let common = ["--dir", "data::/data"];
    let (code, _) = answer(&project, &[&common[..], &["--", "go"]].concat());
    assert_eq!(code, Some(1));
    let (code, answer) = answer(&project, &[&common[..], &["--ignore", "fake|other|third", "--", "go"]].concat());
    assert_eq!(code, Some(0), "{answer:#}");
    assert_eq!(answer["groups"][0]["observed"]["stdout"]["text"], "took … ms\n");
    let (code, said) = run_command(&project, &["compare", "app.wasm", "--ignore", "("]);
    assert!(said.contains("--ignore: "), "{said}");
    assert_eq!(code, Some(2));
}

#[test]
fn what_varies_by_itself_is_told() {
    let count = "n=$(cat $folder/n 2>/dev/null); n=$((n + 1)); echo $n > $folder/n; ";
    let project = project(&[
        ("everywhere", &format!("{count} echo $name $n")),
        ("in-one", &format!("{count} [ $name = third ] && echo $n; exit 0")),
    ]);
    let (code, answer) = answer(&project, &["--repeat", "2", "--", "everywhere"]);
    assert_eq!((code, &answer["unsettled"]), (Some(0), &serde_json::json!(["stdout"])), "{answer:#}");
    let (code, answer) = self::answer(&project, &["--repeat", "2", "--", "in-one"]);
    assert_eq!((code, &answer["groups"][1]["varies"]), (Some(1), &serde_json::json!(["stdout"])), "{answer:#}");
    let (_, said) = run_command(&project, &["compare", "app.wasm", "--repeat", "2", "--", "in-one"]);
    assert!(said.contains("stdout varies from run to run here, and does not in the reference"), "{said}");
}

#[test]
fn if_no_two_agree_the_answer_says_what_may_be_the_reason() {
    let project = project(&[("go", "echo $name")]);
    let (_, said) = run_command(&project, &["compare", "app.wasm", "--", "go"]);
    assert!(said.contains("--repeat 2 tells what varies by itself"), "{said}");
    let none = Path::new("target/wasip1-matrix/records");
    assert!(!project.path(none.to_str().expect("UTF-8")).join("fake@1.2.3").exists(), "no record is written");
}

#[test]
fn inputs_arrive() {
    let project = project(&[("go", "shift; echo \"$@\"; cat")]);
    project.write("words.txt", "a word\n");
    let arguments = ["--stdin", "words.txt", "--env", "A=b", "--", "go", "x y", "--json"];
    let (code, answer) = answer(&project, &arguments);
    assert_eq!(code, Some(0), "{answer:#}");
    let stdout = answer["groups"][0]["observed"]["stdout"]["text"].as_str().expect("text");
    assert!(stdout.ends_with("go x y --json\na word\n"), "{stdout:?}");
    let inputs = answer["inputs"].to_string();
    for input in ["x y", "A=\\\"b\\\"", "a word"] {
        assert!(inputs.contains(input), "{input} is not in {inputs}");
    }
}

#[test]
fn a_host_compiles_a_program_once() {
    let compiles = "echo one >> \"$folder/prepared\"; echo '{\"code\":\"compiled\",\"compile-ns\":0}'";
    let fake = Fake::host().case("unused", "report '{\"code\":0}'", "").script("prepare", compiles);
    let project = fake.script("go", "report '{\"code\":0}'").written();
    add_twin(&project, "other");
    project.write("app.wasm", wat::parse_str(MODULE).expect("a module"));
    for _ in 0..2 {
        let (code, answer) = answer(&project, &["--", "go"]);
        assert_eq!(code, Some(0), "{answer:#}");
    }
    for runtime in ["fake", "other"] {
        let prepared = fs::read_to_string(project.path(&format!("runtimes/{runtime}/prepared"))).expect("it compiled");
        assert_eq!(prepared, "one\n", "{runtime} compiled for the first command alone");
    }
}
