//! The parts of memory that belong to a call. The wrapper records them, and the reader of the trace decodes them.

use super::interface::{Function, Interface, Shape};

/// The maximum number of bytes recorded of a path, a list or a folder's entries.
pub const WHOLE: u32 = 1024;

/// The maximum number of bytes recorded of each buffer that is read or written.
pub const FIRST: u32 = 64;

/// The maximum number of buffers recorded per call one by one.
pub const BUFFERS: u32 = 4;

/// The maximum number of buffers of a call that a digest covers. It is the number of those whose lengths are recorded.
pub const COUNTED_BUFFERS: u32 = WHOLE / 8;

/// A part of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// When it is recorded.
    pub when: When,
    /// The index of the passed value that is its address.
    pub address: u32,
    /// Its length.
    pub extent: Extent,
    /// The maximum number of bytes recorded.
    pub limit: u32,
    /// The parameter or result that it belongs to.
    pub of: Of,
}

impl Piece {
    /// Whether it is a text or other bytes, and not a list of values. A list may hold addresses, which differ from run to
    /// run.
    pub fn is_of_bytes(&self) -> bool {
        matches!(self.extent, Extent::Counted { each: 1, .. })
    }
}

/// When a part of memory is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before the call: the module wrote it.
    Before,
    /// After a call that succeeded: the runtime wrote it.
    After,
}

/// The length of a part of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// This many bytes.
    Fixed(u32),
    /// As many elements as a passed value says, but after the call no more than the number at the address `within`.
    Counted {
        /// The index of the passed value that is the count.
        count: u32,
        /// The size of an element in bytes.
        each: u32,
        /// The index of the passed address where the runtime writes the actual number of elements.
        within: Option<u32>,
    },
    /// Not this part itself but the buffers that its elements describe, each with an address and a length. A passed
    /// value says how many there are; `within` limits them as above.
    Buffers {
        /// The index of the passed value that is the count.
        count: u32,
        /// The index of the passed address where the runtime writes the actual number of bytes.
        within: Option<u32>,
    },
    /// The call does not say how long it is.
    Unsaid,
}

/// The parameter or result that a part of memory belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The parameter with this index.
    Parameter(usize),
    /// The result with this index.
    Result(usize),
}

/// The parts of memory that belong to calls of a function, in the order in which they are recorded.
pub fn pieces(interface: &Interface, function: &Function) -> Vec<Piece> {
    let mut starts = Vec::new();
    let mut next = 0;
    for parameter in &function.parameters {
        starts.push(next);
        next += interface.core(&parameter.shape).len() as u32;
    }
    let first_result = next;
    let is_size = |shape: &Shape| shape.name() == Some("size");
    // If the first result is a size, it says how much of a buffer was filled.
    let within = matches!(&function.results[..], [first, ..] if is_size(first)).then_some(first_result);
    let counted_by = |name: &str| {
        let named = format!("{name}_len");
        let own = function.parameters.iter().position(|other| other.name == named);
        let any = || function.parameters.iter().position(|other| is_size(&other.shape) && !other.name.contains("_len"));
        own.or_else(any).map(|index| starts[index])
    };
    let mut before = Vec::new();
    let mut after: Vec<_> = (function.results.iter().enumerate())
        .map(|(index, shape)| Piece {
            when: When::After,
            address: first_result + index as u32,
            extent: Extent::Fixed(interface.bytes(shape) as u32),
            limit: WHOLE,
            of: Of::Result(index),
        })
        .collect();
    for (index, parameter) in function.parameters.iter().enumerate() {
        let (address, of) = (starts[index], Of::Parameter(index));
        let piece = |when, extent, limit| Piece { when, address, extent, limit, of };
        match interface.resolve(&parameter.shape) {
            Shape::Text => {
                before.push(piece(When::Before, Extent::Counted { count: address + 1, each: 1, within: None }, WHOLE));
            }
            Shape::List(of) => {
                let each = interface.bytes(of) as u32;
                let count = address + 1;
                before.push(piece(When::Before, Extent::Counted { count, each, within: None }, WHOLE));
                match written(interface, of) {
                    Some(true) => after.push(piece(When::After, Extent::Buffers { count, within }, FIRST)),
                    Some(false) => {
                        before.push(piece(When::Before, Extent::Buffers { count, within: None }, FIRST));
                    }
                    None => {}
                }
            }
            Shape::ConstPointer(to) => {
                if let Some(count) = counted_by(&parameter.name) {
                    let each = interface.bytes(to) as u32;
                    before.push(piece(When::Before, Extent::Counted { count, each, within: None }, WHOLE));
                }
            }
            Shape::Pointer(to) => match (counted_by(&parameter.name), interface.resolve(to)) {
                (Some(count), _) => {
                    let each = interface.bytes(to) as u32;
                    after.push(piece(When::After, Extent::Counted { count, each, within }, WHOLE));
                }
                // These are addresses within the other buffer, which is recorded.
                (None, Shape::Pointer(_)) => {}
                (None, _) => after.push(piece(When::After, Extent::Unsaid, WHOLE)),
            },
            _ => {}
        }
    }
    before.extend(after);
    before
}

/// Whether the function writes to the buffers that a list's elements describe. `None` if they describe no buffers.
fn written(interface: &Interface, element: &Shape) -> Option<bool> {
    let Shape::Record { members, .. } = interface.resolve(element) else { return None };
    members.iter().find_map(|member| match interface.resolve(&member.shape) {
        Shape::Pointer(_) => Some(true),
        Shape::ConstPointer(_) => Some(false),
        _ => None,
    })
}
