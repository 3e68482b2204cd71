//! The sound project, and each way to spoil it.

pub(crate) const CASES: &str = r#"guest = "preopen"
doc   = "https://pkg.go.dev/os"

[[case]]
name = "read"
why  = "A file in a preopen can be read."
args = ["read", "/data/hello.txt"]
dirs = { "/data" = "hello" }
expect.stdout = "hello\n"
"#;

pub(crate) const RUNTIME: &str = r#"name = "Fake"
url  = "https://example.org"
lacks = ["dir-map", "dir-read-only", "env", "fixed-clock", "fuel", "memory-limit", "reactor", "seeded-random", "wall-limit"]

[install]
exe  = "fake"
pins = ["1.2.3"]
hint = "take a fake from the shelf"

[version]
command = ["{exe}", "--version"]
pattern = 'fake (\S+)'

[command]
run = ["{exe}", "{module}", "{args...}"]
"#;

pub(crate) const FIXTURES: &str = r#"[hello.links]
"sub/link" = "../hello.txt"

[hello.files]
"two words.txt" = "hello\n"
"#;

pub(crate) const DIVERGENCES: &str = r#"[[divergence]]
case     = "fs/preopen/read"
versions = ">=1"
fault    = "runtime"
reason   = "It cannot read."
url      = "unreported"
stays-inside = true
instead.exit = 1
instead.stderr = "cannot read\n"
"#;

/// One way to spoil the project: a file, what is in it, and what stands there instead.
pub(crate) type Spoilt = (&'static str, &'static str, &'static str, &'static str);

pub(crate) const CASE_FILE: &str = "cases/fs/preopen.toml";
pub(crate) const FIXTURES_FILE: &str = "cases/fixtures/fixtures.toml";
pub(crate) const RUNTIME_FILE: &str = "runtimes/fake/runtime.toml";
pub(crate) const DIVERGENCES_FILE: &str = "runtimes/fake/divergences.toml";

pub(crate) const NAME: &str = "name = \"read\"\n";
pub(crate) const ARGS: &str = "args = [\"read\", \"/data/hello.txt\"]\n";
pub(crate) const STDOUT: &str = "expect.stdout = \"hello\\n\"\n";
/// A stdout of two lines, the second of which another case judges.
pub(crate) const CHECKED: &str =
    "expect.stdout = \"hello\\nlist: a\\n\"\nchecks = { \"list:\" = \"fs/preopen/list\" }\n";
/// What makes of the case one that asks whether the guest gets out.
pub(crate) const OUTSIDE: &str = "expect.stdout = \"hello\\n\"\noutside = { secret = \"hello\" }\n";
pub(crate) const INSTEAD: &str = "instead.exit = 1\ninstead.stderr = \"cannot read\\n\"\n";
pub(crate) const HOST: &str = "[host]\nprogram = [\"{exe}\"]\n\n[command]\n";

pub(crate) const SPOILT: &[Spoilt] = &[
    ("case-malformed", CASE_FILE, NAME, "name = \"read\n"),
    ("case-unclosed-table", CASE_FILE, "[[case]]", "[[case]"),
    ("case-empty-file", CASE_FILE, CASES, ""),
    ("case-file-unknown-key", CASE_FILE, "doc   =", "docs  ="),
    ("case-file-about-empty", CASE_FILE, "doc   =", "about = \" \"\ndoc   ="),
    ("case-file-about-lines", CASE_FILE, "doc   =", "about = \"One.\\nTwo.\"\ndoc   ="),
    ("case-unknown-key", CASE_FILE, NAME, "name = \"read\"\nstdout = \"hello\\n\"\n"),
    ("case-unknown-expect-key", CASE_FILE, STDOUT, "expect.output = \"hello\\n\"\n"),
    ("case-unknown-limit", CASE_FILE, STDOUT, "limits.gas = 5\n"),
    ("case-unknown-promise", CASE_FILE, NAME, "name = \"read\"\npromise = \"wings\"\n"),
    ("case-promise-of-a-should", CASE_FILE, NAME, "name = \"read\"\ntier = \"should\"\npromise = \"fuel\"\n"),
    ("case-doc-of-a-branch", CASE_FILE, "pkg.go.dev/os", "github.com/WebAssembly/WASI/blob/main/README.md"),
    ("case-doc-in-words", CASE_FILE, "https://pkg.go.dev/os", "package os"),
    ("case-host-env-form", CASE_FILE, NAME, "name = \"read\"\nhost-env = [\"HOME\"]\n"),
    ("runtime-unknown-promise", RUNTIME_FILE, "[command]", "[promises]\nwings = \"https://example.org\"\n\n[command]"),
    (
        "runtime-promise-of-a-branch",
        RUNTIME_FILE,
        "[command]",
        "[promises]\nfuel = \"https://github.com/o/r/blob/main/fuel.md\"\n\n[command]",
    ),
    ("case-unknown-tier", CASE_FILE, NAME, "name = \"read\"\ntier = \"may\"\n"),
    ("case-unknown-stdin-kind", CASE_FILE, NAME, "name = \"read\"\nstdin-kind = \"tty\"\n"),
    ("case-unknown-capability", CASE_FILE, NAME, "name = \"read\"\nneeds = [\"wings\"]\n"),
    ("case-unknown-exit", CASE_FILE, STDOUT, "expect.exit = \"trapped\"\n"),
    ("case-unknown-step", CASE_FILE, STDOUT, "[[case.step]]\nsay = \"x\"\n"),
    ("case-without-name", CASE_FILE, NAME, ""),
    ("case-without-guest", CASE_FILE, "guest = \"preopen\"\n", ""),
    ("case-without-doc", CASE_FILE, "doc   = \"https://pkg.go.dev/os\"\n", ""),
    ("case-empty-why", CASE_FILE, "A file in a preopen can be read.", " "),
    ("case-empty-native", CASE_FILE, NAME, "name = \"read\"\nnative = \" \"\n"),
    ("case-native-of-observe", CASE_FILE, STDOUT, "tier = \"observe\"\nnative = \"It has no folders.\"\n"),
    ("case-got-out-to-nothing", CASE_FILE, NAME, "name = \"read\"\ngot-out = '^secret\\n$'\n"),
    ("case-got-out-no-pattern", CASE_FILE, NAME, "name = \"read\"\noutside = { secret = \"hello\" }\ngot-out = '('\n"),
    ("case-got-out-inside", CASE_FILE, NAME, "name = \"read\"\noutside = { secret = \"hello\" }\ngot-out = 'hello'\n"),
    ("runtime-of-host-with-version", RUNTIME_FILE, "[install]", "target = \"host\"\n[install]"),
    ("runtime-deadline-factor-zero", RUNTIME_FILE, "[install]", "deadline-factor = 0\n[install]"),
    ("runtime-gowasiruntime-of-two-words", RUNTIME_FILE, "[install]", "gowasiruntime = \"my engine\"\n[install]"),
    ("runtime-unknown-target", RUNTIME_FILE, "[install]", "target = \"wasip2\"\n[install]"),
    ("case-bad-name", CASE_FILE, NAME, "name = \"Read a file\"\n"),
    ("case-wrong-type", CASE_FILE, ARGS, "args = \"read /data/hello.txt\"\n"),
    ("case-args-of-numbers", CASE_FILE, ARGS, "args = [\"read\", 5]\n"),
    ("case-duplicate-key", CASE_FILE, NAME, "name = \"read\"\nname = \"again\"\n"),
    ("case-duplicate", CASE_FILE, STDOUT, "\n[[case]]\nname = \"read\"\nwhy = \"Again.\"\n"),
    ("guest-missing", CASE_FILE, "guest = \"preopen\"", "guest = \"preopne\""),
    ("fixture-missing", CASE_FILE, "\"hello\" }", "\"hullo\" }"),
    ("fixture-form", CASE_FILE, "\"hello\" }", "{ fixture = \"hello\", readonly = true } }"),
    ("fixtures-malformed", FIXTURES_FILE, "\"two words.txt\"", "two words.txt"),
    ("fixtures-unknown-key", FIXTURES_FILE, "[hello.links]", "[hello.link]"),
    ("fixtures-unknown-fixture", FIXTURES_FILE, "[hello.links]", "[hullo.links]"),
    ("fixtures-bad-name", FIXTURES_FILE, "[hello.links]", "[\"../hello\".links]"),
    ("fixtures-absolute-path", FIXTURES_FILE, "\"sub/link\"", "\"/sub/link\""),
    ("fixtures-path-upwards", FIXTURES_FILE, "\"sub/link\"", "\"sub/../../link\""),
    ("fixtures-path-twice", FIXTURES_FILE, "\"sub/link\"", "\"two words.txt\""),
    ("fixtures-path-of-a-file", FIXTURES_FILE, "\"sub/link\"", "\"hello.txt\""),
    ("fixtures-path-below-a-file", FIXTURES_FILE, "\"sub/link\"", "\"hello.txt/link\""),
    ("fixtures-path-below-a-link", FIXTURES_FILE, "[hello.files]", "\"sub/link/below\" = \"x\"\n[hello.files]"),
    ("fixtures-path-above-a-file", FIXTURES_FILE, "\"two words.txt\"", "\"sub/link/below\" = \"\"\n\"two words.txt\""),
    ("fixtures-absolute-target", FIXTURES_FILE, "\"../hello.txt\"", "\"/etc/passwd\""),
    ("fixtures-empty-target", FIXTURES_FILE, "\"../hello.txt\"", "\"\""),
    ("fixtures-target-of-bytes", FIXTURES_FILE, "\"../hello.txt\"", "{ hex = \"2e\" }"),
    ("fixtures-unknown-special", FIXTURES_FILE, "[hello.files]", "[hello.special]\ndoor = \"door\"\n[hello.files]"),
    ("fixtures-negative-count", FIXTURES_FILE, "[hello.files]", "[hello.many]\nfolder = -1\n[hello.files]"),
    ("env-form", CASE_FILE, ARGS, "env = [\"NAME\"]\n"),
    ("env-table-form", CASE_FILE, ARGS, "env = [{ name = \"A\", value = \"b\" }]\n"),
    ("matcher-form", CASE_FILE, STDOUT, "expect.stdout = { starts-with = \"hel\" }\n"),
    ("matcher-two-forms", CASE_FILE, STDOUT, "expect.stdout = { contains = \"h\", matches = \"h\" }\n"),
    ("matcher-in-any", CASE_FILE, STDOUT, "expect.stdout = { any = [\"a\", { starts-with = \"b\" }] }\n"),
    ("matcher-empty-any", CASE_FILE, STDOUT, "expect.stdout = { any = [] }\n"),
    ("matcher-number", CASE_FILE, STDOUT, "expect.stdout = 5\n"),
    ("matcher-accepts-anything", CASE_FILE, STDOUT, "expect.stdout = { any = [\"a\", { matches = \"(tick)*\" }] }\n"),
    ("matcher-contains-nothing", CASE_FILE, STDOUT, "expect.files = { \"/data/a\" = { contains = \"\" } }\n"),
    ("matcher-bad-regex", CASE_FILE, STDOUT, "expect.stdout = { matches = \"^(hello\" }\n"),
    ("matcher-bad-regex-in-any", CASE_FILE, STDOUT, "expect.stderr = { any = [{ matches = \"[\" }] }\n"),
    ("matcher-bad-hex", CASE_FILE, STDOUT, "expect.stdout = { hex = \"0g\" }\n"),
    ("matcher-odd-hex", CASE_FILE, STDOUT, "stdin = { hex = \"0\" }\n"),
    ("bytes-negative-times", CASE_FILE, STDOUT, "stdin = { repeat = \"a\", times = -1 }\n"),
    ("files-absent-false", CASE_FILE, STDOUT, "expect.files = { \"/data/a\" = { absent = false } }\n"),
    ("files-outside", CASE_FILE, STDOUT, "expect.files = { \"/etc/passwd\" = \"\" }\n"),
    ("files-beside", CASE_FILE, STDOUT, "expect.files = { \"/database/a\" = \"\" }\n"),
    ("files-upwards", CASE_FILE, STDOUT, "expect.files = { \"/data/../../x\" = \"\" }\n"),
    ("outside-fixture-missing", CASE_FILE, STDOUT, "outside = { secret = \"sekret\" }\n"),
    ("outside-bad-name", CASE_FILE, STDOUT, "outside = { \"../secret\" = \"hello\" }\n"),
    ("outside-named-as-a-preopen", CASE_FILE, STDOUT, "outside = { hello = \"hello\" }\n"),
    ("outside-not-there", CASE_FILE, STDOUT, "expect.outside = { \"secret/a\" = \"\" }\n"),
    (
        "outside-upwards",
        CASE_FILE,
        STDOUT,
        "outside = { secret = \"hello\" }\nexpect.outside = { \"secret/../a\" = \"\" }\n",
    ),
    ("observe-with-expectation", CASE_FILE, NAME, "name = \"read\"\ntier = \"observe\"\n"),
    ("expect-words-of-an-engine", CASE_FILE, STDOUT, "expect.exit = { trap = \"out of bounds\" }\n"),
    ("expect-timeout", CASE_FILE, STDOUT, "expect.exit = \"timeout\"\n"),
    ("stdin-silent-kind", CASE_FILE, STDOUT, "stdin = \"x\"\nstdin-kind = \"null\"\n"),
    ("stdin-step-without-pipe", CASE_FILE, STDOUT, "stdin-kind = \"file\"\n[[case.step]]\nclose = true\n"),
    ("stdin-and-step", CASE_FILE, STDOUT, "stdin = \"x\"\n[[case.step]]\nclose = true\n"),
    ("control-empty", CASE_FILE, NAME, "name = \"read\"\ncontrol = \"\"\n"),
    ("control-half-a-line", CASE_FILE, NAME, "name = \"read\"\ncontrol = \"hell\"\n"),
    ("control-not-first", CASE_FILE, NAME, "name = \"read\"\ncontrol = \"inside\\n\"\n"),
    ("control-before-a-pattern", CASE_FILE, STDOUT, "control = \"a\\n\"\nexpect.stdout = { matches = \"^a\\nb\" }\n"),
    ("control-of-all", CASE_FILE, NAME, "name = \"read\"\ncontrol = \"hello\\n\"\n"),
    ("control-of-a-file-unused", CASE_FILE, "doc   =", "control = \"inside\\n\"\ndoc   ="),
    ("control-of-what-is-observed", CASE_FILE, STDOUT, "tier = \"observe\"\ncontrol = \"hello\\n\"\n"),
    ("checks-no-such-case", CASE_FILE, STDOUT, CHECKED),
    (
        "checks-by-itself",
        CASE_FILE,
        STDOUT,
        "expect.stdout = \"hello\\nlist: a\\n\"\nchecks = { \"list:\" = \"fs/preopen/read\" }\n",
    ),
    (
        "checks-no-such-line",
        CASE_FILE,
        STDOUT,
        "expect.stdout = \"hello\\n\"\nchecks = { \"list:\" = \"fs/preopen/list\" }\n",
    ),
    (
        "checks-of-all",
        CASE_FILE,
        STDOUT,
        "expect.stdout = \"list: a\\n\"\nchecks = { \"list:\" = \"fs/preopen/list\" }\n",
    ),
    (
        "checks-in-a-pattern",
        CASE_FILE,
        STDOUT,
        "expect.stdout = { matches = \"^a\\nlist: b\" }\nchecks = { \"list:\" = \"fs/preopen/list\" }\n",
    ),
    (
        "checks-of-every-line",
        CASE_FILE,
        STDOUT,
        "expect.stdout = \"hello\\n\"\nchecks = { \"\" = \"fs/preopen/list\" }\n",
    ),
    ("checks-none-of-none", CASE_FILE, STDOUT, "expect.stdout = \"hello\\n\"\nchecks = {}\n"),
    ("checks-of-a-file-unused", CASE_FILE, "doc   =", "checks = { \"list:\" = \"fs/preopen/list\" }\ndoc   ="),
    ("lines-none", CASE_FILE, STDOUT, "expect.stdout = { lines = [] }\n"),
    ("lines-with-a-line-end", CASE_FILE, STDOUT, "expect.stdout = { lines = [\"hello\\n\"] }\n"),
    ("lines-of-json", CASE_FILE, STDOUT, "expect.stdout = { lines = [{ json = 5 }] }\n"),
    ("placements-of-no-folder", CASE_FILE, "doc   =", "placements = [\"data\"]\ndoc   ="),
    ("placements-that-move-nothing", CASE_FILE, "doc   =", "placements = [\"/elsewhere\"]\ndoc   ="),
    ("only-at-root-without-placements", CASE_FILE, NAME, "name = \"read\"\nonly-at-root = \"Why.\"\n"),
    ("clock-unknown-key", CASE_FILE, STDOUT, "clock = { start-ns = 5 }\n"),
    ("random-form", CASE_FILE, STDOUT, "random = { sed = 5 }\n"),
    ("exports-value-form", CASE_FILE, STDOUT, "exports = [{ name = \"add\", args = [5] }]\n"),
    ("exports-unknown-key", CASE_FILE, STDOUT, "exports = [{ name = \"add\", arguments = [] }]\n"),
    ("returns-form", CASE_FILE, STDOUT, "expect.returns = [5]\n"),
    ("returns-without-exports", CASE_FILE, STDOUT, "expect.returns = [[]]\n"),
    ("exports-without-returns", CASE_FILE, STDOUT, "exports = [{ name = \"add\" }]\n"),
    ("again-unknown", CASE_FILE, STDOUT, "expect.again = \"equal\"\n"),
    ("again-of-exact-bytes", CASE_FILE, STDOUT, "expect.again = \"different\"\n"),
    ("build-unknown", CASE_FILE, "guest = \"preopen\"", "build = \"library\"\nguest = \"preopen\""),
    ("go-bad-range", CASE_FILE, NAME, "name = \"read\"\ngo = \"new\"\n"),
    ("runtime-malformed", RUNTIME_FILE, "run = [", "run = "),
    ("runtime-unknown-key", RUNTIME_FILE, "[install]", "homepage = \"x\"\n[install]"),
    ("runtime-unknown-install-key", RUNTIME_FILE, "hint =", "tip  ="),
    ("runtime-unknown-command-key", RUNTIME_FILE, "run =", "start ="),
    (
        "runtime-known-fault-unknown-check",
        RUNTIME_FILE,
        "[install]",
        "[probe.known]\nargs-purple = \"Why.\"\n[install]",
    ),
    ("runtime-known-fault-without-reason", RUNTIME_FILE, "[install]", "[probe.known]\nargs-empty = \" \"\n[install]"),
    (
        "runtime-known-fault-unknown-mode",
        RUNTIME_FILE,
        "[install]",
        "[probe.known]\nargs-empty = { reason = \"Why.\", modes = [\"jit\"] }\n[install]",
    ),
    (
        "runtime-known-fault-bad-versions",
        RUNTIME_FILE,
        "[install]",
        "[probe.known]\nargs-empty = { reason = \"Why.\", versions = \"new\" }\n[install]",
    ),
    ("runtime-unknown-lack", RUNTIME_FILE, "[\"dir-map\",", "[\"wings\","),
    ("runtime-lacks-in-no-range", RUNTIME_FILE, "\n[command]\n", "\n[lacks-in]\nfuel = \"some\"\n[command]\n"),
    ("runtime-unknown-successor", RUNTIME_FILE, "lacks =", "successor = \"nobody\"\nlacks ="),
    ("runtime-own-successor", RUNTIME_FILE, "lacks =", "successor = \"fake\"\nlacks ="),
    ("runtime-default-beside-lts", RUNTIME_FILE, "pins =", "lts = \"^9\"\npins ="),
    (
        "runtime-engine-of-packages",
        RUNTIME_FILE,
        "pins =",
        "go = \"example.org/fake\"\nengine = { go = \"example.org/fake\" }\npins =",
    ),
    ("runtime-both-adapters", RUNTIME_FILE, "[command]\n", HOST),
    ("runtime-no-adapter", RUNTIME_FILE, "\n[command]\nrun = [\"{exe}\", \"{module}\", \"{args...}\"]\n", ""),
    (
        "runtime-no-version",
        RUNTIME_FILE,
        "[version]\ncommand = [\"{exe}\", \"--version\"]\npattern = 'fake (\\S+)'\n",
        "",
    ),
    ("runtime-version-without-group", RUNTIME_FILE, "'fake (\\S+)'", "'fake'"),
    ("runtime-version-bad-regex", RUNTIME_FILE, "'fake (\\S+)'", "'fake (\\S+'"),
    ("runtime-version-placeholder", RUNTIME_FILE, "[\"{exe}\", \"--version\"]", "[\"{module}\"]"),
    ("runtime-unknown-placeholder", RUNTIME_FILE, "\"{module}\"", "\"{guest}\""),
    ("runtime-unknown-splice", RUNTIME_FILE, "{args...}", "{arguments...}"),
    ("runtime-unclosed-placeholder", RUNTIME_FILE, "\"{module}\"", "\"{module\""),
    (
        "runtime-environment-placeholder",
        RUNTIME_FILE,
        "[command]",
        "[command.environment]\nHOME = \"{home}\"\n[command]",
    ),
    ("runtime-sign-bad-regex", RUNTIME_FILE, "[command]\n", "[command.trap]\nsays = 'trap: ('\n[command]\n"),
    ("runtime-no-pins", RUNTIME_FILE, "pins = [\"1.2.3\"]\n", ""),
    ("runtime-empty-pins", RUNTIME_FILE, "[\"1.2.3\"]", "[]"),
    ("runtime-bad-pin", RUNTIME_FILE, "[\"1.2.3\"]", "[\"1.2.3\", \"v1.2\"]"),
    ("runtime-mode-unknown-key", RUNTIME_FILE, "[command]\n", "[mode.slow]\nflag = \"-s\"\n[command]\n"),
    ("runtime-mode-name", RUNTIME_FILE, "[command]\n", "[mode.default]\nenv = []\n[command]\n"),
    ("runtime-mode-program", RUNTIME_FILE, "[command]\n", "[mode.slow]\nprogram = [\"x\"]\n[command]\n"),
    ("runtime-mode-placeholder", RUNTIME_FILE, "[command]\n", "[mode.slow]\nfuel = [\"--fuel={units}\"]\n[command]\n"),
    ("runtime-mode-versions", RUNTIME_FILE, "[command]\n", "[mode.slow]\nversions = \"new\"\n[command]\n"),
    ("runtime-run-without-module", RUNTIME_FILE, "\"{module}\", ", ""),
    ("runtime-run-without-args", RUNTIME_FILE, ", \"{args...}\"", ""),
    ("case-misspelt-capability", CASE_FILE, NAME, "name = \"read\"\nneeds = [\"dirmap\"]\n"),
    ("runtime-built-nowhere", RUNTIME_FILE, "\"{module}\"", "\"{built}/x\", \"{module}\""),
    ("divergence-unknown-mode", DIVERGENCES_FILE, "fault ", "modes    = [\"slow\"]\nfault "),
    ("runtime-undeclared-lack", RUNTIME_FILE, "\"fuel\", ", ""),
    ("runtime-lack-expressed", RUNTIME_FILE, "[command]\n", "[command]\nenv = [\"--env={name}={value}\"]\n"),
    ("runtime-two-origins", RUNTIME_FILE, "pins =", "go = \"example.org/fake\"\ncrate = \"fake\"\npins ="),
    ("divergence-unknown-key", DIVERGENCES_FILE, "reason   =", "because  ="),
    ("divergence-unknown-instead-key", DIVERGENCES_FILE, "instead.exit", "instead.code"),
    ("divergence-security-in-words", DIVERGENCES_FILE, "fault ", "security = \"high\"\nfault "),
    ("divergence-unknown-fault", DIVERGENCES_FILE, "\"runtime\"", "\"nobody\""),
    ("divergence-no-case", DIVERGENCES_FILE, "fs/preopen/read", "fs/preopen/raed"),
    ("divergence-bad-range", DIVERGENCES_FILE, "\">=1\"", "\"since 1\""),
    ("divergence-bad-url", DIVERGENCES_FILE, "\"unreported\"", "\"http://example.org/1\""),
    ("divergence-empty-reason", DIVERGENCES_FILE, "It cannot read.", ""),
    ("divergence-nothing-instead", DIVERGENCES_FILE, INSTEAD, "instead = {}\n"),
    ("divergence-instead-as-expected", DIVERGENCES_FILE, INSTEAD, "instead.exit = 0\n"),
    ("divergence-any-trap", DIVERGENCES_FILE, "instead.exit = 1", "instead.exit = \"trap\""),
    ("divergence-any-failure", DIVERGENCES_FILE, "instead.exit = 1", "instead.exit = \"failed\""),
    ("divergence-any-signal", DIVERGENCES_FILE, "instead.exit = 1", "instead.exit = { crash = [] }"),
    ("divergence-any-stderr", DIVERGENCES_FILE, INSTEAD, "instead.exit = 1\n"),
    ("divergence-withheld-with-a-reason", DIVERGENCES_FILE, "stays-inside", "security"),
    (
        "divergence-withheld-with-what-is-seen",
        DIVERGENCES_FILE,
        "\"It cannot read.\"\nurl      = \"unreported\"\nstays-inside",
        "\"withheld: the runtime's developers are to know it first\"\nurl = \"unreported\"\nsecurity",
    ),
    ("divergence-withheld-and-inside", DIVERGENCES_FILE, "fault ", "security = true\nfault "),
    ("matcher-bad-sha256", CASE_FILE, STDOUT, "expect.stdout = { sha256 = \"0A\" }\n"),
    ("divergence-unknown-detail", DIVERGENCES_FILE, "instead.exit = 1", "instead.exit = { signal = 11 }"),
    ("divergence-bad-regex", DIVERGENCES_FILE, "instead.exit = 1", "instead.stdout = { matches = \"(\" }"),
];
