//! What ran a cell, and what its outcome rests on.

use anyhow::Result;

use super::Session;
use crate::key;
use crate::matrix::Cell;
use crate::record::Receipt;

impl Session<'_> {
    /// What a cell's outcome rests on today.
    ///
    /// # Errors
    /// If it cannot be had.
    pub fn key(&self, cell: &Cell) -> Result<String> {
        self.key_with(cell, &self.receipt(cell)?)
    }

    pub(super) fn key_with(&self, cell: &Cell, receipt: &Receipt) -> Result<String> {
        key::key(&self.columns[cell.column], cell.case, receipt, &self.suite.fixtures)
    }

    pub(super) fn receipt(&self, cell: &Cell) -> Result<Receipt> {
        let ready = self.ready(cell.column)?;
        // WasmEdge names the place of its own executable in it: no key may hold where a checkout stands.
        let reported = self.places.portable(&ready.reported, &self.sandbox(&self.name(cell)));
        self.receipt_of(cell, reported, ready.sha256.clone())
    }

    pub(super) fn receipt_of(&self, cell: &Cell, reported_version: String, runtime_sha256: String) -> Result<Receipt> {
        let guests = self.guests(cell.column)?;
        Ok(Receipt {
            reported_version,
            runtime_sha256,
            go: guests.go.version.clone(),
            guest_sha256: guests.named(&cell.case.guest)?.sha256.clone(),
            platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
        })
    }
}
