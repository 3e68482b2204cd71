//! What a guest leaves on the host.

use crate::fake::Fake;

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
    assert_eq!(observed("a-link-instead").as_deref(), Some("a symbolic link"));
    assert_eq!(observed("wrong-content").as_deref(), Some(r#""new\n""#));
}

#[test]
fn a_large_file_left_does_not_flood_the_record() {
    let toml = "dirs = { \"/data\" = \"tree\" }\nexpect.files = { \"/data/big\" = \"small\" }";
    let run = Fake::command()
        .fixture("tree/a.txt", "")
        .case("big", "head -c 20000000 /dev/zero > $dir/big", toml)
        .case("endless", "truncate -s 5G $dir/big", toml)
        .run();
    run.assert_verdicts(&[("big", "fail (wrong-files)"), ("endless", "fail (wrong-files)")]);
    let rss = run.ended.usage.max_rss_bytes >> 20;
    assert!(rss < 300, "the harness took {rss} MiB");
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
