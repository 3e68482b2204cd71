//! What cannot be tested gets a sentence and exit code 2, and what only fails is red.

use super::module::Module;

#[test]
fn what_cannot_be_tested_is_named() {
    let module = Module::new(&[("a/a_test.go", "package a\n")]);
    for (arguments, said) in [
        (&[][..], "no Go files in "),
        (&["--runtime", "nosuch", "./a"], "there is no runtime `nosuch`; there are: "),
        (&["--runtime", "wazero", "./nosuch"], "directory not found"),
        (
            &["--runtime", "wazero", "-timeout=0", "./a"],
            "--timeout 0: a test that hangs under a runtime would never end",
        ),
        (&["--runtime", "wazero", "-covermode=all", "./a"], "set, count, atomic"),
        (&["--runtime", "wazero", "--known", "none.toml", "./a"], "none.toml"),
    ] {
        let found = module.run(arguments, &[]);
        assert_eq!(found.code, Some(2), "{arguments:?}: {}{}", found.out, found.err);
        assert!(found.err.contains(said), "{said:?} is not in {}", found.err);
    }
}
