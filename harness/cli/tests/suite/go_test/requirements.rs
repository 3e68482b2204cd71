//! What Go developers require of `exec` and `test`, and the tests that fail without it.

use std::fs;
use std::path::Path;

/// Each requirement, with the tests of it as `file: function`.
const REQUIREMENTS: [(&str, &[&str]); 13] = [
    ("the working directory and PWD", &["exec.rs: the_program_gets_the_world_of_its_user"]),
    (
        "host paths under their own names, TMPDIR, testdata",
        &[
            "exec.rs: the_program_gets_the_world_of_its_user",
            "exec/go.rs: a_module_of_ones_own_is_tested_as_with_gos_wrapper",
        ],
    ),
    ("the user's environment and a true GOWASIRUNTIME", &["exec.rs: the_program_gets_the_world_of_its_user"]),
    (
        "each command line's own order and options",
        &["exec.rs: arguments_for_the_runtime_stand_before_the_module", "argv.rs: every_runtime"],
    ),
    (
        "nothing is added to stdout, exit codes are kept, stdin, -json and -coverprofile",
        &[
            "exec.rs: outputs_and_exit_codes_are_passed_on_unchanged",
            "exec.rs: output_arrives_as_it_is_written_and_stdin_is_the_users",
            "exec/go.rs: a_module_of_ones_own_is_tested_as_with_gos_wrapper",
            "go_test/cover.rs: the_profile_is_of_all_packages_and_starts_and_go_reads_it",
        ],
    ),
    (
        "Go's own dump at a timeout, and the last host call",
        &[
            "exec/go.rs: a_module_of_ones_own_is_tested_as_with_gos_wrapper",
            "exec/go.rs: a_program_is_run_and_the_host_call_in_which_it_stays_is_named",
        ],
    ),
    ("one cache of compiled code", &["exec.rs: compiled_code_is_made_once_for_all_processes"]),
    ("a cache of results", &["go_test/store.rs: a_second_run_takes_the_results_of_the_first"]),
    (
        "several runtimes at once, and known failures of which stale ones are red",
        &[
            "exec.rs: several_runtimes_are_held_against_the_first",
            "go_test/store.rs: what_is_known_is_not_red_and_what_is_stale_is",
        ],
    ),
    (
        "whether Go's port, the runtime or the test fails",
        &["go_test/store.rs: each_row_is_right_and_the_exit_code_is_that_of_go_test"],
    ),
    ("the name that Go looks for", &["exec.rs: it_installs_under_the_name_that_go_looks_for"]),
    ("a sentence for `Bad file number`", &["exec.rs: bad_file_number_becomes_a_sentence"]),
    (
        "JUnit, and annotations at the test's own line",
        &[
            "go_test/rendered.rs: junit_has_a_suite_for_each_package_and_column",
            "go_test/rendered.rs: a_red_test_is_an_error_at_its_own_line",
        ],
    ),
];

#[test]
fn each_requirement_has_a_test() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    for (requirement, tests) in REQUIREMENTS {
        assert!(!tests.is_empty(), "{requirement}");
        for test in tests {
            let (file, function) = test.split_once(": ").expect("a file and a function");
            let source = fs::read_to_string(suite.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            let declared = format!("#[test]\nfn {function}() {{\n");
            assert!(source.contains(&declared), "{requirement}: {file} has no test {function}");
        }
    }
}
