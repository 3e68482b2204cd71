//! The tests of Go packages in many columns: at a terminal, for other programs, and as a page.

pub mod terminal;
