//! How pages look: the templates, the style sheet and the script, read from the project's `reports` folder.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Tera};

use crate::verdict::{Colour, VerdictKind};

use super::escape;
use super::front::RunHeader;
use super::mark;
use super::table::Shape;

/// Rem that the first column of a table needs, and with it the page's margins; as in the style sheet.
const FIRST: f64 = 24.0;

/// Rem that the page is wide where it can be; as in the style sheet.
const PAGE: f64 = 92.0;

/// Rem that each further column needs, and one that shows signs only; as in the style sheet.
const WIDTHS: (f64, f64) = (7.0, 2.5);

/// What all pages are made with.
pub struct Look {
    templates: Tera,
    style: String,
    script: Inline,
}

/// A style or a script in a page, with the hash that lets the browser refuse any other. A page opened from a file has no
/// origin of its own, so no policy could tell a file beside it from another's.
#[derive(Serialize)]
struct Inline {
    text: String,
    sha256: String,
}

impl Look {
    /// Reads it.
    ///
    /// # Errors
    /// If something is missing or broken, with its path; of a template also the line.
    pub fn read(assets: &Path) -> Result<Look> {
        let asset = |name: &str, end: &str| -> Result<String> {
            let path = assets.join("static").join(name);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            if text.to_ascii_lowercase().contains(end) || text.contains("<!--") {
                bail!("{}: `{end}` or `<!--` would end it early in a page", path.display());
            }
            // A browser hashes what its parser made of the text, and that has no carriage returns.
            Ok(format!("\n{}", text.replace('\r', "")))
        };
        Ok(Look {
            templates: templates(&assets.join("templates"))?,
            style: asset("style.css", "</style")? + &verdicts(),
            script: Inline::of(asset("page.js", "</script")?),
        })
    }

    /// Makes a page. `root` leads from it to the folder all pages are in; `shape` is its tables'.
    ///
    /// # Errors
    /// If the template is broken, with its name and line.
    pub fn render(
        &self,
        template: &str,
        root: &str,
        shape: Option<Shape>,
        run: &RunHeader,
        page: impl Serialize,
    ) -> Result<String> {
        let mut context = Context::new();
        context.insert("page", &page);
        context.insert("run", run);
        context.insert("root", root);
        let signs: Vec<_> = VerdictKind::ALL.iter().map(|kind| (kind.word, kind.sign)).collect();
        context.insert("signs", &signs);
        context.insert("style", &Inline::of(self.style.clone() + &shape.map_or_else(String::new, widths)));
        // What stands in a table can be gone through; the page of a case is read.
        context.insert("script", &shape.is_some().then_some(&self.script));
        self.templates.render(template, &context).context("reports/templates")
    }
}

impl Inline {
    fn of(text: String) -> Inline {
        let sha256 = STANDARD.encode(Sha256::digest(text.as_bytes()));
        Inline { text, sha256 }
    }
}

/// The templates of a folder, by file name.
fn templates(folder: &Path) -> Result<Tera> {
    let at = || folder.display().to_string();
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(at)? {
        let path = entry.with_context(at)?.path();
        if path.extension().is_some_and(|extension| extension == "html") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut sources = Vec::new();
    for path in &paths {
        let source = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        sources.push((name.with_context(|| path.display().to_string())?, source));
    }
    let mut tera = Tera::new();
    // Every name ends in nothing: what a template is called must never decide whether guests' output is
    // escaped.
    tera.autoescape_on([""]);
    tera.set_escape_fn(escape::html);
    tera.add_raw_templates(sources).with_context(at)?;
    Ok(tera)
}

/// The rules of the verdicts: each one's colours and, in tables, the sign before its word.
fn verdicts() -> String {
    let mut rules = String::new();
    for kind in VerdictKind::ALL {
        let VerdictKind { word, sign, tint, .. } = kind;
        let cell = match mark::class(kind) {
            Some(class) => format!(".cells td.{class}"),
            None => ".cells tbody td:not([class])".to_owned(),
        };
        let colours = format!("color:var(--{tint});background:var(--{tint}-on);--edge:var(--{tint}-edge,transparent)");
        rules.push_str(&format!(".{word},{cell}{{{colours}}}\n"));
        // Where a browser knows how, readers are not read the sign beside its word.
        rules.push_str(&format!("{cell}::before{{content:\"{sign}\\a0\";content:\"{sign}\\a0\"/\"\"}}\n"));
        if kind.colour == Colour::Red {
            rules.push_str(&format!("{cell}{{font-weight:600}}\n"));
        }
        if kind.skipped {
            rules.push_str(&format!("{cell}{{font-size:.8125rem;line-height:1.45;overflow-wrap:normal}}\n"));
        }
    }
    rules
}

/// The rules that depend on how many columns a page's tables have, and from which width on the whole of one fits and
/// needs no scrolling of its own.
fn widths(shape: Shape) -> String {
    let Shape { columns, dense } = shape;
    let width = if dense { WIDTHS.1 } else { WIDTHS.0 };
    let fits = FIRST + columns as f64 * width;
    let whole = format!(".pane{{overflow:visible;max-width:{}rem;max-height:none}}", fits.max(PAGE));
    format!(".pane{{--columns:{columns}}}\n@media (min-width:{fits}rem){{{whole}}}\n")
}
