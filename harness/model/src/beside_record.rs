//! What is kept of a cell beside its record, made by another run than the record's own: explanations and counted calls.

use crate::record::Record;

/// One kind of what is kept beside a record. Each says which form it has and which record it belongs to.
pub trait BesideRecord {
    /// The folder that holds it, among those of a checkout.
    const FOLDER: &str;
    /// How it is made; it changes when another would be made of the same run.
    const FORM: u32;

    /// The cell's name.
    fn cell(&self) -> &str;

    /// Whether it was made of what this record tells of.
    fn belongs_to(&self, record: &Record) -> bool;

    /// Whether there can be one for this record.
    fn is_wanted(record: &Record) -> bool;
}
