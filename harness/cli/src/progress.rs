//! What a long command says while it works.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use matrix_provision::notice::{Notice, Notify};
use matrix_store::scratch;

/// How often a run without a terminal says where it is.
const PROGRESS: Duration = Duration::from_secs(10);

/// A bar on a terminal, a line now and then elsewhere.
pub struct Progress {
    /// What is counted.
    of: &'static str,
    bar: ProgressBar,
    done: Arc<AtomicUsize>,
    said: Mutex<Instant>,
}

impl Progress {
    /// So many of these to go.
    pub fn new(count: u64, of: &'static str) -> Progress {
        let terminal = io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(count), target);
        let style =
            ProgressStyle::with_template(&format!("{{bar:40}} {{pos}}/{{len}} {of}, {{elapsed}}, {{eta}} to go"));
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress { of, bar, done: Arc::default(), said: Mutex::new(Instant::now()) }
    }

    /// Has an interrupted user told how far this went: `told` puts it in words, from how many are done and how many
    /// there are.
    pub fn on_interrupt(&self, told: impl Fn(usize, usize) -> String + Send + 'static) {
        let (done, of) = (Arc::clone(&self.done), self.bar.length().unwrap_or(0) as usize);
        matrix_supervise::on_interrupt(move || eprintln!("interrupted: {}", told(done.load(Ordering::Relaxed), of)));
    }

    /// One is done; what there is to tell of it.
    pub fn step(&self, told: Option<&str>) {
        self.bar.inc(1);
        if let Some(told) = told {
            self.bar.suspend(|| println!("{told}"));
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        let mut said = self.said.lock().expect("no thread panics with the lock held");
        if self.bar.is_hidden() && said.elapsed() >= PROGRESS {
            eprintln!("{}/{} {}", self.bar.position(), self.bar.length().unwrap_or(0), self.of);
            *said = Instant::now();
        }
    }

    /// Something to tell that is not of one that is done.
    pub fn aside(&self, told: &str) {
        self.bar.suspend(|| eprintln!("{told}"));
    }

    /// All are done.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Shows what making things ready tells, a line each.
pub fn notify() -> Arc<Notify> {
    Arc::new(show)
}

/// Shows a notice.
pub fn show(notice: &Notice) {
    eprintln!("{notice}");
}

/// Has an interruption remove folders that a command made.
pub fn remove_on_interrupt(folders: Vec<PathBuf>) {
    matrix_supervise::on_interrupt(move || {
        // A thread may be filling a folder at this moment.
        for folder in folders.iter().cycle().take(3 * folders.len()) {
            scratch::remove(folder).ok();
        }
        eprintln!("interrupted: nothing is left behind");
    });
}
