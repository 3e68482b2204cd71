//! The project's own tests, a module a topic: `cargo test --test suite gate::` runs those of one.

mod anywhere;
mod argv;
mod compare;
mod exec;
mod fakes;
mod fixtures;
mod gate;
mod generate;
mod go_test;
mod hosts;
mod install;
mod lint;
mod loader;
mod modules;
mod new;
mod programs;
mod readme;
mod recorded;
mod report;
mod sources;
mod spot_check;
mod structure;
mod trace;
mod within;
mod workflows;

#[path = "../support/command.rs"]
mod command;
#[path = "../support/fake.rs"]
mod fake;
#[path = "../support/golden.rs"]
mod golden;
#[path = "../support/project.rs"]
mod project;
