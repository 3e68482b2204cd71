//! What a runtime's process finds around it: nothing of the harness's, nothing of another cell's.

use std::fs;
use std::thread;

use crate::fake::{Fake, said};

#[test]
fn the_environment_is_cleared() {
    let run = Fake::command()
        .tables("[command.environment]\nDECLARED = \"{folder}\"\nFAKE_HOME = \"{cache}\"\n")
        .case("environment", "tr '\\0' '\\n' < /proc/$$/environ | cut -d= -f1 | sort", "env = [\"A=b\"]")
        .run();
    assert_eq!(run.stdout("environment"), r#""DECLARED\nFAKE_HOME\nWASIP1_MATRIX_CELL\n""#);
    let invocation = run.record("environment").invocation.as_ref().expect("it ran");
    assert_eq!(invocation.environment[1].1, "$ROOT/runtimes/fake");
    let names: Vec<_> = invocation.environment.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["WASIP1_MATRIX_CELL", "DECLARED", "FAKE_HOME"], "the record shows what there was");
    let kept = serde_json::to_string(&invocation).expect("JSON");
    let root = run.project.root().display().to_string();
    assert!(!kept.contains(&root), "a record carries no path of this machine: {kept}");
}

/// What a guest must not see is there to be seen: a runtime that hands on its own environment fails the case.
#[test]
fn variables_of_the_runtimes_own_process() {
    let unset = "expect.stdout = \"unset\\n\"";
    let given = format!("host-env = [\"LEAKED=yes\"]\n{unset}");
    let run = Fake::command()
        .tables("[command.environment]\nDECLARED = \"its own\"\n")
        .case("handed-on", "echo ${LEAKED-unset}", &given)
        .case("kept", "echo unset", &given)
        .case("not-given", "echo ${LEAKED-unset}", unset)
        .case("declared", "echo $DECLARED", "host-env = [\"DECLARED=x\"]\nexpect.stdout = \"its own\\n\"")
        .run();
    run.assert_verdicts(&[
        ("handed-on", "fail (wrong-output)"),
        ("kept", "pass"),
        ("not-given", "pass"),
        ("declared", "pass"),
    ]);
}

#[test]
fn the_working_directory_is_its_own_and_empty() {
    let script = "ls -A; echo $PWD | sed 's,.*sandbox,sandbox,'; echo mine > mine; cat mine";
    let fake = (0..4).fold(Fake::command(), |fake, index| fake.case(&format!("c{index}"), script, ""));
    let run = fake.run();
    for index in 0..4 {
        let expected = format!(r#""sandbox/fake@1.2.3/t/c{index}/work\nmine\n""#);
        assert_eq!(run.stdout(&format!("c{index}")), expected);
    }
}

#[test]
fn no_descriptor_of_the_harness_is_passed_on() {
    let script = "exec ls /proc/self/fd";
    // The fourth is the folder that `ls` reads.
    let expect = "expect.stdout = \"0\\n1\\n2\\n3\\n\"";
    let fake = (0..8).fold(Fake::command(), |fake, index| fake.case(&format!("c{index}"), script, expect));
    // The harness itself is given one by a parent that did not close it.
    let run = fake.run_with(&["/bin/sh", "-c", "exec 7</dev/null; exec \"$0\" \"$@\""], &[]);
    for index in 0..8 {
        assert_eq!(run.verdict(&format!("c{index}")), "pass", "{}", run.said());
    }
}

/// Two harnesses in one checkout take turns in a cell's folder.
#[test]
fn two_runs_at_the_same_time() {
    let script = "ls -A; echo > mine; sleep 0.5; ls -A";
    let project = Fake::command().case("one", script, "expect.stdout = \"mine\\n\"").written();
    thread::scope(|scope| {
        let project = &project;
        let run =
            |number: usize| scope.spawn(move || project.command(&["run", "--records", &format!("records-{number}")]));
        let runs: Vec<_> = (0..3).map(run).collect();
        for run in runs {
            let ended = run.join().expect("it ran");
            assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
        }
    });
}

/// A cell that measures time has the machine to itself.
#[test]
fn alone_is_without_neighbours() {
    let script = "echo $name begins >> $folder/log; sleep 0.2; echo $name ends >> $folder/log";
    let named = |name: &str| script.replace("$name", name);
    let fake = (0..4).fold(Fake::command(), |fake, index| fake.case(&format!("b{index}"), &named("beside"), ""));
    let fake = (0..2).fold(fake, |fake, index| fake.case(&format!("a{index}"), &named("alone"), "alone = true"));
    let run = fake.run();
    let log = fs::read_to_string(run.project.path("runtimes/fake/log")).expect("a log");
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 12, "{log}");
    for begins in (0..12).filter(|line| lines[*line] == "alone begins") {
        assert_eq!(lines[begins + 1], "alone ends", "{log}");
    }
    assert_eq!(lines[..2], ["beside begins"; 2], "the others do run side by side: {log}");
}

#[test]
fn limits_of_the_process() {
    let run = Fake::command().case("limits", "ulimit -c; ulimit -n", "").run();
    assert_eq!(run.stdout("limits"), r#""0\n1024\n""#);
}

#[test]
fn a_red_cell_is_kept_as_it_was_before() {
    let spoil = "echo spoilt > $dir/a.txt; echo more > $dir/b.txt; echo > left; ls -A $dir; exit $CODE";
    let dirs = "dirs = { \"/data\" = \"tree\" }\nexpect.stdout = { contains = \"b.txt\" }";
    let run = Fake::command()
        .fixture("tree/a.txt", "fresh")
        .fixture("tree/empty/.keep", "")
        .case("red", &spoil.replace("$CODE", "1"), dirs)
        .case("green", &spoil.replace("$CODE", "0"), dirs)
        .run();
    run.assert_verdicts(&[("red", "fail (wrong-exit)"), ("green", "pass")]);
    let sandbox = run.sandbox("red");
    let data = sandbox.join("dirs/0/tree");
    assert_eq!(fs::read_to_string(data.join("a.txt")).expect("the fixture's file"), "fresh");
    assert!(!data.join("b.txt").exists());
    assert!(data.join("empty").is_dir() && !data.join("empty/.keep").exists());
    let work: Vec<_> = fs::read_dir(sandbox.join("work")).expect("the working directory").collect();
    assert!(work.is_empty(), "{work:?}");
    assert!(!run.sandbox("green").exists());
    let fixture = fs::read_to_string(run.project.path("cases/fixtures/tree/a.txt")).expect("the fixture itself");
    assert_eq!(fixture, "fresh");
}

/// The command that a red cell's text shows does again what the cell did.
#[test]
fn a_red_cell_can_be_replayed() {
    let script = "cat; cat $dir/a.txt; exit 3";
    let toml = "dirs = { \"/data\" = \"tree\" }\nenv = [\"A=it's\"]\nexpect.stdout = \"fresh\"";
    let run = Fake::command().fixture("tree/a.txt", "fresh").case("red", script, toml).run();
    run.assert_verdicts(&[("red", "fail (wrong-exit)")]);
    let said = run.said();
    let command = said.lines().find_map(|line| line.strip_prefix("command ")).expect("a command to replay it");
    let output = std::process::Command::new("/bin/sh").arg("-c").arg(command.trim()).output().expect("a shell");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b"fresh"[..]), "{command}\n{output:?}");
    assert!(said.contains("cases/t.toml:5"), "{said}");
}
