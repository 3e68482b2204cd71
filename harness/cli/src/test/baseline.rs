//! The options of `test` about earlier results that tests are held against.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use matrix_model::go_test::TestReport;
use matrix_model::go_test::by_column::{ColumnTests, TestNames};
use matrix_model::go_test::changes::{Between, Tests};
use matrix_store::test_parts;

use crate::project::Project;

/// The word for the results that the project publishes.
const COMMITTED: &str = "committed";

/// Earlier results that tests are held against.
#[derive(Args)]
pub struct Baseline {
    /// Only what is worse than there is red: a folder of an earlier `--save`, one column's file in it, or `committed` for
    /// what this project publishes of Go's own standard library
    #[arg(long, value_name = "BASELINE")]
    baseline: Option<PathBuf>,
    /// The column of the baseline to compare with: wazero@1.12.0, or wazero for its newest version [default: the same
    /// column, or else the nearest earlier version]
    #[arg(long, value_name = "COLUMN", requires = "baseline")]
    baseline_column: Option<String>,
}

/// A baseline that was read.
pub struct Read {
    path: PathBuf,
    names: TestNames,
    parts: Vec<ColumnTests>,
    columns: Between,
}

impl Baseline {
    /// Reads the baseline, if there is one.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&self, project: &Project) -> Result<Option<Read>> {
        let Some(path) = &self.baseline else { return Ok(None) };
        let path = match path.to_str() == Some(COMMITTED) {
            true => project.places.root.join(test_parts::STD),
            false => path.clone(),
        };
        ensure!(
            test_parts::is_one(&path),
            "--baseline {}: no results of tests; write a folder of an earlier `wasip1-matrix test --save DIR`, or `{COMMITTED}`",
            path.display()
        );
        let (names, parts) = test_parts::read(&path).context("--baseline")?;
        let columns = self.baseline_column.clone().map_or(Between::All, Between::Old);
        Ok(Some(Read { path, names, parts, columns }))
    }
}

impl Read {
    /// The packages whose tests it has.
    pub fn packages(&self) -> impl Iterator<Item = &String> {
        self.names.packages.keys()
    }

    /// Holds a report against it.
    ///
    /// # Errors
    /// If they have nothing in common.
    pub fn hold(&self, report: &mut TestReport) -> Result<()> {
        let baseline = Tests { names: &self.names, parts: &self.parts };
        report.hold(baseline, &self.columns).map_err(|why| anyhow!("--baseline {}: {why}", self.path.display()))
    }
}
