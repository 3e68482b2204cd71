//! What a guest leaves behind: found, named, killed, and nobody else's with it.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::fake::{Fake, sandbox};

#[test]
fn what_is_left_behind_is_killed_and_shown() {
    let done = "expect.stdout = \"done\\n\"";
    let cases = [
        ("in-the-group", "sleep 301 & sleep 0.3; echo done"),
        ("holding-nothing", "sleep 302 <&- >&- 2>&- & sleep 0.3; echo done"),
        ("in-another-session", "setsid sleep 303 & sleep 0.3; echo done"),
        ("in-another-session-holding-nothing", "setsid sleep 304 <&- >&- 2>&- & sleep 0.3; echo done"),
        ("grandchild", "(setsid sh -c 'sleep 305 & sleep 306' &); sleep 0.3; echo done"),
        ("without-environment", "env -i setsid sleep 307 & sleep 0.3; echo done"),
        ("deaf", "sh -c \"trap '' TERM HUP INT; while :; do sleep 1; done\" & sleep 0.3; echo done"),
        ("nothing", "sleep 0.2 & wait; echo done"),
    ];
    let fake = cases.iter().fold(Fake::command(), |fake, (name, script)| fake.case(name, script, done));
    let run = fake.run();
    for (name, _) in cases {
        assert_eq!(run.verdict(name), "pass", "{name}\n{}", run.said());
        let outcome = run.record(name).outcome.as_ref().expect("it ran");
        let wall = run.measured(name).usage.wall;
        assert!(wall < Duration::from_secs(20), "{name} took {wall:?}");
        assert_eq!(outcome.leaked.is_empty(), name == "nothing", "{name}: {:?}", outcome.leaked);
        for leak in &outcome.leaked {
            assert!(!is_alive(leak.pid, &leak.command), "{name}: {leak:?} is still there");
        }
    }
    let left = |name: &str| {
        let outcome = run.record(name).outcome.as_ref().expect("it ran");
        let mut commands: Vec<_> = outcome.leaked.iter().map(|leak| leak.command.clone()).collect();
        commands.sort();
        commands
    };
    assert_eq!(left("in-the-group"), ["sleep 301"]);
    assert_eq!(left("in-another-session"), ["sleep 303"]);
    assert_eq!(left("without-environment"), ["sleep 307"]);
    // Some shells become the last command of theirs.
    assert!(
        left("grandchild").ends_with(&["sleep 305".to_owned(), "sleep 306".to_owned()]),
        "{:?}",
        left("grandchild")
    );
}

#[test]
fn a_leak_does_not_change_the_verdict() {
    let run = Fake::command()
        .case("wrong-exit", "sleep 311 & sleep 0.3; exit 5", "")
        .case("timeout", "setsid sleep 312 & sleep 0.1; trap '' TERM; sleep 300; sleep 300", "deadline-ms = 300")
        .run();
    run.assert_verdicts(&[("wrong-exit", "fail (wrong-exit)"), ("timeout", "fail (timeout)")]);
    assert!(run.said().contains("(sleep 311), killed"), "{}", run.said());
    assert!(run.said().contains("(sleep 312), killed"), "{}", run.said());
}

#[test]
fn cells_at_the_same_time_do_not_see_each_other() {
    let patient = "setsid sleep 2 & sleep 2 & wait; echo done";
    let fake = (0..6).fold(Fake::command(), |fake, index| {
        fake.case(&format!("leaves-{index}"), "setsid sleep 321 & sleep 0.1; exit 0", "")
    });
    let fake = (0..3)
        .fold(fake, |fake, index| fake.case(&format!("a-patient-{index}"), patient, "expect.stdout = \"done\\n\""));
    let run = fake.run();
    for record in &run.results.records {
        assert_eq!(record.verdict.to_string(), "pass", "{}", run.said());
    }
}

/// Two checkouts on one machine: the same cell, by its name, in both.
#[test]
fn cells_of_one_name_in_two_projects_do_not_see_each_other() {
    let patient = thread::spawn(|| {
        let script = "(setsid sh -c 'sleep 2; echo done' & wait); echo all";
        Fake::command().case("one", script, "expect.stdout = \"done\\nall\\n\"").run()
    });
    while !patient.is_finished() {
        Fake::command()
            .case("one", "setsid sleep 331 & sleep 0.1; exit 0", "")
            .run()
            .assert_verdicts(&[("one", "pass")]);
    }
    patient.join().expect("it ran").assert_verdicts(&[("one", "pass")]);
}

/// Whatever ends the harness ends what it runs.
#[test]
fn nothing_outlives_a_killed_harness() {
    let project = Fake::command().case("one", "echo $$ > pid.new; mv pid.new pid; exec sleep 341", "").written();
    let mut harness = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"))
        .arg("run")
        .current_dir(project.root())
        .env_clear()
        .envs(project.environment())
        .stdout(Stdio::null())
        .spawn()
        .expect("the harness's command starts");
    let pid = sandbox(&project, "one").join("work/pid");
    wait_until("the cell runs", || pid.exists());
    let pid: i32 = fs::read_to_string(pid).expect("a file").trim().parse().expect("a process's id");
    wait_until("it sleeps", || is_alive(pid, "sleep 341"));
    harness.kill().expect("the harness is running");
    harness.wait().expect("the harness has ended");
    wait_until("the runtime is gone", || !is_alive(pid, "sleep 341"));
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process of this command is still there: the id alone may be another's by now.
fn is_alive(pid: i32, command: &str) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|bytes| {
        let words: Vec<_> = bytes.split(|byte| *byte == 0).filter(|word| !word.is_empty()).collect();
        words.join(&b' ') == command.as_bytes()
    })
}
