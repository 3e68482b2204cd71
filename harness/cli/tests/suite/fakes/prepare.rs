//! Compiling a guest before its first cell: once, and kept.

use std::fs;
use std::process::Command;
use std::thread;

use crate::fake::Fake;
use crate::project::Project;

/// Takes the guest and a place; the fake counts how often it is asked.
const PREPARE: &str = r#"prepare = ["{exe}", "{folder}/fake.sh", "--prepare", "{module}", "{prepared}"]
"#;

/// What four cells at once are run with: the folder's name tells a prepared guest from the guest itself.
fn four(fake: Fake) -> Fake {
    let script = "sleep 0.2; echo ${1##*/}; [ \"${1%/prepared/*}\" != \"$1\" ] && echo prepared; exit 0";
    (0..4).fold(fake, |fake, index| fake.case(&format!("c{index}"), script, "tier = \"observe\""))
}

#[test]
fn once_for_all_cells_and_runs() {
    let script = "echo >> $folder/asked; sleep 0.3; cp \"$2\" \"$3\"";
    let run = four(Fake::command().tables(PREPARE).script("prepare", script)).run();
    for index in 0..4 {
        assert_eq!(run.stdout(&format!("c{index}")), r#""guest.wasm\nprepared\n""#);
    }
    assert!(run.said().contains("1 guest compiled"), "{}", run.said());
    let again = run.project.command(&["run"]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("0 guests compiled"), "{again:?}");
    let asked = fs::read_to_string(run.project.path("runtimes/fake/asked")).expect("it was asked");
    assert_eq!(asked.lines().count(), 1);
}

/// Two checkouts share a store: neither runs what the other has half written.
#[test]
fn two_checkouts_at_the_same_time() {
    let script = "head -c 8 \"$2\" > \"$3\"; sleep 0.5; echo whole >> \"$3\"";
    let whole = || {
        let expect = "expect.stdout = \"whole\\n\"";
        Fake::command().tables(PREPARE).script("prepare", script).case("one", "tail -c 6 $1", expect)
    };
    let first = whole().written();
    let others: Vec<_> = (0..3).map(|_| whole().written()).collect();
    let run = |project: &Project| {
        let mut environment = project.environment();
        for (name, value) in &mut environment {
            if name == "WASIP1_MATRIX_HOME" {
                *value = first.path("store").into();
            }
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
        command.arg("run").current_dir(project.root()).env_clear().envs(environment).output().expect("it runs")
    };
    thread::scope(|scope| {
        let runs: Vec<_> = others.iter().map(|project| scope.spawn(|| run(project))).collect();
        for run in runs {
            let output = run.join().expect("it ran");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    });
    let made = fs::read_dir(first.path("store/cache/fake/1.2.3/prepared")).expect("what was prepared").flatten();
    // A lock stands beside each.
    let made = made.filter(|entry| entry.path().is_dir());
    assert_eq!(made.count(), 1, "nothing half made stays behind");
}

#[test]
fn another_guest_is_prepared_anew() {
    let script = "echo >> $folder/asked; cp \"$2\" \"$3\"";
    let run = four(Fake::command().tables(PREPARE).script("prepare", script)).run();
    let guests = run.project.path("target/wasip1-matrix/guests/go1.99.0/guest.wasm");
    let mut module = fs::read(&guests).expect("the guest");
    // An empty custom section: the smallest change that leaves it a module.
    module.extend([0, 1, 0]);
    fs::write(&guests, module).expect("another guest");
    run.project.command(&["run"]);
    let asked = fs::read_to_string(run.project.path("runtimes/fake/asked")).expect("it was asked");
    assert_eq!(asked.lines().count(), 2);
}
