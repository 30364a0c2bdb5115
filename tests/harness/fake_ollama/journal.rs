use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use tokio::time::Instant;

/// The calls and connections of a fake.
#[derive(Debug)]
pub(super) struct Journal {
    started: Instant,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug)]
struct Seen {
    stats: Stats,
    chats: Vec<Chat>,
    log: Option<File>,
}

/// A chat call with a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chat {
    /// The number of the call, from 0, in order of arrival.
    pub n: usize,
    /// The time of arrival, in milliseconds since the start.
    pub t_ms: f64,
    /// The requested model.
    pub model: String,
    /// The length of the prompt, in characters.
    pub prompt_chars: usize,
    /// Whether the reply is streamed.
    pub stream: bool,
    /// Whether the request has a schema.
    pub structured: bool,
    /// The sampling seed of the request.
    pub seed: Option<i64>,
    /// The messages, each as `<|role|>`, a line end, the content, `<|end|>` and a line end.
    pub prompt: String,
}

/// Statistics since the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// The time since the start, in milliseconds.
    pub elapsed_ms: f64,
    /// Chat calls with a message, including refused ones.
    pub generations: usize,
    /// Loads of models.
    pub loads: usize,
    /// Complete replies.
    pub completed: usize,
    /// Replies that failed on request.
    pub failed: usize,
    /// Replies that the client cancelled.
    pub cancelled: usize,
    /// Calls in service.
    pub active: usize,
    /// The maximum number of calls in service at the same time.
    pub active_peak: usize,
    /// All connections, in order of opening.
    pub connections: Vec<ConnectionTimes>,
}

/// The times at which a connection opened and closed, in milliseconds since the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ConnectionTimes {
    /// The time of opening.
    pub opened_ms: f64,
    /// The time of closing; `None` if the connection is open.
    pub closed_ms: Option<f64>,
    /// Chat calls on this connection.
    pub chats: usize,
}

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Completed,
    Failed,
    Cancelled,
}

impl Journal {
    pub(super) fn open(log: Option<&Path>) -> io::Result<Self> {
        let log = log.map(File::create).transpose()?;
        let seen = Seen { stats: Stats::default(), chats: vec![], log };
        Ok(Self { started: Instant::now(), seen: Arc::new(Mutex::new(seen)) })
    }

    pub(super) fn connected(&self) -> OpenConnection {
        let times = ConnectionTimes { opened_ms: self.now(), ..ConnectionTimes::default() };
        let connections = &mut self.seen().stats.connections;
        connections.push(times);
        let (number, seen) = (connections.len() - 1, Arc::clone(&self.seen));
        OpenConnection { number, started: self.started, seen }
    }

    /// Whether no earlier call had the same prompt.
    pub(super) fn is_first(&self, chat: &Chat) -> bool {
        let seen = self.seen();
        seen.chats.iter().filter(|known| known.prompt == chat.prompt).count() == 1
    }

    /// Records a chat call, which is in service until the returned guard is dropped.
    pub(super) fn arrived(&self, mut chat: Chat, on: &OpenConnection) -> io::Result<InService> {
        chat.t_ms = self.now();
        let mut seen = self.seen();
        chat.n = seen.chats.len();
        if let Some(log) = &mut seen.log {
            writeln!(log, "{}", serde_json::to_string(&chat)?)?;
        }
        seen.stats.generations += 1;
        seen.stats.active += 1;
        seen.stats.active_peak = seen.stats.active_peak.max(seen.stats.active);
        seen.stats.connections[on.number].chats += 1;
        let n = chat.n;
        seen.chats.push(chat);
        Ok(InService { n, ending: Ending::Cancelled, seen: Arc::clone(&self.seen) })
    }

    pub(super) fn chats(&self) -> Vec<Chat> {
        self.seen().chats.clone()
    }

    pub(super) fn stats(&self) -> Stats {
        Stats { elapsed_ms: self.now(), ..self.seen().stats.clone() }
    }

    fn now(&self) -> f64 {
        since(self.started)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }
}

/// An open connection, which ends when it is dropped.
pub(super) struct OpenConnection {
    number: usize,
    started: Instant,
    seen: Arc<Mutex<Seen>>,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        lock(&self.seen).stats.connections[self.number].closed_ms = Some(since(self.started));
    }
}

/// A chat call in service. It counts as cancelled unless another ending is set.
pub(super) struct InService {
    /// The number of the chat call, from 0.
    pub(super) n: usize,
    ending: Ending,
    seen: Arc<Mutex<Seen>>,
}

impl InService {
    pub(super) fn end(mut self, ending: Ending) {
        self.ending = ending;
    }
}

impl Drop for InService {
    fn drop(&mut self) {
        let stats = &mut lock(&self.seen).stats;
        stats.active -= 1;
        match self.ending {
            Ending::Completed => stats.completed += 1,
            Ending::Failed => stats.failed += 1,
            Ending::Cancelled => stats.cancelled += 1,
        }
    }
}

fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
