//! The time and memory that cells took.

use std::time::Duration;

use serde::Serialize;

use matrix_model::outcome::EngineTimes;
use matrix_model::record::Record;
use matrix_supervise::Usage;

use crate::pages::grid::Board;

/// How many of a column's slowest cells are listed.
const SLOWEST: usize = 5;

/// The time and memory of one cell.
#[derive(Serialize)]
pub(crate) struct Cost {
    time: String,
    processor: String,
    memory: String,
    /// The time inside the engine, if the host reports it.
    engine: Option<String>,
}

/// The time and memory of those cells of a column that were run.
#[derive(Serialize)]
pub(crate) struct Costs {
    cells: usize,
    /// The median of their times.
    median: String,
    /// The time that one cell in ten exceeds.
    tenth: String,
    all: String,
    /// The median of their memory.
    median_memory: String,
    most_memory: String,
    slowest: Vec<Slow>,
}

#[derive(Serialize)]
struct Slow {
    href: String,
    case: String,
    time: String,
}

impl Cost {
    /// In words.
    pub fn of(usage: Usage, engine: Option<EngineTimes>) -> Cost {
        let inside = |nanoseconds| duration(Duration::from_nanos(nanoseconds));
        Cost {
            time: duration(usage.wall),
            processor: duration(usage.cpu),
            memory: memory(usage.max_rss_bytes),
            engine: engine.map(|EngineTimes { compile_ns, instantiate_ns, run_ns }| {
                format!(
                    "compile {}, instantiate {}, run {}",
                    inside(compile_ns),
                    inside(instantiate_ns),
                    inside(run_ns)
                )
            }),
        }
    }
}

impl Costs {
    /// Adds up a column; none if nothing was run in it.
    pub fn of(board: &Board, column: usize) -> Option<Costs> {
        let usage = |record: &Record| record.measured.map(|measured| measured.usage);
        let run = |case| Some((case, usage(board.record(column, case)?)?));
        let mut cells: Vec<(usize, Usage)> = (0..board.cases.len()).filter_map(run).collect();
        cells.sort_by_key(|(case, usage)| (usage.wall, *case));
        let mut memories: Vec<_> = cells.iter().map(|(_, usage)| usage.max_rss_bytes).collect();
        memories.sort_unstable();
        let (middle, ninth) = (cells.len() / 2, cells.len() * 9 / 10);
        let slow = |(case, usage): &(usize, Usage)| Slow {
            href: board.cell_href(column, *case),
            case: board.cases[*case].id.clone(),
            time: duration(usage.wall),
        };
        Some(Costs {
            cells: cells.len(),
            median: duration(cells.get(middle)?.1.wall),
            tenth: duration(cells.get(ninth)?.1.wall),
            all: duration(cells.iter().map(|(_, usage)| usage.wall).sum()),
            median_memory: memory(*memories.get(middle)?),
            most_memory: memory(*memories.last()?),
            slowest: cells.iter().rev().take(SLOWEST).map(slow).collect(),
        })
    }
}

fn memory(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A duration with about three digits. More would be noise.
pub fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_secs_f64() * 1e3;
    match milliseconds {
        long if long >= 120e3 => format!("{:.1} min", long / 60e3),
        long if long >= 1e3 => format!("{:.2} s", long / 1e3),
        middling if middling >= 10.0 => format!("{middling:.0} ms"),
        short => format!("{short:.2} ms"),
    }
}
