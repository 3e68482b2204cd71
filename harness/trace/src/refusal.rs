//! Why a module cannot be traced.

use thiserror::Error;

/// Why a module cannot be traced.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is not a module.
    #[error("not a valid module: {0}")]
    Invalid(String),
    /// It is a component.
    #[error("a component and not a module; trace the module that it was made from")]
    Component,
    /// No runtime can read its memory.
    #[error("exports no memory named `memory`: no runtime can pass it anything, and a trace cannot get out either")]
    NoMemory,
    /// The memory belongs to somebody else.
    #[error("its memory is imported: whoever provides it may read it while a call is being told of")]
    ImportedMemory,
    /// More than one thread may use the memory.
    #[error("its memory is shared: another thread could see what the trace borrows of it")]
    SharedMemory,
    /// Preview 1 has no such addresses.
    #[error("its memory has 64-bit addresses, and preview 1 knows only 32-bit ones")]
    Memory64,
    /// The encoder met something it does not know.
    #[error("cannot be written again: {0}")]
    Unknown(String),
}
