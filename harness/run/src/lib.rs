//! matrix_run

pub mod bare_run;
pub mod bisect;
pub mod bundle;
pub mod cell_record;
pub mod classify_exit;
pub mod cpu_slots;
pub mod executor;
pub mod explain;
pub mod explain_all;
pub mod fault_run;
pub mod mutants;
pub mod plan;
pub mod planning;
pub mod probe;
pub mod rekey;
pub mod reuse;
pub mod run_matrix;
pub mod sandbox;
pub mod schedule;
pub mod traced_run;
pub mod workers;
