//! What a gate stands on: changes between two runs, and results as machines read them.

#[path = "gate/changes.rs"]
mod changes;
#[path = "gate/folder.rs"]
mod folder;
#[path = "gate/github.rs"]
mod github;
#[path = "gate/junit.rs"]
mod junit;
// What the page needs of them stays unused here.
#[expect(dead_code)]
#[path = "report/large.rs"]
mod large;
#[expect(dead_code)]
#[path = "report/sample.rs"]
mod sample;
#[path = "gate/schema.rs"]
mod schema;
#[path = "gate/surroundings.rs"]
mod surroundings;
