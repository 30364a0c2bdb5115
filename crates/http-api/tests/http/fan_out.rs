//! The cost of sending an event to many sockets, compared with that of actix-ws alone.

use std::{
    fs,
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, rt,
    web::{self, Data, Payload},
};
use bytestring::ByteString;
use futures_util::{StreamExt, future::join_all};
use serde_json::json;
use tokio::sync::{Mutex, Notify, mpsc};
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::test_app::TestApp;

const SOCKETS: usize = 500;
const DEBATES: usize = 6;
/// Events of a debate: its first, and interjections.
const EVENTS: usize = 1 + 32;

/// Counts the messages that arrive at all sockets.
#[derive(Default)]
struct Arrivals {
    count: AtomicUsize,
    changed: Notify,
}

impl Arrivals {
    async fn connect(self: &Arc<Self>, address: &str) {
        let socket = async || {
            let (mut socket, _) = connect_async(address).await.expect("a connection");
            let arrivals = Arc::clone(self);
            rt::spawn(async move {
                while let Some(Ok(message)) = socket.next().await {
                    if matches!(message, Message::Text(_)) {
                        arrivals.count.fetch_add(1, Ordering::SeqCst);
                        arrivals.changed.notify_one();
                    }
                }
            });
        };
        for _ in 0..SOCKETS / 50 {
            join_all((0..50).map(|_| socket())).await;
        }
    }

    async fn reach(&self, count: usize) {
        while self.count.load(Ordering::SeqCst) < count {
            self.changed.notified().await;
        }
    }
}

/// CPU time of the server's threads so far.
fn server_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("threads").flatten();
    let time = tasks.filter_map(|task| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        let times = fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanoseconds = times.split(' ').next()?.parse().ok()?;
        name.starts_with("actix-rt|system").then_some(Duration::from_nanos(nanoseconds))
    });
    time.sum()
}

fn reported(name: &str, began: Duration) -> Duration {
    let deliveries = u32::try_from(SOCKETS * DEBATES * EVENTS).expect("not that many");
    let each = (server_time() - began) / deliveries;
    writeln!(
        io::stderr(),
        "{name}: {each:?} of the server's CPU for each of {deliveries} deliveries"
    )
    .expect("written");
    each
}

/// Frames as the debates had them, sent over actix-ws alone.
async fn bare(frames: &[ByteString]) -> Duration {
    type Sessions = Arc<Mutex<Vec<actix_ws::Session>>>;
    async fn connect(
        sessions: Data<Sessions>,
        request: HttpRequest,
        payload: Payload,
    ) -> actix_web::Result<HttpResponse> {
        let (response, session, mut messages) = actix_ws::handle(&request, payload)?;
        rt::spawn(async move { while messages.recv().await.is_some() {} });
        sessions.lock().await.push(session);
        Ok(response)
    }
    let (send, receive) = mpsc::unbounded_channel::<ByteString>();
    let receive = Arc::new(std::sync::Mutex::new(Some(receive)));
    let server = HttpServer::new(move || {
        let sessions = Sessions::default();
        let (receive, all) = (receive.lock().expect("no panic").take(), Arc::clone(&sessions));
        rt::spawn(async move {
            let Some(mut receive) = receive else { return };
            while let Some(frame) = receive.recv().await {
                for session in &mut *all.lock().await {
                    session.text(frame.clone()).await.expect("sent");
                }
            }
        });
        App::new().app_data(Data::new(sessions)).route("/", web::get().to(connect))
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a port");
    let address = format!("ws://{}/", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);
    let arrivals = Arc::new(Arrivals::default());
    arrivals.connect(&address).await;
    let began = server_time();
    for (number, frame) in frames.iter().enumerate() {
        send.send(frame.clone()).expect("heard");
        arrivals.reach(SOCKETS * (number + 1)).await;
    }
    let each = reported("actix-ws alone", began);
    handle.stop(false).await;
    each
}

#[actix_web::test]
#[ignore = "a measurement, of a machine at rest"]
async fn an_event_costs_at_most_twice_its_sending() {
    let app = TestApp::new();
    let server = app.server();
    let arrivals = Arc::new(Arrivals::default());
    arrivals.connect(&format!("ws://{}/ws/debate-updates", server.address)).await;
    let began = server_time();
    let (mut frames, mut expected) = (Vec::new(), 0);
    for _ in 0..DEBATES {
        let id = app.open().await;
        expected += SOCKETS;
        arrivals.reach(expected).await;
        let debate = app.handle(&id).await;
        for number in 1..EVENTS {
            let text = json!({ "number": number, "text": "word ".repeat(50) }).to_string();
            debate.interject(text, None).await.expect("heard");
            expected += SOCKETS;
            arrivals.reach(expected).await;
        }
        let log = debate.events(1, 100).await.expect("a log");
        let frame = |recorded: &_| serde_json::to_string(recorded).expect("JSON").into();
        frames.extend(log.iter().map(|recorded| frame(&**recorded)));
    }
    let ours = reported("a debate's events", began);
    drop(server);
    let bare = bare(&frames).await;
    assert!(ours <= bare * 2, "{ours:?} against {bare:?}");
}
