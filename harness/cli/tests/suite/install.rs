//! `install` with package managers that fetch nothing, or only from a registry on this machine.

mod bisect;
mod digests;
mod interrupted;
mod later;
mod outdated;
mod packages;
mod pinned;
mod registry;
mod selection;
mod store;
mod tool;
