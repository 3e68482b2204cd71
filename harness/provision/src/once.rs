//! A value that many cells share. The first one that needs it makes it.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};

/// A value that is made once, or the reason why that failed. The reason is text, because each cell that needs the value
/// reports it.
#[derive(Debug)]
pub(crate) struct Once<T>(OnceLock<Result<T, String>>);

impl<T> Default for Once<T> {
    fn default() -> Once<T> {
        Once(OnceLock::new())
    }
}

impl<T> Once<T> {
    /// The value. The first caller makes it; the others wait for that.
    ///
    /// # Errors
    /// Those of `make`, each time.
    pub(crate) fn or_make(&self, make: impl FnOnce() -> Result<T>) -> Result<&T> {
        self.0.get_or_init(|| make().map_err(|error| format!("{error:#}"))).as_ref().map_err(|error| anyhow!("{error}"))
    }

    /// The value if it has been made.
    pub(crate) fn made(&self) -> Option<&T> {
        self.0.get()?.as_ref().ok()
    }
}
