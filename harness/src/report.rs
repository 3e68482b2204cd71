//! Makes the compatibility page from results: a folder of static files.
//!
//! `index.html` is the matrix; behind it are a page for each case, with a place for each of its cells, one for each
//! runtime, and one for each function that can be asked for. What they say is computed in the modules below; how they
//! look is in the templates, the style sheet and the script of the project's `reports` folder, read each time so that
//! they can be changed without Rust.

mod address;
mod alike;
mod answers;
mod board;
mod case_page;
mod cause;
mod cell;
mod change;
mod command;
mod cost;
pub mod escape;
mod evidence;
mod explanation;
mod folder;
mod front;
mod group;
mod look;
mod mark;
mod on_record;
mod runtime_page;
mod shared;
mod since;
mod sources;
mod table;
mod topic;
mod topic_page;
mod upstream;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

use crate::changes::Changes;
use crate::results::Results;

use alike::Alike;
use answers::Answers;
use board::Board;
use case_page::{CasePage, Material};
use cause::Causes;
use folder::Folder;
use front::{Front, RunHeader};
use look::Look;
use runtime_page::{Identity, RuntimePage};
pub use sources::{Programs, Sources};
use table::Shape;
use topic_page::{Index, TopicPage};

/// The folder of the bundles, below that of the pages.
pub const BUNDLES: &str = "bundle";

/// What the pages have beside the results.
#[derive(Default)]
pub struct Beside<'b> {
    /// What changed from an older run to these results.
    pub since: Option<&'b Changes>,
    /// The cells of which there is a bundle, in the file of their case.
    pub bundled: BTreeSet<String>,
}

/// The file that the bundles of a case are in, from the folder all pages are in.
pub fn bundle_file(case: &str) -> String {
    let page = address::file(BUNDLES, case);
    format!("{}.tar.gz", page.strip_suffix(".html").unwrap_or(&page))
}

/// Writes the pages into a folder and gives the first one's path. `assets` is the project's `reports` folder. Pages that an earlier call left in the folder and this one does not
/// make are removed.
///
/// # Errors
/// If a template is broken, with its name and line; if the results contradict themselves; if the
/// folder cannot be written.
pub fn write(results: &Results, assets: &Path, sources: &Sources, beside: &Beside, out: &Path) -> Result<PathBuf> {
    let board = Board::of(results, beside.since)?;
    let press = Press { look: Look::read(assets)?, run: RunHeader::of(results, &board), folder: Folder::open(out)? };
    let identities: Vec<_> = (0..board.columns.len()).map(|column| Identity::of(board.records_of(column))).collect();
    let uses = topic::uses(&board, sources);
    let topics = topic::topics(&board, sources, &uses);
    let causes = Causes::of(&board, results);
    let answers = Answers::of(&board, results);
    let front = Front::of(&board, &topics)?;
    let material = Material {
        board: &board,
        alike: &Alike::of(&board),
        bundled: &beside.bundled,
        identities: &identities,
        platform: &results.platform,
        sources,
        uses: &uses,
        topics: &topics,
        causes: &causes,
    };
    (0..board.cases.len()).into_par_iter().try_for_each(|case| -> Result<()> {
        press.print(&board.files[case], "case.html", None, CasePage::of(&material, case)?)
    })?;
    board.runtimes().par_iter().try_for_each(|columns| -> Result<()> {
        let page = RuntimePage::of(&board, columns, &identities, &causes)?;
        press.print(&board.runtime_file(columns[0]), "runtime.html", Some(page.shape()), page)
    })?;
    topics.par_iter().filter(|topic| topic.preview1 || !topic.cases.is_empty()).try_for_each(
        |topic| -> Result<()> {
            let page = TopicPage::of(&board, topic, &answers)?;
            press.print(&topic.file(), "function.html", Some(page.shape()), page)
        },
    )?;
    let index = Index::of(&board, &topics, &answers);
    press.print("functions.html", "functions.html", Some(index.shape), index)?;
    if let Some(since) = &board.since {
        press.print("since.html", "since.html", None, since.page(&board))?;
    }
    // Last: until all is there that it leads to, the old one stays.
    press.print("index.html", "index.html", Some(front.shape), front)?;
    press.folder.close()?;
    Ok(out.join("index.html"))
}

/// What every page is printed with.
struct Press {
    look: Look,
    run: RunHeader,
    folder: Folder,
}

impl Press {
    fn print(&self, file: &str, template: &str, shape: Option<Shape>, page: impl Serialize) -> Result<()> {
        let html = self.look.render(template, &address::root(file), shape, &self.run, page)?;
        self.folder.write(file, html.as_bytes())
    }
}
