//! What the server costs beside a bare one: CPU per request, fan-out to many sockets, memory,
//! start. Prints a table; run with `just bench-http`, which names the server and the Python.
//!
//! Servers take turns within each measurement, so that what else the machine does falls on all.

mod bare;
mod crowd;
mod fan_out;
mod floor;
mod load;
#[path = "../meter.rs"]
mod meter;
mod requests;
mod server;
mod sockets;
mod stage;
mod start;

use meter::Row;
use stage::Stage;

const ALL: [&str; 4] = ["start", "requests", "memory", "fan-out"];

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("bare") => bare::serve(&arguments[1]),
        Some("floor") => floor::serve(&arguments[1..]),
        _ => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let stage = Stage::of(&mut arguments);
            meter::print(&runtime.expect("a runtime").block_on(measure_all(&stage, &arguments)));
        }
    }
}

async fn measure_all(stage: &Stage, named: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for measurement in ALL {
        if named.is_empty() || named.iter().any(|name| name == measurement) {
            rows.extend(match measurement {
                "start" => start::measure(stage).await,
                "requests" => requests::measure(stage).await,
                "memory" => fan_out::memory(stage).await,
                _ => fan_out::measure(stage).await,
            });
        }
    }
    rows
}
