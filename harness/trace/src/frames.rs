//! Finds what the wrappers said among what the guest, and the runtime, wrote to stderr.

use std::collections::BTreeMap;

use serde::Serialize;

use super::instrument::Traced;
use super::line_format::{CALL, DATA, FULL, NO_PIECE, PARAMETERS, RETURN};

/// What a traced module told of its calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Trace {
    /// The calls in the order in which they were made.
    pub calls: Vec<Call>,
    /// How many calls more there were at least that were not told of, because that was as many as are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untold: Option<u32>,
    /// How many pieces of the trace did not arrive whole.
    pub broken: usize,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// Its number, from 1.
    pub number: u32,
    /// The function.
    pub function: String,
    /// What the module passed.
    pub passed: Vec<u64>,
    /// What stood in memory before, or came to stand there.
    pub data: Vec<Data>,
    /// What came back; none if nothing did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<Returned>,
}

/// What a call came back with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Returned {
    /// The errno, for a function of preview 1.
    pub value: u64,
}

/// A part of memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Data {
    /// Which of the function's parts.
    pub piece: u32,
    /// Which buffer of it.
    pub buffer: u32,
    /// How long it is.
    pub total: u32,
    /// Its first bytes.
    pub bytes: Vec<u8>,
}

/// One piece of a trace.
struct Frame {
    kind: u32,
    place: usize,
    piece: u32,
    buffer: u32,
    number: u32,
    values: Vec<u64>,
    total: u32,
    bytes: Vec<u8>,
}

impl Trace {
    /// Takes a trace out of what was written to stderr; what is left is the guest's and the runtime's own.
    pub fn take(traced: &Traced, stderr: &[u8]) -> (Trace, Vec<u8>) {
        let marker = traced.marker.as_bytes();
        let mut own = Vec::with_capacity(stderr.len() / 8);
        let mut trace = Trace::default();
        let mut places = BTreeMap::new();
        let mut rest = stderr;
        while let Some(start) = find(rest, marker) {
            own.extend_from_slice(&rest[..start]);
            rest = &rest[start + marker.len()..];
            let digits = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
            let (line, after) = rest.split_at(digits);
            rest = after.strip_prefix(b"\n").unwrap_or(after);
            match Frame::read(line)
                .filter(|frame| after.first() == Some(&b'\n') && frame.place < traced.functions.len())
            {
                Some(frame) => trace.add(frame, &traced.functions, &mut places),
                None => trace.broken += 1,
            }
        }
        own.extend_from_slice(rest);
        trace.trim();
        (trace, own)
    }

    /// How long arguments and variables are was said by an earlier call: `args_sizes_get` speaks for `args_get`.
    fn trim(&mut self) {
        let mut sizes = BTreeMap::new();
        for call in &mut self.calls {
            if let Some(of) = call.function.strip_suffix("_sizes_get") {
                let size = call.data.get(1).and_then(|data| data.bytes.first_chunk());
                sizes.extend(size.map(|size| (format!("{of}_get"), u32::from_le_bytes(*size))));
            } else if let Some(size) = sizes.get(&call.function) {
                for data in &mut call.data {
                    data.total = data.total.min(*size);
                    data.bytes.truncate(*size as usize);
                }
            }
        }
    }

    fn add(&mut self, frame: Frame, functions: &[String], places: &mut BTreeMap<u32, usize>) {
        match frame.kind {
            CALL => {
                if let (Some(untold), Some(last)) = (&mut self.untold, self.calls.last()) {
                    // One that does not return tells how many calls there were.
                    *untold = frame.number.saturating_sub(last.number + 1);
                }
                places.insert(frame.number, self.calls.len());
                let (function, passed) = (functions[frame.place].clone(), frame.values.clone());
                let mut call = Call { number: frame.number, function, passed, data: Vec::new(), returned: None };
                call.add(frame);
                self.calls.push(call);
            }
            FULL => self.untold = Some(1),
            kind => {
                let Some(call) = places.get(&frame.number).and_then(|index| self.calls.get_mut(*index)) else {
                    self.broken += 1;
                    return;
                };
                if kind == RETURN {
                    call.returned = frame.values.first().map(|value| Returned { value: *value });
                }
                call.add(frame);
            }
        }
    }
}

impl Call {
    fn add(&mut self, frame: Frame) {
        let Frame { piece, buffer, total, bytes, .. } = frame;
        if piece == NO_PIECE {
            return;
        }
        match self.data.iter_mut().find(|data| (data.piece, data.buffer) == (piece, buffer)) {
            Some(data) => data.bytes.extend(bytes),
            None => self.data.push(Data { piece, buffer, total, bytes }),
        }
    }
}

impl Frame {
    fn read(line: &[u8]) -> Option<Frame> {
        let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
        let (pairs, []) = line.as_chunks::<2>() else { return None };
        let bytes: Vec<u8> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<_>>()?;
        let mut rest = &bytes[..];
        let head = word(&mut rest)?;
        let number = word(&mut rest)?;
        let [kind, place, piece, buffer] = head.to_le_bytes().map(u32::from);
        let (values, buffer) = match kind {
            CALL | RETURN => (buffer as usize, 0),
            DATA | FULL => (0, buffer),
            _ => return None,
        };
        if values > PARAMETERS || (kind == DATA && piece == NO_PIECE) {
            return None;
        }
        let values = (0..values).map(|_| long(&mut rest)).collect::<Option<_>>()?;
        let total = word(&mut rest)?;
        Some(Frame { kind, place: place as usize, piece, buffer, number, values, total, bytes: rest.to_owned() })
    }
}

fn word(rest: &mut &[u8]) -> Option<u32> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u32::from_le_bytes(*first))
}

fn long(rest: &mut &[u8]) -> Option<u64> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(u64::from_le_bytes(*first))
}

fn find(within: &[u8], marker: &[u8]) -> Option<usize> {
    let first = *marker.first()?;
    let mut from = 0;
    loop {
        let next = from + within[from..].iter().position(|byte| *byte == first)?;
        if within[next..].starts_with(marker) {
            return Some(next);
        }
        from = next + 1;
    }
}
