//! Which parts of memory tell what a call was about: what the wrapper records is what the reader of the trace decodes.

use super::interface::{Function, Interface, Shape};

/// How many bytes of a path, a list or a folder's entries are recorded.
pub const WHOLE: u32 = 1024;

/// How many bytes of each buffer that is read or written are recorded.
pub const FIRST: u32 = 64;

/// How many buffers of one call are recorded.
pub const BUFFERS: u32 = 4;

/// A part of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// When it is recorded.
    pub when: When,
    /// Which of what the module passes is its address.
    pub address: u32,
    /// How long it is.
    pub extent: Extent,
    /// How many bytes of it are recorded.
    pub limit: u32,
    /// What it belongs to.
    pub of: Of,
}

/// When a part of memory tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before the call: the module wrote it.
    Before,
    /// After a call that succeeded: the runtime wrote it.
    After,
}

/// How long a part of memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// So many bytes.
    Fixed(u32),
    /// As many elements as one of what the module passes says, each of so many bytes; and no more than stand at the
    /// address that `within` is, after the call.
    Counted {
        /// Which of what the module passes.
        count: u32,
        /// How many bytes an element has.
        each: u32,
        /// Where the runtime says how many there really are.
        within: Option<u32>,
    },
    /// Not this part but what its elements point to: as many addresses and lengths as one of what the module passes
    /// says; `within` is as above.
    Buffers {
        /// Which of what the module passes.
        count: u32,
        /// Where the runtime says how many bytes there really are.
        within: Option<u32>,
    },
    /// Nothing in the call says how long it is.
    Unsaid,
}

/// What a part of memory belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The parameter of this number.
    Parameter(usize),
    /// The result of this number.
    Result(usize),
}

/// The parts of memory that tell what calls of a function are about, in the order in which they are recorded.
pub fn pieces(interface: &Interface, function: &Function) -> Vec<Piece> {
    let mut starts = Vec::new();
    let mut next = 0;
    for parameter in &function.parameters {
        starts.push(next);
        next += interface.core(&parameter.shape).len() as u32;
    }
    let first_result = next;
    let is_size = |shape: &Shape| shape.name() == Some("size");
    // The only result that is a size says how much of a buffer was filled.
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
                // Addresses of what stands in the other buffer.
                (None, Shape::Pointer(_)) => {}
                (None, _) => after.push(piece(When::After, Extent::Unsaid, WHOLE)),
            },
            _ => {}
        }
    }
    before.extend(after);
    before
}

/// Whether the function writes to the buffers that elements of a list stand for, if they are such.
fn written(interface: &Interface, element: &Shape) -> Option<bool> {
    let Shape::Record { members, .. } = interface.resolve(element) else { return None };
    members.iter().find_map(|member| match interface.resolve(&member.shape) {
        Shape::Pointer(_) => Some(true),
        Shape::ConstPointer(_) => Some(false),
        _ => None,
    })
}
