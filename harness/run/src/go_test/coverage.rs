//! Runs a package's tests, and asks which statements they run.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use fs_err as fs;

use super::in_column::InColumn;
use super::starts::{self, End, TestBinary};
use super::{Event, Testing};
use matrix_model::go_test::coverage::Profile;
use matrix_model::go_test::events::top;
use matrix_model::go_test::{PackageRun, TestEnd};

impl Testing<'_, '_> {
    /// Runs all tests of a binary, and adds the statements that they ran to those of all packages.
    ///
    /// A start that ends early tells nothing of its coverage, and several starts tell of a part each. Then the binary is
    /// started once more, without the tests that ended the process.
    pub(super) fn covered(&self, binary: InColumn) -> Result<PackageRun> {
        let (package, column) = (&binary.package.import_path, binary.column.to_string());
        let folder = self.temp()?;
        let file = folder.path().join("coverage.out");
        let binary = InColumn { extra: vec![format!("-test.coverprofile={}", file.display())], ..binary };
        let mut run = starts::run(&binary)?;
        if run.starts > 1 {
            fs::remove_file(&file).ok();
            let again = binary.start(&ended_the_process(&run))?;
            run.output.push_str(&again.tests.output);
            if again.end != End::Whole {
                fs::remove_file(&file).ok();
            }
        }
        match fs::read_to_string(&file) {
            Err(_) => (self.observe)(Event::NoProfile { package, column: &column }),
            Ok(text) => self.add(Profile::parse(&text).with_context(|| package.clone())?).context(package.clone())?,
        }
        Ok(run)
    }

    fn add(&self, profile: Profile) -> Result<()> {
        let mut all = self.profile.lock().expect("no thread panics with the lock held");
        match all.as_mut() {
            Some(all) => all.merge(profile)?,
            None => *all = Some(profile),
        }
        Ok(())
    }
}

/// The tests after which other starts were needed.
fn ended_the_process(run: &PackageRun) -> BTreeSet<String> {
    let unfinished = run.tests.iter().filter(|(_, run)| run.end == TestEnd::Unfinished);
    unfinished.map(|(name, _)| top(name).to_owned()).collect()
}
