//! The functions that have a page, of preview 1 and of Go's library, and the cases that are about them.

use std::collections::{BTreeMap, BTreeSet};

use wasip1_trace::interface::PREVIEW1;

use super::sources::{Sources, Used};
use crate::pages::grid::Board;

/// The Go code that leads to each function of preview 1, as it occurs in a program's text, according to `syscall` of
/// Go 1.26. Go's library calls the functions without a line here never, or at every start.
const REACHED: [(&str, &[&str]); 29] = [
    ("args_get", &["os.Args"]),
    ("args_sizes_get", &["os.Args"]),
    ("clock_time_get", &["time.Now(", "time.Since("]),
    ("environ_get", &["os.Environ(", "os.Getenv(", "os.LookupEnv("]),
    ("environ_sizes_get", &["os.Environ(", "os.Getenv(", "os.LookupEnv("]),
    ("fd_close", &[".Close()"]),
    ("fd_filestat_get", &[".Stat()"]),
    ("fd_filestat_set_size", &[".Truncate("]),
    ("fd_pread", &[".ReadAt(", "io.NewSectionReader("]),
    ("fd_pwrite", &[".WriteAt("]),
    ("fd_read", &["os.ReadFile(", ".Read(", "io.ReadAll(", "io.ReadFull(", "os.Stdin"]),
    ("fd_readdir", &[".ReadDir(", ".Readdir(", ".Readdirnames(", ".WalkDir(", ".Walk("]),
    ("fd_seek", &[".Seek("]),
    ("fd_sync", &[".Sync()"]),
    ("fd_write", &["os.WriteFile(", ".Write(", ".WriteString(", "fmt.Print", "println("]),
    ("path_create_directory", &["os.Mkdir"]),
    ("path_filestat_get", &["os.Stat(", "os.Lstat("]),
    ("path_filestat_set_times", &["os.Chtimes("]),
    ("path_link", &["os.Link("]),
    ("path_open", &["os.Open", "os.Create", "os.ReadFile(", "os.WriteFile(", "os.ReadDir("]),
    ("path_readlink", &["os.Readlink("]),
    ("path_remove_directory", &["os.Remove"]),
    ("path_rename", &["os.Rename("]),
    ("path_symlink", &["os.Symlink("]),
    ("path_unlink_file", &["os.Remove"]),
    ("poll_oneoff", &["time.Sleep(", "time.After", "time.NewTimer(", "time.NewTicker(", "context.WithTimeout("]),
    ("proc_exit", &["os.Exit("]),
    ("random_get", &["rand.Read(", "rand.Int(", "rand.Text("]),
    ("sock_accept", &["net.FileListener(", ".Accept()"]),
];

/// A function that has a page.
pub(crate) struct Topic {
    /// `path_rename`, or `os.Rename`.
    pub name: String,
    /// Whether it is a function of preview 1 rather than of Go's library.
    pub preview1: bool,
    /// The indices of the cases that are about it.
    pub cases: Vec<usize>,
    /// The Go code that leads to it, if it is a function of preview 1.
    pub reached: Vec<String>,
    /// The guests that import it.
    pub guests: Vec<String>,
    /// How many cases run one of those guests.
    pub imported: usize,
}

/// The probes of each case, and what they call.
pub fn uses(board: &Board, sources: &Sources) -> Vec<Used> {
    board.cases.iter().map(|case| sources.used(case)).collect()
}

/// All functions of preview 1, whether or not a case is about them, and the functions of Go's library that a case calls.
pub(crate) fn topics(board: &Board, sources: &Sources, uses: &[Used]) -> Vec<Topic> {
    let mut names = functions();
    names.extend(sources.imports.values().flatten().filter(|name| !name.contains('.')).cloned());
    let mut topics: Vec<_> = names.into_iter().map(|name| of_preview1(name, board, sources, uses)).collect();
    let mut by_call: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (case, used) in uses.iter().enumerate() {
        let named = of_documentation(&board.cases[case].doc);
        for call in used.calls.iter().cloned().chain(named) {
            by_call.entry(call).or_default().insert(case);
        }
    }
    topics.extend(by_call.into_iter().map(|(name, cases)| Topic {
        name,
        preview1: false,
        cases: cases.into_iter().collect(),
        reached: Vec::new(),
        guests: Vec::new(),
        imported: 0,
    }));
    topics
}

/// The names of all functions of preview 1.
fn functions() -> BTreeSet<String> {
    PREVIEW1.functions.keys().cloned().collect()
}

fn of_preview1(name: String, board: &Board, sources: &Sources, uses: &[Used]) -> Topic {
    let reached = REACHED.iter().find(|(function, _)| *function == name).map_or(&[][..], |(_, tokens)| tokens);
    let anchor = format!("#{name}");
    let tells = |case: &usize| {
        board.cases[*case].doc.ends_with(&anchor) || reached.iter().any(|token| uses[*case].mentions(token))
    };
    let guests: Vec<_> =
        sources.imports.iter().filter(|(_, imports)| imports.contains(&name)).map(|(guest, _)| guest.clone()).collect();
    Topic {
        preview1: true,
        cases: (0..board.cases.len()).filter(tells).collect(),
        reached: reached.iter().map(|token| token.trim_end_matches(['(', ')']).to_owned()).collect(),
        imported: board.cases.iter().filter(|case| guests.contains(&case.guest)).count(),
        guests,
        name,
    }
}

/// The function that an address in Go's documentation is about: `os.File.ReadDir`.
pub(crate) fn of_documentation(address: &str) -> Option<String> {
    let (path, name) = address.strip_prefix("https://pkg.go.dev/")?.split_once('#')?;
    let package = path.split('@').next()?.rsplit('/').next()?;
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
    is_name.then(|| format!("{package}.{name}"))
}

/// The terms that each case can be found by besides its own name: the functions that it is about.
pub fn terms(topics: &[Topic], cases: usize) -> Vec<BTreeSet<&str>> {
    let mut terms = vec![BTreeSet::new(); cases];
    for topic in topics {
        for case in &topic.cases {
            terms[*case].insert(topic.name.as_str());
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documentation_names_what_it_is_about() {
        assert_eq!(of_documentation("https://pkg.go.dev/io/fs#WalkDir").as_deref(), Some("fs.WalkDir"));
        assert_eq!(of_documentation("https://pkg.go.dev/os@go1.26#File.ReadDir").as_deref(), Some("os.File.ReadDir"));
        for other in ["https://pkg.go.dev/os", "https://pkg.go.dev/os#pkg-variables", "https://go.dev/ref/spec#Chan"] {
            assert_eq!(of_documentation(other), None, "{other}");
        }
    }

    #[test]
    fn each_function_that_go_leads_to_is_one_of_preview_1() {
        let functions = functions();
        for (name, tokens) in REACHED {
            assert!(functions.contains(name) && !tokens.is_empty(), "{name}");
        }
    }
}
