use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use tokio::time::Instant;

/// What a fake has seen.
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

/// A chat call that had a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chat {
    /// 0, 1, 2… in order of arrival.
    pub n: usize,
    /// Milliseconds since the start.
    pub t_ms: f64,
    /// The model asked for.
    pub model: String,
    /// Characters of the prompt.
    pub prompt_chars: usize,
    /// Whether the reply is streamed.
    pub stream: bool,
    /// Whether a schema was given.
    pub structured: bool,
    /// The sampling seed, if one was given.
    pub seed: Option<i64>,
    /// The messages, each as `<|role|>`, a line end, the content, `<|end|>` and a line end.
    pub prompt: String,
}

/// Counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// How long ago the start is, in milliseconds.
    pub elapsed_ms: f64,
    /// Chat calls with a message, refused ones included.
    pub generations: usize,
    /// Times that a model was loaded.
    pub loads: usize,
    /// Replies sent whole.
    pub completed: usize,
    /// Replies that failed as they were told to.
    pub failed: usize,
    /// Replies that the client did not wait for.
    pub cancelled: usize,
    /// Calls in service now.
    pub active: usize,
    /// Most calls in service at once.
    pub active_peak: usize,
    /// Every connection, in order of opening.
    pub connections: Vec<ConnectionTimes>,
}

/// When a connection opened and closed, in milliseconds since the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ConnectionTimes {
    /// When it opened.
    pub opened_ms: f64,
    /// When it closed; `None` if it is open.
    pub closed_ms: Option<f64>,
    /// Chat calls it carried.
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

    /// No call before this one had the same prompt.
    pub(super) fn is_first(&self, chat: &Chat) -> bool {
        let seen = self.seen();
        seen.chats.iter().filter(|known| known.prompt == chat.prompt).count() == 1
    }

    /// A chat call arrives; it is in service until what is returned is dropped.
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

/// An open connection; dropping it is its end.
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

/// A chat call in service. Unless told otherwise it ends as cancelled.
pub(super) struct InService {
    /// Its place among the chat calls, from 0.
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
