//! What the cells of a case have in common. Pages say it once, and a cell then says only what is its own: otherwise
//! pages with thousands of cells would mostly repeat themselves.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use matrix_model::record::Record;

/// What is the same in all cells of a case that were run.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct CommonFacts {
    /// The guest's sha256 by the Go version that built it for the runtimes. Versions that built several guests are left
    /// out.
    pub guests: BTreeMap<String, String>,
    /// The fields that all hosts' requests have, with the same values.
    pub request: Map<String, Value>,
}

impl CommonFacts {
    /// Compares records.
    pub fn of(records: &[&Record]) -> CommonFacts {
        let built = || records.iter().filter(|record| !record.reference).filter_map(|record| record.receipt.as_ref());
        let mut guests: BTreeMap<_, _> =
            built().map(|receipt| (receipt.go.clone(), receipt.guest_sha256.clone())).collect();
        for receipt in built() {
            if guests.get(&receipt.go).is_some_and(|sha256| *sha256 != receipt.guest_sha256) {
                guests.remove(&receipt.go);
            }
        }
        let mut requests = records.iter().filter_map(|record| request(record));
        let mut common = requests.next().cloned().unwrap_or_default();
        for request in requests {
            common.retain(|field, value| request.get(field) == Some(value));
        }
        CommonFacts { guests, request: common }
    }

    /// The fields of a cell's request that not all requests have; none if the runtime is not a host.
    pub(crate) fn own_request(&self, record: &Record) -> Option<Map<String, Value>> {
        let mut own = request(record)?.clone();
        own.retain(|field, _| !self.request.contains_key(field));
        Some(own)
    }
}

fn request(record: &Record) -> Option<&Map<String, Value>> {
    record.invocation.as_ref()?.request.as_ref()?.as_object()
}
