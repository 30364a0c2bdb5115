//! One debate, many watchers.

use std::{iter, time::Duration};

use tokio::{task::JoinSet, time::Instant};

use crate::{
    meter::Row,
    requests::configuration,
    server::{Model, Server},
    sockets::{Heard, Socket},
    stage::Stage,
};

const RUNS: usize = 5;
const PATH: &str = "/ws/debate-updates";
/// 20 ms to the first of 20 tokens, 5 ms apart, over two rounds.
const MODEL: Model = Model { first_ms: 20, each_ms: 5, tokens: 20 };

/// What one debate before so many sockets took.
struct Held {
    cpu_us_per_delivery: f64,
    wall: Duration,
    lost: u64,
    events: u64,
    bytes_per_event: u64,
}

/// Fan-out to 100, 1,000 and 5,000 sockets; to a floor; and with a tenth of them stalled.
pub(crate) async fn measure(stage: &Stage) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut alone = Vec::new();
    for _ in 0..RUNS {
        alone.push(hold(stage, 1, 0, false).await.wall.as_secs_f64());
    }
    alone.sort_by(f64::total_cmp);
    let pace = alone[alone.len() / 2];
    for sockets in [100, 1_000, 5_000] {
        rows.extend(fan_out(stage, sockets, 0, pace).await);
    }
    rows.extend(fan_out(stage, 1_000, 100, pace).await);
    let mut deltas = Vec::new();
    for _ in 0..RUNS {
        deltas.push(hold(stage, 1_000, 0, true).await);
    }
    let cpu = deltas.iter().map(|held| held.cpu_us_per_delivery).collect();
    rows.push(Row::of("1,000 sockets with deltas: CPU per delivery, µs".to_owned(), cpu, "–"));
    let wall = deltas.iter().map(|held| held.wall.as_secs_f64() / pace).collect();
    rows.push(Row::of(
        "1,000 sockets with deltas: debate's time ÷ alone".to_owned(),
        wall,
        "≤ 1.05",
    ));
    rows
}

async fn fan_out(stage: &Stage, sockets: usize, stalled: usize, pace: f64) -> Vec<Row> {
    let (mut cpu, mut floors, mut ratios, mut wall, mut lost) =
        (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..RUNS {
        let held = hold(stage, sockets, stalled, false).await;
        let floor = floor(sockets, &held).await;
        ratios.push(held.cpu_us_per_delivery / floor);
        cpu.push(held.cpu_us_per_delivery);
        floors.push(floor);
        wall.push(held.wall.as_secs_f64() / pace);
        lost.push(held.lost as f64);
    }
    let who = if stalled == 0 {
        format!("{sockets} sockets")
    } else {
        format!("{sockets} sockets, {stalled} of them stalled")
    };
    let row = |what: &str, runs, goal| Row::of(format!("{who}: {what}"), runs, goal);
    vec![
        row("CPU per delivery, µs", cpu, "–"),
        row("the same of the floor, µs", floors, "–"),
        row("÷ floor", ratios, "≤ 2"),
        row("debate's time ÷ alone", wall, "≤ 1.05"),
        row("events lost", lost, "0"),
    ]
}

/// Holds a debate before so many sockets, some of which read nothing until it is over.
async fn hold(stage: &Stage, sockets: usize, stalled: usize, deltas: bool) -> Held {
    let server = stage.synod(&MODEL).await;
    let begun = server.ask("POST", "/debate/initialize", &configuration(2).to_string()).await;
    let id = begun["debate_id"].as_str().expect("an id");
    let path = format!("{PATH}?debate_id={id}&after=0&deltas={deltas}");
    let sleeping = open(&server.address, &path, stalled, true).await;
    let awake = open(&server.address, &path, sockets - stalled, false).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (cpu, begun) = (server.cpu(), Instant::now());
    server.ask("POST", &format!("/debate/{id}/control"), r#"{"action":"start"}"#).await;
    let mut watching = JoinSet::new();
    for mut socket in awake {
        watching.spawn(async move { (socket.hear().await, Instant::now()) });
    }
    let mut all: Vec<(Heard, Instant)> = watching.join_all().await;
    let spent = cpu.spent();
    let events = server.ask("GET", &format!("/debates/{id}"), "").await["seq"].as_u64();
    let wall = debate_time(&server, id).await;
    let late = iter::once(begun).chain(all.iter().map(|(_, at)| *at)).max().expect("some");
    for mut socket in sleeping {
        all.push((socket.hear().await, late));
    }
    let events = events.expect("a number");
    let heard = all.iter().map(|(heard, _)| heard);
    let deliveries: u64 = heard.clone().take(sockets - stalled).map(|h| h.events + h.others).sum();
    Held {
        cpu_us_per_delivery: spent.as_secs_f64() * 1e6 / deliveries as f64,
        wall,
        lost: heard.clone().map(|heard| heard.gaps + (events - heard.events)).sum(),
        events,
        bytes_per_event: all[0].0.bytes / events,
    }
}

/// How long a debate has been running, by its own verdict.
async fn debate_time(server: &Server, id: &str) -> Duration {
    let debate = server.ask("GET", &format!("/debates/{id}"), "").await;
    let running = debate["verdict"]["running_ms"].as_u64().expect("a verdict");
    Duration::from_millis(running)
}

async fn open(address: &str, path: &str, sockets: usize, narrow: bool) -> Vec<Socket> {
    let mut opened = Vec::with_capacity(sockets);
    for _ in 0..sockets {
        opened.push(Socket::open(address, path, narrow).await);
    }
    opened
}

/// CPU per delivery of the floor, in microseconds, with as many events and as long.
async fn floor(sockets: usize, held: &Held) -> f64 {
    let events = usize::try_from(held.events).expect("few");
    let bytes = usize::try_from(held.bytes_per_event).expect("few");
    let mut server = Server::floor(sockets, events, bytes);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let opened = open(&server.address, PATH, sockets, false).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let cpu = server.cpu();
    server.go();
    let mut watching = JoinSet::new();
    for mut socket in opened {
        watching.spawn(async move { socket.hear().await });
    }
    let heard = watching.join_all().await;
    let deliveries: u64 = heard.iter().map(|heard| heard.events).sum();
    cpu.spent().as_secs_f64() * 1e6 / deliveries as f64
}

/// Memory of a socket, beside one of bare actix-ws.
pub(crate) async fn memory(stage: &Stage) -> Vec<Row> {
    const SOCKETS: usize = 2_000;
    let (mut own, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let server = stage.synod(&MODEL).await;
        let begun = server.ask("POST", "/debate/initialize", &configuration(2).to_string()).await;
        let id = begun["debate_id"].as_str().expect("an id");
        own.push(per_socket(&server, &format!("{PATH}?debate_id={id}&after=0"), SOCKETS).await);
        bare.push(per_socket(&stage.bare().await, "/ws", SOCKETS).await);
    }
    let ratios = own.iter().zip(&bare).map(|(own, bare)| own / bare).collect();
    vec![
        Row::of("memory per socket, KB".to_owned(), own, "≤ 8"),
        Row::of("the same of bare actix-ws, KB".to_owned(), bare, "–"),
        Row::of("÷ bare actix-ws".to_owned(), ratios, "–"),
    ]
}

async fn per_socket(server: &Server, path: &str, sockets: usize) -> f64 {
    let _warm = open(&server.address, path, 50, false).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = server.resident_kb();
    let _opened = open(&server.address, path, sockets, false).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    (server.resident_kb() - before) / sockets as f64
}
