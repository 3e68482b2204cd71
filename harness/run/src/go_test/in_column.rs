//! A test binary in one column: starts it through the one executor, and reads its output with Go's own converter.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::flags::TestFlags;
use super::starts::{End, Start, TestBinary};
use crate::cpu_slots::CpuSlots;
use crate::host_world::HostWorld;
use crate::module_input::Prepared;
use crate::traced_run::{TracedRun, TracedRuns};
use matrix_model::go_test::events::{Tests, events};
use matrix_model::matrix::Column;
use matrix_model::outcome::{Exit, Outcome};
use matrix_provision::guests::Guest;
use matrix_provision::test_binaries::TestPackage;
use matrix_provision::test2json::Test2json;

/// How much longer than its own `-timeout` a test binary may take. It then tells of each goroutine what it was doing.
const GRACE: std::time::Duration = std::time::Duration::from_secs(15);

/// The most time that one test has when it is run once more, alone.
const ALONE: std::time::Duration = std::time::Duration::from_secs(60);

/// How the lines begin by which Go says why a program ends.
const WHY: [&str; 2] = ["panic: ", "fatal error: "];

/// What the `testing` package says at its `-timeout`.
const TIMED_OUT: &str = "panic: test timed out after ";

/// Folders that are elsewhere on each machine, by names: those that Go has for its own, and `$STATE` for the harness's.
pub(super) struct NamedFolders {
    /// The folder of the Go that builds the tests.
    pub goroot: PathBuf,
    /// The folder of the modules that Go has fetched.
    pub module_cache: PathBuf,
    /// The folder of what the harness makes: test binaries, records, the folders of cells.
    pub state: PathBuf,
}

impl NamedFolders {
    /// A text with the names in place of the folders.
    pub fn in_text(&self, text: &str) -> String {
        self.replaced(text, |folder| folder)
    }

    /// The same for what was seen of host calls. A guest asks for a path below a preopen, so without its first slash.
    pub fn in_calls(&self, text: &str) -> String {
        self.replaced(text, |folder| folder.trim_start_matches('/'))
    }

    fn replaced(&self, text: &str, begins: impl Fn(&str) -> &str) -> String {
        let folders = [(&self.goroot, "$GOROOT/"), (&self.module_cache, "$GOMODCACHE/"), (&self.state, "$STATE/")];
        folders.iter().fold(text.to_owned(), |text, (folder, name)| {
            text.replace(&format!("{}/", begins(&folder.to_string_lossy())), name)
        })
    }
}

/// A package's test binary in a column.
pub(super) struct InColumn<'c, 's> {
    pub runs: &'c TracedRuns<'c, 's>,
    pub slots: &'c CpuSlots,
    pub test2json: &'c Test2json,
    pub package: &'c TestPackage,
    /// The column, by its index, and itself.
    pub index: usize,
    pub column: &'c Column<'s>,
    pub guest: &'c Guest,
    /// The world that it is started in, with a folder for temporary files of its own.
    pub world: &'c HostWorld,
    pub flags: &'c TestFlags,
    /// The folders that its output has names for.
    pub named: &'c NamedFolders,
    /// Arguments of this column alone.
    pub extra: Vec<String>,
}

impl InColumn<'_, '_> {
    /// The factor by which the column's deadlines are longer.
    fn factor(&self) -> u32 {
        u32::from(self.column.runtime.deadline_factor.get())
    }

    /// Runs it with these arguments.
    fn outcome(&self, arguments: &[String]) -> Result<Outcome> {
        let deadline = self.flags.timeout + GRACE;
        let prepared = self.world.prepare(&self.package.import_path, arguments, deadline, self.column)?;
        let _slot = self.slots.take();
        self.runs.prepared(self.index, self.guest, &prepared, None)
    }

    /// Runs one test alone.
    pub fn alone(&self, test: &str) -> Result<Tests> {
        let prepared = self.prepared(test, self.column)?;
        let _slot = self.slots.take();
        self.tests(&self.runs.prepared(self.index, self.guest, &prepared, None)?)
    }

    /// Runs one test alone, with its host calls traced. It is told the name of the runtime of the column `named`.
    pub fn traced(&self, test: &str, named: &Column) -> Result<TracedRun> {
        let prepared = self.prepared(test, named)?;
        let _slot = self.slots.take();
        self.runs.prepared_traced(self.index, self.guest, &prepared, None)
    }

    /// A text with names for the folder of temporary files, which is another one in each run, and for Go's own folders.
    fn named(&self, text: &str) -> String {
        self.named.in_text(&text.replace(&*self.world.temp().to_string_lossy(), "$TMPDIR"))
    }

    /// Prepares a run of one test, which is given little time: one that hangs was waited for before.
    fn prepared(&self, test: &str, named: &Column) -> Result<Prepared> {
        let flags = TestFlags { timeout: self.flags.timeout.min(ALONE), ..self.flags.clone() };
        let arguments = flags.for_one(test, self.factor());
        let name = format!("{} {test}", self.package.import_path);
        self.world.prepare(&name, &arguments, flags.timeout + GRACE, named)
    }

    /// What the output of one start tells.
    pub fn tests(&self, outcome: &Outcome) -> Result<Tests> {
        // Go's own wrapper has one pipe for both; what a runtime says of the end comes last there, too.
        let mut output = outcome.stdout.to_vec();
        output.extend_from_slice(&outcome.stderr);
        let lines = self.test2json.convert(&self.package.import_path, output)?;
        let mut events = events(&lines).context("go tool test2json")?;
        for output in events.iter_mut().filter_map(|event| event.output.as_mut()) {
            *output = self.named(output);
        }
        Ok(Tests::of(&events))
    }
}

impl TestBinary for InColumn<'_, '_> {
    fn start(&self, skip: &BTreeSet<String>) -> Result<Start> {
        let mut arguments = self.flags.arguments(skip, self.factor());
        arguments.splice(0..0, self.extra.iter().cloned());
        let outcome = self.outcome(&arguments)?;
        let tests = self.tests(&outcome)?;
        Ok(Start { end: end(&outcome, &tests), tests, usage: outcome.usage })
    }

    fn list(&self) -> Result<BTreeSet<String>> {
        let outcome = self.outcome(&self.flags.listing())?;
        let names = String::from_utf8_lossy(&outcome.stdout).into_owned();
        // A benchmark is not run as a test.
        let is_test = |name: &&str| ["Test", "Fuzz", "Example"].iter().any(|kind| name.starts_with(kind));
        Ok(names.lines().filter(is_test).map(str::to_owned).collect())
    }
}

/// How a start ended.
fn end(outcome: &Outcome, tests: &Tests) -> End {
    let code = match &outcome.exit {
        exit @ (Exit::MissingImport { .. } | Exit::NotCompiled { .. }) => return End::NotStarted(exit.to_string()),
        Exit::Code { code, .. } => *code,
        exit @ Exit::Timeout => return End::TimedOut(exit.to_string()),
        exit => return End::Early(exit.to_string()),
    };
    match (tests.said, code == 0) {
        (Some(true), true) | (Some(false), false) if tests.running.is_empty() => End::Whole,
        (Some(true), false) => End::Early(format!("it said PASS, and ended with exit {code}")),
        (Some(false), true) => End::Early("it said FAIL, and ended with exit 0".to_owned()),
        _ => {
            let stderr = String::from_utf8_lossy(&outcome.stderr);
            let why = stderr.lines().find(|line| WHY.iter().any(|why| line.starts_with(why)));
            let words = why.map_or_else(|| format!("exit {code}"), |why| format!("exit {code}: {why}"));
            match why.is_some_and(|why| why.starts_with(TIMED_OUT)) {
                true => End::TimedOut(words),
                false => End::Early(words),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_one_machine_have_names() {
        let folders = NamedFolders {
            goroot: PathBuf::from("/go"),
            module_cache: PathBuf::from("/home/me/mod"),
            state: PathBuf::from("/home/me/matrix/target/state"),
        };
        let text =
            "/go/src/os/file.go:7, /home/me/mod/m@v1.2.3/a_test.go:3, /gopher, /home/me/matrix/target/state/a.test";
        let named = "$GOROOT/src/os/file.go:7, $GOMODCACHE/m@v1.2.3/a_test.go:3, /gopher, $STATE/a.test";
        assert_eq!(folders.in_text(text), named);
        let call = "path_open(fd=3, \"home/me/mod/m@v1.2.3/testdata/a\") = 76 notcapable";
        assert_eq!(folders.in_calls(call), "path_open(fd=3, \"$GOMODCACHE/m@v1.2.3/testdata/a\") = 76 notcapable");
    }
}
