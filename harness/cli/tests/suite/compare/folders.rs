//! The user's folders: every runtime gets its own copy, and what is left there is compared.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::{answer, column, differences, groups, is_clean, project};
use crate::fake::run_command;

#[test]
fn each_runtime_has_its_own_copy_and_what_it_leaves_is_compared() {
    let script = "cd \"$dir\"; ls -A | sort; cat sub/.keep to; [ -e mark ] && echo seen; echo $name > mark
        rm to; echo more >> sub/a; [ $name = other ] && rm sub/a; rmdir empty; exit 0";
    let project = project(&[("go", script)]);
    project.write("data/sub/a", "a\n");
    project.write("data/sub/.keep", "kept\n");
    fs::create_dir(project.path("data/empty")).expect("a folder");
    symlink("sub/a", project.path("data/to")).expect("a link");
    let (code, answer) = answer(&project, &["--dir", "data::/data", "--ignore", "fake|other|third", "--", "go"]);
    assert_eq!(code, Some(1), "{answer:#}");
    assert_eq!(groups(&answer), [vec![column("fake"), column("third")], vec![column("other")]]);
    assert_eq!(differences(&answer), [serde_json::json!([{"file": "/data/sub/a"}])]);
    let stdout = answer["groups"][0]["observed"]["stdout"]["text"].as_str().expect("text");
    assert_eq!(stdout, "empty\nsub\nto\nkept\na\n", "as the user's folder, and nothing of another runtime");
    let removed = &answer["groups"][1]["differences"][0];
    assert_eq!(removed["expected"], "\"a\\nmore\\n\"");
    let left = answer["groups"][0]["observed"]["files"].to_string();
    assert!(left.contains("/data/mark") && !left.contains("/data/empty") && !left.contains("/data/to"), "{left}");
    assert!(project.path("data/empty").is_dir() && project.path("data/to").is_symlink());
    assert_eq!(fs::read_to_string(project.path("data/sub/a")).expect("a file"), "a\n");
    assert!(!project.path("data/mark").exists(), "the user's folder is as it was");
    assert!(is_clean(&project));
}

#[test]
fn a_file_that_one_leaves_as_it_was_is_shown_with_its_content() {
    let project = project(&[("go", "[ $name = other ] || echo more >> \"$dir/a\"; exit 0")]);
    project.write("data/a", "a\n");
    let (_, answer) = answer(&project, &["--dir", "data::/data", "--", "go"]);
    let difference = &answer["groups"][1]["differences"][0];
    assert_eq!((&difference["expected"], &difference["observed"]), (&"\"a\\nmore\\n\"".into(), &"\"a\\n\"".into()));
}

#[test]
fn a_copy_has_the_time_and_the_permissions_of_the_file() {
    let project = project(&[("go", "cd \"$dir\"; ls -l --time-style=+%s a; exit 0")]);
    project.write("data/a", "a\n");
    let file = fs::File::options().write(true).open(project.path("data/a")).expect("a file");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_007)).expect("a time");
    let (_, answer) = answer(&project, &["--dir", "data", "--", "go"]);
    let stdout = answer["groups"][0]["observed"]["stdout"]["text"].as_str().expect("text");
    assert!(stdout.contains(" 1000000007 a"), "{stdout}");
}

#[test]
fn only_in_place_may_a_runtime_change_the_folder_itself() {
    let project = project(&[("go", "echo $name > \"$dir/mark\"; exit 0")]);
    fs::create_dir(project.path("data")).expect("a folder");
    let run = |more: &[&str]| {
        run_command(&project, &[&["compare", "app.wasm", "--dir", "data::/data"], more, &["--", "go"]].concat())
    };
    let mark = || fs::read_to_string(project.path("data/mark"));
    for (more, said) in [
        (&["--in-place"][..], "--runtime"),
        (&["--in-place", "--runtime", "fake,other"], "--in-place: 2 runtimes would change the same folders"),
        (&["--in-place", "--runtime", "fake"], "--in-place: one runtime has nothing to be compared with"),
    ] {
        let (code, output) = run(more);
        assert!(output.contains(said) && code == Some(2), "{more:?}: {output}");
        assert!(mark().is_err(), "{more:?}: the folder was changed");
    }
    let (code, output) = run(&["--in-place", "--runtime", "fake", "--reference", "other", "--ignore", "fake|other"]);
    assert_eq!(code, Some(0), "{output}");
    assert_eq!(mark().expect("a file"), "fake\n");
}

#[test]
fn a_folder_that_cannot_be_given_is_refused() {
    let project = project(&[("go", "exit 0")]);
    fs::create_dir_all(project.path("cfg")).expect("a folder");
    project.write("file", "");
    symlink("/etc", project.path("cfg/etc")).expect("a link");
    let run = |dirs: &[&str]| {
        let dirs: Vec<_> = dirs.iter().flat_map(|dir| ["--dir", dir]).collect();
        run_command(&project, &[&["compare", "app.wasm"], &dirs[..], &["--", "go"]].concat())
    };
    for (dirs, said) in [
        (&["cfg:/cfg"][..], "two colons separate a folder from its name in the program: --dir cfg::/cfg"),
        (&["cfg:/cfg:ro"], "--dir cfg::/cfg:ro"),
        (&["nothing::/x"], "--dir nothing::/x: nothing is not there"),
        (&["file"], "--dir file: file is not a folder"),
        (&["::/x"], "must be HOST, or HOST::GUEST"),
        (&["runtimes::/x", "cases::/x"], "two folders have the name /x"),
        (&["cfg::/cfg"], "a link to /etc, through which a runtime could change files of yours"),
        (&["cases::/x:ro"], "could be run in no column"),
    ] {
        let (code, output) = run(dirs);
        assert!(output.contains(said) && code == Some(2), "{dirs:?}: {said:?} is not in {output}");
    }
}
