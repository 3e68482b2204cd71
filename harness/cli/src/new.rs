//! `new`: writes a suite to begin with.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use fs_err as fs;
use matrix_model::plural::counted;
use matrix_model::shell;
use matrix_store::atomic_write::write_whole;

/// The files of the suite, by their paths in it.
const FILES: [(&str, &str); 8] = [
    (".gitignore", include_str!("../../../examples/suite/.gitignore")),
    ("README.md", include_str!("../../../examples/suite/README.md")),
    ("cases/fixtures/names/names.txt", include_str!("../../../examples/suite/cases/fixtures/names/names.txt")),
    ("cases/greet.toml", include_str!("../../../examples/suite/cases/greet.toml")),
    ("divergences/README.md", include_str!("../../../examples/suite/divergences/README.md")),
    ("greet/go.mod", include_str!("../../../examples/suite/greet/go.mod")),
    ("greet/main.go", include_str!("../../../examples/suite/greet/main.go")),
    (WORKFLOW, include_str!("../../../examples/workflows/suite.yml")),
];

/// The workflow, which GitHub reads only in a folder of the whole repository.
const WORKFLOW: &str = "workflow.yml";

/// The line of the workflow that names the suite's folder.
const SUITE: &str = "  SUITE: suite\n";

const AFTER: &str = "\
Then run it:
  wasip1-matrix new suite
  wasip1-matrix run --suite suite

The suite has a Go program, three cases with comments that say what each key is for, and a workflow for GitHub. Put your own \
programs and cases in their place.";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct New {
    /// The folder of the suite. It must be empty, or not be there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl New {
    pub fn run(&self) -> Result<ExitCode> {
        let folder = &self.folder;
        match fs::read_dir(folder) {
            Ok(mut entries) => ensure!(
                entries.next().is_none(),
                "{}: not empty, and nothing was written; name a folder that is not there yet",
                folder.display()
            ),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => bail!("{error}"),
        }
        fs::create_dir_all(folder)?;
        let whole = folder.canonicalize()?;
        let place = in_repository(&whole);
        for (name, text) in FILES {
            let text = match (&place, name) {
                (Some(place), WORKFLOW) => text.replace(SUITE, &format!("  SUITE: {}\n", yaml(place)?)),
                _ => text.to_owned(),
            };
            write_whole(&folder.join(name), text.as_bytes())?;
        }
        let shown = shell::word(&folder.display().to_string());
        println!("{}: {}; README.md says what they are. Run it:", folder.display(), counted(FILES.len(), "file"));
        println!("  wasip1-matrix run --suite {shown}");
        Ok(ExitCode::SUCCESS)
    }
}

/// A folder's path from the root of the Git repository that it is in; `None` if it is in none, or is the root.
fn in_repository(folder: &Path) -> Option<&Path> {
    let root = folder.ancestors().find(|above| above.join(".git").exists())?;
    folder.strip_prefix(root).ok().filter(|path| !path.as_os_str().is_empty())
}

/// A path as a value in YAML. JSON is YAML.
fn yaml(path: &Path) -> Result<String> {
    let path = path.to_str().with_context(|| format!("{}: not UTF-8", path.display()))?;
    Ok(serde_json::to_string(path)?)
}
