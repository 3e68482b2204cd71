//! The vocabulary of the matrix and the judgement. Nothing here reads a file, starts a process or looks at a clock.
//!
//! The main types, in the order of a cell's life: a [`case::Case`] and a [`runtime::Runtime`] come from TOML and are
//! part of a [`suite::Suite`]; [`matrix`] crosses them into [`matrix::Column`]s and [`matrix::Cell`]s; what happens in
//! a cell is an [`outcome::Outcome`]; [`judge`] compares it with the case's [`expectation::Expectation`] and the
//! runtime's [`divergence::Divergence`]s and gives a [`verdict::Verdict`]; a [`record::Record`] keeps all of it; the
//! records of a run make [`results::Results`]; from them, [`answer`] derives what a reader wants to know. An
//! [`extract::Extract`] is what [`prediction`] needs of results, and [`compared_programs`] is what it is held against.
//!
//! A program of the user's has no case and no verdict: an [`observation`] is what a column's run of it shows, an
//! [`agreement`] is which columns show the same, and [`compared::Compared`] is the answer to the user. [`go_output`] knows
//! what two runs of one Go test differ in by themselves.
//!
//! Add a verdict in `verdict` (the variant, and the rule in `verdict::judge`) and in `verdict/table` (its word and
//! colour), say in `answer` what it tells a reader, and describe it in `reports/README.md` and `reports/METHODOLOGY.md`. Add a key of `[command]` in
//! `runtime/adapter`; `plan::command_line` of the crate `run` gives it a meaning, and `runtimes/README.md` describes
//! it.

pub mod advisory;
pub mod agreement;
pub mod answer;
pub mod beside_record;
pub mod call_counts;
pub mod capability;
pub mod case;
pub mod change;
pub mod compared;
pub mod compared_programs;
pub mod connection;
pub mod content;
pub mod difference;
pub mod digest;
pub mod divergence;
pub mod escape;
pub mod expectation;
pub mod explanation;
pub mod extract;
pub mod fixture;
pub mod folder_names;
pub mod function_use;
pub mod go_output;
pub mod go_test;
pub mod installed;
pub mod invalid;
pub mod judge;
pub mod matrix;
pub mod names;
pub mod nearest;
pub mod observation;
pub mod outcome;
pub mod pattern;
pub mod placement;
pub mod plural;
pub mod prediction;
pub mod promise;
pub mod record;
pub mod recorded_outcome;
pub mod results;
pub mod returns;
pub mod runtime;
pub mod shell;
pub mod skip_reason;
pub mod suite;
pub mod surrounding;
pub mod template;
pub mod text;
pub mod timestamp;
pub mod verdict;
