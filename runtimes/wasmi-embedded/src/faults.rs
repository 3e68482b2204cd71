//! The host broken on purpose, one fault at a time: `wasip1-matrix mutants` asks whether the cases notice.
//!
//! Without `--fault` nothing here runs. With it, every preview 1 function that the guest imports goes through
//! [`link`], so that the control, `--fault none`, shows that the detour itself changes nothing.
//!
//! A fault belongs here if a Go program can notice it under this engine. What Go makes up for by itself does not: a
//! wait that ends too soon is begun again, an unknown type of an entry is asked for, the order of variables is nobody's
//! promise, and what `sched_yield`, `clock_res_get` and a descriptor's flags come to is not looked at.

mod call;
mod files;
mod folders;
mod large_files;
mod shared_streams;
mod special_files;
mod streams;
mod time;
mod world;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

use host_contract::report::{self, Met};
use host_contract::request::Request;
use wasmi::{Error, ExternType, Linker, Module, Val};

use crate::guest::Guest;
use call::Call;

/// One way in which the host can be broken.
pub struct Fault {
    /// Its name.
    pub name: &'static str,
    /// What the host then does, in one sentence.
    what: &'static str,
    /// The functions that show it.
    functions: &'static [&'static str],
    bends: Bends,
}

/// What a fault bends.
enum Bends {
    /// Nothing: the control.
    Nothing,
    /// What the guest is given.
    Request(fn(&mut Request)),
    /// Each call of its functions; gives the error number.
    Call(fn(&mut Call) -> Answer),
    /// Its functions are not there.
    Missing,
}

/// What a preview 1 function gives back, or the trap it ends in.
type Answer = Result<i32, Error>;

/// What a fault remembers between calls, and what is told of it at the end.
pub struct State {
    fault: &'static Fault,
    times: u64,
    called: BTreeSet<String>,
    /// Where the preopens are on the host.
    folders: Vec<PathBuf>,
    /// A number that the fault keeps: a clock's last reading.
    number: u64,
    /// Bytes that the fault keeps: those not yet written.
    bytes: Vec<u8>,
}

static NONE: Fault = Fault { name: "none", what: "", functions: &[], bends: Bends::Nothing };

static CHOSEN: OnceLock<&'static Fault> = OnceLock::new();

fn all() -> impl Iterator<Item = &'static Fault> {
    [
        world::FAULTS,
        streams::FAULTS,
        shared_streams::FAULTS,
        time::FAULTS,
        files::FAULTS,
        large_files::FAULTS,
        special_files::FAULTS,
        folders::FAULTS,
    ]
    .into_iter()
    .flatten()
}

/// The fault this process was started with.
pub fn chosen() -> Option<&'static Fault> {
    CHOSEN.get().copied()
}

/// Takes a leading `--fault NAME` off the command line.
///
/// # Errors
/// In words, if there is no such fault.
pub fn take(args: &mut Vec<OsString>) -> Result<(), String> {
    if args.first().is_none_or(|flag| flag != "--fault") {
        return Ok(());
    }
    let name = args.get(1).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let fault = all().chain([&NONE]).find(|fault| fault.name == name);
    let fault = fault.ok_or_else(|| format!("there is no fault {name:?}; --faults lists them"))?;
    CHOSEN.get_or_init(|| fault);
    args.drain(..2);
    Ok(())
}

/// `--faults`.
pub fn list() -> ExitCode {
    let told: Vec<_> = all()
        .map(|fault| report::Fault {
            name: fault.name.to_owned(),
            what: fault.what.to_owned(),
            functions: fault.functions.iter().map(ToString::to_string).collect(),
        })
        .collect();
    let written = serde_json::to_string(&told).map(|told| writeln!(std::io::stdout(), "{told}"));
    if matches!(written, Ok(Ok(()))) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl State {
    /// The request as the fault bends it, and the fault with nothing met yet.
    pub fn new(fault: &'static Fault, request: &Request) -> (Request, State) {
        let mut bent = request.clone();
        if let Bends::Request(bend) = fault.bends {
            bend(&mut bent);
        }
        let folders = bent.dirs.iter().map(|dir| dir.host.clone()).collect();
        let times = u64::from(bent != *request);
        (bent, State { fault, times, called: BTreeSet::new(), folders, number: 0, bytes: Vec::new() })
    }

    /// What the guest met.
    pub fn met(&self) -> Met {
        Met { name: self.fault.name.to_owned(), times: self.times, called: self.called.clone() }
    }
}

/// Links the preview 1 functions that the module imports, those of the fault bent.
///
/// # Errors
/// If the linker takes one of them twice: a mistake of this host.
pub fn link(fault: &'static Fault, linker: &mut Linker<Guest>, module: &Module) -> anyhow::Result<()> {
    linker.allow_shadowing(true);
    for import in module.imports() {
        let ExternType::Func(kind) = import.ty() else { continue };
        let known = call::FUNCTIONS.iter().find(|name| **name == import.name());
        let Some(&function) = known.filter(|_| import.module() == "wasi_snapshot_preview1") else { continue };
        let its_own = fault.functions.contains(&function);
        let bend: fn(&mut Call) -> Answer = match fault.bends {
            Bends::Missing if its_own => continue,
            Bends::Call(bend) if its_own => bend,
            _ => |call| call.pass(),
        };
        linker.func_new(import.module(), function, kind.clone(), move |caller, args, results| {
            let mut call = Call::new(function, caller, args)?;
            let errno = bend(&mut call)?;
            if let [result] = results {
                *result = Val::I32(errno);
            }
            Ok(())
        })?;
    }
    Ok(())
}
