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
    /// The module does not export its memory, so no runtime can read it.
    #[error("exports no memory named `memory`: no runtime can pass it anything, and a trace cannot get out either")]
    NoMemory,
    /// The memory is imported, so other code may read it.
    #[error("its memory is imported: whoever provides it may read it while a call is being told of")]
    ImportedMemory,
    /// The memory is shared, so more than one thread may use it.
    #[error("its memory is shared: another thread could see what the trace borrows of it")]
    SharedMemory,
    /// The memory has 64-bit addresses, which preview 1 does not have.
    #[error("its memory has 64-bit addresses, and preview 1 knows only 32-bit ones")]
    Memory64,
    /// Nobody reads what the module would tell.
    #[error("a trace is told on stderr, and that is {0}")]
    Unheard(String),
    /// The encoder does not support something in the module.
    #[error("cannot be written again: {0}")]
    Unknown(String),
}
