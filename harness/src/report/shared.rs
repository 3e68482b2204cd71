//! What the cells of a case, or of a column, have in common. It is said once, and a cell then says only
//! what is its own: with thousands of cells the page would else be mostly repetition.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::record::Record;

/// What all cells of a case that were run agree about.
#[derive(Debug, Default, PartialEq)]
pub struct CommonFacts {
    /// The guest's sha256 by the Go version that built it, of those versions that made only one.
    pub guests: BTreeMap<String, String>,
    /// The fields of the hosts' requests.
    pub request: Map<String, Value>,
}

impl CommonFacts {
    /// Finds what the records agree about.
    pub fn of(records: &[&Record]) -> CommonFacts {
        let built = || records.iter().filter_map(|record| record.receipt.as_ref());
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

    /// What a cell's request has beyond what all have; none where no host was asked.
    pub fn own_request(&self, record: &Record) -> Option<Map<String, Value>> {
        let mut own = request(record)?.clone();
        own.retain(|field, _| !self.request.contains_key(field));
        Some(own)
    }
}

fn request(record: &Record) -> Option<&Map<String, Value>> {
    record.invocation.as_ref()?.request.as_ref()?.as_object()
}
