//! `install` with package managers that fetch nothing.

mod interrupted;
mod packages;
mod selection;
mod store;
mod tool;
