//! What Go developers require of `exec` and `test`, and the tests that fail without it.

use std::fs;
use std::path::Path;

/// Each requirement, with the tests of it as `file: function`.
const REQUIREMENTS: [(&str, &[&str]); 13] = [
    (
        "the working directory and PWD",
        &[
            "exec.rs: the_program_gets_the_world_of_its_user",
            "go_test/world.rs: a_test_gets_the_world_that_go_test_gives_it",
        ],
    ),
    (
        "host paths under their own names, TMPDIR, GOROOT, testdata",
        &[
            "exec.rs: the_program_gets_the_world_of_its_user",
            "exec/go.rs: a_module_of_ones_own_is_tested_as_with_gos_wrapper",
            "go_test/world.rs: a_test_gets_the_world_that_go_test_gives_it",
        ],
    ),
    (
        "the user's environment and a true GOWASIRUNTIME",
        &[
            "exec.rs: the_program_gets_the_world_of_its_user",
            "go_test/world.rs: a_test_gets_the_world_that_go_test_gives_it",
            "go_test/world.rs: a_runtime_that_embeds_another_has_its_name_for_go",
        ],
    ),
    (
        "each command line's own order and options",
        &[
            "exec.rs: arguments_for_the_runtime_stand_before_the_module",
            "exec.rs: all_that_follows_the_program_is_the_programs",
            "argv.rs: every_runtime",
        ],
    ),
    (
        "nothing is added to stdout, exit codes are kept, stdin, -json and -coverprofile",
        &[
            "exec.rs: outputs_and_exit_codes_are_passed_on_unchanged",
            "exec.rs: output_arrives_as_it_is_written_and_stdin_is_the_users",
            "exec.rs: two_outputs_in_one_pipe_keep_their_order",
            "exec/go.rs: a_module_of_ones_own_is_tested_as_with_gos_wrapper",
            "go_test/world.rs: a_test_gets_the_world_that_go_test_gives_it",
            "go_test/cover.rs: the_profile_is_of_all_packages_and_starts_and_go_reads_it",
            "go_test/cover.rs: one_run_tells_a_workflow_and_other_programs",
        ],
    ),
    (
        "Go's own dump at a timeout, and the last host call",
        &[
            "exec.rs: a_signal_ends_the_program_with_its_group",
            "exec/go.rs: a_module_of_ones_own_is_tested_as_with_gos_wrapper",
            "exec/go.rs: a_program_is_run_and_the_host_call_in_which_it_stays_is_named",
            "go_test/store.rs: what_is_known_is_not_red_and_what_is_stale_is",
        ],
    ),
    (
        "one cache of compiled code, a bound on compilers, and no stamps that defeat it",
        &[
            "exec.rs: compiled_code_is_made_once_for_all_processes",
            "exec.rs: so_many_compilers_run_at_once_as_half_of_the_processors",
            "go_test/world.rs: a_commit_does_not_make_results_old",
        ],
    ),
    (
        "a cache of results",
        &[
            "go_test/store.rs: a_second_run_takes_the_results_of_the_first",
            "go_test/world.rs: a_result_holds_for_one_column_and_for_what_the_test_reads",
        ],
    ),
    (
        "several runtimes at once, and known failures of which stale ones are red",
        &[
            "exec.rs: several_runtimes_are_held_against_the_first",
            "go_test/blame.rs: a_failure_in_one_of_several_columns_is_the_runtimes",
            "go_test/blame.rs: a_known_failure_is_of_a_range_of_versions_and_says_so",
            "go_test/store.rs: what_is_known_is_not_red_and_what_is_stale_is",
        ],
    ),
    (
        "whether Go's port, the runtime, the adapter or the test fails",
        &[
            "go_test/blame.rs: a_failure_in_one_of_several_columns_is_the_runtimes",
            "go_test/blame.rs: a_failure_of_the_adapter_is_no_tests_and_no_runtimes",
            "go_test/store.rs: each_row_is_right_and_the_exit_code_is_that_of_go_test",
        ],
    ),
    (
        "the name that Go looks for",
        &["exec.rs: it_installs_under_the_name_that_go_looks_for", "exec/go.rs: go_finds_what_is_installed_on_path"],
    ),
    ("a sentence for `Bad file number`", &["exec.rs: bad_file_number_becomes_a_sentence"]),
    (
        "JUnit, and annotations at the test's own line",
        &[
            "go_test/rendered.rs: junit_has_a_suite_for_each_package_and_column",
            "go_test/rendered.rs: a_red_test_is_an_error_at_its_own_line",
            "go_test/cover.rs: one_run_tells_a_workflow_and_other_programs",
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
