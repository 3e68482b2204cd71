//! Renders results for people and machines. It needs results only: nothing here can run a cell.
//!
//! [`pages`] writes the site: a page for each case, runtime and function. [`summary`] writes the matrices of the
//! README and of `reports/MATRIX.md`, [`changes`] compares two results, [`compared`] is what a program
//! of the user's does in each column, [`go_test`] what Go tests do, and [`junit`], [`github`] and [`badge`] serve
//! other tools. [`markdown`] makes what guests wrote harmless in Markdown, [`marked_section`] replaces a generated
//! part of a document, and [`catalogue`] counts the cases. [`extract`] keeps of results what predictions need.
//!
//! Add a figure to a table of a page in that page's module (`pages/runtime_page`, its times in `pages/cost`,
//! `pages/case_page`, `pages/front`) and in its template under `reports/templates/`; then renew the golden pages with
//! `UPDATE_GOLDEN=1`.

pub mod badge;
pub mod catalogue;
pub mod changes;
pub mod compared;
pub mod extract;
pub mod gate;
pub mod github;
pub mod go_test;
pub mod issue;
pub mod junit;
pub mod markdown;
pub mod marked_section;
pub mod pages;
pub mod summary;
