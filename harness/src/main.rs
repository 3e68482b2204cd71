//! The `wasip1-matrix` command.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::main()
}
