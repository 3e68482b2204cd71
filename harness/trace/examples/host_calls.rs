//! Prints the host calls that a module makes, under any runtime.
//!
//! ```text
//! cargo run -p wasip1-trace --example host_calls -- rewrite app.wasm traced.wasm
//! wazero run traced.wasm 2> stderr.txt
//! cargo run -p wasip1-trace --example host_calls -- read app.wasm stderr.txt
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::{env, fs};

use wasip1_trace::{Trace, instrument, line};

/// How many calls are written one by one; after that many the module only counts.
const CALLS: u32 = 10_000;

const USAGE: &str = "usage: host_calls rewrite APP.wasm TRACED.wasm\n       host_calls read APP.wasm STDERR.txt";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        ["rewrite", module, traced] => rewrite(module, traced),
        ["read", module, stderr] => read(module, stderr),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes a module that reports its own host calls.
fn rewrite(module: &str, traced: &str) -> Result<(), Box<dyn Error>> {
    let rewritten = instrument(&fs::read(module)?, CALLS)?;
    fs::write(traced, rewritten.module)?;
    eprintln!("{traced} reports its calls of {}", rewritten.functions.join(", "));
    Ok(())
}

/// Prints the calls found in what the rewritten module wrote to stderr. The same module is always rewritten in the
/// same way, so the original is enough to read the trace.
fn read(module: &str, stderr: &str) -> Result<(), Box<dyn Error>> {
    let rewritten = instrument(&fs::read(module)?, CALLS)?;
    let (trace, own) = Trace::take(&rewritten, &fs::read(stderr)?);
    for call in &trace.calls {
        println!("{}", line(call));
    }
    eprintln!("{} calls; the program itself wrote {} bytes to stderr", trace.calls.len(), own.len());
    Ok(())
}
