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

/// Time limit of a reply, including the loading of the model.
const LIMIT: Duration = Duration::from_secs(90);

/// Interval of the checks whether the host accepts calls at all.
const OUTAGE_CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Why a model gave no valid reply.
#[derive(Debug)]
pub(super) struct NoReply {
    /// The reason, for users.
    pub(super) why: String,
    /// Whether the host accepted the call and sent nothing until the time limit.
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

/// Waits for a reply, and gives up early if the host accepts no calls.
///
/// # Errors
/// [`NoReply`] if the call fails or exceeds the time limit.
pub(super) async fn reply<F: Future<Output = Result<Reply, CallFailure>>>(
    call: impl FnOnce(Progress) -> F,
    info: &ModelInfo,
    gateway: &Gateway,
) -> Result<Reply, NoReply> {
    let has_output = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&has_output);
    let progress = Progress::to(move |report| match report {
        Report::Delta(_) | Report::Whole(_) | Report::Thought(_) => {
            flag.store(true, Ordering::Relaxed);
        }
        Report::Phase(_) => {}
    });
    let call = tokio::time::timeout(LIMIT, call(progress));
    tokio::pin!(call);
    loop {
        tokio::select! {
            reply = &mut call => {
                let is_silent = !has_output.load(Ordering::Relaxed);
                let reply = reply.map_err(|_| {
                    NoReply { why: format!("no answer within {} s", LIMIT.as_secs()), is_silent }
                })?;
                return reply.map_err(|failure| NoReply {
                    is_silent: is_silent && failure.cause == FailureCause::Deadline,
                    why: failure_reason(failure),
                });
            }
            () = tokio::time::sleep(OUTAGE_CHECK_INTERVAL) => if let Some(error) = gateway.outage(info) {
                return Err(error.reason().into());
            }
        }
    }
}

/// Describes why a call failed.
fn failure_reason(failure: CallFailure) -> String {
    if let Some(reason) = failure.meta.failure {
        return reason.into();
    }
    match failure.cause {
        FailureCause::Deadline => "the reply did not finish in time",
        FailureCause::ModelError => "the call failed; `synod -v doctor` shows why",
        FailureCause::Empty => "the reply is empty",
        FailureCause::Invalid => "the reply could not be read",
        FailureCause::Context => "the prompt does not fit the context window of the model",
        FailureCause::AllThought => {
            "the model used its whole token limit for thinking and gave no answer"
        }
    }
    .to_owned()
}
