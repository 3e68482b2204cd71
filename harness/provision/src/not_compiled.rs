//! Why a guest was not compiled ahead, and what the compiler said.

use std::time::Duration;

use matrix_supervise::{Ended, Usage};

/// The maximum number of bytes that are kept of the end of each of the compiler's outputs. Together they fit into a
/// record.
const KEPT: usize = 1 << 10;

/// The maximum length of the compiler's words in a message, in characters.
const WORDS: usize = 200;

/// A compiler that failed.
#[derive(Debug, Clone)]
pub struct NotCompiled {
    /// In what way.
    pub how: HowFailed,
    /// Its deadline.
    pub deadline: Duration,
    /// What it cost.
    pub usage: Usage,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
}

/// In what way a compiler failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HowFailed {
    /// It ended with this code.
    Exit(i32),
    /// A host says that its engine refuses the module, or the host failed. A run tells which: it compiles anew.
    HostRefuses,
    /// It died by this signal.
    Signal(i32),
    /// It had not ended at its deadline.
    Deadline,
    /// It wrote too much.
    OutputLimit,
    /// SIGQUIT stopped it.
    Quit,
    /// It ended well, and did not make this file.
    MadeNothing(String),
}

impl NotCompiled {
    pub(crate) fn new(how: HowFailed, deadline: Duration, ended: Ended) -> NotCompiled {
        let Ended { usage, stdout, stderr, .. } = ended;
        NotCompiled { how, deadline, usage, stdout, stderr }
    }

    /// Whether the harness stopped the compiler at its deadline.
    pub fn is_at_deadline(&self) -> bool {
        self.how == HowFailed::Deadline
    }

    /// The compiler's exit code as a shell shows it: 128 plus its number for a signal, and 124 at the deadline, as
    /// `timeout` has it. `None` if the harness stopped the compiler for another reason.
    pub fn shell_code(&self) -> Option<i32> {
        match self.how {
            HowFailed::Exit(code) => Some(code),
            HowFailed::HostRefuses => Some(1),
            HowFailed::Signal(signal) => Some(128 + signal),
            HowFailed::Deadline => Some(124),
            HowFailed::MadeNothing(_) => Some(0),
            HowFailed::OutputLimit | HowFailed::Quit => None,
        }
    }

    /// How it failed, and the beginning of what it said, on one line.
    pub fn message(&self) -> String {
        let how = match &self.how {
            HowFailed::Exit(code) => format!("exit {code}"),
            HowFailed::HostRefuses => "exit 1".to_owned(),
            HowFailed::Signal(signal) => format!("killed by signal {signal}"),
            HowFailed::Deadline => format!("no end within {} s", self.deadline.as_secs()),
            HowFailed::OutputLimit => "stopped for writing too much".to_owned(),
            HowFailed::Quit => "stopped by SIGQUIT".to_owned(),
            HowFailed::MadeNothing(file) => format!("exit 0, and no {file} was made"),
        };
        match first_line(&self.stderr).or_else(|| first_line(&self.stdout)) {
            Some(words) => format!("{how}: {words}"),
            None => how,
        }
    }

    /// The end of what it said: of stderr, and then of stdout, which some compilers use for it.
    pub fn words(&self) -> Vec<u8> {
        [end(&self.stderr), end(&self.stdout)].concat()
    }
}

/// The first line that is not blank.
fn first_line(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&output[..output.len().min(8 * KEPT)]);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let words: String = line.chars().take(WORDS).collect();
    Some(if words.len() < line.len() { words + "…" } else { words })
}

/// The last lines, as far as they are kept. The end of a single longer line is cut off at its beginning.
fn end(output: &[u8]) -> &[u8] {
    if output.len() <= KEPT {
        return output;
    }
    let kept = &output[output.len() - KEPT..];
    let next_line = kept.iter().position(|byte| *byte == b'\n').map(|end| &kept[end + 1..]);
    next_line.filter(|lines| !lines.is_empty()).unwrap_or(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(how: HowFailed, stdout: &str, stderr: &str) -> NotCompiled {
        let (deadline, usage) = (Duration::from_secs(60), Usage::default());
        NotCompiled { how, deadline, usage, stdout: stdout.into(), stderr: stderr.into() }
    }

    #[test]
    fn a_message_is_one_line_of_what_the_compiler_said() {
        let message = |how, stdout, stderr| failed(how, stdout, stderr).message();
        assert_eq!(message(HowFailed::Exit(1), "out\n", "\n  bad magic\nmore\n"), "exit 1: bad magic");
        assert_eq!(message(HowFailed::Exit(1), "out\n", ""), "exit 1: out");
        assert_eq!(message(HowFailed::Signal(11), "", ""), "killed by signal 11");
        assert_eq!(message(HowFailed::Deadline, "", ""), "no end within 60 s");
        let long = message(HowFailed::OutputLimit, "", &"ä".repeat(70_000));
        assert_eq!(long.chars().filter(|c| *c == 'ä').count(), WORDS);
    }

    #[test]
    fn the_end_of_both_outputs_is_kept() {
        let flood = failed(HowFailed::OutputLimit, "out\n", &"line\n".repeat(100_000));
        let words = String::from_utf8(flood.words()).unwrap();
        assert!(words.len() <= 2 * KEPT && words.starts_with("line\n") && words.ends_with("line\nout\n"));
        assert_eq!(failed(HowFailed::Exit(1), "", &"x".repeat(5000)).words().len(), KEPT);
    }
}
