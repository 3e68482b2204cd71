//! Makes the compatibility pages from results: a folder of static files.
//!
//! `index.html` is the matrix. It links to a page for each case, which has a section for each cell that does not simply
//! pass, to a page for each runtime and for each function, to the pages about published tests of Go packages, and to one
//! that holds published advisories against the cases. The modules below compute what the pages say. The templates, the
//! style sheet and the script in the project's `reports` folder decide how they look. They are read each time pages are
//! made, so they can be changed without Rust.

pub(crate) mod address;
mod advisories_page;
mod alike;
mod case_page;
mod cause;
mod cell;
mod change;
mod command;
mod cost;
mod evidence;
pub(crate) mod explanation;
mod folder;
mod front;
mod grid;
mod group;
pub(crate) mod look;
mod mark;
mod on_record;
mod portability;
mod returned;
mod runtime_page;
mod share;
mod shared;
mod since;
mod since_page;
mod sources;
pub(crate) mod table;
mod topic;
mod topic_page;
mod totals;
mod upstream;
mod usual_command;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

use crate::changes::Changes;
use crate::go_test::page::{Page, TEMPLATE};
use crate::go_test::published::PublishedTests;
use matrix_model::advisory::Seen;
use matrix_model::results::Results;

pub use address::cell as cell_address;
use advisories_page::AdvisoriesPage;
use alike::Alike;
use case_page::{CasePage, Material};
use cause::Causes;
use folder::Folder;
use front::{Front, RunHeader};
use grid::Board;
use look::Look;
use returned::Returned;
use runtime_page::{Identity, RuntimePage};
pub use sources::{Probe, Programs, Sources};
use table::Shape;
use topic_page::{Index, TopicPage};

/// The page about advisories.
pub(crate) const ADVISORIES: &str = "advisories.html";

/// The folder of the bundles, below that of the pages.
pub const BUNDLES: &str = "bundle";

/// What pages show besides the results.
#[derive(Default)]
pub struct Beside<'b> {
    /// The changes from an older run to these results.
    pub since: Option<&'b Changes>,
    /// The cells that have a bundle, in the archive of their case.
    pub bundled: BTreeSet<String>,
    /// What the published tests show.
    pub tests: &'b [PublishedTests],
    /// What was seen of published advisories.
    pub advisories: Option<&'b Seen>,
}

/// The archive with the bundles of a case, as a path from the folder of all pages.
pub fn bundle_file(case: &str) -> String {
    let page = address::file(BUNDLES, case);
    format!("{}.tar.gz", page.strip_suffix(".html").unwrap_or(&page))
}

/// Writes the pages into a folder and returns the path of the first one. `assets` is the project's `reports` folder.
/// Pages that an earlier call wrote there, and this one does not, are removed.
///
/// # Errors
/// If a template is broken, with its name and line; if the results contradict themselves; if the folder cannot be
/// written.
pub fn write(results: &Results, assets: &Path, sources: &Sources, beside: &Beside, out: &Path) -> Result<PathBuf> {
    let board = Board::of(results, beside.since)?;
    let press = Press {
        look: Look::read(assets)?,
        run: RunHeader::of(results, &board, beside.tests),
        folder: Folder::open(out)?,
    };
    for (file, text) in press.look.files() {
        press.folder.write(file, text.as_bytes())?;
    }
    let identities: Vec<_> = (0..board.columns.len()).map(|column| Identity::of(board.records_of(column))).collect();
    let usual = usual_command::usual_commands(&board)?;
    let uses = topic::uses(&board, sources);
    let topics = topic::topics(&board, sources, &uses);
    let causes = Causes::of(&board, results);
    let returned = Returned::of(&board, results);
    let front = Front::of(&board, &topics, beside.advisories)?;
    let material = Material {
        board: &board,
        alike: &Alike::of(&board),
        bundled: &beside.bundled,
        identities: &identities,
        usual: &usual,
        run: (&results.platform, results.suite.as_deref()),
        sources,
        uses: &uses,
        topics: &topics,
        causes: &causes,
    };
    (0..board.cases.len()).into_par_iter().try_for_each(|case| -> Result<()> {
        press.print(&board.files[case], "case.html", None, CasePage::of(&material, case)?)
    })?;
    board.runtimes().par_iter().try_for_each(|columns| -> Result<()> {
        let page = RuntimePage::of(&board, columns, &identities, &usual, &causes)?;
        press.print(&board.runtime_file(columns[0]), "runtime.html", Some(page.shape()), page)
    })?;
    topics.par_iter().filter(|topic| topic.preview1 || !topic.cases.is_empty()).try_for_each(
        |topic| -> Result<()> {
            let page = TopicPage::of(&board, topic, &returned)?;
            press.print(&topic.file(), "function.html", Some(page.shape()), page)
        },
    )?;
    let index = Index::of(&board, &topics, &returned);
    press.print("functions.html", "functions.html", Some(index.shape), index)?;
    for PublishedTests { set, report, lists } in beside.tests {
        let has_page = |case: &str| board.cases.iter().any(|known| known.id == case);
        press.print(set.page, TEMPLATE, None, Page::of(report, Some(set), lists).linked(has_page))?;
    }
    if let Some(seen) = beside.advisories {
        press.print(ADVISORIES, "advisories.html", None, AdvisoriesPage::of(seen, &board))?;
    }
    if let Some(since) = &board.since {
        press.print("since.html", "since.html", None, since_page::page(since.changes(), &board))?;
    }
    // Last: the old one stays until every page that it links to is there.
    press.print("index.html", "index.html", Some(front.shape), front)?;
    press.folder.close()?;
    Ok(out.join("index.html"))
}

/// What every page is made with.
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
