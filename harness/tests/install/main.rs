//! `install` against a server on the loopback interface and package managers that fetch nothing.

mod archives;
mod downloads;
mod interrupted;
mod packages;
mod selection;
mod server;
mod store;
mod tool;

#[path = "../support/project.rs"]
mod project;
