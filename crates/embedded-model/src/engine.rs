//! llama.cpp on a thread of its own. The model and its context never leave that thread; jobs are sent
//! to it over a channel, and events come back over one channel per call.

mod call;
mod error_context;
mod inspection;
mod load;
mod output;
mod prompt;
mod prompt_cache;
mod reply_text;
mod sampler;
mod session;
mod state;
mod worker;

use std::{
    io,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, mpsc},
    task::{Context, Poll},
    thread::{self, JoinHandle},
};

use futures_util::Stream;
use synod_inference::{ChatError, ChatEvent, ChatRequest, Phase};
use tokio::{
    sync::{mpsc::UnboundedReceiver, oneshot},
    time::Instant,
};

use self::{
    call::{Call, Job},
    state::EngineState,
    worker::Worker,
};

pub(crate) use error_context::ErrorContext;
pub(crate) use inspection::Inspection;
pub use state::EngineCounts;

/// The stack size of the thread, that of a main thread: llama.cpp recurses in grammars.
const STACK: usize = 8 << 20;

/// The model to run, and how.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) path: PathBuf,
    pub(crate) threads: usize,
    pub(crate) window: u32,
    pub(crate) errors: ErrorContext,
}

/// A model and the thread that owns it. Dropping the engine waits until the thread has ended.
#[derive(Debug)]
pub(crate) struct Engine {
    errors: ErrorContext,
    state: Arc<EngineState>,
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    pub(crate) fn start(setup: Setup) -> io::Result<Self> {
        let state = Arc::new(EngineState::default());
        let errors = setup.errors.clone();
        let (jobs, queue) = mpsc::channel();
        let worker = Worker { setup, state: Arc::clone(&state), queue };
        let thread = thread::Builder::new()
            .name("embedded-model".to_owned())
            .stack_size(STACK)
            .spawn(move || worker.run())?;
        Ok(Self { errors, state, jobs: Some(jobs), thread: Some(thread) })
    }

    pub(crate) fn counts(&self) -> EngineCounts {
        self.state.counts()
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.state.is_loaded()
    }

    pub(crate) fn chat(self: Arc<Self>, request: ChatRequest) -> Replies {
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let ahead = self.state.open();
        let queued = (ahead > 0).then(Instant::now);
        let call = Box::new(Call { request, queued, events: sender });
        if ahead > 0 {
            call.phase(Phase::Queued { ahead, wait: None });
        }
        self.submit(Job::Chat(call));
        Replies { events, engine: self, spoke: false, over: false }
    }

    pub(crate) async fn warm_up(self: Arc<Self>) -> Result<(), ChatError> {
        let (sender, loaded) = oneshot::channel();
        self.state.open();
        self.submit(Job::WarmUp(sender));
        loaded.await.unwrap_or_else(|_| Err(self.errors.stopped(false)))
    }

    fn submit(&self, job: Job) {
        // If the thread has ended, the job is dropped here, and its caller notices.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.jobs = None;
        // llama.cpp must not compute while the process destroys its globals.
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine thread panicked");
        }
    }
}

/// The events of one call. They keep the engine alive; dropping them cancels the call.
pub(crate) struct Replies {
    // Dropped before the engine, whose drop waits for uncancelled calls.
    events: UnboundedReceiver<Result<ChatEvent, ChatError>>,
    engine: Arc<Engine>,
    spoke: bool,
    over: bool,
}

impl Stream for Replies {
    type Item = Result<ChatEvent, ChatError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let event = std::task::ready!(self.events.poll_recv(context))
            .unwrap_or_else(|| Err(self.engine.errors.stopped(self.spoke)));
        match &event {
            Ok(ChatEvent::Phase(_) | ChatEvent::Moved(_)) => {}
            Ok(ChatEvent::Thinking(_) | ChatEvent::Delta(_) | ChatEvent::Corrected { .. }) => {
                self.spoke = true;
            }
            Ok(ChatEvent::Finished(_)) | Err(_) => self.over = true,
        }
        Poll::Ready(Some(event))
    }
}
