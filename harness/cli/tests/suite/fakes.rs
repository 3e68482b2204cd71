//! The harness against runtimes that misbehave, each in one way: shell scripts instead of engines, a
//! toolchain that compiles nothing, and the harness's own command over a project of a few cases.

mod bless;
mod bundles;
mod checkouts;
mod clean;
mod columns;
mod commands;
mod control;
mod degraded;
mod divergences;
pub mod eight_lines;
mod ending;
mod exit_codes;
mod explain;
mod files;
mod gate;
mod help;
mod hosts;
mod leaks;
mod locks;
mod machines;
mod mutants;
mod not_compiled;
mod output;
mod outside;
mod prepare;
mod printing;
mod quiet;
mod reference;
mod shards;
mod stdin;
mod suites;
mod surroundings;
mod trace;
mod worlds;
