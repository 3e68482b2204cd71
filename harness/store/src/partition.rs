//! Parts of a run's cells, for running each part on another machine. The parts have no cell in common, and together
//! they are the whole run.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, anyhow};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One part of several: `slice:2/5`, `hash:2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Partition {
    by: By,
    /// The number of this part, from 1.
    pub part: usize,
    /// The number of parts.
    pub of: usize,
}

/// What decides which part a cell is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// Its position among the run's cells. The parts are as equal in size as possible.
    Slice,
    /// Its name. A cell stays in its part when other cells are added or removed.
    Hash,
}

impl Partition {
    /// The part with this number, from 1, of so many parts, by the cells' names.
    pub fn by_name(part: usize, of: usize) -> Partition {
        Partition { by: By::Hash, part, of }
    }

    /// Whether the part includes the cell with this name at this position in the run.
    pub fn takes(&self, place: usize, cell: &str) -> bool {
        let number = match self.by {
            By::Slice => place as u64,
            By::Hash => {
                let digest = Sha256::digest(cell.as_bytes());
                digest[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
        };
        number % self.of as u64 == self.part as u64 - 1
    }

    /// Whether both are parts of the same whole.
    pub(crate) fn is_beside(&self, other: &Partition) -> bool {
        self.by == other.by && self.of == other.of
    }
}

impl FromStr for Partition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Partition, Error> {
        let parsed = || {
            let (by, parts) = text.split_once(':')?;
            let by = match by {
                "slice" => By::Slice,
                "hash" => By::Hash,
                _ => return None,
            };
            let (part, of) = parts.split_once('/')?;
            let (part, of) = (part.parse().ok()?, of.parse().ok()?);
            (1..=of).contains(&part).then_some(Partition { by, part, of })
        };
        parsed().ok_or_else(|| anyhow!("`{text}` is no part: write slice:2/5 or hash:2/5, the second of five"))
    }
}

impl TryFrom<String> for Partition {
    type Error = Error;

    fn try_from(text: String) -> Result<Partition, Error> {
        text.parse()
    }
}

impl From<Partition> for String {
    fn from(partition: Partition) -> String {
        partition.to_string()
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let by = match self.by {
            By::Slice => "slice",
            By::Hash => "hash",
        };
        write!(f, "{by}:{}/{}", self.part, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_is_in_one_part() {
        for by in ["slice", "hash"] {
            let parts: Vec<Partition> = (1..=5).map(|part| format!("{by}:{part}/5").parse().unwrap()).collect();
            let mut sizes = [0; 5];
            for place in 0..1000 {
                let name = format!("wazero@1.12.0/args/{place}");
                let takers: Vec<_> = (0..5).filter(|part| parts[*part].takes(place, &name)).collect();
                assert_eq!(takers.len(), 1, "{by} {place}");
                sizes[takers[0]] += 1;
            }
            assert!(sizes.iter().all(|size| (150..250).contains(size)), "{by}: {sizes:?}");
        }
    }

    #[test]
    fn a_name_keeps_its_part() {
        // The numbers are fixed here, because two versions of this program must split a run in the same way.
        let part = |name| (1..=5).find(|part| format!("hash:{part}/5").parse::<Partition>().unwrap().takes(0, name));
        assert_eq!([part("wazero@1.12.0/args/one"), part("node@20.20.2/args/one")], [Some(1), Some(2)]);
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "hash", "hash:", "hash:0/5", "hash:6/5", "hash:1/0", "count:1/2", "hash:1/2/3", "hash:-1/2"] {
            let error = text.parse::<Partition>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}` is no part")), "{error}");
        }
    }
}
