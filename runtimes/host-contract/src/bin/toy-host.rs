//! A host without an engine: the least a new one must write, and what the contract's tests run.
//!
//! Its modules are words, one command a line: `print WORDS`, `exit CODE`, `trap`, `panic`, `gone` for an
//! environment that cannot be set up. Anything else is no module. In its other mode, `loud`, it prints in
//! capitals, cannot count fuel, and does not know how to `panic`.

use std::error::Error;
use std::process::ExitCode;

use host_contract::cache::Refused;
use host_contract::report::{Report, Trap};
use host_contract::request::{Field, Limits, Request};
use host_contract::serve::{self, Mode};

struct Toy<const LOUD: bool>;

impl<const LOUD: bool> serve::Host for Toy<LOUD> {
    type Module = String;

    const NAME: &'static str = "toy-host";
    const MODE: Option<&'static str> = Some(if LOUD { "loud" } else { "quiet" });
    const FIELDS: &'static [Field] = if LOUD { &[] } else { &[Field::Fuel] };

    fn version() -> Option<&'static str> {
        Some("1.2.3")
    }

    fn new(_limits: &Limits) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Toy)
    }

    fn settings(&self) -> Option<String> {
        Some("plain".to_owned())
    }

    fn compile(&self, wasm: &[u8]) -> Result<String, Refused> {
        let words = String::from_utf8(wasm.to_vec()).map_err(|error| Refused(error.to_string()))?;
        let known = ["print ", "exit ", "trap", "gone", "panic"];
        let known = if LOUD { &known[..4] } else { &known };
        match words.lines().find(|line| !known.iter().any(|command| line.starts_with(command))) {
            Some(line) => Err(Refused(format!("unknown command {line:?}"))),
            None => Ok(words),
        }
    }

    fn refusal(words: &str) -> Trap {
        match words {
            "unknown command \"panic\"" => Trap::MissingImport { module: "toy".to_owned(), name: "panic".to_owned() },
            _ => Trap::InvalidModule,
        }
    }

    fn save(&self, module: &String) -> Result<Vec<u8>, Refused> {
        Ok(module.clone().into_bytes())
    }

    unsafe fn load(&self, artifact: &[u8]) -> Result<String, Refused> {
        self.compile(artifact)
    }

    fn run(self, module: String, request: &Request, report: &mut Report) -> Result<(), Box<dyn Error + Send + Sync>> {
        report.exited(0);
        for line in module.lines() {
            match line.split_once(' ').unwrap_or((line, "")) {
                ("print", words) if LOUD => println!("{} {}", words.to_uppercase(), request.argv.join(" ")),
                ("print", words) => println!("{words} {}", request.argv.join(" ")),
                ("exit", code) => {
                    report.exited(code.parse()?);
                    break;
                }
                ("trap", _) => {
                    report.stop(Trap::Unreachable, "stepped on a trap ".repeat(1000));
                    break;
                }
                ("panic", _) => panic!("as the module asked"),
                _ => return Err("the environment is gone".into()),
            }
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    serve::main_of(&[Mode::of::<Toy<false>>(), Mode::of::<Toy<true>>()])
}
