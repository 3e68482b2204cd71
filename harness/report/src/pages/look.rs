//! The look of the pages: the templates, the style sheet and the script, read from the project's `reports` folder.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Tera};

use matrix_model::answer::{Answer, AnswerKind};

use super::table::Shape;
use matrix_model::escape;

/// The width of a table's first column and the page's margins, in rem; as in the style sheet.
const FIRST: f64 = 24.0;

/// The width of the page where there is room, in rem; as in the style sheet.
const PAGE: f64 = 92.0;

/// The width of each further column, and of one that shows signs only, in rem; as in the style sheet.
const WIDTHS: (f64, f64) = (7.0, 3.25);

/// The style sheet's file, in the folder of all pages.
pub(crate) const STYLE: &str = "style.css";

/// The script's file, in the folder of all pages.
pub(crate) const SCRIPT: &str = "page.js";

/// What all pages are made from.
pub(crate) struct Look {
    templates: Tera,
    style: String,
    script: String,
}

/// A style in a page, with the hash that lets the browser refuse any other.
#[derive(Serialize)]
struct Inline {
    text: String,
    sha256: String,
}

/// Where a page has its style and script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In files that all pages of a folder share. Browsers take `'self'` in a policy for the folder, also where it is
    /// opened from the disk.
    Files,
    /// In the page itself, which needs nothing else.
    Page,
}

impl Look {
    /// Reads the templates, the style sheet and the script.
    ///
    /// # Errors
    /// If something is missing or broken, with its path; for a template also with the line.
    pub fn read(assets: &Path) -> Result<Look> {
        let asset = |name: &str, end: &str| -> Result<String> {
            let path = assets.join("static").join(name);
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            if text.to_ascii_lowercase().contains(end) || text.contains("<!--") {
                bail!("{}: `{end}` or `<!--` would end it early in a page", path.display());
            }
            // A browser hashes the parsed text, which has no carriage returns.
            Ok(format!("\n{}", text.replace('\r', "")))
        };
        Ok(Look {
            templates: templates(&assets.join("templates"))?,
            style: asset("style.css", "</style")? + &answers(),
            script: asset("page.js", "</script")?,
        })
    }

    /// The files that all pages of a folder share, by name.
    pub fn files(&self) -> [(&'static str, &str); 2] {
        [(STYLE, &self.style), (SCRIPT, &self.script)]
    }

    /// Makes a page that needs nothing else.
    ///
    /// # Errors
    /// If the template is broken, with its name and line.
    pub fn render_alone(&self, template: &str, page: impl Serialize) -> Result<String> {
        self.rendered(template, "", None, &(), page, Place::Page)
    }

    /// Makes a page of a folder of pages. `root` is the path from it to the folder of all pages; `shape` is the shape of
    /// its tables; `run` is what every page of a kind says.
    ///
    /// # Errors
    /// If the template is broken, with its name and line.
    pub fn render(
        &self,
        template: &str,
        root: &str,
        shape: Option<Shape>,
        run: &impl Serialize,
        page: impl Serialize,
    ) -> Result<String> {
        self.rendered(template, root, shape, run, page, Place::Files)
    }

    fn rendered(
        &self,
        template: &str,
        root: &str,
        shape: Option<Shape>,
        run: &impl Serialize,
        page: impl Serialize,
        place: Place,
    ) -> Result<String> {
        let mut context = Context::new();
        context.insert("page", &page);
        context.insert("run", run);
        context.insert("root", root);
        let signs: Vec<_> = AnswerKind::ALL.iter().map(|kind| (kind.name, kind.sign, kind.brief)).collect();
        context.insert("signs", &signs);
        let own = shape.map_or_else(String::new, widths);
        let style = if place == Place::Page { self.style.clone() + &own } else { own };
        context.insert("style", &(!style.is_empty()).then(|| Inline::of(style)));
        context.insert("style_file", &(place == Place::Files).then_some(STYLE));
        // The script goes through tables. The page of a case has none to go through.
        context.insert("script_file", &shape.filter(|_| place == Place::Files).map(|_| SCRIPT));
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
    // Every name ends in the empty string: a template's name must never decide whether guests' output is escaped.
    tera.autoescape_on([""]);
    tera.set_escape_fn(escape::html);
    tera.add_raw_templates(sources).with_context(at)?;
    Ok(tera)
}

/// The rules of the answers: each one's colours and, in tables, the sign before its words.
fn answers() -> String {
    let mut rules = String::new();
    for kind in AnswerKind::ALL {
        let AnswerKind { name, sign, .. } = kind;
        // A cell that works has no class, unless it adds up several.
        let cell = match *kind == Answer::Works.kind() {
            false => format!(":is(.cells,.columns) td.{name}"),
            true => format!(":is(.cells tbody td:is(:not([class]),.{name}),.columns td.{name})"),
        };
        let colours = |tint: &str| {
            format!("color:var(--{tint});background:var(--{tint}-on);--edge:var(--{tint}-edge,transparent)")
        };
        rules.push_str(&format!(".{name},{cell}{{{}}}\n", colours(name)));
        // Where the browser supports it, screen readers skip the sign before the word.
        rules.push_str(&format!("{cell}::before{{content:\"{sign}\\a0\";content:\"{sign}\\a0\"/\"\"}}\n"));
        if kind.is_otherwise() {
            rules.push_str(&format!(
                ".should.{name},:is(.cells,.columns) td.should.{name}{{{}}}\n",
                colours(&format!("{name}-should"))
            ));
        }
    }
    rules
}

/// The rules that depend on how many columns a page's tables have: from which width on a table fits the page, and so
/// needs no scrolling of its own.
fn widths(shape: Shape) -> String {
    let Shape { columns, dense } = shape;
    let width = if dense { WIDTHS.1 } else { WIDTHS.0 };
    let fits = FIRST + columns as f64 * width;
    let whole = format!(".pane{{overflow:visible;max-width:{}rem;max-height:none}}", fits.max(PAGE));
    format!(".pane{{--columns:{columns}}}\n@media (min-width:{fits}rem){{{whole}}}\n")
}
