use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use synod_debate_engine::{CallFailure, Progress, Reply, Report};
use synod_domain::FailureCause;
use synod_inference::{Gateway, ModelInfo};

/// How long one model may take, its loading included.
const LIMIT: Duration = Duration::from_secs(90);

/// How often it is looked whether its host takes calls at all.
const LOOK: Duration = Duration::from_secs(5);

/// Why a model that was asked brought nothing.
#[derive(Debug)]
pub(super) struct NoReply {
    /// In words.
    pub(super) why: String,
    /// Its host accepted the call, and nothing came until the time limit: no answer, no thought.
    pub(super) is_silent: bool,
}

impl From<String> for NoReply {
    fn from(why: String) -> Self {
        Self { why, is_silent: false }
    }
}

impl From<&str> for NoReply {
    fn from(why: &str) -> Self {
        why.to_owned().into()
    }
}

/// Waits for a reply, and gives up early if the host takes no calls.
///
/// # Errors
/// Why there is no reply.
pub(super) async fn reply<F: Future<Output = Result<Reply, CallFailure>>>(
    call: impl FnOnce(Progress) -> F,
    info: &ModelInfo,
    gateway: &Gateway,
) -> Result<Reply, NoReply> {
    let heard = Arc::new(AtomicBool::new(false));
    let ear = Arc::clone(&heard);
    let progress = Progress::to(move |report| match report {
        Report::Delta(_) | Report::Whole(_) | Report::Thought(_) => {
            ear.store(true, Ordering::Relaxed);
        }
        Report::Phase(_) => {}
    });
    let call = tokio::time::timeout(LIMIT, call(progress));
    tokio::pin!(call);
    loop {
        tokio::select! {
            reply = &mut call => {
                let is_silent = !heard.load(Ordering::Relaxed);
                let reply = reply.map_err(|_| {
                    NoReply { why: format!("no answer within {} s", LIMIT.as_secs()), is_silent }
                })?;
                return reply.map_err(|failure| NoReply {
                    is_silent: is_silent && failure.cause == FailureCause::Deadline,
                    why: without_reply(failure),
                });
            }
            () = tokio::time::sleep(LOOK) => if let Some(error) = gateway.outage(info) {
                return Err(error.reason().into());
            }
        }
    }
}

/// What to say of a call that brought no reply.
fn without_reply(failure: CallFailure) -> String {
    if let Some(reason) = failure.meta.failure {
        return reason.into();
    }
    match failure.cause {
        FailureCause::Deadline => "the reply did not end in time",
        FailureCause::ModelError => "the call failed; `synod -v doctor` shows why",
        FailureCause::Empty => "the reply is empty",
        FailureCause::Invalid => "the reply could not be read",
        FailureCause::Context => "the prompt does not fit the model's window",
        FailureCause::AllThought => "the model thinks up to its limit and says nothing",
    }
    .to_owned()
}
