//! What an install has done, for its last lines: which versions work, which do not, and what to do about each of those.

use std::fmt;

/// The versions, by the result of installing them.
#[derive(Default)]
pub struct Summary {
    /// Installed now.
    pub installed: Vec<String>,
    /// Installed before, or found on PATH.
    pub there: Vec<String>,
    /// Built by the first run that needs them.
    pub built: Vec<String>,
    /// Left out because they take minutes to compile.
    pub slow: Vec<String>,
    /// No package manager here has them.
    pub not_to_be_had: Vec<Missing>,
    /// Not installed because of an error.
    pub failed: Vec<Missing>,
}

/// A version that is not installed.
pub struct Missing {
    pub name: String,
    /// The reason, and what to do about it.
    pub why: String,
}

impl Summary {
    /// Adds a version that an error prevented.
    pub fn fail(&mut self, name: String, error: &anyhow::Error) {
        let next = format!("mend that, and `wasip1-matrix install {name}` tries it again");
        let why = format!("{error:#}\n  next: {next}; until then its cells are unavailable, and all other columns run");
        self.failed.push(Missing { name, why });
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let lists = [
            ("installed", &self.installed),
            ("there already", &self.there),
            ("the first run that needs them builds", &self.built),
            ("not installed, because they take minutes to compile; --all installs them", &self.slow),
        ];
        for (title, names) in lists.iter().filter(|(_, names)| !names.is_empty()) {
            writeln!(f, "{title}: {}", names.join(", "))?;
        }
        for (title, versions) in [("cannot be had from here", &self.not_to_be_had), ("FAILED", &self.failed)] {
            for Missing { name, why } in versions {
                writeln!(f, "{name}: {title}: {why}")?;
            }
        }
        let counts = [
            (self.installed.len(), "installed"),
            (self.there.len(), "there already"),
            (self.not_to_be_had.len(), "not to be had"),
            (self.failed.len(), "failed"),
        ];
        let counts: Vec<_> =
            counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        f.write_str(if counts.is_empty() { "nothing to install" } else { "" })?;
        f.write_str(&counts.join(", "))
    }
}
