//! What the commands print. In this crate `println!`, `print!`, `eprintln!` and `eprint!` are the macros below, which
//! stand before all modules and so in front of the standard library's. Those panic if a stream cannot be written to.
//!
//! Nobody must read what a command prints: `wasip1-matrix list | head -1` closes the pipe after one line. From then on
//! stdout takes everything and keeps nothing, and the command goes on to its own end, with the exit code that it would
//! have had. A command that is ended by a signal instead could leave a record, an installation or a guest behind.
//!
//! If stdout cannot be written for another reason, such as a full disk, the command goes on too, and [`finish`] tells
//! the reason. If stderr cannot be written, there is nobody to tell.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

use anstream::AutoStream;
use anyhow::{Result, bail};
use matrix_supervise::Output;

/// Why stdout takes no more, once it takes no more.
static LOST: OnceLock<io::Error> = OnceLock::new();

macro_rules! println {
    () => { $crate::printing::out(format_args!("\n")) };
    ($($text:tt)*) => { $crate::printing::out(format_args!("{}\n", format_args!($($text)*))) };
}

macro_rules! print {
    ($($text:tt)*) => { $crate::printing::out(format_args!($($text)*)) };
}

macro_rules! eprintln {
    ($($text:tt)*) => { $crate::printing::err(format_args!("{}\n", format_args!($($text)*))) };
}

macro_rules! eprint {
    ($($text:tt)*) => { $crate::printing::err(format_args!($($text)*)) };
}

/// Stdout. Writing to it never fails.
pub(crate) struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_read() {
            keep_reason(io::stdout().write_all(bytes));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        keep_reason(io::stdout().flush());
        Ok(())
    }
}

/// Stdout, for text with styles: they are left out if it is no terminal.
pub(crate) fn styled() -> AutoStream<Box<dyn Write>> {
    AutoStream::new(Box::new(Stdout), AutoStream::choice(&io::stdout()))
}

/// Prints to stdout: what `print!` and `println!` call.
pub(crate) fn out(text: Arguments) {
    if is_read() {
        keep_reason(io::stdout().lock().write_fmt(text));
    }
}

/// Prints to stderr: what `eprint!` and `eprintln!` call.
pub(crate) fn err(text: Arguments) {
    io::stderr().lock().write_fmt(text).ok();
}

/// Passes on bytes of another program to stdout or stderr, unchanged and at once. Returns whether somebody still reads them.
pub(crate) fn pass_on(output: Output, bytes: &[u8]) -> bool {
    match output {
        Output::Stdout => {
            let mut stdout = Stdout;
            stdout.write_all(bytes).and_then(|()| stdout.flush()).is_ok() && is_read()
        }
        Output::Stderr => io::stderr().write_all(bytes).is_ok(),
    }
}

/// Whether somebody may still read what is printed to stdout.
pub(crate) fn is_read() -> bool {
    LOST.get().is_none()
}

/// Writes out what is left. It is called once, at the end of the command.
///
/// # Errors
/// If something was printed to stdout that did not get there, although nobody closed the pipe.
pub(crate) fn finish() -> Result<()> {
    Stdout.flush()?;
    match LOST.get() {
        Some(why) if why.kind() != ErrorKind::BrokenPipe => bail!("stdout: {why}"),
        _ => Ok(()),
    }
}

fn keep_reason(written: io::Result<()>) {
    if let Err(why) = written {
        // The first reason is the one to tell.
        LOST.set(why).ok();
    }
}
