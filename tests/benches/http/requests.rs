//! CPU per request, compared with a bare server and FastAPI.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    load::{Taken, press},
    meter::Row,
    programs::Programs,
    server::{Model, Server, request},
};

const RUNS: usize = 5;
const TIME: Duration = Duration::from_secs(2);

/// A request, the corresponding path of the bare server, and the goal for the ratio.
struct Kind {
    name: &'static str,
    method: &'static str,
    path: String,
    bare: &'static str,
    body: String,
    goal: &'static str,
}

pub(crate) async fn measure(programs: &Programs) -> Vec<Row> {
    let synod = programs.synod(&Model::AT_ONCE).await;
    let debate_id = finished(&synod).await;
    let debate = synod.ask("GET", &format!("/debates/{debate_id}"), "").await.to_string();
    let (bare, fastapi) = (programs.bare().await, programs.fastapi(&debate).await);
    bare.ask("POST", "/blob", &debate).await;
    let mut rows = Vec::new();
    for kind in kinds(&debate_id) {
        rows.extend(compare(&kind, &synod, &bare, &fastapi).await);
    }
    rows
}

fn kinds(debate_id: &str) -> [Kind; 4] {
    let get = |name, path: &str, bare, goal| Kind {
        name,
        method: "GET",
        path: path.to_owned(),
        bare,
        body: String::new(),
        goal,
    };
    [
        get("/health", "/health", "/health", "≤ 2"),
        get("/agents", "/agents", "/agents", "≤ 2"),
        get("a finished debate", &format!("/debates/{debate_id}"), "/blob", "≤ 3"),
        Kind {
            name: "initialize",
            method: "POST",
            path: "/debate/initialize".to_owned(),
            bare: "/echo",
            body: configuration(5).to_string(),
            goal: "≤ 4",
        },
    ]
}

/// Measures the three servers in turns, so that the parts of each ratio are close in time.
async fn compare(kind: &Kind, synod: &Server, bare: &Server, fastapi: &Server) -> Vec<Row> {
    let mut own: Vec<(f64, f64)> = Vec::new();
    let (mut baselines, mut to_bare, mut to_fastapi) = (vec![], vec![], vec![]);
    for run in 0..=RUNS {
        let time = if run == 0 { TIME / 4 } else { TIME };
        let of = async |server: &Server, path: &str| {
            press(server, &request(&server.address, kind.method, path, &kind.body, ""), time).await
        };
        let ours: Taken = of(synod, &kind.path).await;
        let baseline = of(bare, kind.bare).await;
        let theirs = of(fastapi, &kind.path).await;
        if run > 0 {
            own.push((ours.cpu_us, ours.per_second));
            baselines.push(baseline.cpu_us);
            to_bare.push(ours.cpu_us / baseline.cpu_us);
            to_fastapi.push(theirs.cpu_us / ours.cpu_us);
        }
    }
    let row = |what: &str, runs, goal| Row::of(format!("{}: {what}", kind.name), runs, goal);
    let (cpu, per_second) = own.into_iter().unzip();
    vec![
        row("CPU per request, µs", cpu, "–"),
        row("the same of bare actix-web, µs", baselines, "–"),
        row("÷ bare actix-web", to_bare, kind.goal),
        row("FastAPI ÷ it", to_fastapi, "≥ 15"),
        row("requests per second", per_second, "–"),
    ]
}

/// Runs a debate of three over five rounds without agreement, and returns its id.
async fn finished(synod: &Server) -> String {
    let begun = synod.ask("POST", "/debate/initialize", &configuration(5).to_string()).await;
    let id = begun["debate_id"].as_str().expect("an id").to_owned();
    synod.ask("POST", &format!("/debate/{id}/control"), r#"{"action":"start"}"#).await;
    loop {
        let debate = synod.ask("GET", &format!("/debates/{id}"), "").await;
        match debate["status"].as_str() {
            Some("completed") => return id,
            Some("running") => tokio::time::sleep(Duration::from_millis(20)).await,
            other => panic!("the debate is {other:?}"),
        }
    }
}

/// The request body of such a debate.
pub(crate) fn configuration(rounds: u32) -> Value {
    json!({
        "debate_topic": "Should the team rewrite the service?",
        "problem_statement": "A five year old service is slow and hard to change.",
        "debate_mode": "structured",
        "max_rounds": rounds,
        "max_iterations_per_round": 1,
        "consensus_threshold": 1.0,
        "selected_agents": ["analyst", "critic", "pragmatist"],
        "debate_rules": {"options": ["yes", "no", "later"], "min_rounds": rounds},
    })
}
