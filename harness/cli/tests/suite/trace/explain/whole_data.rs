//! Bytes that the trace shows only in part count as a whole.

use super::*;

/// The number of bytes that these calls read and write, of which a trace has the first ones alone.
const TOTAL: u32 = 175;

/// Bytes that begin in the same way everywhere. `None` for a digest that the trace does not have.
fn long(piece: u32, digest: Option<u64>) -> Data {
    Data { piece, buffer: 0, total: TOTAL, bytes: vec![b'v'; 64], digest }
}

fn number(piece: u32, bytes: &[u8]) -> Data {
    Data { piece, buffer: 0, total: bytes.len() as u32, bytes: bytes.to_vec(), digest: None }
}

fn reads(digest: impl Into<Option<u64>>) -> Call {
    let data = vec![number(1, &[TOTAL as u8, 0, 0, 0]), long(2, digest.into())];
    Call { data, ..call("fd_read", &[4, 0, 1, 0], &[], Some(0)) }
}

fn writes(digest: u64) -> Call {
    let array = [0, 0, 0, 0, TOTAL as u8, 0, 0, 0];
    let data = vec![number(0, &array), long(1, Some(digest)), number(2, &[TOTAL as u8, 0, 0, 0])];
    Call { data, ..call("fd_write", &[4, 0, 1, 0], &[], Some(0)) }
}

/// Sets a file's times and asks for them, and for its size.
fn sets_times(kept: u8, size: u8) -> [Call; 2] {
    let mut stat = vec![0; 64];
    (stat[48], stat[32]) = (kept, size);
    let set = call("fd_filestat_set_times", &[4, 1, 1, 10], &[], Some(0));
    [set, call("fd_filestat_get", &[4, 0], &[(0, &stat)], Some(0))]
}

/// Two runs that make these calls and end otherwise.
#[track_caller]
fn told(own: Vec<Call>, other: Vec<Call>, pattern: Pattern, words: &str) {
    let run = |calls: Vec<Call>, exit: u64| seen([calls, vec![exits(exit)]].concat(), code(exit as i32));
    says(run(own, 1), run(other, 0), pattern, words);
}

#[test]
fn other_bytes_after_those_that_are_shown_are_to_blame() {
    let run = |read: Call, time: u8| [vec![read], sets_times(time, 0).to_vec()].concat();
    let words = "of 175; other with 0, size=175, \"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\"… of 175, other bytes.";
    told(run(reads(1), 1), run(reads(2), 2), Pattern::Result, words);
    told(run(reads(1), 1), run(reads(1), 2), Pattern::Result, "one answered fd_filestat_get");
    // The trace has all of these bytes, and shows 32.
    let short = |last: u8| {
        let bytes = [vec![b'v'; 39], vec![last]].concat();
        let data = vec![number(1, &[40, 0, 0, 0]), number(2, &bytes)];
        Call { data, ..call("fd_read", &[4, 0, 1, 0], &[], Some(0)) }
    };
    told(run(short(1), 1), run(short(2), 2), Pattern::Result, "… of 40, other bytes.");
    told(run(short(1), 1), run(short(1), 2), Pattern::Result, "one answered fd_filestat_get");
}

#[test]
fn a_run_may_read_what_it_wrote_itself() {
    let alike = "Up to here both answered the same";
    told(vec![writes(1), reads(1)], vec![writes(2), reads(2)], Pattern::OtherCalls, alike);
    // One reads what it wrote first, the other what it wrote last.
    let own = vec![writes(1), writes(2), reads(1)];
    told(own, vec![writes(3), writes(4), reads(4)], Pattern::Result, "one answered fd_read");
    let other = vec![writes(3), writes(4), reads(4)];
    told(vec![writes(1), writes(2), reads(5)], other, Pattern::Result, "one answered fd_read");
}

#[test]
fn nothing_is_concluded_where_the_trace_does_not_tell() {
    let words = "The trace does not tell which call is to blame. The guest was given other bytes";
    let run = |calls: Vec<Call>, time: u8| [calls, sets_times(time, 0).to_vec()].concat();
    // What is read may hold what was written.
    let (own, other) = (vec![writes(1), reads(3)], vec![writes(2), reads(4)]);
    told(run(own, 1), run(other, 2), Pattern::OtherCalls, words);
    told(run(vec![reads(None)], 1), run(vec![reads(None)], 2), Pattern::OtherCalls, words);
}

#[test]
fn what_the_guest_wrote_may_follow_from_an_earlier_answer() {
    let words = "The trace does not tell which call is to blame. The guest wrote other bytes";
    let run = |told: u8, written: u64, size: u8| {
        let tells = call("fd_tell", &[5, 0], &[(0, &[told, 0, 0, 0, 0, 0, 0, 0])], Some(0));
        [vec![tells, writes(written)], sets_times(0, size).to_vec()].concat()
    };
    told(run(1, 1, 1), run(2, 2, 2), Pattern::OtherCalls, words);
    told(run(1, 1, 1), run(2, 2, 1), Pattern::Result, "one answered fd_tell");
    told(run(1, 1, 1), run(1, 2, 2), Pattern::Result, "one answered fd_filestat_get");
}
