//! What is kept of a cell besides its record and made by a different run: explanations and counted calls.

use crate::record::Record;

/// A kind of file that is kept beside a record. Each file has a form number and names the record it belongs to.
pub trait BesideRecord {
    /// The name of the folder that holds these files, in the checkout's state folder.
    const FOLDER: &str;
    /// The version of the way it is made. It changes when the same run would produce a different file.
    const FORM: u32;

    /// The cell's name.
    fn cell(&self) -> &str;

    /// Whether it was made from the outcome in this record.
    fn belongs_to(&self, record: &Record) -> bool;

    /// Whether this record should have one.
    fn is_wanted(record: &Record) -> bool;
}
