//! The cost of the server compared with a bare one: CPU per request, fan-out to many sockets, memory, and
//! start. Prints a table; run with `just bench-http`, which passes the paths of the server and of Python.
//!
//! Servers take turns within each measurement, so that other work of the machine affects all of them.

mod bare;
mod baseline;
mod client_pool;
mod fan_out;
mod load;
#[path = "../meter.rs"]
mod meter;
mod programs;
mod requests;
mod server;
mod sockets;
mod start;

use meter::Row;
use programs::Programs;

const ALL: [&str; 4] = ["start", "requests", "memory", "fan-out"];

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match arguments.first().map(String::as_str) {
        Some("bare") => bare::serve(&arguments[1]),
        Some("baseline") => baseline::serve(&arguments[1..]),
        _ => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let programs = Programs::of(&mut arguments);
            meter::print(&runtime.expect("a runtime").block_on(measure_all(&programs, &arguments)));
        }
    }
}

async fn measure_all(programs: &Programs, named: &[String]) -> Vec<Row> {
    let mut rows = Vec::new();
    for measurement in ALL {
        if named.is_empty() || named.iter().any(|name| name == measurement) {
            rows.extend(match measurement {
                "start" => start::measure(programs).await,
                "requests" => requests::measure(programs).await,
                "memory" => fan_out::memory(programs).await,
                _ => fan_out::measure(programs).await,
            });
        }
    }
    rows
}
