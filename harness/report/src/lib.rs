//! matrix_report

pub mod badge;
pub mod catalogue;
pub mod changes;
pub mod github;
pub mod junit;
pub mod markdown;
pub mod marked_section;
pub mod pages;
pub mod summary;
