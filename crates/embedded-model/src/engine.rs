//! llama.cpp on a thread of its own. The model and what it computes with never leave that thread;
//! jobs go in by a channel and events come out by one channel per call.

mod call;
mod inspection;
mod output;
mod prompt;
mod prompt_cache;
mod reply_text;
mod sampler;
mod session;
mod tally;

use std::{
    io,
    path::PathBuf,
    pin::Pin,
    sync::{Arc, LazyLock, mpsc},
    task::{Context, Poll},
    thread::{self, JoinHandle},
};

use futures_util::Stream;
use llama_cpp_2::{
    LlamaContextLoadError, LlamaCppError, LlamaModelLoadError, LogOptions,
    llama_backend::LlamaBackend,
    model::{LlamaModel, params::LlamaModelParams},
    send_logs_to_tracing,
};
use synod_inference::{ChatError, ChatEvent, ChatRequest, Phase, Timings};
use thiserror::Error;
use tokio::{
    sync::{mpsc::UnboundedReceiver, oneshot},
    time::Instant,
};

use self::{
    call::{Call, Job},
    session::{Session, millis},
    tally::Tally,
};

pub(crate) use call::Names;
pub(crate) use inspection::Inspection;
pub use tally::EngineCounts;

/// Stack of the thread, as a main thread has it: llama.cpp recurses in grammars.
const STACK: usize = 8 << 20;

/// What the engine is to run, and how.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) path: PathBuf,
    pub(crate) threads: usize,
    pub(crate) window: u32,
    pub(crate) names: Names,
}

/// A model and the thread that owns it. Dropping it waits until the thread has ended.
#[derive(Debug)]
pub(crate) struct Engine {
    names: Names,
    tally: Arc<Tally>,
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    pub(crate) fn start(setup: Setup) -> io::Result<Self> {
        let tally = Arc::new(Tally::default());
        let names = setup.names.clone();
        let (jobs, queue) = mpsc::channel();
        let worker = Worker { setup, tally: Arc::clone(&tally), queue };
        let thread = thread::Builder::new()
            .name("embedded-model".to_owned())
            .stack_size(STACK)
            .spawn(move || worker.run())?;
        Ok(Self { names, tally, jobs: Some(jobs), thread: Some(thread) })
    }

    pub(crate) fn counts(&self) -> EngineCounts {
        self.tally.counts()
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.tally.is_loaded()
    }

    pub(crate) fn chat(self: Arc<Self>, request: ChatRequest) -> Replies {
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let ahead = self.tally.open();
        let queued = (ahead > 0).then(Instant::now);
        let call = Box::new(Call { request, queued, events: sender });
        if ahead > 0 {
            call.phase(Phase::Queued { ahead });
        }
        self.submit(Job::Chat(call));
        Replies { events, engine: self, spoke: false, over: false }
    }

    pub(crate) async fn warm_up(self: Arc<Self>) -> Result<(), ChatError> {
        let (sender, loaded) = oneshot::channel();
        self.tally.open();
        self.submit(Job::WarmUp(sender));
        loaded.await.unwrap_or_else(|_| Err(self.names.stopped(false)))
    }

    fn submit(&self, job: Job) {
        // If the thread is gone the job is dropped here, and who waits for it sees that.
        if let Some(jobs) = &self.jobs {
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.jobs = None;
        // llama.cpp must not compute while the process tears its globals down.
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the embedded model panicked");
        }
    }
}

/// The events of one call. They keep the engine alive; dropping them cancels the call.
pub(crate) struct Replies {
    // Dropped before the engine, whose drop waits for calls that are not cancelled.
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
            .unwrap_or_else(|| Err(self.engine.names.stopped(self.spoke)));
        match &event {
            Ok(ChatEvent::Phase(_)) => {}
            Ok(ChatEvent::Thinking(_) | ChatEvent::Delta(_)) => self.spoke = true,
            Ok(ChatEvent::Finished(_)) | Err(_) => self.over = true,
        }
        Poll::Ready(Some(event))
    }
}

/// What runs on the thread.
struct Worker {
    setup: Setup,
    tally: Arc<Tally>,
    queue: mpsc::Receiver<Job>,
}

/// Why the model did not become resident.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("llama.cpp did not start: {0}")]
    Backend(&'static LlamaCppError),
    #[error("llama.cpp cannot load {}", path.display())]
    Model { path: PathBuf, source: LlamaModelLoadError },
    #[error("llama.cpp has no room for a window of {window} tokens")]
    Window { window: u32, source: LlamaContextLoadError },
}

impl Worker {
    /// Loads the model when the first job comes. A failed load is told to that job, and tried
    /// again at the next.
    fn run(self) {
        while let Some(job) = self.next() {
            if let Err((job, error)) = self.load_and_serve(job) {
                let error = self.setup.names.refused(error);
                match job {
                    Job::Chat(call) => call.end(Err(error.into())),
                    Job::WarmUp(done) => tell(done, Err(error)),
                }
                self.tally.close();
            }
        }
    }

    fn load_and_serve(&self, job: Job) -> Result<(), (Job, LoadError)> {
        if let Job::Chat(call) = &job {
            call.phase(Phase::Loading);
        }
        let begun = Instant::now();
        let window = self.setup.window;
        let (backend, model) = match backend().and_then(|backend| {
            let model = load(backend, &self.setup.path, &LlamaModelParams::default())?;
            Ok((backend, model))
        }) {
            Ok(loaded) => loaded,
            Err(error) => return Err((job, error)),
        };
        let mut session = match Session::new(backend, &model, &self.setup, &self.tally) {
            Ok(session) => session,
            Err(source) => return Err((job, LoadError::Window { window, source })),
        };
        self.tally.loaded();
        let load_ms = Some(millis(begun.elapsed()));
        self.serve(&mut session, job, Timings { load_ms, ..Timings::default() });
        while let Some(job) = self.next() {
            self.serve(&mut session, job, Timings::default());
        }
        Ok(())
    }

    fn serve(&self, session: &mut Session<'_>, job: Job, timings: Timings) {
        match job {
            Job::Chat(call) => {
                let queued_ms = call.queued.map(|since| millis(since.elapsed()));
                let outcome = session.answer(&call, Timings { queued_ms, ..timings });
                self.tally.close();
                call.end(outcome);
            }
            Job::WarmUp(done) => {
                self.tally.close();
                tell(done, Ok(()));
            }
        }
    }

    /// The next job that someone waits for; `None` when the engine is dropped.
    fn next(&self) -> Option<Job> {
        loop {
            let job = self.queue.recv().ok()?;
            if !job.is_dropped() {
                return Some(job);
            }
            self.tally.close();
        }
    }
}

fn tell(done: oneshot::Sender<Result<(), ChatError>>, outcome: Result<(), ChatError>) {
    if done.send(outcome).is_err() {
        tracing::debug!("nobody waited for the embedded model to load");
    }
}

/// llama.cpp's process-wide part, started at first use and never ended.
fn backend() -> Result<&'static LlamaBackend, LoadError> {
    static BACKEND: LazyLock<Result<LlamaBackend, LlamaCppError>> = LazyLock::new(|| {
        // Its log is for who asks for details; it would fill a terminal otherwise.
        let wanted = tracing::enabled!(target: "llama-cpp-2", tracing::Level::DEBUG);
        send_logs_to_tracing(LogOptions::default().with_logs_enabled(wanted));
        LlamaBackend::init()
    });
    BACKEND.as_ref().map_err(LoadError::Backend)
}

fn load(
    backend: &LlamaBackend,
    path: &std::path::Path,
    params: &LlamaModelParams,
) -> Result<LlamaModel, LoadError> {
    LlamaModel::load_from_file(backend, path, params)
        .map_err(|source| LoadError::Model { path: path.to_owned(), source })
}
