//! How a trace is written to descriptor 2.
//!
//! One piece of a trace is a line: the marker, then in hexadecimal the head (four bytes: what kind of piece, which
//! function, which part of memory, which buffer of it or how many values follow), the call's number (four bytes), what
//! the module passed or got back (eight bytes each), how long the part of memory is (four bytes), and its first bytes
//! or the next of them.

/// How many parameters a traced function has at most.
pub const PARAMETERS: usize = 9;

/// How long a marker is.
pub const MARKER: usize = 16;

/// A call begins.
pub const CALL: u32 = 1;
/// A part of memory that belongs to it, or the next bytes of one.
pub const DATA: u32 = 2;
/// A call has returned.
pub const RETURN: u32 = 3;
/// From here on calls are not told of.
pub const FULL: u32 = 4;

/// The part of memory of a piece that has none.
pub const NO_PIECE: u32 = 0xff;

/// How many bytes of memory a piece of a trace carries at most.
pub const CHUNK: i32 = 128;

/// Descriptor 2.
pub const STDERR: i32 = 2;
