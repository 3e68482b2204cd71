//! The format of a trace on descriptor 2.
//!
//! Each piece of a trace is a line. It starts with the marker, followed in hexadecimal by:
//!
//! - the head (four bytes): the kind of piece, the function, the part of memory, its buffer or the number of values;
//! - the call's number (four bytes);
//! - the values that the module passed or got back (eight bytes each), or the digest of a part of memory;
//! - the length of the part of memory (four bytes), and its first or next bytes.

/// The maximum number of parameters of a traced function.
pub const PARAMETERS: usize = 9;

/// The length of a marker in bytes.
pub const MARKER: usize = 16;

/// A call begins.
pub const CALL: u32 = 1;
/// A part of memory that belongs to the call, or the next bytes of one.
pub const DATA: u32 = 2;
/// A call has returned.
pub const RETURN: u32 = 3;
/// The limit is reached: later calls are not recorded, except those that do not return.
pub const FULL: u32 = 4;
/// The digest of all bytes of a part of memory that is recorded only in part.
pub const DIGEST: u32 = 5;

/// The part number of a piece without a part of memory.
pub const NO_PIECE: u32 = 0xff;

/// The maximum number of bytes of memory in a piece of a trace.
pub const CHUNK: i32 = 128;

/// Descriptor 2.
pub const STDERR: i32 = 2;
