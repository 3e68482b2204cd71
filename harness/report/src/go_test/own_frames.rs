//! Dumps of goroutines without the frames of other people's code.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// The heading of a goroutine's stack.
static GOROUTINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^goroutine \d+ .*\[.*\]:$").expect("a pattern"));

/// The second line of a frame: where the function of the first line is.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\t(.+\.(?:go|s)):\d+(?: \+0x[0-9a-f]+)?$").expect("a pattern"));

/// How the path of a file of Go's own begins, and of one of a module that Go has fetched.
const GO_FOLDERS: [&str; 2] = ["$GOROOT/", "$GOMODCACHE/"];

/// The lines of a test's output that are not blank. Of stacks, only the frames in the package's folder stay, and the
/// headings of stacks that have any.
pub(super) fn own_frames<'t>(text: &'t str, folder: &str) -> Vec<&'t str> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let (mut kept, mut heading) = (Vec::new(), None);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let place = lines.get(at + 1).and_then(|next| PLACE.captures(next)).and_then(|found| found.get(1));
        if GOROUTINE.is_match(line) {
            heading = Some(*line);
        } else if let Some(place) = place {
            if is_in(place.as_str(), folder) {
                kept.extend(heading.take());
                kept.extend([line, lines[at + 1]]);
            }
            at += 1;
        } else {
            heading = None;
            kept.push(line);
        }
        at += 1;
    }
    kept
}

/// Whether a file is in a package's folder. A file in one of Go's folders is named without the path of that folder.
fn is_in(file: &str, folder: &str) -> bool {
    let below = GO_FOLDERS.iter().find_map(|go| file.strip_prefix(go));
    let of_go = below.and_then(|file| Path::new(file).parent());
    of_go.map_or_else(|| Path::new(file).starts_with(folder), |parent| Path::new(folder).ends_with(parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: &str = "panic: test timed out after 4s\n\trunning tests:\n\t\tTestHangs (4s)\n\n\
        goroutine 8 [running]:\ntesting.(*M).startAlarm.func1()\n\t/go/src/testing/testing.go:2802 +0x42\n\
        created by time.goFunc\n\t/go/src/time/sleep.go:215 +0x5\n\n\
        goroutine 7 [select (no cases)]:\nm/store.TestHangs(0x526248)\n\t/m/store/store_test.go:50 +0x4\n\
        testing.tRunner(0x526248, 0x89ed0)\n\t/go/src/testing/testing.go:2036 +0x12\nexit 2\n";

    #[test]
    fn of_a_stack_the_packages_own_frames_stay() {
        let expected = [
            "panic: test timed out after 4s",
            "\trunning tests:",
            "\t\tTestHangs (4s)",
            "goroutine 7 [select (no cases)]:",
            "m/store.TestHangs(0x526248)",
            "\t/m/store/store_test.go:50 +0x4",
            "exit 2",
        ];
        assert_eq!(own_frames(TIMEOUT, "/m/store"), expected);
        assert_eq!(own_frames("a\n\n    b_test.go:3: no\n", "/m"), ["a", "    b_test.go:3: no"]);
        assert_eq!(own_frames(TIMEOUT, "/m/sto").len(), 4, "another folder");
        let of_go =
            "goroutine 1 [running]:\nos.Open()\n\t$GOROOT/src/os/file.go:7\nio.Copy()\n\t$GOROOT/src/io/io.go:7\n";
        assert_eq!(own_frames(of_go, "/usr/local/go/src/os").len(), 3);
        let of_module = of_go.replace("$GOROOT/src/io", "$GOMODCACHE/example.org/m@v1.2.3/io");
        assert_eq!(own_frames(&of_module, "/home/me/go/pkg/mod/example.org/m@v1.2.3/io").len(), 3);
    }
}
