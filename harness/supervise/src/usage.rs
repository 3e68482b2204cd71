//! The resources that a process used.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a process cost, from the kernel's own accounting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Usage {
    /// From spawn to the end of the process.
    #[serde(rename = "wall-us", with = "micros")]
    #[schemars(with = "u64")]
    pub wall: Duration,
    /// Processor time, user and system, of the runtime's process and the children it waited for.
    #[serde(rename = "cpu-us", with = "micros")]
    #[schemars(with = "u64")]
    pub cpu: Duration,
    /// Peak resident bytes.
    pub max_rss_bytes: u64,
}

impl Usage {
    /// The usage of two runs, one after the other.
    pub fn and(self, next: Usage) -> Usage {
        Usage {
            wall: self.wall + next.wall,
            cpu: self.cpu + next.cpu,
            max_rss_bytes: self.max_rss_bytes.max(next.max_rss_bytes),
        }
    }
}

mod micros {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_micros() as u64)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}
