//! Makes the compatibility page from results.
//!
//! The page is one file without scripts: the matrix, each runtime's versions and modes, and behind every cell
//! that is not as expected its explanation. What it says is computed here and in the modules below; how it looks is in the templates and the style
//! sheet of the project's `reports` folder, read each time so that they can be changed without Rust.

mod anchor;
mod board;
mod cell;
mod command;
pub mod escape;
mod evidence;
mod explanation;
mod group;
mod mark;
mod page;
mod panel;
mod runtime_card;
mod shared;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::{Context, Tera};

use crate::results::Results;

use mark::LEGEND;
use page::Page;
use table::Shape;

/// The template the page is made from; it includes the others.
const ENTRY: &str = "page.html";

/// Rem that the first column of a table needs, and with it the page's margins; as in the style sheet.
const FIRST: f64 = 24.0;

/// Rem that the page is wide where it can be; as in the style sheet.
const PAGE: f64 = 92.0;

/// Rem that each further column needs, and one that shows signs only; as in the style sheet.
const WIDTHS: (f64, f64) = (7.0, 2.5);

/// Writes the page into a folder and gives its path. `assets` is the project's `reports` folder.
///
/// # Errors
/// If a template is broken, with its name and line; if the results contradict themselves; if the
/// folder cannot be written.
pub fn write(results: &Results, assets: &Path, out: &Path) -> Result<PathBuf> {
    let page = Page::of(results)?;
    let style = Style::read(&assets.join("static").join("style.css"), &page)?;
    let templates = templates(&assets.join("templates"))?;
    let mut context = Context::new();
    context.insert("page", &page);
    context.insert("style", &style);
    let html = templates.render(ENTRY, &context).context("reports/templates")?;
    let path = out.join("index.html");
    fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    fs::write(&path, html).with_context(|| path.display().to_string())?;
    Ok(path)
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
    ensure!(tera.contains_template(ENTRY), "{}: no {ENTRY} in it", folder.display());
    Ok(tera)
}

/// The page's style, with the hash that lets the browser refuse any other.
#[derive(Serialize)]
struct Style {
    text: String,
    sha256: String,
}

impl Style {
    fn read(path: &Path, page: &Page) -> Result<Style> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        // A browser hashes what its parser made of the text, and that has no carriage returns.
        let text = format!("\n{}{}", text.replace('\r', ""), generated(page));
        if text.to_ascii_lowercase().contains("</style") {
            bail!("{}: `</style` would end the style sheet early", path.display());
        }
        let sha256 = STANDARD.encode(Sha256::digest(text.as_bytes()));
        Ok(Style { text, sha256 })
    }
}

/// The rules that depend on what is on the page: the signs, which body belongs to which headline, how many
/// columns a table has, and from which width on the whole of it fits and needs no scrolling of its own.
fn generated(page: &Page) -> String {
    let pairs: Vec<_> = (0..page.bodies()).map(|index| format!(".head-{index}:target~.body-{index}")).collect();
    let mut rules = match pairs.is_empty() {
        true => String::new(),
        false => format!("{}{{display:block}}\n", pairs.join(",")),
    };
    for (word, glyph, _) in LEGEND {
        // Where a browser knows how, readers are not read the sign beside its word.
        rules.push_str(&format!("td.{word}>a::before{{content:\"{glyph}\\a0\";content:\"{glyph}\\a0\"/\"\"}}\n"));
    }
    let shapes: BTreeSet<Shape> = page.shapes().collect();
    for Shape { columns, dense } in shapes {
        let width = if dense { WIDTHS.1 } else { WIDTHS.0 };
        let fits = FIRST + columns as f64 * width;
        let whole = format!(
            ".of-{columns}{{overflow:visible;max-width:{}rem;max-height:none;padding-left:var(--side)}}",
            fits.max(PAGE)
        );
        let table = format!(".of-{columns} table{{--side:0rem}}");
        rules.push_str(&format!(".of-{columns}{{--columns:{columns}}}\n"));
        rules.push_str(&format!("@media (min-width:{fits}rem){{{whole}{table}}}\n"));
    }
    rules
}
