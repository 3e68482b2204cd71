//! Two commands at once: the second one that would write into the first one's folder of records is refused.

use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::shards::begun;
use crate::fake::{Fake, VERSION, said};
use crate::project::Project;

/// A project, and a run of it that lasts until it is ended.
pub fn running() -> (Project, Child) {
    let project =
        Fake::command().case("slow", "sleep 300", "deadline-ms = 300000\nexpect.stdout = \"hello\\n\"").written();
    let child = begun(&project, &["run", "t/slow"]);
    let give_up = Instant::now() + Duration::from_secs(120);
    while !project.path(&format!("target/wasip1-matrix/sandbox/fake@{VERSION}/t/slow")).exists() {
        assert!(Instant::now() < give_up, "the cell never begins");
        sleep(Duration::from_millis(20));
    }
    (project, child)
}

#[test]
fn a_second_command_does_not_write_into_the_same_records() {
    let (project, mut first) = running();
    let fake = format!("fake@{VERSION}");
    let holder = format!("process {}, since 2", first.id());
    let build = format!("fake@2.0.0={}", project.path(&format!("store/fake/{VERSION}/bin/fake")).display());
    let commands: [&[&str]; 5] = [
        &["run"],
        &["run", "--runtime", &build],
        &["report", "--out", "out"],
        &["bench"],
        &["gate", "--baseline", &fake, "--candidate", &build],
    ];
    for command in commands {
        let ended = project.command(command);
        let told = said(&ended);
        assert_eq!(ended.status.code(), Some(2), "{command:?}: {told}");
        assert!(told.contains(&holder) && told.contains("`wasip1-matrix run t/slow`"), "{command:?}: {told}");
        assert!(told.contains("or name another folder with --records"), "{command:?}: {told}");
    }
    assert!(!project.path("target/wasip1-matrix/records/.builds.json").exists(), "the refused ones change nothing");
    for command in [&["list", "--red"][..], &["bless", "--check"], &["doctor"], &["run", "--records", "other", "none"]]
    {
        let told = said(&project.command(command));
        assert!(!told.contains("is writing into"), "{command:?}: {told}");
    }
    first.kill().and_then(|()| first.wait()).expect("it is killed");
    // Whatever a killed command leaves, its lock is released.
    let told = said(&project.command(&["run", "--skip", "slow"]));
    assert!(told.contains("no cell has all of these words"), "{told}");
}
