//! What a process uses, from `/proc`.

use std::path::PathBuf;
use std::time::Duration;

/// A process that runs.
#[derive(Clone, Copy)]
pub struct Process(pub i32);

impl Process {
    fn path(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }

    /// CPU time of the threads that it has now. From the scheduler, in nanoseconds: the clock ticks of `stat` are
    /// longer than what an idle program uses.
    pub fn cpu(self) -> Duration {
        let threads = std::fs::read_dir(self.path("task")).expect("a process").flatten();
        let times = threads.filter_map(|thread| {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(times.sum())
    }

    /// A line of `status` that counts KiB, as MiB: `VmRSS`, `RssAnon`.
    pub fn mebibytes(self, field: &str) -> f64 {
        let status = std::fs::read_to_string(self.path("status")).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kib.expect("a number of KiB") / 1024.0
    }
}
