//! What a guest's standard descriptors are connected to, and what another process does with them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the guest's descriptor 0 is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StdinKind {
    /// A pipe with the case's bytes in it, then end of file.
    #[default]
    Pipe,
    /// `/dev/null`.
    Null,
    /// A regular file with the case's bytes.
    File,
    /// No descriptor at all.
    Closed,
    /// A pipe whose write end stays open and, after the case's bytes, silent.
    Open,
    /// A Unix socket whose peer sends the case's bytes and then no more.
    Socket,
    /// A terminal at which the case's bytes are typed, and then Ctrl-D.
    Terminal,
}

/// What the guest's descriptor 1 or 2 is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKind {
    /// A pipe that is read as soon as something is in it.
    #[default]
    Pipe,
    /// An empty file.
    File,
    /// A file that is opened for appending and has this content.
    Append(String),
    /// `/dev/null`.
    Null,
    /// `/dev/full`, a device without room.
    Full,
    /// No descriptor at all.
    Closed,
    /// A pipe whose reader closes it after this many bytes.
    EarlyReader(usize),
    /// A pipe of one page, which is read a page at a time.
    SlowReader,
    /// A Unix socket.
    Socket,
    /// A terminal, the same as stdin if that is one.
    Terminal,
    /// For descriptor 2: the same open file as descriptor 1.
    Stdout,
}

/// One of the three standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Descriptor 0.
    Stdin,
    /// Descriptor 1.
    Stdout,
    /// Descriptor 2.
    Stderr,
}

/// What another process does with the same descriptors before the guest starts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Before {
    /// How many bytes it reads from stdin, which is a file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reads: usize,
    /// What it writes to stdout.
    #[serde(default, skip_serializing_if = "is_default")]
    pub writes: String,
    /// The streams on which it sets `O_NONBLOCK`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nonblocking: Vec<Stream>,
}

/// What another process does with the same descriptors after the guest has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct After {
    /// What it writes to stdout.
    #[serde(default, skip_serializing_if = "is_default")]
    pub writes: String,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl StdinKind {
    /// Whether it carries bytes.
    pub fn carries_bytes(self) -> bool {
        !matches!(self, StdinKind::Null | StdinKind::Closed)
    }

    /// Whether it is fed step by step.
    pub fn is_fed(self) -> bool {
        matches!(self, StdinKind::Pipe | StdinKind::Open | StdinKind::Socket | StdinKind::Terminal)
    }
}

impl OutputKind {
    /// Whether the harness sees what the guest writes to it.
    pub fn is_seen(&self) -> bool {
        !matches!(self, OutputKind::Null | OutputKind::Full | OutputKind::Closed | OutputKind::EarlyReader(0))
    }

    /// Whether the harness sees it while the guest runs.
    pub fn is_seen_at_once(&self) -> bool {
        matches!(self, OutputKind::Pipe | OutputKind::Socket | OutputKind::Terminal)
    }

    /// Whether another process can write to it before and after.
    pub fn takes_more(&self) -> bool {
        self.is_seen() && !matches!(self, OutputKind::EarlyReader(_))
    }

    /// Whether the harness sees all that is written to this descriptor, and nothing that is written to the other.
    pub fn is_a_stream_of_its_own(&self) -> bool {
        self.takes_more() && *self != OutputKind::Stdout
    }

    /// How a shell connects this descriptor, in the folder of a cell; `None` if it cannot, or if it is a pipe.
    pub fn redirection(&self, descriptor: u8) -> Option<String> {
        let name = if descriptor == 1 { "stdout" } else { "stderr" };
        match self {
            OutputKind::File => Some(format!("{descriptor}>../{name}")),
            OutputKind::Append(_) => Some(format!("{descriptor}>>../{name}")),
            OutputKind::Null => Some(format!("{descriptor}>/dev/null")),
            OutputKind::Full => Some(format!("{descriptor}>/dev/full")),
            OutputKind::Closed => Some(format!("{descriptor}>&-")),
            OutputKind::Stdout => Some(format!("{descriptor}>&1")),
            _ => None,
        }
    }
}

/// In words for people, as in "stdout is …".
impl fmt::Display for OutputKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            OutputKind::Pipe => f.write_str("a pipe"),
            OutputKind::File => f.write_str("a file"),
            OutputKind::Append(content) => write!(f, "a file to append to, after {content:?}"),
            OutputKind::Null => f.write_str("/dev/null"),
            OutputKind::Full => f.write_str("/dev/full"),
            OutputKind::Closed => f.write_str("closed"),
            OutputKind::EarlyReader(bytes) => write!(f, "a pipe whose reader leaves after {bytes} bytes"),
            OutputKind::SlowReader => f.write_str("a pipe that is read slowly"),
            OutputKind::Socket => f.write_str("a socket"),
            OutputKind::Terminal => f.write_str("a terminal"),
            OutputKind::Stdout => f.write_str("the same as stdout"),
        }
    }
}

impl Before {
    /// In words for people, each thing that it does; none if it does nothing.
    pub fn in_words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.reads > 0 {
            words.push(format!("reads {} bytes from stdin", self.reads));
        }
        if !self.writes.is_empty() {
            words.push(format!("writes {:?} to stdout", self.writes));
        }
        words.extend(self.nonblocking.iter().map(|stream| format!("sets O_NONBLOCK on {stream}")));
        words
    }
}

impl Stream {
    /// Its descriptor.
    pub fn descriptor(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Stream::Stdin => "stdin",
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        })
    }
}
