//! The thread that writes.

mod claims;
mod context;
mod events;
mod job;
mod records;
mod thread;
mod write_error;

use std::{
    sync::{Arc, atomic::AtomicU64, mpsc},
    thread::JoinHandle,
};

use parking_lot::Mutex;
use synod_event_log::{Cause, LogError};
use tokio::sync::{oneshot, watch};

use self::job::{Job, Request};
pub(crate) use self::{
    claims::{ClaimDebate, Deregister, Register, Release, Renew, TakeOver},
    events::{Append, Create, Import, Purge, find_key},
    job::Write,
    records::{PutRecords, RemoveRecord, SwapRecord},
    thread::{WriterSetup, WriterThread},
};
use crate::{shrunk::Shrunk, store_error::StoreError};

/// The way to the thread that writes.
pub(crate) struct Writer {
    sender: mpsc::Sender<Message>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread that writes receives.
pub(crate) enum Message {
    Write(Box<dyn Job>),
    /// Free pages are to be given back to the file system.
    Shrink(oneshot::Sender<Result<Shrunk, LogError>>),
    /// There are new subscribers.
    Watch,
    Close,
}

/// What the thread that writes reports about itself.
#[derive(Clone, Debug)]
pub(crate) struct WriterHealth {
    /// The error after which it has stopped.
    pub(crate) failure: watch::Sender<Option<Cause>>,
    pub(crate) is_low: watch::Sender<bool>,
    /// The number of transactions that it has committed.
    pub(crate) commits: Arc<AtomicU64>,
}

impl WriterHealth {
    pub(crate) fn new() -> Self {
        Self {
            failure: watch::Sender::new(None),
            is_low: watch::Sender::new(false),
            commits: Arc::default(),
        }
    }
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(setup: WriterSetup) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel();
        let thread = WriterThread::new(setup, receiver);
        let builder = std::thread::Builder::new().name("synod-log-writer".to_owned());
        let thread = builder.spawn(move || thread.run())?;
        Ok(Self { sender, thread: Mutex::new(Some(thread)) })
    }

    /// Writes, together with whatever else waits.
    pub(crate) async fn write<W: Write>(&self, write: W) -> Result<W::Output, LogError> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Request::new(write, reply));
        if self.sender.send(Message::Write(job)).is_err() {
            return Err(StoreError::Closed.into());
        }
        // Without an answer the thread has ended, perhaps by a panic in mid-write.
        answer
            .await
            .unwrap_or_else(|_| Err(LogError::Unknown { source: Arc::new(StoreError::Closed) }))
    }

    /// Gives free pages back to the file system.
    pub(crate) async fn shrink(&self) -> Result<Shrunk, LogError> {
        let (reply, answer) = oneshot::channel();
        if self.sender.send(Message::Shrink(reply)).is_err() {
            return Err(StoreError::Closed.into());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Looks for the writes of other processes from now on.
    pub(crate) fn watch(&self) {
        // A thread that has ended has ended the subscriptions as well.
        let _ = self.sender.send(Message::Watch);
    }

    /// Ends the thread after the writes that wait.
    pub(crate) fn close(&self) {
        let _ = self.sender.send(Message::Close);
        if let Some(thread) = self.thread.lock().take() {
            // A panic of the thread was printed, and its callers got an error.
            let _ = thread.join();
        }
    }
}
