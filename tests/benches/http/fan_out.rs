//! One debate with many watchers.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::{
    client_pool::in_client_pool,
    meter::Row,
    programs::Programs,
    requests::configuration,
    server::{Model, Server},
    sockets::{Received, Socket},
};

const RUNS: usize = 5;
const PATH: &str = "/ws/debate-updates";
/// 20 ms to the first of 20 tokens, 5 ms apart, over two rounds.
const MODEL: Model = Model { first_ms: 20, each_ms: 5, tokens: 20 };

/// Measurements of a debate with a number of sockets.
struct Run {
    cpu: Duration,
    deliveries: u64,
    wall: Duration,
    lost: u64,
    events: u64,
    bytes_per_event: u64,
}

impl Run {
    /// The CPU time of a delivery without the debate itself, in microseconds.
    fn cpu_us_per_delivery(&self, alone: &Alone) -> f64 {
        (self.cpu.as_secs_f64() - alone.cpu) * 1e6 / self.deliveries as f64
    }
}

/// The run with one socket, for comparison, in seconds.
struct Alone {
    cpu: f64,
    wall: f64,
}

impl Alone {
    async fn measure(programs: &Programs, deltas: bool) -> Self {
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(run_debate(programs, 1, 0, deltas).await);
        }
        let median = |of: fn(&Run) -> Duration| {
            let mut all: Vec<_> = runs.iter().map(of).collect();
            all.sort();
            all[RUNS / 2].as_secs_f64()
        };
        Self { cpu: median(|run| run.cpu), wall: median(|run| run.wall) }
    }
}

/// Fan-out to 100, 1,000 and 5,000 sockets, also with a tenth of them stalled, compared with a baseline.
pub(crate) async fn measure(programs: &Programs) -> Vec<Row> {
    let alone = Alone::measure(programs, false).await;
    let mut rows = Vec::new();
    for (sockets, stalled) in [(100, 0), (1_000, 0), (5_000, 0), (1_000, 100), (5_000, 500)] {
        rows.extend(fan_out(programs, sockets, stalled, &alone).await);
    }
    let alone = Alone::measure(programs, true).await;
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(run_debate(programs, 1_000, 0, true).await);
    }
    let row = |what: &str, of: &dyn Fn(&Run) -> f64, goal| {
        Row::of(format!("1000 sockets with deltas: {what}"), runs.iter().map(of).collect(), goal)
    };
    rows.push(row("CPU per delivery, µs", &|run| run.cpu_us_per_delivery(&alone), "–"));
    rows.push(row("debate's time ÷ alone", &|run| run.wall.as_secs_f64() / alone.wall, "≤ 1.05"));
    rows
}

async fn fan_out(programs: &Programs, sockets: usize, stalled: usize, alone: &Alone) -> Vec<Row> {
    let (mut cpu, mut baselines, mut ratios, mut wall, mut lost) =
        (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..RUNS {
        let run = run_debate(programs, sockets, stalled, false).await;
        let (own, baseline) = (run.cpu_us_per_delivery(alone), baseline(sockets, &run).await);
        ratios.push(own / baseline);
        cpu.push(own);
        baselines.push(baseline);
        wall.push(run.wall.as_secs_f64() / alone.wall);
        lost.push(run.lost as f64);
    }
    let stalled = if stalled == 0 { String::new() } else { format!(", {stalled} of them stalled") };
    let row =
        |what: &str, runs, goal| Row::of(format!("{sockets} sockets{stalled}: {what}"), runs, goal);
    vec![
        row("CPU per delivery, µs", cpu, "–"),
        row("the same of the baseline, µs", baselines, "–"),
        row("÷ baseline", ratios, "≤ 2"),
        row("debate's time ÷ alone", wall, "≤ 1.05"),
        row("events lost", lost, "0"),
    ]
}

/// Runs a debate with a number of sockets, some of which read nothing until the debate is over.
async fn run_debate(programs: &Programs, sockets: usize, stalled: usize, deltas: bool) -> Run {
    let server = programs.synod(&MODEL).await;
    let begun = server.ask("POST", "/debate/initialize", &configuration(2).to_string()).await;
    let id = begun["debate_id"].as_str().expect("an id");
    let path = format!("{PATH}?debate_id={id}&after=0&deltas={deltas}");
    let sleeping = open(&server.address, &path, stalled, true).await;
    let awake = open(&server.address, &path, sockets - stalled, false).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let cpu = server.cpu();
    server.ask("POST", &format!("/debate/{id}/control"), r#"{"action":"start"}"#).await;
    let mut received = read_all(awake).await;
    let spent = cpu.spent();
    let deliveries: u64 = received.iter().map(|received| received.events + received.others).sum();
    let debate = server.ask("GET", &format!("/debates/{id}"), "").await;
    let events = debate["seq"].as_u64().expect("a number");
    let running = debate["verdict"]["running_ms"].as_u64().expect("a verdict");
    received.extend(read_all(sleeping).await);
    Run {
        cpu: spent,
        deliveries,
        wall: Duration::from_millis(running),
        lost: received.iter().map(|received| received.gaps + (events - received.events)).sum(),
        events,
        bytes_per_event: received[0].bytes / events,
    }
}

/// Reads all sockets in parallel, to the end of the debate.
async fn read_all(sockets: Vec<Socket>) -> Vec<Received> {
    in_client_pool(async {
        let mut reading = JoinSet::new();
        for mut socket in sockets {
            reading.spawn(async move { socket.read_all().await });
        }
        reading.join_all().await
    })
    .await
}

async fn open(address: &str, path: &str, sockets: usize, small_buffer: bool) -> Vec<Socket> {
    let (address, path) = (address.to_owned(), path.to_owned());
    in_client_pool(async move {
        let mut opened = Vec::with_capacity(sockets);
        for _ in 0..sockets {
            opened.push(Socket::open(&address, &path, small_buffer).await);
        }
        opened
    })
    .await
}

/// The CPU time per delivery of the baseline, in microseconds, with events of the same number and length.
async fn baseline(sockets: usize, run: &Run) -> f64 {
    let events = usize::try_from(run.events).expect("few");
    let bytes = usize::try_from(run.bytes_per_event).expect("few");
    let mut server = Server::baseline(sockets, events, bytes);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let opened = open(&server.address, PATH, sockets, false).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let cpu = server.cpu();
    server.go();
    let deliveries: u64 = read_all(opened).await.iter().map(|received| received.events).sum();
    cpu.spent().as_secs_f64() * 1e6 / deliveries as f64
}

/// The memory of a socket, compared with bare actix-ws.
pub(crate) async fn memory(programs: &Programs) -> Vec<Row> {
    const SOCKETS: usize = 2_000;
    let (mut own, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let server = programs.synod(&MODEL).await;
        let begun = server.ask("POST", "/debate/initialize", &configuration(2).to_string()).await;
        let id = begun["debate_id"].as_str().expect("an id");
        own.push(per_socket(&server, &format!("{PATH}?debate_id={id}&after=0"), SOCKETS).await);
        bare.push(per_socket(&programs.bare().await, "/ws", SOCKETS).await);
    }
    let ratios = own.iter().zip(&bare).map(|(own, bare)| own / bare).collect();
    vec![
        Row::of("memory per socket, KB".to_owned(), own, "–"),
        Row::of("the same of bare actix-ws, KB".to_owned(), bare, "–"),
        Row::of("÷ bare actix-ws".to_owned(), ratios, "≤ 1.5"),
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
