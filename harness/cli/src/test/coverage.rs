//! The options of `test` about coverage: those of `go test`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use matrix_model::go_test::coverage::Profile;
use matrix_store::atomic_write::write_whole;

/// What is to be known of the statements that tests run.
#[derive(Args)]
pub struct Coverage {
    /// Tell how much of each package its tests run
    #[arg(long)]
    cover: bool,
    /// How statements are counted: set, count or atomic. Implies --cover
    #[arg(long, value_name = "MODE", value_parser = ["set", "count", "atomic"])]
    covermode: Option<String>,
    /// The packages whose statements are counted [default: the one that is tested]. Implies --cover
    #[arg(long, value_name = "PATTERN,…")]
    coverpkg: Option<String>,
    /// Write the profile of all packages in the first column to this file, for `go tool cover`. Implies --cover
    #[arg(long, value_name = "FILE")]
    coverprofile: Option<PathBuf>,
}

impl Coverage {
    /// The flags with which Go builds test binaries.
    pub fn flags(&self) -> Vec<String> {
        let mode = self.covermode.iter().map(|mode| format!("-covermode={mode}"));
        let packages = self.coverpkg.iter().map(|packages| format!("-coverpkg={packages}"));
        let mut flags: Vec<_> = mode.chain(packages).collect();
        if self.cover || self.coverprofile.is_some() || !flags.is_empty() {
            flags.insert(0, "-cover".to_owned());
        }
        flags
    }

    /// Whether test binaries are built to tell which statements they run.
    pub fn is_wanted(&self) -> bool {
        !self.flags().is_empty()
    }

    /// Writes the profile.
    ///
    /// # Errors
    /// If there is none, or the file cannot be written.
    pub fn write(&self, profile: Option<&Profile>) -> Result<()> {
        let Some(path) = &self.coverprofile else { return Ok(()) };
        let profile = profile.context(
            "--coverprofile: no test binary told its coverage in the first column, so there is no profile to write",
        )?;
        write_whole(path, profile.to_string().as_bytes()).context("--coverprofile")
    }
}
