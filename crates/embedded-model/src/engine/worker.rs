use std::sync::{Arc, mpsc};

use llama_cpp_2::model::params::LlamaModelParams;
use synod_inference::{ChatError, Phase, Timings};
use tokio::{sync::oneshot, time::Instant};

use super::{
    Setup,
    call::Job,
    load::{LoadError, backend, load},
    session::{Session, millis},
    tally::Tally,
};

/// What runs on the thread.
pub(super) struct Worker {
    pub(super) setup: Setup,
    pub(super) tally: Arc<Tally>,
    pub(super) queue: mpsc::Receiver<Job>,
}

impl Worker {
    /// Loads the model when the first job comes. A failed load is told to that job, and tried
    /// again at the next.
    pub(super) fn run(self) {
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
