//! What the cells of a case, or of a column, have in common. It is said once, and a cell then says only
//! what is its own: with thousands of cells the page would else be mostly repetition.

use serde_json::{Map, Value};

use crate::record::{Receipt, Record};

/// What all cells of a case that were run agree about.
#[derive(Debug, Default, PartialEq)]
pub struct Shared {
    /// The guest's sha256 and the Go version that built it.
    pub guest: Option<(String, String)>,
    /// The fields of the hosts' requests.
    pub request: Map<String, Value>,
}

impl Shared {
    /// Finds what the records agree about.
    pub fn of(records: &[&Record]) -> Shared {
        let mut guests = records.iter().filter_map(|record| record.receipt.as_ref()).map(guest);
        let first = guests.next();
        let guest = first.filter(|first| guests.all(|guest| guest == *first));
        let mut requests = records.iter().filter_map(|record| request(record));
        let mut common = requests.next().cloned().unwrap_or_default();
        for request in requests {
            common.retain(|field, value| request.get(field) == Some(value));
        }
        Shared { guest, request: common }
    }

    /// What a cell's request has beyond what all have; none where no host was asked.
    pub fn own_request(&self, record: &Record) -> Option<Map<String, Value>> {
        let mut own = request(record)?.clone();
        own.retain(|field, _| !self.request.contains_key(field));
        Some(own)
    }
}

fn guest(receipt: &Receipt) -> (String, String) {
    (receipt.guest_sha256.clone(), receipt.go.clone())
}

fn request(record: &Record) -> Option<&Map<String, Value>> {
    record.invocation.as_ref()?.request.as_ref()?.as_object()
}
