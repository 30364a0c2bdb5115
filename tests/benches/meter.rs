//! Figures of the system, and their table.

use std::{fs, time::Duration};

/// A figure with its runs.
pub(crate) struct Row {
    what: String,
    runs: Vec<f64>,
    goal: &'static str,
}

impl Row {
    pub(crate) fn of(what: String, mut runs: Vec<f64>, goal: &'static str) -> Self {
        runs.sort_by(f64::total_cmp);
        Self { what, runs, goal }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn print(rows: &[Row]) {
    println!("| figure | median | min – max | runs | goal |\n|---|---|---|---|---|");
    for Row { what, runs, goal } in rows {
        let (min, max) = (runs[0], runs[runs.len() - 1]);
        let median = runs[runs.len() / 2];
        println!("| {what} | {median:.3} | {min:.3} – {max:.3} | {} | {goal} |", runs.len());
    }
}

/// The CPU time of a process, of all its threads.
#[derive(Clone)]
pub(crate) struct Cpu {
    process: String,
    spent: Duration,
}

impl Cpu {
    /// Reads the CPU time of a process by its id; `self` is this process.
    pub(crate) fn of(process: &str) -> Self {
        // Nanoseconds per thread. Ended threads are not included, but the runtimes end no worker.
        let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("this needs Linux");
        let on_cpu = |task: fs::DirEntry| {
            let schedstat = fs::read_to_string(task.path().join("schedstat")).ok()?;
            schedstat.split(' ').next()?.parse::<u64>().ok()
        };
        let nanos = tasks.filter_map(|task| on_cpu(task.ok()?)).sum();
        Self { process: process.to_owned(), spent: Duration::from_nanos(nanos) }
    }

    /// The CPU time since then.
    pub(crate) fn spent(&self) -> Duration {
        Self::of(&self.process).spent.saturating_sub(self.spent)
    }
}

/// The resident memory of a process (`self` is this one), in KB.
pub(crate) fn resident_kb(process: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("this needs Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok());
    kb.expect("the kernel reports resident memory")
}
