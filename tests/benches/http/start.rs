//! The time from the start to the first response, and the memory of an idle server.

use std::time::Duration;

use crate::{
    meter::Row,
    programs::Programs,
    server::{Model, Server},
};

pub(crate) async fn measure(programs: &Programs) -> Vec<Row> {
    let names = ["synod", "bare actix-web", "FastAPI"];
    let (mut starts, mut idle) = (vec![vec![]; names.len()], vec![vec![]; names.len()]);
    for _ in 0..5 {
        for number in 0..names.len() {
            let server = one(programs, number).await;
            starts[number].push(server.cold_start.as_secs_f64() * 1e3);
            tokio::time::sleep(Duration::from_millis(500)).await;
            idle[number].push(server.resident_kb() / 1024.0);
        }
    }
    let goal = |number, goal| if number == 0 { goal } else { "–" };
    let cold = names.iter().zip(starts).enumerate().map(|(number, (name, runs))| {
        Row::of(format!("start to the first 200, ms: {name}"), runs, goal(number, "≤ 40"))
    });
    let rest = names.iter().zip(idle).enumerate().map(|(number, (name, runs))| {
        Row::of(format!("memory when idle, MB: {name}"), runs, goal(number, "≤ 15"))
    });
    cold.chain(rest).collect()
}

async fn one(programs: &Programs, number: usize) -> Server {
    match number {
        0 => programs.synod(&Model::AT_ONCE).await,
        1 => programs.bare().await,
        _ => programs.fastapi("{}").await,
    }
}
