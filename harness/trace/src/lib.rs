//! Which host calls a module makes, and what came of each, told by the module itself: it is rewritten so that each
//! function of preview 1 that it imports goes through a wrapper, which says on descriptor 2 what was asked and what was
//! answered. So every runtime is traced alike, without a runtime's help.
//!
//! `interface` is what preview 1 says of its functions; `pieces` which parts of memory a call is about; `survey` what
//! must be known of a module; `instrument`, `wrapper` and `helpers` rewrite it; `frames` finds what the wrappers said
//! among what the guest wrote itself; `told` writes a call as a line, `repro` a few calls as a module of their own.
//! `prelude` makes another module that only makes one host call more.
//!
//! The wrappers never take memory from the module. For the length of one `fd_write` they borrow a few hundred bytes at
//! a low address, keep what stood there in locals, and put it back before anybody else looks: a module runs on one
//! thread, and nothing but that call happens meanwhile. So nothing needs to be known of a module's heap.

mod emit;
mod format_call;
mod frames;
mod helpers;
mod instrument;
pub mod interface;
mod layout;
mod line_format;
mod memory_regions;
mod prelude;
mod refusal;
mod repro;
mod survey;
mod wrapper;

pub use format_call::{Parts, answer, errno_of, line, parts};
pub use frames::{Call, Data, Returned, Trace};
pub use instrument::{Traced, instrument};
pub use interface::MODULE;
pub use prelude::asks_first;
pub use refusal::Refusal;
pub use repro::repro;
