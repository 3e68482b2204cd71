//! A call as a line of text: `path_open(fd=3, symlink_follow, "a.txt", oflags=0, …) = 0, fd=5`.

use super::frames::{Call, Data};
use super::interface::{Function, Interface, PREVIEW1, Shape};
use crate::memory_regions::{BUFFERS, Extent, Of, Piece, When, pieces};
use crate::told::{Part, Value, in_a_row};

/// The number of bytes of a buffer that are shown.
const SHOWN: usize = 32;

/// The number of flag names that are shown one by one.
const FLAGS: usize = 4;

/// A call and its result, as one line.
pub fn line(call: &Call) -> String {
    let Some(function) = known(call) else {
        let passed: Vec<_> = call.passed.iter().map(|value| format!("{value:#x}")).collect();
        let returned = call.returned.map_or_else(|| "…".to_owned(), |returned| format!("{:#x}", returned.value));
        return format!("{}({}) = {returned}", call.function, passed.join(", "));
    };
    let teller = Teller { interface: &PREVIEW1, function, call, pieces: pieces(&PREVIEW1, function) };
    let asked = in_a_row(&teller.asked());
    match (&call.returned, function.returns) {
        (None, false) => format!("{}({asked})", call.function),
        (None, true) => format!("{}({asked}) = …", call.function),
        (Some(_), _) => format!("{}({asked}) = {}", call.function, in_a_row(&teller.answered())),
    }
}

/// A call's arguments and its results, separately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The arguments.
    pub asked: Vec<Part>,
    /// The results, the errno first. Empty if the call did not return.
    pub answered: Vec<Part>,
}

/// Splits a call into its parts.
pub fn parts(call: &Call) -> Parts {
    match known(call) {
        None => Parts {
            asked: call
                .passed
                .iter()
                .enumerate()
                .map(|(index, value)| Part::bare(&index.to_string(), Value::plain(value.to_string())))
                .collect(),
            answered: (call.returned.iter())
                .map(|returned| Part::bare("result", Value::plain(returned.value.to_string())))
                .collect(),
        },
        Some(function) => {
            let teller = Teller { interface: &PREVIEW1, function, call, pieces: pieces(&PREVIEW1, function) };
            let answered = if call.returned.is_some() { teller.answered() } else { Vec::new() };
            Parts { asked: teller.asked(), answered }
        }
    }
}

/// The errno that a call returned, if it returned.
pub fn errno_of(call: &Call) -> Option<u64> {
    call.returned.map(|returned| returned.value)
}

impl Call {
    /// The descriptor that the call opened, if its function opens one and the call succeeded.
    pub fn opened(&self) -> Option<u64> {
        let function = known(self).filter(|_| errno_of(self) == Some(0))?;
        let result = function.results.iter().position(|shape| shape.name() == Some("fd"))?;
        self.result(function, result)
    }

    /// The number of bytes that the call wrote to `descriptor`, if it did.
    pub fn wrote(&self, descriptor: u64) -> Option<u64> {
        let writes = matches!(self.function.as_str(), "fd_write" | "fd_pwrite");
        let function = known(self).filter(|_| writes && errno_of(self) == Some(0))?;
        (self.passed[0] == descriptor).then(|| self.result(function, 0)).flatten()
    }

    fn result(&self, function: &Function, result: usize) -> Option<u64> {
        let pieces = pieces(&PREVIEW1, function);
        let index = pieces.iter().position(|piece| piece.of == Of::Result(result))?;
        let data = self.data.iter().find(|data| data.piece as usize == index)?;
        Some(number(&data.bytes))
    }
}

/// The function of a preview 1 call, and the name of its errno if it returned. `None` for any other call.
pub fn answer(call: &Call) -> Option<(&str, Option<String>)> {
    known(call)?;
    Some((&call.function, errno_of(call).map(errno)))
}

/// The name of a preview 1 errno.
fn errno(value: u64) -> String {
    named(&PREVIEW1, &Shape::Named("errno".to_owned()), value).unwrap_or_else(|| value.to_string())
}

/// The definition of a call's function, if preview 1 has it.
pub(super) fn known(call: &Call) -> Option<&'static Function> {
    let function = PREVIEW1.functions.get(&call.function)?;
    (PREVIEW1.signature(function).len() == call.passed.len()).then_some(function)
}

struct Teller<'a> {
    interface: &'a Interface,
    function: &'a Function,
    call: &'a Call,
    pieces: Vec<Piece>,
}

impl Teller<'_> {
    fn asked(&self) -> Vec<Part> {
        let mut next = 0;
        let mut asked = Vec::new();
        for (index, parameter) in self.function.parameters.iter().enumerate() {
            let at = next;
            next += self.interface.core(&parameter.shape).len();
            let value = self.call.passed[at];
            let name = parameter.name.trim_start_matches("fs_");
            let whole = || self.value(&parameter.shape, &value.to_le_bytes());
            asked.push(match self.interface.resolve(&parameter.shape) {
                Shape::Text => Part::bare(name, self.text(index, self.call.passed[at + 1])),
                Shape::List(_) => Part::bare(name, self.buffers(index, self.call.passed[at + 1])),
                Shape::ConstPointer(to) => Part::bare(name, self.elements(index, to).unwrap_or_else(unknown)),
                // Only an address: the contents are shown with the results.
                Shape::Pointer(_) => continue,
                Shape::Enum { .. } => Part::bare(name, whole()),
                Shape::Flags { .. } if value != 0 && name.ends_with("flags") => Part::bare(name, whole()),
                _ => Part::named(name, whole()),
            });
        }
        asked
    }

    /// The results: the errno, then each result under its type's name, and the buffers that the runtime filled.
    fn answered(&self) -> Vec<Part> {
        let value = self.call.returned.map_or(0, |returned| returned.value);
        if value != 0 {
            return vec![Part::bare("errno", Value::plain(format!("{value} {}", errno(value))))];
        }
        let mut answered = vec![Part::bare("errno", Value::plain("0"))];
        for (index, piece) in self.pieces.iter().enumerate().filter(|(_, piece)| piece.when == When::After) {
            match piece.of {
                Of::Result(result) => {
                    let shape = &self.function.results[result];
                    let name = shape.name().unwrap_or("result");
                    let value = self.data(index, 0).map_or_else(unknown, |data| self.value(shape, &data.bytes));
                    answered.push(Part::named(name, value));
                }
                Of::Parameter(parameter) => {
                    let parameter_of = &self.function.parameters[parameter];
                    let values: Vec<_> = match (piece.extent, self.interface.resolve(&parameter_of.shape)) {
                        (Extent::Buffers { .. }, _) => {
                            let parts = (0..=BUFFERS).filter_map(|buffer| self.data(index, buffer));
                            parts.map(|data| bytes(data, SHOWN)).collect()
                        }
                        (Extent::Unsaid, _) => {
                            self.data(index, 0).map(|data| strings(&data.bytes)).into_iter().collect()
                        }
                        (_, Shape::Pointer(to)) if self.interface.bytes(to) > 1 => {
                            self.elements(parameter, to).into_iter().collect()
                        }
                        _ => self.data(index, 0).map(|data| self.read(data)).into_iter().collect(),
                    };
                    answered.extend(values.into_iter().map(|value| Part::bare(&parameter_of.name, value)));
                }
            }
        }
        answered
    }

    /// The bytes that a function wrote into a buffer.
    fn read(&self, data: &Data) -> Value {
        match self.call.function.as_str() {
            "fd_readdir" => self.entries(&data.bytes),
            _ => bytes(data, if self.call.function.contains("path") { data.bytes.len() } else { SHOWN }),
        }
    }

    /// The entries of a folder. In memory each is followed by its name.
    fn entries(&self, mut rest: &[u8]) -> Value {
        let dirent = Shape::Named("dirent".to_owned());
        let Shape::Record { bytes, members } = self.interface.resolve(&dirent) else { return Value::plain("") };
        let field = |rest: &[u8], name: &str| {
            let member = members.iter().find(|member| member.name == name)?;
            let length = self.interface.bytes(&member.shape);
            Some((member.shape.clone(), rest.get(member.offset..member.offset + length)?.to_owned()))
        };
        let mut names = Vec::new();
        while rest.len() >= *bytes {
            let Some((_, length)) = field(rest, "d_namlen") else { break };
            let kind =
                field(rest, "d_type").map_or_else(|| Value::plain(""), |(shape, value)| self.value(&shape, &value));
            rest = &rest[*bytes..];
            let length = number(&length) as usize;
            let (name, after) = rest.split_at(length.min(rest.len()));
            names.push(Value::plain(format!("{} {kind}", quoted(name))));
            rest = after;
        }
        Value::List(names)
    }

    fn text(&self, parameter: usize, length: u64) -> Value {
        match self.of_parameter(parameter, 0) {
            Some(data) => bytes(data, data.bytes.len()),
            None => Value::plain(format!("{length} bytes")),
        }
    }

    /// The contents of buffers to write, or the lengths of buffers to read into.
    fn buffers(&self, parameter: usize, count: u64) -> Value {
        let array = self.of_parameter(parameter, 0).map_or(&[][..], |data| &data.bytes);
        let written = self.pieces.iter().position(|piece| {
            piece.of == Of::Parameter(parameter)
                && piece.when == When::Before
                && matches!(piece.extent, Extent::Buffers { .. })
        });
        let mut parts: Vec<_> = (array.as_chunks::<8>().0.iter().enumerate())
            .map(|(index, element)| {
                let length = number(&element[4..]);
                let later = || written.and_then(|piece| self.data(piece, BUFFERS));
                match written.map(|piece| self.data(piece, index as u32)) {
                    // All buffers from here on have one digest.
                    _ if index == BUFFERS as usize => {
                        Value::Cut { shown: length.to_string(), digest: later().and_then(|data| data.digest) }
                    }
                    Some(Some(data)) => bytes(data, SHOWN),
                    Some(None) if length == 0 => Value::plain(quoted(b"")),
                    _ => Value::plain(length.to_string()),
                }
            })
            .collect();
        if (parts.len() as u64) < count {
            parts.push(unknown());
        }
        Value::List(parts)
    }

    /// A list of values.
    fn elements(&self, parameter: usize, shape: &Shape) -> Option<Value> {
        let index = self.pieces.iter().position(|piece| piece.of == Of::Parameter(parameter))?;
        let data = self.data(index, 0)?;
        let each = self.interface.bytes(shape);
        let mut parts: Vec<_> = data.bytes.chunks_exact(each).map(|element| self.value(shape, element)).collect();
        if (data.bytes.len() as u32) < data.total {
            parts.push(unknown());
        }
        Some(Value::List(parts))
    }

    fn of_parameter(&self, parameter: usize, buffer: u32) -> Option<&Data> {
        let index = self.pieces.iter().position(|piece| piece.of == Of::Parameter(parameter))?;
        self.data(index, buffer)
    }

    fn data(&self, piece: usize, buffer: u32) -> Option<&Data> {
        self.call.data.iter().find(|data| (data.piece as usize, data.buffer) == (piece, buffer))
    }

    /// A value from its bytes, in little-endian order.
    fn value(&self, shape: &Shape, bytes: &[u8]) -> Value {
        let resolved = self.interface.resolve(shape);
        let Some(own) = bytes.get(..self.interface.bytes(shape)) else { return unknown() };
        Value::Plain(match resolved {
            Shape::Signed(_) => {
                let bits = 64 - 8 * own.len() as u32;
                ((number(own) << bits) as i64 >> bits).to_string()
            }
            Shape::Unsigned(_) => number(own).to_string(),
            // An invalid descriptor is -1.
            Shape::Handle => (number(own) as u32).cast_signed().to_string(),
            Shape::Enum { .. } => named(self.interface, shape, number(own)).unwrap_or_else(|| number(own).to_string()),
            Shape::Flags { names, .. } => flags(names, number(own)),
            Shape::Record { members, .. } => {
                let member = |member: &super::interface::Member| {
                    Part::named(&member.name, self.value(&member.shape, &own[member.offset..]))
                };
                return Value::Record(members.iter().map(member).collect());
            }
            Shape::Union { tag, payload, members, .. } => match members.get(number(&own[..*tag]) as usize) {
                Some(member) => {
                    let value = self.value(&member.shape, &own[*payload..]);
                    return Value::Member(member.name.clone(), Box::new(value));
                }
                None => format!("{{tag={}}}", number(&own[..*tag])),
            },
            // An address differs from run to run.
            _ => return unknown(),
        })
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).enumerate().fold(0, |number, (index, byte)| number | u64::from(*byte) << (8 * index))
}

fn named(interface: &Interface, shape: &Shape, value: u64) -> Option<String> {
    match interface.resolve(shape) {
        Shape::Enum { names, .. } => names.get(usize::try_from(value).ok()?).cloned(),
        _ => None,
    }
}

fn flags(names: &[String], value: u64) -> String {
    if value == 0 {
        return "0".to_owned();
    }
    let is_set = |bit: usize| bit < 64 && value >> bit & 1 == 1;
    let mut set: Vec<_> = (0..names.len()).filter(|bit| is_set(*bit)).map(|bit| names[bit].clone()).collect();
    let unnamed = if names.len() < 64 { value >> names.len() << names.len() } else { 0 };
    if unnamed != 0 {
        set.push(format!("{unnamed:#x}"));
    }
    match set.len() > FLAGS {
        true => format!("{}|…({value:#x})", set[..2].join("|")),
        false => set.join("|"),
    }
}

/// What the trace does not record, or what differs from run to run.
fn unknown() -> Value {
    Value::plain("…")
}

/// At most `most` bytes, in quotes.
fn bytes(data: &Data, most: usize) -> Value {
    let shown = &data.bytes[..data.bytes.len().min(most)];
    match (shown.len() as u32) < data.total {
        true => Value::Cut { shown: format!("{}… of {}", quoted(shown), data.total), digest: data.whole() },
        false => Value::Plain(quoted(shown)),
    }
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

/// A list of NUL-terminated strings. Where the list ends is not known.
fn strings(bytes: &[u8]) -> Value {
    let mut parts: Vec<_> = bytes.split(|byte| *byte == 0).map(quoted).collect();
    parts.pop();
    while parts.last().is_some_and(|last| last == "\"\"") {
        parts.pop();
    }
    Value::List(parts.into_iter().map(Value::Plain).collect())
}
