use std::sync::{Arc, mpsc};

use llama_cpp_2::model::params::LlamaModelParams;
use synod_inference::{ChatError, Phase, Timings};
use tokio::{sync::oneshot, time::Instant};

use super::{
    Setup,
    call::Job,
    load::{LoadError, backend, load},
    session::{Session, millis},
    state::EngineState,
};

/// The loop of the engine thread.
pub(super) struct Worker {
    pub(super) setup: Setup,
    pub(super) state: Arc<EngineState>,
    pub(super) queue: mpsc::Receiver<Job>,
}

impl Worker {
    /// Loads the model for the first job. If the load fails, that job gets the error and the next one
    /// tries again.
    pub(super) fn run(self) {
        while let Some(job) = self.next() {
            if let Err((job, error)) = self.load_and_serve(job) {
                let error = self.setup.errors.refused(error);
                match job {
                    Job::Chat(call) => call.end(Err(error.into())),
                    Job::WarmUp(done) => notify(done, Err(error)),
                }
                self.state.close();
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
        let mut session = match Session::new(backend, &model, &self.setup, &self.state) {
            Ok(session) => session,
            Err(source) => return Err((job, LoadError::Window { window, source })),
        };
        self.state.loaded();
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
                self.state.close();
                call.end(outcome);
            }
            Job::WarmUp(done) => {
                self.state.close();
                notify(done, Ok(()));
            }
        }
    }

    /// The next job whose caller still waits; `None` when the engine is dropped.
    fn next(&self) -> Option<Job> {
        loop {
            let job = self.queue.recv().ok()?;
            if !job.is_dropped() {
                return Some(job);
            }
            self.state.close();
        }
    }
}

fn notify(done: oneshot::Sender<Result<(), ChatError>>, outcome: Result<(), ChatError>) {
    if done.send(outcome).is_err() {
        tracing::debug!("the caller left while the embedded model was loading");
    }
}
