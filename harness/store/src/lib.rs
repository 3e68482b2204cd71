//! matrix_store

pub mod atomic_write;
pub mod file_digest;
pub mod latest_records;
pub mod partition;
pub mod records;
pub mod remembered;
pub mod results_files;
pub mod schema;
pub mod shard;
pub mod sidecar;
