//! A fake engine: this very program under another name, which does what the probe's guests do without running them,
//! through a command line or the host contract, and bends what it is told to bend.

use std::env;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use host_contract::report::{Code, Exit, Report, Trap};
use host_contract::request::{Clock, Dir, Field, Limits, Random, Request, Value};
use host_contract::{CONTRACT, EXIT_UNSUPPORTED};

/// What the fake is called where it stands for an engine.
pub const NAME: &str = "fake";

/// Its version.
pub const VERSION: &str = "1.2.3";

/// The variable that says what to bend, separated by commas.
const BEND: &str = "FAKE_BENDS";

const PAGE: u64 = 64 << 10;

/// What a fake bends.
struct Bends(String);

impl Bends {
    fn have(&self, name: &str) -> bool {
        self.0.split(',').any(|bend| bend == name)
    }
}

/// Plays the engine, if this program was started as one; ends the process then.
pub fn play_if_asked() {
    let mut words = env::args();
    if words.next().is_none_or(|program| Path::new(&program).file_name().is_none_or(|name| name != NAME)) {
        return;
    }
    let words: Vec<_> = words.filter(|word| !word.ends_with("host.txt")).collect();
    let bends = Bends(env::var(BEND).unwrap_or_default());
    let first = words.first().map_or("", String::as_str);
    match first {
        "--version" => println!("{NAME} {VERSION}"),
        "--fields" => println!("{}", serde_json::to_string(&fields(&bends)).expect("names are JSON")),
        "--prepare" => println!(r#"{{"code":"not-kept","compile-ns":0}}"#),
        _ if first.ends_with("request.json") => serve(Path::new(first), Path::new(&words[1]), &bends),
        _ => exit(command(words, &bends)),
    }
    exit(0);
}

fn fields(bends: &Bends) -> Vec<Field> {
    let all = [
        Field::DirReadOnly,
        Field::Fuel,
        Field::MemoryLimit,
        Field::WallLimit,
        Field::FixedClock,
        Field::SeededRandom,
        Field::Reactor,
        Field::DuplicateEnv,
        Field::DuplicateDir,
    ];
    all.into_iter().filter(|field| !bends.have(&format!("disowns-{field}"))).collect()
}

/// The command line: options, the module, its arguments.
fn command(words: Vec<String>, bends: &Bends) -> i32 {
    let mut request = Request {
        contract: CONTRACT,
        module: PathBuf::new(),
        argv: Vec::new(),
        env: Vec::new(),
        dirs: Vec::new(),
        limits: Limits::default(),
        clock: Clock::Real,
        random: Random::Real,
        exports: Vec::new(),
        cache: None,
    };
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let mut value = |flag: &str| match word.strip_prefix(flag)?.strip_prefix('=') {
            Some(value) => Some(value.to_owned()),
            None if bends.have("wants-joined-options") => None,
            None if word == flag => words.next(),
            None => None,
        };
        if let Some(pair) = value("--env") {
            let (name, value) = pair.split_once('=').expect("a variable has a value");
            request.env.push((name.to_owned(), value.to_owned()));
        } else if let Some(dir) = value("--dir") {
            let (host, guest) = dir.split_once("::").expect("a folder has a name");
            let name = guest.strip_suffix("::ro");
            let guest = name.unwrap_or(guest).to_owned();
            request.dirs.push(Dir { host: host.into(), guest, read_only: name.is_some() });
        } else if let Some(fuel) = value("--fuel") {
            request.limits.fuel = fuel.parse().ok();
        } else if let Some(pages) = value("--pages") {
            request.limits.memory_bytes = pages.parse().ok().map(|pages: u64| pages * PAGE);
        } else if let Some(millis) = value("--millis") {
            request.limits.wall_ms = millis.parse().ok();
        } else if word.starts_with("--") {
            eprintln!("unknown option {word}");
            return 2;
        } else {
            request.module = word.into();
            break;
        }
    }
    let mut args: Vec<_> = words.collect();
    if bends.have("wants-dashes") {
        match args.first().map(String::as_str) {
            Some("--") => drop(args.remove(0)),
            Some(option) if option.starts_with('-') => {
                eprintln!("unknown option {option}");
                return 2;
            }
            _ => {}
        }
    }
    if bends.have("takes-dashes") && args.len() > 1 && args[0] == "--" {
        args.remove(0);
    }
    request.argv.push(request.module.display().to_string());
    request.argv.extend(args);
    match run(&request, bends, &mut Vec::new()) {
        Exit::Code(code) => code,
        Exit::Trap(Trap::MissingImport { module, name }) => {
            eprintln!("no import {module}.{name}");
            4
        }
        Exit::Trap(trap) => {
            eprintln!("stopped: {}", if trap == Trap::OutOfFuel { "out of fuel" } else { "out of time" });
            3
        }
    }
}

/// The host contract.
fn serve(request: &Path, result: &Path, bends: &Bends) {
    let request: Request = serde_json::from_slice(&fs::read(request).expect("a request")).expect("a request");
    let honoured = fields(bends);
    if let Some(field) = request.fields().iter().find(|field| !honoured.contains(field))
        && !bends.have("refuses-nothing")
    {
        eprintln!("no {field} here");
        exit(i32::from(EXIT_UNSUPPORTED));
    }
    let mut report = Report::unfinished(VERSION);
    report.code = Code::NotKept;
    let began = Instant::now();
    report.exit = run(&request, bends, &mut report.returns);
    report.run_ns = began.elapsed().as_nanos() as u64;
    if bends.have("loses-exit") && matches!(report.exit, Exit::Code(_)) {
        report.exit = Exit::Code(0);
    }
    fs::write(result, serde_json::to_vec(&report).expect("a report")).expect("a report");
}

/// Does what the guest does.
fn run(request: &Request, bends: &Bends, returns: &mut Vec<Vec<Value>>) -> Exit {
    let mut out = io::stdout().lock();
    if bends.have("greets") {
        out.write_all(b"hello from the engine\n").expect("stdout");
    }
    let mut strings = |strings: Vec<String>| {
        for string in strings {
            out.write_all(string.as_bytes()).and_then(|()| out.write_all(b"\0")).expect("stdout");
        }
    };
    match request.module.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default() {
        "probe-args" => strings(arguments(request, bends)),
        "probe-environment" => strings(environment(request, bends)),
        "probe-preopens" => strings(preopens(request)),
        "probe-stdin" => {
            let mut bytes = [0; 4096];
            out.write_all(b"0").and_then(|()| out.flush()).expect("stdout");
            while let Ok(count @ 1..) = io::stdin().lock().read(&mut bytes) {
                out.write_all(&bytes[..count]).and_then(|()| out.flush()).expect("stdout");
            }
        }
        "probe-exit" => {
            out.write_all(b"out\0\xff\r\nout").expect("stdout");
            io::stderr().write_all(b"err\0\xfe\r\nerr").expect("stderr");
            return Exit::Code(request.argv[1].parse().expect("a number"));
        }
        "probe-memory" => {
            let most = request.limits.memory_bytes.map_or(256, |bytes| (bytes / PAGE).min(256));
            out.write_all(&[2_u32.to_le_bytes(), (most as u32).to_le_bytes()].concat()).expect("stdout");
        }
        "probe-loop" => match (request.limits.fuel, request.limits.wall_ms) {
            (Some(_), _) if !bends.have("ignores-fuel") => return Exit::Trap(Trap::OutOfFuel),
            (_, Some(millis)) => {
                sleep(Duration::from_millis(millis));
                return Exit::Trap(Trap::Timeout);
            }
            _ => sleep(Duration::from_secs(60)),
        },
        "probe-surroundings" => out.write_all(&surroundings(request)).expect("stdout"),
        "probe-reactor" => {
            out.write_all(b"i").expect("stdout");
            for call in &request.exports {
                match call.args[..] {
                    [Value::I32(byte)] => {
                        out.write_all(&[byte as u8]).expect("stdout");
                        returns.push(vec![Value::I32(byte + 1)]);
                    }
                    [Value::I32(a), Value::I64(b), Value::F64(c)] => {
                        returns.push(vec![Value::F64(f64::from(a) + b as f64 + c)]);
                    }
                    // No such export, or arguments that do not fit it.
                    _ => {
                        out.flush().expect("stdout");
                        return Exit::Trap(Trap::Other);
                    }
                }
            }
        }
        "probe-import" => {
            return Exit::Trap(Trap::MissingImport { module: "probe".to_owned(), name: "absent".to_owned() });
        }
        other => panic!("no such guest: {other}"),
    }
    out.flush().expect("stdout");
    Exit::Code(0)
}

fn arguments(request: &Request, bends: &Bends) -> Vec<String> {
    let mut argv = request.argv.clone();
    if bends.have("swallows-empty-args") {
        argv.retain(|arg| !arg.is_empty());
    }
    if bends.have("splits-args") {
        argv = argv.iter().flat_map(|arg| arg.split(' ').map(str::to_owned)).collect();
    }
    argv
}

fn environment(request: &Request, bends: &Bends) -> Vec<String> {
    let empty = |value: &String| value.is_empty() && bends.have("swallows-empty-values");
    let kept = request.env.iter().filter(|(_, value)| !empty(value));
    let mut environment: Vec<_> = kept.map(|(name, value)| format!("{name}={value}")).collect();
    if bends.have("sorts-env") {
        environment.sort();
    }
    environment
}

fn preopens(request: &Request) -> Vec<String> {
    let look = |dir: &Dir| {
        let given = fs::read_to_string(dir.host.join("given")).expect("the fixture");
        let made = !dir.read_only && fs::write(dir.host.join("made"), &dir.guest).is_ok();
        [dir.guest.clone(), given, if made { "00" } else { "69" }.to_owned()]
    };
    request.dirs.iter().flat_map(look).collect()
}

fn surroundings(request: &Request) -> Vec<u8> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as u64;
    let readings = match request.clock {
        Clock::Real => [now(), now(), 1, 2],
        Clock::Fixed { start_ns, step_ns } => [start_ns, start_ns + step_ns, start_ns, start_ns + step_ns],
    };
    let number = match request.random {
        Random::Real => now(),
        Random::Seed(seed) => seed,
    };
    readings.into_iter().chain([number; 4]).flat_map(u64::to_le_bytes).collect()
}
