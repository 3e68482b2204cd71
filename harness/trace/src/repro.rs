//! Turns the few calls that show a difference into a module in text form, which needs no Go. The module makes the calls
//! with the same arguments and prints the errno and the other results of each.

mod fields;
mod needed;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::frames::Call;
use super::interface::{Core, Function, PREVIEW1, Shape};
use crate::format_call::{self, line};
use crate::memory_regions::{Extent, Of, Piece, When, pieces};
use fields::fields;
use needed::needed;

/// The address of the data that the module passes.
const GIVEN: usize = 4096;

/// The address of the memory that the runtime writes to.
const WRITTEN: usize = 65536;

/// The maximum number of bytes that the runtime may write in total.
const ROOM: usize = 65536;

/// The error for calls that pass too much data.
const FULL: &str = "the calls take more memory than such a module has";

/// The functions that print text and numbers. They use the first 64 bytes of memory.
const SAYS: &str = r#"  (func $say (param $from i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $from))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $number (param $n i64)
    (if (i64.ge_u (local.get $n) (i64.const 10))
      (then (call $number (i64.div_u (local.get $n) (i64.const 10)))))
    (i64.store8 (i32.const 16) (i64.add (i64.const 48) (i64.rem_u (local.get $n) (i64.const 10))))
    (call $say (i32.const 16) (i32.const 1)))
"#;

/// The call with this index, and the earlier calls that it depends on, as a module in text form.
///
/// # Errors
/// If the trace does not contain everything that the module needs, if one of the calls is not of preview 1, or if the
/// calls take too much memory. The error is a readable message.
pub fn repro(calls: &[Call], index: usize) -> Result<String, String> {
    let mut writer = Writer::default();
    for place in needed(calls, index)? {
        writer.is_last = place == index;
        writer.call(&calls[place])?;
        writer.has_times |= calls[place].function.ends_with("_set_times");
    }
    Ok(writer.finish())
}

/// The descriptors that a call passes, each with its index among the passed values.
fn handles(call: &Call) -> Result<Vec<(usize, u64)>, String> {
    let function = known(call)?;
    let mut at = 0;
    let mut found = Vec::new();
    for parameter in &function.parameters {
        if matches!(PREVIEW1.resolve(&parameter.shape), Shape::Handle) {
            found.push((at, call.passed[at]));
        }
        at += PREVIEW1.core(&parameter.shape).len();
    }
    Ok(found)
}

fn known(call: &Call) -> Result<&'static Function, String> {
    format_call::known(call).ok_or_else(|| format!("{} is no function of preview 1", call.function))
}

/// A module being written.
#[derive(Default)]
struct Writer {
    imports: BTreeMap<String, String>,
    data: String,
    body: String,
    given: usize,
    written: usize,
    /// Whether the current call is the one that matters, not one that it depends on.
    is_last: bool,
    /// Whether file times were set, so that they are the same in each run.
    has_times: bool,
    /// The address where each opened descriptor is stored.
    opened: BTreeMap<u64, usize>,
}

impl Writer {
    fn call(&mut self, call: &Call) -> Result<(), String> {
        let function = known(call)?;
        let all = pieces(&PREVIEW1, function);
        self.import(&call.function, function);
        let mut passed: Vec<String> = (PREVIEW1.signature(function).iter().zip(&call.passed))
            .map(|(core, value)| match core {
                Core::I32 => format!("(i32.const {})", (*value as u32).cast_signed()),
                Core::I64 => format!("(i64.const {})", value.cast_signed()),
            })
            .collect();
        for (at, descriptor) in handles(call)? {
            if let Some(address) = self.opened.get(&descriptor) {
                passed[at] = format!("(i32.load (i32.const {address}))");
            }
        }
        let mut says = String::new();
        for (number, piece) in all.iter().enumerate() {
            let length = length(piece, call);
            let Some(address) = self.place(call, &all, number, piece, length)? else { continue };
            passed[piece.address as usize] = format!("(i32.const {address})");
            says += &self.says(call, function, piece, address, &passed);
        }
        for (at, parameter) in addresses(function) {
            // A list of addresses that the runtime fills in: reserve some room.
            if matches!(PREVIEW1.resolve(parameter), Shape::Pointer(to) if matches!(PREVIEW1.resolve(to), Shape::Pointer(_)))
            {
                passed[at] = format!("(i32.const {})", self.room(1024)?);
            }
        }
        let told = line(call);
        let asked = told.find(") = ").map_or(told.as_str(), |end| &told[..=end]);
        let made = format!("(call ${} {})", call.function, passed.join(" "));
        writeln!(self.body, "    ;; {asked}").map_err(|error| error.to_string())?;
        if !function.returns {
            self.body += &format!("    {made}\n");
            return Ok(());
        }
        let name = self.given(format!("{}: errno ", call.function).as_bytes());
        let name_length = call.function.len() + 8;
        self.body +=
            &format!("    (local.set $errno {made})\n    (call $say (i32.const {name}) (i32.const {name_length}))\n");
        self.body += "    (call $number (i64.extend_i32_u (local.get $errno)))\n";
        if !says.is_empty() {
            self.body += &format!("    (if (i32.eqz (local.get $errno)) (then\n{says}    ))\n");
        }
        let end = self.given(b"\n");
        self.body += &format!("    (call $say (i32.const {end}) (i32.const 1))\n");
        if let (Some(descriptor), Some(at)) = (call.opened(), opened_at(function, &passed)) {
            self.opened.insert(descriptor, at);
        }
        Ok(())
    }

    /// The code that prints a part of memory that the runtime wrote: names and paths as text, results as numbers.
    fn says(&mut self, call: &Call, function: &Function, piece: &Piece, address: usize, passed: &[String]) -> String {
        let mut says = String::new();
        match (piece.when, piece.of, piece.extent) {
            (When::After, Of::Result(result), Extent::Fixed(_)) => {
                for field in fields(&function.results[result], self.has_times) {
                    let label = format!(", {}=", field.name);
                    let at = self.given(label.as_bytes());
                    let load = match field.bytes {
                        8 => "i64.load".to_owned(),
                        bytes => format!("i64.load{}_u", 8 * bytes),
                    };
                    says += &format!(
                        "      (call $say (i32.const {at}) (i32.const {})) (call $number ({load} (i32.const {})))\n",
                        label.len(),
                        address + field.offset
                    );
                }
            }
            (When::After, Of::Parameter(_), Extent::Counted { count, within, .. })
                if call.function.contains("path") || call.function.contains("dir_name") =>
            {
                let length = match within {
                    Some(within) => format!("(i32.load {})", passed[within as usize]),
                    None => passed[count as usize].clone(),
                };
                let apart = self.given(b", ");
                says += &format!(
                    "      (call $say (i32.const {apart}) (i32.const 2)) (call $say (i32.const {address}) {length})\n"
                );
            }
            _ => {}
        }
        says
    }

    /// Reserves the address of a part of memory, stores the data that the module passes, and returns the address.
    fn place(
        &mut self,
        call: &Call,
        all: &[Piece],
        number: usize,
        piece: &Piece,
        length: usize,
    ) -> Result<Option<usize>, String> {
        let data = |number: usize, buffer: usize| {
            let mut data = call.data.iter();
            data.find(|data| (data.piece as usize, data.buffer as usize) == (number, buffer))
        };
        match (piece.when, piece.extent) {
            (_, Extent::Buffers { .. }) => Ok(None),
            (When::Before, _) => {
                let bytes = data(number, 0).map_or(&[][..], |data| &data.bytes);
                if bytes.len() < length {
                    return Err(format!(
                        "the trace holds {} of {length} bytes given to {}",
                        bytes.len(),
                        call.function
                    ));
                }
                let buffers =
                    all.iter().position(|other| other.of == piece.of && matches!(other.extent, Extent::Buffers { .. }));
                let Some(buffers) = buffers else { return Ok(Some(self.given(bytes))) };
                let mut array = Vec::new();
                for (index, element) in bytes.as_chunks::<8>().0.iter().enumerate() {
                    let length = u32::from_le_bytes([element[4], element[5], element[6], element[7]]) as usize;
                    let address = match all[buffers].when {
                        When::After => self.room(length)?,
                        When::Before => {
                            let mut known = data(buffers, index).map_or_else(Vec::new, |data| data.bytes.clone());
                            if known.len() < length && self.is_last {
                                return Err(format!("the trace holds {} of {length} bytes written", known.len()));
                            }
                            if length > ROOM {
                                return Err(FULL.to_owned());
                            }
                            // For a call that is only a dependency, just the length of the written data matters.
                            known.resize(length, b'.');
                            self.given(&known)
                        }
                    };
                    array.extend((address as u32).to_le_bytes());
                    array.extend((length as u32).to_le_bytes());
                }
                Ok(Some(self.given(&array)))
            }
            (When::After, Extent::Fixed(bytes)) => Ok(Some(self.room(bytes as usize)?)),
            (When::After, Extent::Unsaid) => Ok(Some(self.room(4096)?)),
            (When::After, Extent::Counted { .. }) => Ok(Some(self.room(length)?)),
        }
    }

    fn import(&mut self, name: &str, function: &Function) {
        let core = |core: &Core| if *core == Core::I32 { "i32" } else { "i64" };
        let parameters: Vec<_> = PREVIEW1.signature(function).iter().map(core).collect();
        let result = if function.returns { " (result i32)" } else { "" };
        let kind = format!("(param {}){result}", parameters.join(" "));
        self.imports.insert(name.to_owned(), kind);
    }

    fn given(&mut self, bytes: &[u8]) -> usize {
        let address = GIVEN + self.given;
        let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\') || *byte == b' ';
        let text = match bytes.iter().all(plain) {
            true => String::from_utf8_lossy(bytes).into_owned(),
            false => escaped,
        };
        self.data += &format!("  (data (i32.const {address}) \"{text}\")\n");
        self.given += bytes.len().next_multiple_of(8);
        address
    }

    fn room(&mut self, length: usize) -> Result<usize, String> {
        let address = WRITTEN + self.written;
        self.written += length.next_multiple_of(8);
        match self.written > ROOM || self.given > WRITTEN - GIVEN {
            true => Err(FULL.to_owned()),
            false => Ok(address),
        }
    }

    fn finish(mut self) -> String {
        if let Some(write) = PREVIEW1.functions.get("fd_write") {
            self.import("fd_write", write);
        }
        let imports = self
            .imports
            .iter()
            .map(|(name, kind)| format!("  (import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} {kind}))\n"));
        let imports: String = imports.collect();
        format!(
            "(module\n{imports}  (memory (export \"memory\") 2)\n{}{SAYS}  (func (export \"_start\") (local $errno i32)\n{}  ))\n",
            self.data, self.body
        )
    }
}

/// The length in bytes of a passed part of memory.
fn length(piece: &Piece, call: &Call) -> usize {
    match piece.extent {
        Extent::Fixed(bytes) => bytes as usize,
        Extent::Counted { count, each, .. } => call.passed[count as usize] as u32 as usize * each as usize,
        Extent::Buffers { .. } | Extent::Unsaid => 0,
    }
}

/// The parameters, each with its index among the passed values.
fn addresses(function: &'static Function) -> impl Iterator<Item = (usize, &'static Shape)> {
    let mut at = 0;
    function.parameters.iter().map(move |parameter| {
        let here = at;
        at += PREVIEW1.core(&parameter.shape).len();
        (here, &parameter.shape)
    })
}

/// The address where a call stores the descriptor that it opens.
fn opened_at(function: &Function, passed: &[String]) -> Option<usize> {
    let result = function.results.iter().position(|shape| shape.name() == Some("fd"))?;
    let first = passed.len() - function.results.len();
    passed[first + result].trim_start_matches("(i32.const ").trim_end_matches(')').parse().ok()
}
