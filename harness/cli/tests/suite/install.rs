//! `install` with package managers that fetch nothing.

mod interrupted;
mod outdated;
mod packages;
mod selection;
mod store;
mod tool;
