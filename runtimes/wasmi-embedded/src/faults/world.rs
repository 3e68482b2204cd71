//! Arguments, variables, preopens, exit codes, random bytes.

use super::Bends::{Call as Calls, Missing, Request as Given};
use super::{Answer, Fault};
use crate::faults::call::Call;
use wasmi::Error;

const ARGS: &[&str] = &["args_get", "args_sizes_get"];
const ENV: &[&str] = &["environ_get", "environ_sizes_get"];
const PREOPENS: &[&str] = &["fd_prestat_get", "fd_prestat_dir_name"];

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "args-swapped",
        what: "The last two arguments change places.",
        functions: ARGS,
        bends: Given(|request| {
            if let [_, .., a, b] = &mut request.argv[..] {
                std::mem::swap(a, b);
            }
        }),
    },
    Fault {
        name: "args-last-dropped",
        what: "The last argument is left out.",
        functions: ARGS,
        bends: Given(|request| request.argv.truncate(request.argv.len().saturating_sub(1).max(1))),
    },
    Fault {
        name: "args-empty-dropped",
        what: "Empty arguments are left out.",
        functions: ARGS,
        bends: Given(|request| request.argv.retain(|arg| !arg.is_empty())),
    },
    Fault {
        name: "args-split",
        what: "An argument is split at its spaces.",
        functions: ARGS,
        bends: Given(|request| {
            request.argv = request.argv.iter().flat_map(|arg| arg.split(' ')).map(str::to_owned).collect();
        }),
    },
    Fault {
        name: "args-no-name",
        what: "The guest's own name is left out of its arguments.",
        functions: ARGS,
        bends: Given(|request| drop(request.argv.remove(0))),
    },
    Fault {
        name: "args-ascii",
        what: "Characters outside ASCII become question marks in arguments.",
        functions: ARGS,
        bends: Given(|request| {
            for arg in &mut request.argv {
                *arg = arg.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
            }
        }),
    },
    Fault {
        name: "env-last-dropped",
        what: "The last variable is left out.",
        functions: ENV,
        bends: Given(|request| drop(request.env.pop())),
    },
    Fault {
        name: "env-empty-dropped",
        what: "Variables with an empty value are left out.",
        functions: ENV,
        bends: Given(|request| request.env.retain(|(_, value)| !value.is_empty())),
    },
    Fault {
        name: "env-cut-at-equals",
        what: "A value ends before its first equals sign.",
        functions: ENV,
        bends: Given(|request| {
            for (_, value) in &mut request.env {
                value.truncate(value.find('=').unwrap_or(value.len()));
            }
        }),
    },
    Fault {
        name: "env-upper-case",
        what: "The names of variables are in capitals.",
        functions: ENV,
        bends: Given(|request| request.env.iter_mut().for_each(|(name, _)| name.make_ascii_uppercase())),
    },
    Fault {
        name: "env-leaks",
        what: "The guest gets a variable of the host's.",
        functions: ENV,
        bends: Given(|request| request.env.push(("HOSTNAME".to_owned(), "host".to_owned()))),
    },
    Fault {
        name: "preopen-name-with-nul",
        what: "The name of a preopen has a zero byte at its end, and its length counts it.",
        functions: PREOPENS,
        bends: Calls(preopen_name_with_nul),
    },
    Fault {
        name: "preopen-name-cut",
        what: "The name of a preopen lacks its last character.",
        functions: PREOPENS,
        bends: Given(|request| request.dirs.iter_mut().for_each(|dir| dir.guest.truncate(dir.guest.len() - 1))),
    },
    Fault {
        name: "preopen-name-relative",
        what: "The name of a preopen lacks its leading slash.",
        functions: PREOPENS,
        bends: Given(|request| {
            for dir in request.dirs.iter_mut().filter(|dir| dir.guest.len() > 1) {
                dir.guest = dir.guest.trim_start_matches('/').to_owned();
            }
        }),
    },
    Fault {
        name: "preopen-second-missing",
        what: "Of several preopens only the first is there.",
        functions: PREOPENS,
        bends: Given(|request| request.dirs.truncate(1)),
    },
    Fault {
        name: "preopens-swapped",
        what: "The first two preopens have each other's name.",
        functions: PREOPENS,
        bends: Given(|request| {
            if let [a, b, ..] = &mut request.dirs[..] {
                std::mem::swap(&mut a.guest, &mut b.guest);
            }
        }),
    },
    Fault {
        name: "exit-zero",
        what: "Every exit code is 0.",
        functions: &["proc_exit"],
        bends: Calls(|call| exit(call, |_| 0)),
    },
    Fault {
        name: "exit-one",
        what: "Every exit code but 0 is 1.",
        functions: &["proc_exit"],
        bends: Calls(|call| exit(call, |code| i64::from(code != 0))),
    },
    Fault {
        name: "exit-four-bits",
        what: "Of an exit code only the low four bits are kept.",
        functions: &["proc_exit"],
        bends: Calls(|call| exit(call, |code| code & 0xf)),
    },
    Fault {
        name: "exit-traps",
        what: "Exiting with another code than 0 is a trap.",
        functions: &["proc_exit"],
        bends: Calls(|call| match call.args[0] {
            0 => call.pass(),
            _ => Err(Error::new("exit is a trap here")),
        }),
    },
    Fault {
        name: "exit-returns",
        what: "Exit comes back to the guest.",
        functions: &["proc_exit"],
        bends: Calls(|call| call.instead(0)),
    },
    Fault { name: "import-missing", what: "There is no random_get.", functions: &["random_get"], bends: Missing },
    Fault {
        name: "random-constant",
        what: "All random bytes are 7.",
        functions: &["random_get"],
        bends: Calls(|call| random(call, |_, byte| *byte = 7)),
    },
    Fault {
        name: "random-zero-tail",
        what: "Random bytes are 0 after the first sixteen.",
        functions: &["random_get"],
        bends: Calls(|call| random(call, |index, byte| *byte = if index < 16 { *byte } else { 0 })),
    },
    Fault {
        name: "random-ascii",
        what: "The high bit of each random byte is 0.",
        functions: &["random_get"],
        bends: Calls(|call| random(call, |_, byte| *byte &= 0x7f)),
    },
    Fault {
        name: "random-fails",
        what: "Random bytes are not to be had: EIO.",
        functions: &["random_get"],
        bends: Calls(|call| call.instead(29)),
    },
];

fn preopen_name_with_nul(call: &mut Call) -> Answer {
    if call.function == "fd_prestat_get" {
        let errno = call.pass()?;
        if errno == 0 {
            call.bent();
            let length = call.args[1] + 4;
            let counted = call.number::<4>(length) + 1;
            call.put::<4>(length, counted);
        }
        return Ok(errno);
    }
    call.args[2] -= 1;
    let errno = call.pass()?;
    let end = call.args[1] + call.args[2];
    call.put::<1>(end, 0);
    Ok(errno)
}

fn exit(call: &mut Call, code: fn(i64) -> i64) -> Answer {
    let bent = code(call.args[0]);
    if bent != call.args[0] {
        call.bent();
    }
    call.args[0] = bent;
    call.pass()
}

fn random(call: &mut Call, bend: fn(usize, &mut u8)) -> Answer {
    let errno = call.pass()?;
    call.bent();
    let (at, length) = (call.args[0], call.args[1]);
    call.bytes(at, length).iter_mut().enumerate().for_each(|(index, byte)| bend(index, byte));
    Ok(errno)
}
