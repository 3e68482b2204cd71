//! What a gate stands on: changes between two runs, and results as machines read them.

#[path = "gate/changes.rs"]
mod changes;
#[path = "gate/github.rs"]
mod github;
#[path = "gate/junit.rs"]
mod junit;
#[path = "report/large.rs"]
mod large;
#[path = "report/sample.rs"]
mod sample;
#[path = "gate/schema.rs"]
mod schema;
#[path = "gate/surroundings.rs"]
mod surroundings;
