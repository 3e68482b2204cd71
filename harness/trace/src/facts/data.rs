//! The bytes that a module puts into its memory before it runs. Linkers leave out long runs of zeros, so one table may be
//! in several pieces.

use wasmparser::{DataKind, Operator};

/// Those bytes, by address.
#[derive(Default)]
pub(super) struct Data<'m> {
    pieces: Vec<(u64, &'m [u8])>,
}

impl<'m> Data<'m> {
    /// Adds a piece. One whose address is not a plain number, or is decided by the program, is left out.
    pub fn add(&mut self, piece: &wasmparser::Data<'m>) -> wasmparser::Result<()> {
        let DataKind::Active { memory_index: 0, offset_expr } = &piece.kind else { return Ok(()) };
        let address = match offset_expr.get_operators_reader().read()? {
            Operator::I32Const { value } => u64::from(value.cast_unsigned()),
            Operator::I64Const { value } => value.cast_unsigned(),
            _ => return Ok(()),
        };
        self.pieces.push((address, piece.data));
        Ok(())
    }

    /// The address of the first occurrence of some bytes within one piece, at a multiple of `alignment`.
    pub fn find(&self, wanted: &[u8], alignment: u64) -> Option<u64> {
        self.pieces.iter().find_map(|(address, bytes)| {
            let first = (address.next_multiple_of(alignment) - address) as usize;
            let starts = (first..bytes.len()).step_by(alignment as usize);
            let found = starts.into_iter().find(|start| bytes[*start..].starts_with(wanted))?;
            Some(address + found as u64)
        })
    }

    /// As many bytes as `length` from an address on; zeros where there is no piece. `None` for more bytes than there are
    /// in all pieces.
    pub fn read(&self, address: u64, length: u64) -> Option<Vec<u8>> {
        let all: u64 = self.pieces.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let end = address.checked_add(length).filter(|_| length <= all)?;
        let mut read = vec![0; usize::try_from(length).ok()?];
        for (start, bytes) in &self.pieces {
            let (from, to) = (address.max(*start), end.min(start.saturating_add(bytes.len() as u64)));
            if from < to {
                let piece = &bytes[(from - start) as usize..(to - start) as usize];
                read[(from - address) as usize..(to - address) as usize].copy_from_slice(piece);
            }
        }
        Some(read)
    }

    /// The number at an address, in the byte order of WebAssembly.
    pub fn word(&self, address: u64) -> Option<u64> {
        Some(u64::from_le_bytes(self.read(address, 8)?.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_between_pieces_are_read() {
        let data = Data { pieces: vec![(8, b"abcdefgh"), (20, b"ij\x01")] };
        assert_eq!(data.read(14, 9).as_deref(), Some(&b"gh\0\0\0\0ij\x01"[..]));
        assert_eq!(data.read(14, 12), None, "there are only eleven");
        assert_eq!(data.read(u64::MAX, 8), None);
        assert_eq!((data.find(b"ij", 1), data.find(b"ij", 8), data.find(b"ab", 8)), (Some(20), None, Some(8)));
        assert_eq!(data.word(20), Some(0x01_6a69));
    }
}
