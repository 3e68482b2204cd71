//! A checkout of a Go module. Host and checkout become one Go workspace, so the checkout takes the place of the release,
//! and its own `go.mod` and `go.sum` say what else is needed.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use fs_err as fs;

use super::HostOfCheckout;
use crate::driver_build;
use crate::toolchain::{self, SHORT};
use matrix_model::installed::Installed;
use matrix_store::dirs::Places;

/// The variable that names the workspace file.
const WORKSPACE: &str = "GOWORK";

/// Checks that a folder holds a module.
///
/// # Errors
/// If it does not.
pub fn check(module: &str, checkout: &Path) -> Result<()> {
    let at = checkout.display();
    ensure!(
        checkout.join("go.mod").is_file(),
        "{at} holds no go.mod; name the folder of a checkout of the Go module {module}"
    );
    let found = go(&["list", "-m"], checkout, "off".into())?;
    ensure!(
        found.trim() == module,
        "{at} holds the Go module {}; name the folder of a checkout of {module}",
        found.trim()
    );
    Ok(())
}

/// Builds the host with the runtime's own `build` command.
///
/// # Errors
/// If it does not build.
pub fn build(host: &HostOfCheckout, places: &Places) -> Result<()> {
    let HostOfCheckout { runtime, version, checkout, built, work } = host;
    let template = runtime.modes[0].adapter.build();
    let template = template.ok_or_else(|| anyhow!("its runtime.toml has no `build`"))?;
    let workspace = work.join("go.work");
    if workspace.exists() {
        fs::remove_file(&workspace)?;
    }
    let folders = [runtime.folder.as_path(), *checkout].map(|folder| folder.display().to_string());
    go(&["work", "init", &folders[0], &folders[1]], work, workspace.clone().into())?;
    let installed = Installed {
        exe: built.join(runtime.install.exe_name(version)),
        prefix: None,
        built: Some(built.to_path_buf()),
        launcher: None,
    };
    let variables = vec![(WORKSPACE, workspace.into_os_string())];
    driver_build::compile(runtime, template, version, &installed, variables, places)
}

/// Runs a quick command of Go in a folder. Returns what it printed.
fn go(words: &[&str], folder: &Path, workspace: OsString) -> Result<String> {
    let argv: Vec<_> = std::iter::once("go").chain(words.iter().copied()).map(OsString::from).collect();
    let ended = toolchain::command(&argv, &[(WORKSPACE, workspace)], folder, SHORT)?;
    String::from_utf8(ended.stdout).with_context(|| format!("`go {}`", words.join(" ")))
}
