//! Renders results for people and machines. It needs results only: nothing here can run a cell.
//!
//! [`pages`] writes the site: a page for each case, runtime and function. [`summary`] writes the matrices of the README and
//! of `reports/MATRIX.md`, [`changes`] compares two results, and [`junit`], [`github`] and [`badge`] serve other tools.
//! [`markdown`] makes what guests wrote harmless in Markdown, [`marked_section`] replaces a generated part of a document, and
//! [`catalogue`] counts the cases.
//!
//! Add a column or a figure of the page in `pages`: the module decides what is said, and `reports/templates/` lays it out.

pub mod badge;
pub mod catalogue;
pub mod changes;
pub mod github;
pub mod junit;
pub mod markdown;
pub mod marked_section;
pub mod pages;
pub mod summary;
