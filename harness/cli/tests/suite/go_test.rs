//! `test`: what its answer is rendered to, and real Go modules under the wazero that any machine gets in seconds.

mod baseline;
mod blame;
mod calls;
mod cases;
mod cover;
mod events;
mod lists;
mod module;
mod rendered;
mod requirements;
pub mod sample;
mod schema;
mod store;
mod world;
mod wrong;
