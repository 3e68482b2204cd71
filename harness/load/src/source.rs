//! A file's text, and messages that point at problems in it.

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use regex::bytes::Regex;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_spanned::Spanned;
use toml::de::{DeTable, Deserializer};

use matrix_model::case::Location;
use matrix_model::invalid::Invalid;
use matrix_model::nearest::did_you_mean;
use matrix_model::pattern;
use matrix_model::plural::counted;

/// One problem, ready to be displayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic(String);

/// The problems that make the files unusable.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// The problems; at least one.
    pub problems: Vec<Diagnostic>,
    /// Whose files they are, as a message says it.
    of: String,
}

impl Rejected {
    /// Problems in the project's files.
    pub(crate) fn project(problems: Vec<Diagnostic>) -> Rejected {
        Rejected { problems, of: "the project's files".to_owned() }
    }

    /// Problems in the files of a suite of one's own, in this folder.
    pub(crate) fn suite(problems: Vec<Diagnostic>, folder: &Path) -> Rejected {
        Rejected { problems, of: format!("the suite {}", folder.display()) }
    }

    /// Problems in one file of the user's.
    pub(crate) fn file(problems: Vec<Diagnostic>, path: &Path) -> Rejected {
        Rejected { problems, of: path.display().to_string() }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{}\n", problem.0)?;
        }
        write!(f, "{} in {}; nothing was run", counted(self.problems.len(), "problem"), self.of)
    }
}

impl std::error::Error for Rejected {}

impl Diagnostic {
    /// A problem that belongs to no line of any file.
    pub fn plain(message: impl fmt::Display) -> Diagnostic {
        Diagnostic(format!("error: {message}"))
    }

    /// Something that a person should look at, and that makes nothing unusable.
    pub(crate) fn warning(message: impl fmt::Display) -> Diagnostic {
        Diagnostic(format!("warning: {message}"))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a name that serde refuses was meant to be, as a question. Serde puts each name between backticks: first the one
/// that it refuses, and then those that it expects.
fn meant_instead(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    match names.next() {
        Some(refused) if message.starts_with("unknown ") => did_you_mean(refused, names),
        _ => String::new(),
    }
}

/// A file that was read.
pub struct Source {
    /// Path from the root, with `/`.
    pub name: String,
    text: String,
    /// The positions of its line ends.
    line_ends: Vec<usize>,
}

impl Source {
    fn new(name: String, text: String) -> Source {
        let line_ends = text.match_indices('\n').map(|(end, _)| end).collect();
        Source { name, text, line_ends }
    }

    /// Reads a file. Its name is made relative to `root`.
    pub fn read(path: &Path, root: &Path) -> Result<Source, Diagnostic> {
        let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
        let bytes = fs::read(path).map_err(|error| Diagnostic::plain(format!("{name}: {error}")))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text)),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                // Show the problem with the invalid bytes replaced.
                let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()).into_owned());
                let help = "save the file as UTF-8; in a case, write other bytes as { hex = \"…\" }";
                Err(source.problem(at..at, "a TOML file is UTF-8", "this byte is not", Some(help)))
            }
        }
    }

    /// Parses the file. A parse error includes its location.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Diagnostic> {
        self.fill(self.table()?)
    }

    /// The file as a table of values, each with its location.
    pub fn table(&self) -> Result<Spanned<DeTable<'_>>, Diagnostic> {
        DeTable::parse(&self.text).map_err(|error| self.wrong(&error))
    }

    /// Deserializes such a table into a type.
    pub fn fill<'t, T: Deserialize<'t>>(&self, table: Spanned<DeTable<'t>>) -> Result<T, Diagnostic> {
        T::deserialize(Deserializer::from(table)).map_err(|error| self.wrong(&error))
    }

    fn wrong(&self, error: &toml::de::Error) -> Diagnostic {
        let at = error.span().unwrap_or(0..0);
        match Invalid::read(error.message()) {
            Some(invalid) => self.invalid(at, &invalid),
            None => {
                let message = error.message().trim_end().replace("expected a sequence", "expected a list: [ … ]");
                self.unreadable(at, &message)
            }
        }
    }

    /// The problem of a place that does not follow the format.
    pub(crate) fn unreadable(&self, at: Range<usize>, message: &str) -> Diagnostic {
        let stated = match self.name.split_once('/') {
            // Of the files outside of a root, only lists of tests are read.
            Some(("", _)) => "reports/README.md of the project states the format".to_owned(),
            Some((folder, _)) => format!("{folder}/README.md states the format"),
            None => format!("`wasip1-matrix test --help` shows an entry of {}", self.name),
        };
        let help = format!("{}{stated}", meant_instead(message));
        self.problem(at, message, "here", Some(&help))
    }

    /// The problem of a value that is invalid.
    pub fn invalid(&self, at: Range<usize>, invalid: &Invalid) -> Diagnostic {
        self.problem(at, &invalid.message, &invalid.label, Some(&invalid.help))
    }

    /// Parses a regular expression at this location.
    pub fn regex(&self, at: Range<usize>, text: &str) -> Result<Regex, Diagnostic> {
        pattern::parse(text).map_err(|invalid| self.invalid(at, &invalid))
    }

    /// Parses a range of versions at this location.
    pub fn range(&self, span: Range<usize>, range: &str) -> Result<semver::VersionReq, Diagnostic> {
        semver::VersionReq::parse(range).map_err(|error| {
            let help = "write a range like \">=1.2, <2\" or \"*\"";
            self.problem(span, &format!("not a range of versions: {error}"), "this range", Some(help))
        })
    }

    /// Checks that a text is the address of an upstream issue, or says that there is none.
    pub(crate) fn upstream_issue(&self, url: &Spanned<String>) -> Result<(), Diagnostic> {
        if url.get_ref() == "unreported" || url.get_ref().starts_with("https://") {
            return Ok(());
        }
        let message = "`url` is an upstream issue (https://…) or \"unreported\"";
        Err(self.problem(url.span(), message, "neither", Some("report it upstream, or write \"unreported\"")))
    }

    /// A problem at a location, with what to do about it.
    pub(crate) fn problem(&self, span: Range<usize>, message: &str, label: &str, help: Option<&str>) -> Diagnostic {
        self.report(Level::ERROR, span, message, label, help)
    }

    /// Something at a location that a person should look at, and that makes nothing unusable.
    pub(crate) fn warning(&self, span: Range<usize>, message: &str, label: &str, help: Option<&str>) -> Diagnostic {
        self.report(Level::WARNING, span, message, label, help)
    }

    fn report(
        &self,
        level: Level<'_>,
        span: Range<usize>,
        message: &str,
        label: &str,
        help: Option<&str>,
    ) -> Diagnostic {
        let span = self.visible(span);
        let text = if self.text.is_empty() { " " } else { &self.text };
        let snippet =
            Snippet::source(text).path(&self.name).annotation(AnnotationKind::Primary.span(span).label(label));
        let report = level.primary_title(message).element(snippet);
        let report = match help {
            Some(help) => report.element(Level::HELP.message(help)),
            None => report,
        };
        Diagnostic(Renderer::plain().render(&[report]))
    }

    /// The part of a location that a caret can mark: not empty, and without the end of the line.
    fn visible(&self, span: Range<usize>) -> Range<usize> {
        let shown = self.text[span.clone()].trim_end_matches('\n').len();
        if shown > 0 {
            return span.start..span.start + shown;
        }
        let next = self.text[span.start..].chars().next().filter(|c| *c != '\n');
        let last = self.text[..span.start].chars().next_back().filter(|c| *c != '\n');
        match (next, last) {
            (Some(next), _) => span.start..span.start + next.len_utf8(),
            (None, Some(last)) => span.start - last.len_utf8()..span.start,
            (None, None) => span.start..span.start + 1,
        }
    }

    /// The line of a location.
    pub fn location(&self, span: &Range<usize>) -> Location {
        let line = self.line_ends.partition_point(|end| *end < span.start) + 1;
        Location { file: self.name.clone(), line }
    }
}
