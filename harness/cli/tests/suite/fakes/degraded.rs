//! Runtimes in other surroundings than the machine as it is: which columns run, what is held against them, and what is kept.

use crate::fake::{Fake, Run, VERSION, run_command};
use crate::project::Project;

const SURROUNDINGS: &str = "\
[few-descriptors]
why    = 'a service with a low limit'
doc    = 'https://example.org'
limit  = { descriptors = 64 }
areas  = ['t']
[[few-descriptors.matters]]
runtime = 'fake'
reason  = 'It prints the limit.'

[no-statx]
why    = 'old'
doc    = 'https://example.org'
refuse = { statx = 'ENOSYS' }
";

/// A script that prints how many descriptors there may be; a runtime that prints otherwise in `wrong`.
const LIMIT: &str = "ulimit -n";

/// The same fake as a runtime and as the reference, which differ in one case.
fn fakes() -> Fake {
    let few = "expect.stdout = \"64\\n\"";
    let fake = Fake::command()
        .case("limit", LIMIT, few)
        .case("only-the-runtime", "echo otherwise", few)
        .case("neither", "echo otherwise", few)
        .case("beyond-the-reference", LIMIT, "expect.stdout = \"64\\n\"\nneeds = [\"tcp-listener\"]");
    let run = r#"["{exe}", "{folder}/fake.sh", "{env...}", "{dirs...}", "{module}", "{args...}"]"#;
    let reference = format!(
        "target = \"host\"\nname = \"Reference\"\nurl = \"https://example.org\"\n\
         lacks = [\"dir-read-only\", \"fixed-clock\", \"fuel\", \"memory-limit\", \"reactor\", \"seeded-random\", \
         \"wall-limit\", \"tcp-listener\"]\n\
         install = {{ exe = \"fake\", hint = \"none\" }}\n\
         [command]\nenv = [\"--env={{name}}={{value}}\"]\ndir = [\"--dir={{host}}\"]\n\
         build = [\"/bin/ln\", \"-s\", \"/bin/sh\", \"{{built}}/fake\"]\nrun = {run}\n"
    );
    let script = std::fs::read_to_string(fake.project.path("runtimes/fake/fake.sh")).expect("the fake's script");
    fake.project.write("runtimes/native/runtime.toml", reference);
    fake.project.write("runtimes/native/fake.sh", script);
    for (case, script) in [("limit", LIMIT), ("only-the-runtime", LIMIT), ("neither", "echo otherwise")] {
        fake.project.write(&format!("runtimes/native/{case}.sh"), script);
    }
    fake.project.write("runtimes/surroundings.toml", SURROUNDINGS);
    fake
}

fn is_here() -> bool {
    matrix_supervise::attempt(confine::leave).is_ok()
}

fn listed(project: &Project, words: &[&str]) -> Vec<String> {
    let arguments: Vec<_> = ["list"].into_iter().chain(words.iter().copied()).collect();
    let (code, said) = run_command(project, &arguments);
    assert_eq!(code, Some(0), "{said}");
    said.lines().filter_map(|line| line.split_once("/t/limit")).map(|(column, _)| column.to_owned()).collect()
}

#[test]
fn a_run_takes_the_surroundings_that_matter_and_those_that_are_asked_for() {
    let project = fakes().written();
    let (plain, few, old) =
        (format!("fake@{VERSION}"), format!("fake@{VERSION}+few-descriptors"), format!("fake@{VERSION}+no-statx"));
    assert_eq!(listed(&project, &["fake"]), [plain.as_str(), &few]);
    assert_eq!(listed(&project, &["--in", "no-statx", "fake"]), [old.as_str()]);
    assert_eq!(listed(&project, &["--in", "no-statx,few-descriptors", "fake"]), [few.as_str(), &old]);
    assert_eq!(listed(&project, &[&old]), [old.as_str()]);
    let (code, said) = run_command(&project, &["list", "--in", "no-air"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("there is no surrounding `no-air`; there are few-descriptors, no-statx"), "{said}");
}

#[test]
fn a_runtime_is_held_only_to_what_holds_natively_there() {
    let run = fakes().run_with(&[], &["--runtime", "fake", "--in", "few-descriptors"]);
    if !is_here() {
        assert!(run.verdict("limit").starts_with("unsupported"), "{}", run.said());
        return;
    }
    run.assert_verdicts(&[
        ("limit", "pass"),
        ("only-the-runtime", "fail (wrong-output)"),
        ("neither", "unsupported (native Linux as expected in few-descriptors)"),
        ("beyond-the-reference", "unsupported (native Linux as expected in few-descriptors)"),
    ]);
    kept(&run);
}

/// What a record keeps of a surrounding.
fn kept(run: &Run) {
    let record = run.record("limit");
    assert_eq!(record.column, format!("fake@{VERSION}+few-descriptors"));
    assert_eq!(record.surrounding.as_deref(), Some("few-descriptors"));
    let argv = &record.invocation.as_ref().expect("it ran").argv;
    assert_eq!(argv[..4], ["wasip1-matrix", "within", "--limit=descriptors=64", "--"].map(str::to_owned));
    let facts: Vec<_> = run.results.columns.iter().map(|facts| facts.surrounding.as_deref()).collect();
    assert!(facts.contains(&Some("few-descriptors")), "{facts:?}");
    assert!(!facts.contains(&Some("no-statx")), "only what was run is told: {facts:?}");
}
