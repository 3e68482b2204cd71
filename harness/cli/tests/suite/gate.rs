//! What a gate stands on: changes between two runs, and results as machines read them.

mod changes;
mod folder;
mod github;
mod hold;
mod junit;
pub mod schema;
mod surroundings;
