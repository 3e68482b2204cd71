//! A file's text, and problems pointed out in it.

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::de::DeserializeOwned;

use crate::case::Location;

/// One problem, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic(String);

/// Files that cannot be used as they are.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Each problem; at least one.
    pub problems: Vec<Diagnostic>,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{}\n", problem.0)?;
        }
        let count = self.problems.len();
        write!(f, "{count} problem{} in the project's files; nothing was run", if count == 1 { "" } else { "s" })
    }
}

impl std::error::Error for Rejected {}

impl Diagnostic {
    /// A problem that stands at no line of any file.
    pub fn plain(message: impl fmt::Display) -> Diagnostic {
        Diagnostic(format!("error: {message}"))
    }
}

/// A file as read.
pub struct Source {
    /// Path from the root, with `/`.
    pub name: String,
    text: String,
}

impl Source {
    /// Reads a file; `root` is taken off its name.
    pub fn read(path: &Path, root: &Path) -> Result<Source, Diagnostic> {
        let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Ok(Source { name, text }),
            Err(error) => Err(Diagnostic::plain(format!("{name}: {error}"))),
        }
    }

    /// Parses it; a parse error comes with its place.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        toml::from_str(&self.text).map_err(|error| {
            let message = error.message().trim_end();
            self.problem(error.span().unwrap_or(0..0), message, "here", None)
        })
    }

    /// A problem at a place, with what to do about it.
    pub fn problem(&self, span: Range<usize>, message: &str, label: &str, help: Option<&str>) -> Diagnostic {
        // An empty span at the end of the text still needs a character to stand under.
        let span = if span.is_empty() { span.start..(span.start + 1).min(self.text.len().max(1)) } else { span };
        let text = if self.text.is_empty() { " " } else { &self.text };
        let snippet = Snippet::source(text).path(&self.name).annotation(AnnotationKind::Primary.span(span).label(label));
        let report = Level::ERROR.primary_title(message).element(snippet);
        let report = match help {
            Some(help) => report.element(Level::HELP.message(help)),
            None => report,
        };
        Diagnostic(Renderer::plain().render(&[report]))
    }

    /// The line a place is on.
    pub fn location(&self, span: &Range<usize>) -> Location {
        let line = self.text[..span.start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        Location { file: self.name.clone(), line }
    }
}
