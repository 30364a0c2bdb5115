//! The cost of a debate without its models: wall time over the critical path, own CPU per call, memory per
//! running debate, and the share of prompts that a prefix cache serves. Prints a table; run with `just bench`.
//! Each figure is a ratio to a baseline of the same run, or states its unit.

mod baseline;
#[path = "../../prompt_layout/debate.rs"]
mod debate;
mod durability;
mod framing;
mod layout;
#[path = "../meter.rs"]
mod meter;
mod rules;
#[path = "../../prompt_layout/share.rs"]
mod share;
mod simulator;
#[path = "../../prompt_layout/slots.rs"]
mod slots;
mod test_system;

use std::time::Duration;

use meter::{Cpu, Row, resident_kb};
use simulator::Simulator;
use test_system::{Pace, TestSystem};

/// The pace of the comparisons with other systems: 20 ms to the first of 20 tokens, 5 ms apart.
const PACE: Pace =
    Pace { first: Duration::from_millis(20), each: Duration::from_millis(5), tokens: 20 };
const AT_ONCE: Pace = Pace { first: Duration::ZERO, each: Duration::ZERO, tokens: 20 };

/// The measurements, in an order in which they do not disturb each other: memory first, while the allocator
/// has no free memory to reuse.
const ALL: [&str; 8] =
    ["memory", "wall", "wall-http", "cpu", "layout", "rules", "framing", "durability"];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let named: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let mut rows = Vec::new();
    for measurement in ALL {
        if named.is_empty() || named.iter().any(|name| name == measurement) {
            rows.extend(measure(measurement).await);
        }
    }
    if !rows.is_empty() {
        meter::print(&rows);
    }
}

async fn measure(measurement: &str) -> Vec<Row> {
    match measurement {
        "memory" => vec![memory().await],
        "wall" => {
            let system = TestSystem::scripted(PACE);
            vec![wall(&system, "scripted", 1).await, wall(&system, "scripted", 200).await]
        }
        "wall-http" => {
            let simulator = Simulator::start(PACE).await;
            let system = TestSystem::ollama(simulator.address(), PACE);
            let one = wall(&system, "over HTTP", 1).await;
            let many = wall(&system, "over HTTP", 200).await;
            vec![one, many, bare(simulator.address()).await]
        }
        "cpu" => cpu().await.into(),
        "layout" => {
            // It runs agents on a runtime of its own, which a thread of a runtime cannot enter.
            tokio::task::spawn_blocking(layout::print).await.expect("no panic");
            Vec::new()
        }
        "rules" => vec![rules()],
        "durability" => durability::measure().await,
        _ => vec![framing().await],
    }
}

/// The wall time of parallel debates over their critical path, of five runs.
async fn wall(system: &TestSystem, over: &str, debates: usize) -> Row {
    system.hold(1).await;
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let held = system.hold(debates).await;
        ratios.push(held.wall.as_secs_f64() / held.critical_path.as_secs_f64());
    }
    let goal = if debates == 1 { "≤ 1.02" } else { "≤ 1.15" };
    Row::of(format!("wall ÷ critical path, {debates} at once, {over}"), ratios, goal)
}

/// The limit of machine and simulator: the calls of 200 parallel debates, three in parallel and twelve in
/// sequence, by clients that only read the replies.
async fn bare(address: &str) -> Row {
    let critical_path = PACE.call(20) * 12;
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let wall = baseline::fetch_at_once(address, 600, 12).await;
        ratios.push(wall.as_secs_f64() / critical_path.as_secs_f64());
    }
    Row::of("the same calls by bare HTTP clients".to_owned(), ratios, "–")
}

/// Own CPU per call over HTTP with models that reply at once, and its ratio to a bare client that only reads
/// the same replies.
async fn cpu() -> [Row; 2] {
    let simulator = Simulator::start(AT_ONCE).await;
    let system = TestSystem::ollama(simulator.address(), AT_ONCE);
    system.hold(20).await;
    let (mut own, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let before = Cpu::of("self");
        let held = system.hold_one_by_one(40).await;
        let per_call = before.spent().as_secs_f64() * 1e3 / held.calls as f64;
        let before = Cpu::of("self");
        let fetched = baseline::fetch(simulator.address(), 1_000).await;
        let baseline = before.spent().as_secs_f64() * 1e3 / fetched as f64;
        own.push(per_call);
        ratios.push(per_call / baseline);
    }
    [
        Row::of("own CPU per call, ms, models at once".to_owned(), own, "≤ 0.15"),
        Row::of("the same ÷ bare HTTP client".to_owned(), ratios, "–"),
    ]
}

/// The resident memory of a running debate, including its log.
async fn memory() -> Row {
    let system = TestSystem::hanging_after(9);
    system.open_and_wait(50).await;
    let mut figures = Vec::new();
    for _ in 0..3 {
        let before = resident_kb("self");
        system.open_and_wait(2_000).await;
        figures.push((resident_kb("self") - before) / 2_000.0);
    }
    Row::of("memory per running debate of 9 statements, KB".to_owned(), figures, "≤ 20")
}

/// The time of the rules per event of a debate of five agents over five rounds.
fn rules() -> Row {
    rules::time_per_event(20);
    let runs = (0..5).map(|_| rules::time_per_event(100).as_secs_f64() * 1e6).collect();
    Row::of("decide + apply per event, µs".to_owned(), runs, "–")
}

/// The speed of reading a streamed reply through the client.
async fn framing() -> Row {
    let mut runs = Vec::new();
    for _ in 0..5 {
        runs.push(framing::megabytes_per_second(200_000).await);
    }
    Row::of("streamed reply read, MB/s".to_owned(), runs, "–")
}
