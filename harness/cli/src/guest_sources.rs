//! Reads the guests' sources with Go's own parser.

use anyhow::{Context, Result};
use matrix_provision::toolchain::{self, Go, LONG};
use matrix_report::pages::Programs;

use super::Project;

/// The program that does it, under the project's root.
const PROGRAM: &str = "reports/guest-sources";

/// What the guests of a project look like and call; none where no Go is here. Those of a suite of one's own have no list of
/// probes, and are not read.
///
/// # Errors
/// If a source is no Go; the message names the file and the line.
pub fn read(project: &Project) -> Result<Option<Programs>> {
    let places = &project.places;
    let guests = places.root.join("go-guests");
    if !guests.is_dir() || project.suite.is_own() {
        return Ok(Some(Programs::default()));
    }
    let Some(go) = Go::here(places)? else { return Ok(None) };
    let argv = [go.exe.into_os_string(), "run".into(), ".".into(), guests.into_os_string()];
    // Whoever builds guests may have set the others.
    let variables = [("GOTOOLCHAIN", "local"), ("GOWORK", "off"), ("GOFLAGS", ""), ("GOOS", ""), ("GOARCH", "")]
        .map(|(name, value)| (name, value.into()));
    let ended = toolchain::command(&argv, &variables, &places.root.join(PROGRAM), LONG)?;
    serde_json::from_slice(&ended.stdout).map(Some).with_context(|| format!("what {PROGRAM} prints"))
}
