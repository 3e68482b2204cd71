//! Runs real Go programs under every WASI preview 1 runtime and judges what they observe.
//!
//! Data flows one way: `wire` (the TOML files' shapes, made of the domain's own words where one word
//! stands for itself) is read by `load` into the domain (`case`, `runtime`, `expectation`, `capability`,
//! `divergence`); `matrix` crosses cases and runtimes into cells; `plan` resolves a cell into bytes
//! and paths; `sandbox` and `process` make it an `outcome`; `verdict` judges it; `record` keeps it.

pub mod badge;
pub mod bisect;
pub mod bless;
pub mod bundle;
pub mod called;
pub mod capability;
pub mod case;
pub mod catalogue;
pub mod changes;
pub mod column;
pub mod content;
pub mod difference;
pub mod digest;
pub mod divergence;
pub mod ending;
pub mod expectation;
pub mod explain;
pub mod explained;
pub mod fixture;
pub mod foundry;
pub mod github;
pub mod guests;
pub mod host_sources;
pub mod install;
pub mod installation;
pub mod invalid;
pub mod junit;
mod kept;
pub mod key;
pub mod load;
pub mod lock;
pub mod markdown;
pub mod marks;
pub mod matrix;
pub mod moment;
pub mod mutants;
pub mod names;
pub mod observed;
pub mod origin;
pub mod outcome;
pub mod partition;
pub mod pattern;
pub mod place;
pub mod plan;
pub mod preview1;
pub mod probe;
pub mod process;
pub mod ready;
pub mod record;
pub mod red;
pub mod rekey;
pub mod remembered;
pub mod report;
pub mod results;
mod returns;
pub mod runtime;
pub mod sandbox;
pub mod schema;
pub mod session;
pub mod shard;
pub mod suite;
pub mod summary;
pub mod template;
pub mod text;
pub mod toolchain;
pub mod trace;
mod tree;
mod turns;
pub mod verdict;
pub mod whole;
mod wire;
