//! The files on disk: the records of a run, results documents and folders, and digests of files.
//!
//! [`records`] reads and writes one JSON file for each cell; [`sidecar`] does the same for files beside a record
//! (explanations and counted calls); [`latest_records`] reads the newest record of each cell and judges it again.
//! [`results_files`] reads and writes results in every form, [`extract_file`] the extract of them that predictions need.
//! [`json_lines`] is the form of that file. [`shard`] is the folder of one machine's part of a run. [`schema`] has the JSON
//! Schemas of what other programs read.
//! [`builds`] remembers the builds that a user has named by their paths. [`folder_lock`] keeps two commands from writing
//! into one folder. [`scratch`] is a folder for what is tried once. [`laid_out`] is the project where no checkout is.
//! [`atomic_write`] writes a file whole or not at all; [`file_digest`] and [`remembered`] compute digests of files and
//! remember them until the files change. [`file_system`] has what differs between Unix and Windows.

pub mod atomic_write;
pub mod builds;
pub mod clock;
pub mod dirs;
pub mod extract_file;
pub mod file_digest;
pub mod file_system;
pub mod folder_lock;
pub mod json_lines;
pub mod laid_out;
pub mod latest_records;
pub mod partition;
pub mod records;
pub mod remembered;
pub mod results_files;
pub mod schema;
pub mod scratch;
pub mod shard;
pub mod sidecar;
pub mod test_parts;
