//! Reading what the system measured, and printing it.

use std::{fs, time::Duration};

/// One figure, as min, median and max of its runs.
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

/// CPU time of a process, all its threads.
#[derive(Clone)]
pub(crate) struct Cpu {
    process: String,
    spent: Duration,
}

impl Cpu {
    /// The process with this id; `self` is this one.
    pub(crate) fn of(process: &str) -> Self {
        // Nanoseconds on a processor, per thread; ended threads are not in it, and the runtimes end
        // none of their workers.
        let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("this needs Linux");
        let on_cpu = |task: fs::DirEntry| {
            let schedstat = fs::read_to_string(task.path().join("schedstat")).ok()?;
            schedstat.split(' ').next()?.parse::<u64>().ok()
        };
        let nanos = tasks.filter_map(|task| on_cpu(task.ok()?)).sum();
        Self { process: process.to_owned(), spent: Duration::from_nanos(nanos) }
    }

    /// What it has taken since.
    pub(crate) fn spent(&self) -> Duration {
        Self::of(&self.process).spent.saturating_sub(self.spent)
    }
}

/// Resident memory of a process (`self` is this one), in KB.
pub(crate) fn resident_kb(process: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("this needs Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok());
    kb.expect("the kernel tells resident memory")
}
