//! Carries out plans. All guests are run here.

use std::collections::BTreeMap;
use std::fs;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::plan::Plan;
use crate::sandbox::{Sandbox, look};
use matrix_model::outcome::Found;
use matrix_model::surrounding;
use matrix_provision::not_compiled::NotCompiled;
use matrix_store::clock::since_1970;
use matrix_supervise::{Ended, Left, Output};

/// Receives what a process writes to each of its outputs, and tells whether somebody still reads it.
pub type PassOn<'p> = dyn FnMut(Output, &[u8]) -> bool + 'p;

/// What happened when a plan was carried out, not yet interpreted.
#[derive(Debug)]
pub(crate) struct Execution {
    /// The first run.
    pub first: Ran,
    /// The second run, if the plan asks for two and the harness did not stop the first.
    pub second: Option<Ran>,
}

/// One run of a plan's process.
#[derive(Debug)]
pub(crate) struct Ran {
    /// How the process ended, and what it wrote.
    pub ended: Ended,
    /// When it began and when it ended, since 1970.
    pub during: (Duration, Duration),
    /// What a host reports, or why there is no report.
    pub report: Result<Vec<u8>, String>,
    /// What was found at the guest paths that the plan lists.
    pub files: BTreeMap<String, Found>,
    /// What was found at the outside paths that the plan lists.
    pub outside: BTreeMap<String, Found>,
    /// What was found in each preopen's folder under the name that the plan gives.
    pub in_each_dir: Vec<Found>,
}

impl Execution {
    /// The runs, in order.
    pub(crate) fn runs_mut(&mut self) -> impl Iterator<Item = &mut Ran> {
        [Some(&mut self.first), self.second.as_mut()].into_iter().flatten()
    }

    /// The last run.
    pub fn last(&self) -> &Ran {
        self.second.as_ref().unwrap_or(&self.first)
    }
}

/// Carries out a plan in its filled sandbox: once, or twice if the plan says so. A run that the harness had to stop is
/// not repeated. Nothing is run if the guest was not compiled.
///
/// # Errors
/// If the process cannot be started, or the sandbox cannot be filled again.
pub fn run(plan: &Plan, sandbox: &Sandbox) -> Result<Execution> {
    run_passing_on(plan, sandbox, &mut |_, _| true)
}

/// Like [`run`], and passes on what the process writes as it arrives. If `on_output` returns false, nobody reads that output
/// any more.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_passing_on(plan: &Plan, sandbox: &Sandbox, on_output: &mut PassOn) -> Result<Execution> {
    if let Some(why) = plan.not_run() {
        return Ok(Execution { first: not_run(plan, why), second: None });
    }
    let first = run_once(plan, on_output)?;
    if !plan.twice || first.ended.stopped.is_some() {
        return Ok(Execution { first, second: None });
    }
    sandbox.fill(plan)?;
    Ok(Execution { first, second: Some(run_once(plan, on_output)?) })
}

fn run_once(plan: &Plan, on_output: &mut PassOn) -> Result<Ran> {
    let began = since_1970();
    let ended = matrix_supervise::run_passing_on(&plan.spec(), on_output)
        .with_context(|| format!("cannot start {}", plan.argv[0]))?;
    if let Some(why) = no_surrounding(&ended) {
        bail!("{why}");
    }
    Ok(ran(plan, ended, began))
}

/// Why a launcher has not made the surrounding, if it says so. Nothing was run in it then.
fn no_surrounding(ended: &Ended) -> Option<String> {
    let (code, beginning) = surrounding::CANNOT;
    let says_so = ended.status.code() == Some(code) && ended.stderr.starts_with(beginning.as_bytes());
    says_so.then(|| String::from_utf8_lossy(&ended.stderr).trim_end().to_owned())
}

/// What stands for the run of a guest that was not compiled: what the compiler said, and folders that nobody touched.
fn not_run(plan: &Plan, why: &NotCompiled) -> Ran {
    let ended = Ended {
        status: ExitStatus::default(),
        stopped: None,
        stdout: Vec::new(),
        stderr: why.words(),
        usage: why.usage,
        leaked: Vec::new(),
        left: Left::default(),
    };
    ran(plan, ended, since_1970())
}

/// Looks at what a process left behind.
fn ran(plan: &Plan, ended: Ended, began: Duration) -> Ran {
    let during = (began, since_1970());
    let at_path = |(name, path): (&String, &Option<_>)| {
        let found = path.as_deref().map_or(Found::Nothing, look);
        (name.clone(), found)
    };
    Ran {
        ended,
        during,
        report: report(plan),
        files: plan.looked_for.files.iter().map(at_path).collect(),
        outside: plan.looked_for.outside.iter().map(|(name, path)| (name.clone(), look(path))).collect(),
        in_each_dir: plan.looked_for.in_each_dir.iter().map(|path| look(path)).collect(),
    }
}

fn report(plan: &Plan) -> Result<Vec<u8>, String> {
    let path = plan.report().ok_or("nowhere: it is no host's")?;
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::{OnHost, PlanOptions};
    use matrix_model::case::{Case, Location};

    #[test]
    fn a_program_is_run_in_a_folder_of_the_users_which_stays() {
        let [here, own] = [(), ()].map(|()| tempfile::tempdir().expect("a temporary folder"));
        fs::write(here.path().join("testdata"), "of the user\n").expect("a file");
        let case = Case {
            args: ["-c", "cat testdata; echo $NAME; echo made > made; exit 7"].map(str::to_owned).to_vec(),
            env: vec![("NAME".to_owned(), "value".to_owned()), ("PATH".to_owned(), "/bin:/usr/bin".to_owned())],
            deadline: Duration::from_secs(60),
            ..Case::of_module("go", "sh".to_owned(), Location { file: "sh".to_owned(), line: 1 })
        };
        let on_host = OnHost::in_folder(here.path());
        let options = PlanOptions { on_host: Some(&on_host), ..PlanOptions::default() };
        let plan = Plan::of_program(Path::new("/bin/sh"), &case, &own.path().join("sandbox"), options);
        let sandbox = Sandbox::create(&plan).expect("a sandbox");
        let ran = run(&plan, &sandbox).expect("a shell").first;
        sandbox.remove().expect("removed");
        assert_eq!(String::from_utf8_lossy(&ran.ended.stdout), "of the user\nvalue\n");
        assert_eq!(ran.ended.status.code(), Some(7));
        assert!(here.path().join("testdata").exists(), "the sandbox removed the user's folder");
        assert!(here.path().join("made").exists(), "it was not run there");
        assert!(!plan.sandbox.exists());
    }
}
