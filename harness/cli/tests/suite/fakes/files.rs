//! What a guest leaves on the host.

use crate::fake::{Fake, said};

#[test]
fn files_left_are_judged() {
    let dirs = "dirs = { \"/data\" = \"tree\" }\n";
    let case = |expect: &str| format!("{dirs}expect.files = {expect}");
    let run = Fake::command()
        .fixture("tree/a.txt", "fresh")
        .case("written", "printf new > $dir/b.txt", &case(r#"{ "/data/b.txt" = "new", "/data/a.txt" = "fresh" }"#))
        .case("wrong-content", "printf 'new\\n' > $dir/b.txt", &case(r#"{ "/data/b.txt" = "new" }"#))
        .case("not-written", "", &case(r#"{ "/data/b.txt" = "new" }"#))
        .case("removed", "rm $dir/a.txt", &case(r#"{ "/data/a.txt" = { absent = true } }"#))
        .case("not-removed", "", &case(r#"{ "/data/a.txt" = { absent = true } }"#))
        .case("a-folder-instead", "mkdir $dir/b.txt", &case(r#"{ "/data/b.txt" = "new" }"#))
        .case("a-link-instead", "ln -s a.txt $dir/b.txt", &case(r#"{ "/data/b.txt" = "fresh" }"#))
        .case("bytes", r"printf '\000\377' > $dir/b.txt", &case(r#"{ "/data/b.txt" = { hex = "00ff" } }"#))
        .case("a-pipe-instead", "mkfifo $dir/b.txt", &case(r#"{ "/data/b.txt" = "new" }"#))
        .case("wrong-output-first", "echo noise", &case(r#"{ "/data/b.txt" = "new" }"#))
        .run();
    let wrong = "fail (wrong-files)";
    run.assert_verdicts(&[
        ("written", "pass"),
        ("wrong-content", wrong),
        ("not-written", wrong),
        ("removed", "pass"),
        ("not-removed", wrong),
        ("a-folder-instead", wrong),
        ("a-link-instead", wrong),
        ("bytes", "pass"),
        ("a-pipe-instead", wrong),
        ("wrong-output-first", "fail (wrong-output)"),
    ]);
    let observed = |case: &str| run.record(case).differences.last().map(|difference| difference.observed.clone());
    assert_eq!(observed("not-written").as_deref(), Some("nothing of that name"));
    assert_eq!(observed("a-folder-instead").as_deref(), Some("a folder"));
    assert_eq!(observed("a-link-instead").as_deref(), Some("a symbolic link to \"a.txt\""));
    assert_eq!(observed("wrong-content").as_deref(), Some(r#""new\n""#));
}

#[test]
fn a_large_file_left_does_not_flood_the_record() {
    let toml = "dirs = { \"/data\" = \"tree\" }\nexpect.files = { \"/data/big\" = \"small\" }";
    let run = Fake::command()
        .fixture("tree/a.txt", "")
        .case("big", "head -c 20000000 /dev/zero > $dir/big", toml)
        .case("endless", "truncate -s 5G $dir/big", toml)
        .run_within(300);
    run.assert_verdicts(&[("big", "fail (wrong-files)"), ("endless", "fail (wrong-files)")]);
}

#[test]
fn a_file_of_ten_kilobytes_is_judged_again_from_its_record_and_blessed() {
    let toml = |files: &str| format!("dirs = {{ \"/data\" = \"tree\" }}\nexpect.files = {{ \"/data/new\" = {files} }}");
    let same = toml(r#"{ repeat = "0123456789", times = 1000 }"#);
    let make = "for i in $(seq 1000); do printf 0123456789; done > $dir/new";
    let fake = Fake::command()
        .fixture("tree/a.txt", "a")
        .case("same", make, &same)
        .case("matching", make, &toml(r#"{ matches = "^(0123456789){1000}$" }"#))
        .case("other", make, &toml("\"small\""));
    let run = fake.run();
    let wrong = "fail (wrong-files)";
    run.assert_verdicts(&[("same", "pass"), ("matching", "pass"), ("other", wrong)]);
    let project = &run.project;
    let again = said(&project.command(&["run", "--changed"]));
    assert!(again.contains("1 fail, 2 pass") && again.contains("3 of them were not run"), "{again}");
    let cases = std::fs::read_to_string(project.path("cases/t.toml")).expect("cases");
    project.write("cases/t.toml", cases.replace("times = 1000 }", "times = 1001 }"));
    let again = said(&project.command(&["run", "--changed"]));
    assert!(again.contains("2 fail, 1 pass") && again.contains("3 of them were not run"), "{again}");
    let blessed = project.command(&["bless", "--reason", "It writes more.", "--url", "unreported"]);
    assert_eq!(blessed.status.code(), Some(0), "{}", said(&blessed));
    let again = said(&project.command(&["run", "--changed"]));
    assert!(again.contains("2 known, 1 pass") && again.contains("3 of them were not run"), "{again}");
}

#[test]
fn output_that_a_record_does_not_keep_is_judged_again_by_its_digest() {
    let exact = "expect.stdout = { repeat = \"0123456789\", times = 1000 }";
    let write = "for i in $(seq 1000); do printf 0123456789; done";
    let run = Fake::command()
        .case("exact", write, exact)
        .case("not-exact", &format!("{write}; echo"), exact)
        .case("pattern", write, "expect.stdout = { matches = \"9$\" }")
        .case("noise", "yes noise 2>&1 | head -c 10000 >&2", "")
        .run();
    let verdicts = [("exact", "pass"), ("not-exact", "fail (wrong-output)"), ("pattern", "pass"), ("noise", "pass")];
    run.assert_verdicts(&verdicts);
    let again = said(&run.project.command(&["run", "--changed"]));
    assert!(again.contains("1 fail, 3 pass"), "{again}");
    assert!(again.contains("3 of them were not run"), "the end of what a pattern is about is not kept: {again}");
}

#[test]
fn a_link_is_told_by_its_target_and_a_file_by_its_size() {
    let case = |files: &str| format!("dirs = {{ \"/data\" = \"tree\" }}\nexpect.files = {{ \"/data/new\" = {files} }}");
    let link = case(r#"{ link = "../a.txt" }"#);
    let run = Fake::command()
        .fixture("tree/a.txt", "a")
        .case("link", "ln -s ../a.txt $dir/new", &link)
        .case("link-to-another", "ln -s a.txt $dir/new", &link)
        .case("file-and-no-link", "printf ../a.txt > $dir/new", &link)
        .case("size", "truncate -s 5G $dir/new", &case("{ size = 5368709120 }"))
        .case("other-size", "truncate -s 4G $dir/new", &case("{ size = 5368709120 }"))
        .case("small-size", "printf 123 > $dir/new", &case("{ size = 3 }"))
        .case("folder-and-no-size", "mkdir $dir/new", &case("{ size = 4096 }"))
        .run();
    let wrong = "fail (wrong-files)";
    run.assert_verdicts(&[
        ("link", "pass"),
        ("link-to-another", wrong),
        ("file-and-no-link", wrong),
        ("size", "pass"),
        ("other-size", wrong),
        ("small-size", "pass"),
        ("folder-and-no-size", wrong),
    ]);
}

#[test]
fn the_longest_preopen_is_meant() {
    let toml = r#"
        dirs = { "/data" = "outer", "/data/in" = "inner" }
        expect.files = { "/data/in/f" = "inner", "/data/f" = "outer" }
    "#;
    let run = Fake::command()
        .fixture("outer/f", "outer")
        .fixture("outer/in/f", "hidden")
        .fixture("inner/f", "inner")
        .case("nested", "", toml)
        .run();
    run.assert_verdicts(&[("nested", "pass")]);
}

#[test]
fn what_is_outside_is_there_and_is_judged() {
    let outside = "dirs = { \"/data\" = \"tree\" }\noutside = { secret = \"secret\" }\n";
    let case = |expect: &str| format!("{outside}expect.outside = {expect}");
    let untouched =
        r#"{ "secret/a.txt" = "kept", "secret/new.txt" = { absent = true }, "secret" = { folder = true } }"#;
    let run = Fake::command()
        .fixture("tree/a.txt", "")
        .fixture("secret/a.txt", "kept")
        .fixture("fixtures.toml", "[tree.links]\nlink = \"{outside}/secret/a.txt\"\n")
        .case("untouched", "", &case(untouched))
        .case("changed", "printf new > $dir/../secret/a.txt", &case(untouched))
        .case("added", "touch $dir/../secret/new.txt", &case(untouched))
        .case("gone", "rm -r $dir/../secret", &case(untouched))
        .case("by-an-absolute-link", "printf new > $dir/link", &case(untouched))
        .case("named", "", &format!("{outside}env = [\"FILE={{outside}}/secret/a.txt\"]"))
        .case("braces", "", "env = [\"FILE={outside}/a.txt\"]")
        .run();
    let wrong = "fail (wrong-files)";
    run.assert_verdicts(&[
        ("untouched", "pass"),
        ("changed", wrong),
        ("added", wrong),
        ("gone", wrong),
        ("by-an-absolute-link", wrong),
        ("named", "pass"),
        ("braces", "pass"),
    ]);
    let told = |case: &str| {
        run.record(case).differences.iter().map(|one| format!("{}: {}", one.of, one.observed)).collect::<Vec<_>>()
    };
    assert_eq!(told("changed"), [r#"outside/secret/a.txt: "new""#]);
    assert_eq!(told("added"), [r#"outside/secret/new.txt: """#]);
    assert_eq!(told("by-an-absolute-link"), [r#"outside/secret/a.txt: "new""#]);
    let given = |case: &str| {
        let invocation = run.record(case).invocation.as_ref().expect("it was run");
        invocation.argv.iter().find(|word| word.starts_with("--env=")).cloned()
    };
    assert_eq!(given("named").as_deref(), Some("--env=FILE=$SANDBOX/dirs/0/secret/a.txt"));
    assert_eq!(given("braces").as_deref(), Some("--env=FILE={outside}/a.txt"));
}
