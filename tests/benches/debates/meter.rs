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

/// CPU time of this process, all threads.
pub(crate) struct Cpu(Duration);

impl Cpu {
    pub(crate) fn now() -> Self {
        // Nanoseconds on a processor, per thread; ended threads are not in it, and the runtime ends
        // none of its workers.
        let tasks = fs::read_dir("/proc/self/task").expect("this benchmark needs Linux");
        let on_cpu = |task: fs::DirEntry| {
            let schedstat = fs::read_to_string(task.path().join("schedstat")).ok()?;
            schedstat.split(' ').next()?.parse::<u64>().ok()
        };
        Self(Duration::from_nanos(tasks.filter_map(|task| on_cpu(task.ok()?)).sum()))
    }

    pub(crate) fn spent(&self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

/// Resident memory of this process, in KB.
pub(crate) fn resident_kb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("this benchmark needs Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok());
    kb.expect("the kernel tells resident memory")
}
