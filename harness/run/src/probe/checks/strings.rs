//! Checks arguments and environment.

use std::path::Path;

use super::{Check, Item, Seen, check, seen};
use crate::probe::attempt::{Attempt, Inputs};
use crate::probe::guests::{PRINTS_ARGS, PRINTS_ENVIRONMENT};
use matrix_model::capability::Capability;
use matrix_model::content::quoted;

pub fn all() -> Vec<Item> {
    let double_dash = Inputs::of(PRINTS_ARGS).args(&["--", "x"]);
    vec![
        Item::One(check("args-none", "no argument", Inputs::of(PRINTS_ARGS), own_name)),
        args(),
        Item::One(check("args-double-dash", r#""--", "x""#, double_dash, same_args)),
        Item::One(check("env-none", "no variable", Inputs::of(PRINTS_ENVIRONMENT), same_env)),
        env(),
        Item::One(duplicate_env()),
    ]
}

fn list(strings: &[impl AsRef<[u8]>]) -> String {
    match strings {
        [] => "nothing".to_owned(),
        _ => strings.iter().map(|string| quoted(string.as_ref())).collect::<Vec<_>>().join(", "),
    }
}

fn same_strings(given: &[String], attempt: &Attempt, skip: usize) -> Seen {
    match attempt.strings() {
        Some(strings) if strings.len() >= skip => {
            let strings = &strings[skip..];
            match strings.iter().copied().eq(given.iter().map(String::as_bytes)) {
                true => seen(true, list(given)),
                false => seen(false, list(strings)),
            }
        }
        _ => seen(false, attempt.told()),
    }
}

fn same_args(inputs: &Inputs, attempt: &Attempt) -> Seen {
    same_strings(&inputs.case.args, attempt, 1)
}

fn same_env(inputs: &Inputs, attempt: &Attempt) -> Seen {
    let given: Vec<_> = inputs.case.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    same_strings(&given, attempt, 0)
}

/// Compares in any order. Another check judges the order, so that a wrong order does not hide other faults.
fn same_env_in_any_order(inputs: &Inputs, attempt: &Attempt) -> Seen {
    let mut given: Vec<_> = inputs.case.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut strings = attempt.strings().unwrap_or_default();
    given.sort();
    strings.sort();
    let same = strings.iter().copied().eq(given.iter().map(String::as_bytes));
    Seen { good: same, ..same_env(inputs, attempt) }
}

/// A host's guest has the name that the request gives. A command's guest is named after the module in the command.
fn own_name(_: &Inputs, attempt: &Attempt) -> Seen {
    let Some(strings) = attempt.strings() else { return seen(false, attempt.told()) };
    let [name] = strings[..] else { return seen(false, list(&strings)) };
    let good = match &attempt.plan.request {
        Some((_, request)) => request.argv[0].as_bytes() == name,
        None => attempt.plan.argv.iter().any(|word| {
            let path = Path::new(word);
            [Some(path.as_os_str()), path.file_name(), path.file_stem()]
                .into_iter()
                .flatten()
                .any(|word| !name.is_empty() && word.as_encoded_bytes() == name)
        }),
    };
    seen(good, format!("its own name {}", quoted(name)))
}

fn args() -> Item {
    let members: [(&str, &[&str]); 7] = [
        ("args-options", &["--help", "-x", "--version", "--env=A=B", "--dir=/"]),
        ("args-empty", &["", "x", ""]),
        ("args-spaces", &["a b", " before", "after ", "\t"]),
        ("args-quotes", &["\"", "it's", "\\", "'\"\"'"]),
        ("args-newlines", &["a\nb", "\r\n", "\n"]),
        ("args-unicode", &["é", "漢字", "🦀", "\u{feff}x"]),
        ("args-shell", &["$HOME", "`id`", "*", "a;b", "%s", "{}", "A=B", "#"]),
    ];
    let together: Vec<_> = members.iter().flat_map(|(_, args)| args.iter().copied()).collect();
    let one = |name, given, args: &[&str]| check(name, given, Inputs::of(PRINTS_ARGS).args(args), same_args);
    let each = members.iter().map(|(name, args)| one(name, list(args), args)).collect();
    Item::Together { all: one("args-together", "all of these".to_owned(), &together), each }
}

fn env() -> Item {
    let members: [(&str, &[(&str, &str)]); 7] = [
        ("env-order", &[("ZEBRA", "1"), ("APPLE", "2"), ("mouse", "3")]),
        ("env-empty-value", &[("EMPTY", ""), ("NEXT", "x")]),
        ("env-equals-in-value", &[("EQUALS", "a=b=c="), ("LEADING", "=x")]),
        ("env-newlines-in-value", &[("LINES", "a\nb\r\n\tc\n")]),
        ("env-spaces-in-value", &[("SPACES", " before and after "), ("BLANK", " ")]),
        ("env-quotes-in-value", &[("QUOTES", "\"it's\" \\n $HOME"), ("ASIDE", "#x,y;z")]),
        ("env-unicode", &[("UNICODE", "é漢字🦀")]),
    ];
    let together: Vec<_> = members.iter().flat_map(|(_, env)| env.iter().copied()).collect();
    let one = |name, given, env: &[(&str, &str)], judge: fn(&Inputs, &Attempt) -> Seen| {
        check(name, given, Inputs::of(PRINTS_ENVIRONMENT).env(env), judge)
    };
    let pairs = |env: &[(&str, &str)]| {
        let pairs: Vec<_> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        list(&pairs)
    };
    let judge = |name| if name == "env-order" { same_env } else { same_env_in_any_order };
    let each = members.iter().map(|(name, env)| one(name, pairs(env), env, judge(*name))).collect();
    let all = one("env-together", "all of these".to_owned(), &together, same_env);
    Item::Together { all: all.proving(Capability::Env), each }
}

fn duplicate_env() -> Check {
    let env = [("TWICE", "1"), ("ONCE", "2"), ("TWICE", "3")];
    let inputs = Inputs::of(PRINTS_ENVIRONMENT).env(&env);
    check("duplicate-env", r#""TWICE=1", "ONCE=2", "TWICE=3""#, inputs, same_env).proving(Capability::DuplicateEnv)
}
