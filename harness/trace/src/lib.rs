//! Shows which WASI preview 1 functions a WebAssembly module calls, with their arguments and results, under any
//! runtime.
//!
//! [`instrument`] rewrites a module: each preview 1 function that it imports goes through a wrapper, which writes the
//! call and its result to descriptor 2. Run the rewritten module under any runtime and give its stderr to
//! [`Trace::take`], which separates the trace from what the program wrote itself. [`line`] prints a call; [`repro`]
//! turns a call, and the calls that it depends on, into a small module in text form.
//!
//! The wrappers take no memory from the module. For the length of one `fd_write` they borrow a few hundred bytes at a
//! low address, keep the old bytes in locals, and restore them. No other code can read it meanwhile, because a module
//! runs on one thread. Modules with shared, imported or 64-bit memory are refused with a [`Refusal`].
//!
//! How data passes through: `survey` collects the facts about a module; `instrument` rewrites it with the code that
//! `wrapper`, `helpers` and `digest` emit; `line_format` defines how a trace is written; `frames` reads it back into [`Call`]s;
//! `format_call` prints them, as the parts that `told` defines. `interface` defines the functions of preview 1, and `memory_regions` the parts of memory
//! that belong to a call. [`facts`] reads what a module says of itself without running it. [`asks_first`] adds one host call to a module, to find out whether a runtime's behaviour
//! depends on the number of calls.

mod digest;
mod emit;
pub mod facts;
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
mod told;
mod wrapper;

pub use format_call::{Parts, answer, errno_of, line, parts};
pub use frames::{Call, Data, Returned, Trace};
pub use instrument::{Traced, instrument};
pub use interface::MODULE;
pub use prelude::asks_first;
pub use refusal::Refusal;
pub use repro::repro;
pub use told::{Part, Value, in_a_row};
