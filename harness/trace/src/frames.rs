//! Separates the trace from what the guest and the runtime wrote to stderr.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::digest::digest_of;
use super::instrument::Traced;
use super::line_format::{CALL, DATA, DIGEST, FULL, NO_PIECE, PARAMETERS, RETURN};

/// The calls that a traced module recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Trace {
    /// The calls in the order in which they were made.
    pub calls: Vec<Call>,
    /// The minimum number of further calls that were not recorded because the limit was reached. `None` if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untold: Option<u32>,
    /// The number of damaged pieces of the trace.
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
    /// The arguments that the module passed.
    pub passed: Vec<u64>,
    /// The parts of memory that the call read or wrote.
    pub data: Vec<Data>,
    /// The result; `None` if the call did not return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<Returned>,
}

/// The result of a call.
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
    /// The index of the part among those of the function.
    pub piece: u32,
    /// The index of the buffer within the part. One index stands for all buffers that are not recorded one by one.
    pub buffer: u32,
    /// Its length in bytes.
    pub total: u32,
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// The digest of all its bytes, if the trace has it. It has one for bytes that are not all recorded.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_hexadecimal")]
    pub digest: Option<u64>,
}

impl Data {
    /// The digest of all its bytes; `None` if the trace does not tell.
    pub fn whole(&self) -> Option<u64> {
        self.digest.or_else(|| (self.bytes.len() == self.total as usize).then(|| digest_of(&self.bytes)))
    }
}

/// Not every reader of JSON has integers of 64 bits.
fn in_hexadecimal<S: Serializer>(digest: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match digest {
        Some(digest) => serializer.serialize_str(&format!("{digest:016x}")),
        None => serializer.serialize_none(),
    }
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
    /// Extracts a trace from stderr. Also returns the rest, which the guest and the runtime wrote.
    pub fn take(traced: &Traced, stderr: &[u8]) -> (Trace, Vec<u8>) {
        let marker = traced.marker.as_bytes();
        let mut own = Vec::with_capacity(stderr.len() / 8);
        let mut trace = Trace::default();
        let mut places = BTreeMap::new();
        let mut full_after = None;
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
                Some(frame) if frame.kind == FULL => full_after = Some(trace.calls.len()),
                Some(frame) => trace.add(frame, &traced.functions, &mut places),
                None => trace.broken += 1,
            }
        }
        own.extend_from_slice(rest);
        trace.untold = full_after.and_then(|recorded| trace.untold_after(recorded));
        trace.trim();
        (trace, own)
    }

    /// The minimum number of calls that were not recorded after the first `recorded` ones. A function that does not return
    /// is always recorded, and its number tells how many calls came before it.
    fn untold_after(&self, recorded: usize) -> Option<u32> {
        let mut before = recorded.checked_sub(1).map_or(0, |last| self.calls[last].number);
        let later = &self.calls[recorded..];
        let gaps = later.iter().map(|call| {
            let gap = call.number.saturating_sub(before.saturating_add(1));
            before = call.number;
            gap
        });
        let gaps: u32 = gaps.sum();
        if later.is_empty() { Some(1) } else { Some(gaps).filter(|gaps| *gaps > 0) }
    }

    /// Cuts the data of `args_get` and `environ_get` to the length that the earlier `…_sizes_get` call returned.
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
                places.insert(frame.number, self.calls.len());
                let (function, passed) = (functions[frame.place].clone(), frame.values.clone());
                let mut call = Call { number: frame.number, function, passed, data: Vec::new(), returned: None };
                call.add(frame);
                self.calls.push(call);
            }
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
        let Frame { piece, buffer, total, bytes, values, kind, .. } = frame;
        if piece == NO_PIECE {
            return;
        }
        let digest = values.first().copied().filter(|_| kind == DIGEST);
        match self.data.iter_mut().find(|data| (data.piece, data.buffer) == (piece, buffer)) {
            Some(data) => {
                data.bytes.extend(bytes);
                data.digest = digest.or(data.digest);
            }
            None => self.data.push(Data { piece, buffer, total, bytes, digest }),
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
            DIGEST => (1, buffer),
            _ => return None,
        };
        if values > PARAMETERS || ([DATA, DIGEST].contains(&kind) && piece == NO_PIECE) {
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
