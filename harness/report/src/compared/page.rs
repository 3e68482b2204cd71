//! An answer as one page that needs nothing else.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use matrix_model::compared::{ColumnRun, Compared, Group, Reason};
use matrix_model::escape;
use matrix_model::recorded_outcome::{Excerpt, Observed};
use matrix_store::atomic_write::write_whole;

use super::terminal::summary;
use super::{because, hint, others, reason};
use crate::pages::explanation::Differing;
use crate::pages::look::Look;

/// The template.
const TEMPLATE: &str = "compare.html";

#[derive(Serialize)]
struct Page {
    program: String,
    sha256: String,
    bytes: usize,
    summary: String,
    because: String,
    hint: Option<&'static str>,
    inputs: Vec<(String, String)>,
    runs: u32,
    unsettled: Vec<String>,
    groups: Vec<Section>,
    columns: Vec<Row>,
    /// The columns that were not run, each with the reason.
    not_run: Vec<(String, String)>,
}

/// What is said of a group.
#[derive(Serialize)]
struct Section {
    columns: Vec<String>,
    agrees: bool,
    exit: String,
    stdout: Output,
    stderr: Output,
    /// What is left in folders: each path, and what is there.
    files: Vec<(String, String)>,
    varies: Vec<String>,
    differences: Vec<Differing>,
    reason: Vec<String>,
    traces: Option<Traces>,
}

#[derive(Serialize)]
struct Output {
    text: String,
    /// How many bytes follow.
    more: usize,
}

/// Two traces side by side.
#[derive(Serialize)]
pub(crate) struct Traces {
    own: String,
    reference: String,
    lines: Vec<(String, char, String)>,
}

/// A column's row.
#[derive(Serialize)]
struct Row {
    column: String,
    agrees: bool,
    exit: String,
    wall_ms: u64,
    cpu_ms: u64,
}

/// Writes the page. `assets` is the project's `reports` folder.
///
/// # Errors
/// If the template is broken, with its line; if the file cannot be written, with its path.
pub fn write(compared: &Compared, assets: &Path, path: &Path) -> Result<()> {
    Ok(write_whole(path, html(compared, assets)?.as_bytes())?)
}

/// The page as text.
///
/// # Errors
/// If the template is broken, with its line.
pub fn html(compared: &Compared, assets: &Path) -> Result<String> {
    Look::read(assets)?.render_alone(TEMPLATE, Page::of(compared))
}

impl Page {
    fn of(compared: &Compared) -> Page {
        Page {
            program: compared.program.name.clone(),
            sha256: compared.program.sha256.clone(),
            bytes: compared.program.bytes,
            summary: summary(compared),
            because: because(compared),
            hint: hint(compared),
            inputs: compared.inputs.clone(),
            runs: compared.runs,
            unsettled: compared.unsettled.iter().map(ToString::to_string).collect(),
            groups: compared.groups.iter().map(|group| Section::of(group, compared)).collect(),
            columns: compared.columns.iter().map(Row::of).collect(),
            not_run: compared.not_run.iter().map(|column| (column.column.clone(), column.why.clone())).collect(),
        }
    }
}

impl Row {
    fn of(column: &ColumnRun) -> Row {
        Row {
            column: column.column.clone(),
            agrees: column.agrees,
            exit: column.exit.to_string(),
            wall_ms: column.wall_ms,
            cpu_ms: column.cpu_ms,
        }
    }
}

impl Section {
    fn of(group: &Group, compared: &Compared) -> Section {
        let Observed { exit, stdout, stderr, files, .. } = &group.observed;
        Section {
            columns: others(group, compared).into_iter().map(str::to_owned).collect(),
            agrees: group.agrees,
            exit: exit.to_string(),
            stdout: Output::of(stdout),
            stderr: Output::of(stderr),
            files: files.iter().map(|file| (file.path.clone(), file.is.in_words())).collect(),
            varies: group.varies.iter().map(ToString::to_string).collect(),
            differences: group.differences.iter().map(Differing::of).collect(),
            reason: group.reason.iter().flat_map(reason).collect(),
            traces: group.reason.as_ref().and_then(Traces::of),
        }
    }
}

impl Output {
    fn of(excerpt: &Excerpt) -> Output {
        let content = excerpt.content().unwrap_or_else(|| Vec::new().into());
        let kept: &[u8] = &content;
        Output { text: escape::bytes(kept, true), more: excerpt.len.saturating_sub(kept.len()) }
    }
}

impl Traces {
    pub(crate) fn of(reason: &Reason) -> Option<Traces> {
        let Reason::Call(call) = reason else { return None };
        let lines = call.excerpt.iter().map(|pair| {
            let (own, sign, reference) = pair.sides();
            (own.to_owned(), sign, reference.to_owned())
        });
        let reference = call.beside.clone()?;
        (!call.excerpt.is_empty()).then(|| Traces { own: call.column.clone(), reference, lines: lines.collect() })
    }
}
