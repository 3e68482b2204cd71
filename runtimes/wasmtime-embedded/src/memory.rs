//! The measure of the guest's linear memory: wasmtime asks before it lets memory grow.

use wasmtime::ResourceLimiter;

/// What linear memory may reach, and what it did reach.
#[derive(Debug)]
pub struct Meter {
    limit_bytes: u64,
    peak_bytes: u64,
    refused: bool,
}

impl Meter {
    /// A meter that lets memory grow to `limit_bytes`, or without bound.
    pub fn new(limit_bytes: Option<u64>) -> Meter {
        Meter { limit_bytes: limit_bytes.unwrap_or(u64::MAX), peak_bytes: 0, refused: false }
    }

    fn allow(&mut self, desired: usize) -> bool {
        let desired = desired as u64;
        let allowed = desired <= self.limit_bytes;
        if allowed {
            self.peak_bytes = self.peak_bytes.max(desired);
        }
        self.refused |= !allowed;
        allowed
    }

    /// The most bytes that were ever allowed.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes
    }

    /// Whether the guest ever asked for more than its limit.
    pub fn refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.allow(desired))
    }

    fn table_growing(&mut self, _current: usize, _desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_is_allowed_and_the_peak_is_what_was_allowed() {
        let mut meter = Meter::new(Some(100));
        assert!(meter.allow(100) && !meter.refused());
        assert!(!meter.allow(101));
        assert!(meter.allow(50));
        assert_eq!((meter.peak_bytes(), meter.refused()), (100, true));
    }
}
