//! Runs cells. `Schedule::record`, which [`schedule::Schedule::judge`] calls, takes a cell through six steps:
//! provision, plan, execute, classify, judge, record.
//!
//! [`planning`] makes a complete [`plan::Plan`] from what was provisioned. A [`sandbox::Sandbox`] fills the cell's
//! folder. [`executor::run`] is the only place that runs guests. [`classify_exit`] turns the end of the process into
//! an outcome. [`cell_record`] makes the record. [`reuse`] finds a record that replaces a run. In a surrounding, `schedule` asks first whether the reference does there what a case expects.
//! [`turns`] decides when a cell may run.
//!
//! [`run_matrix`] does this for all cells that match a filter, and emits events. The same executor serves the contract
//! [`probe`], [`mutants`] and [`fault_run`], [`traced_run`] with [`comparison`], [`explain`] and [`explain_all`], and
//! [`bare_run`] for the bench. A program of the user's has [`module_input`]s instead of a case; [`compare`] runs it in
//! many columns. A Go test has the [`host_world`]: [`exec`] runs it as Go's wrapper does, and [`go_test`] runs those of many packages. [`reproduction`] writes the commands of a run for somebody without this project. [`bundle`] packs a plan so that it runs without this project. [`bisect`] searches versions.
//! [`spot_check`] chooses the runtime that a change judges besides.

pub mod bad_file_number;
pub mod bare_run;
pub mod bisect;
pub mod bundle;
pub(crate) mod cell_record;
pub(crate) mod classify_exit;
pub mod compare;
pub mod comparison;
pub mod cpu_slots;
pub mod exec;
pub(crate) mod executor;
pub mod explain;
pub mod explain_all;
pub(crate) mod fault_run;
pub mod go_test;
pub mod host_world;
pub mod module_input;
pub mod mutants;
pub mod plan;
pub(crate) mod planning;
pub mod probe;
pub mod reproduction;
pub mod reuse;
pub mod run_matrix;
pub mod sandbox;
pub mod schedule;
pub mod spot_check;
pub mod traced_run;
pub mod turns;
pub mod workers;
