use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
    stream::BoxStream,
};

use crate::{ChatError, ChatRequest, Completion, Limitation, ModelInfo, ReplyForm};

/// One model on one host, ready for calls.
///
/// A call is a stream of [`ChatEvent`]s. It ends with exactly one [`ChatEvent::Finished`] or one
/// error, and nothing follows either. Dropping the stream cancels the call: the host stops
/// working on it.
///
/// A wrapper of a model, such as that of the gateway, is a `ChatModel` again.
pub trait ChatModel: Send + Sync {
    /// The properties of the model: its name, host, size and window.
    fn info(&self) -> &ModelInfo;

    /// Calls the model. No work is done before the stream is polled.
    fn chat(&self, request: ChatRequest) -> ChatStream;

    /// Loads the model and returns when it is in memory. Must not be cancelled: hosts abort a load
    /// whose client leaves. Always ends, if need be with an error.
    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>>;

    /// Whether the model is in memory now, as far as that is known without loading it. `false` if it is
    /// not known; then [`warm_up`](Self::warm_up) is called.
    fn is_resident(&self) -> BoxFuture<'static, bool> {
        future::ready(false).boxed()
    }

    /// The tokens that the model writes within `time` after it has read a prompt of `prompt_bytes` bytes
    /// and thought as much as usual, by the speed of its earlier calls. `None`: no speed is known.
    /// Models of a gateway know theirs from the first reply on, and are not asked for more.
    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        let _ = (prompt_bytes, time);
        None
    }

    /// The tokens of thought that usually precede a reply of this form, on top of those of the reply.
    /// `None`: the model is not known to think. What the host reports counts until calls through a
    /// gateway have shown more.
    fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        let _ = form;
        None
    }

    /// Whether the model runs on the CPU alone, as reported when it was last seen in memory. Then its
    /// calls and those of other models compete for the same threads.
    fn runs_on_cpu(&self) -> bool {
        false
    }

    /// Whether [`is_resident`](Self::is_resident) is what the host reports. If it is a guess, silence
    /// before the first reply may be a load.
    fn reports_residency(&self) -> bool {
        true
    }

    /// The context window: tokens of prompt and reply together, as far as it is known by now. By default
    /// that of [`info`](Self::info). `None`: not known before the model is loaded; the info then has at
    /// most a guess.
    fn window(&self) -> Option<u32> {
        self.info().window
    }

    /// How long the model stays in memory after a call or a warm-up if it is not used. By default, as
    /// long as the process runs.
    fn keep_alive(&self) -> Duration {
        Duration::MAX
    }

    /// The longest time that a call waits in all for its host while that takes no calls. `None`: calls do
    /// not wait for hosts. Models of a gateway have that of their host
    /// ([`HostLimits::away_limit`](crate::HostLimits::away_limit)).
    fn away_limit(&self) -> Option<Duration> {
        None
    }

    /// The maximum of output tokens, thought included, that the host allows for a reply, as a refusal has
    /// shown. `None`: it has refused none.
    fn max_output_tokens(&self) -> Option<u32> {
        let limits = self.limitations().into_iter().filter_map(|limitation| {
            let Limitation::OutputTokens { max } = limitation else { return None };
            Some(max)
        });
        limits.min()
    }

    /// What the host has refused in calls to this model so far, and is therefore not sent.
    fn limitations(&self) -> Vec<Limitation> {
        Vec::new()
    }
}

/// The events of one call.
pub type ChatStream = BoxStream<'static, Result<ChatEvent, ChatError>>;

/// What happens during a call.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatEvent {
    /// The call has entered a phase. Phases never go back, except for a retry, a wait for a host or a
    /// move to another before the first output, and when a reply that was nothing but thought is
    /// requested once more.
    Phase(Phase),
    /// The call has moved to the same model on another host, which is described here. Sent before any
    /// output, and only by models whose calls more than one host may serve; before the first one the call
    /// is at the model's own host.
    Moved(Arc<ModelInfo>),
    /// A piece of the model's thinking, which is not part of the reply.
    Thinking(String),
    /// A piece of the reply. The pieces in order are the whole reply, unless they are corrected.
    Delta(String),
    /// The pieces so far were taken for something else: this is all of the thinking and all of the reply
    /// so far, in place of those pieces. Sent when a thought can be recognized only at its end, as behind
    /// a chat template that opens it.
    Corrected {
        /// All of the thinking so far.
        thinking: String,
        /// All of the reply so far.
        reply: String,
    },
    /// The call is over. Its tokens are those of the whole call, even if the reply was requested twice.
    Finished(Completion),
}

/// The phase of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting until a host that may serve the call can be reached, or is ready. Sent again every few
    /// seconds.
    Away {
        /// How long the call has waited.
        waited: Duration,
        /// The time until a host is tried next.
        next_try: Duration,
    },
    /// Waiting for a slot of the model, and until the model may be used if its host cannot hold all;
    /// `ahead` calls go first. Sent again when their number changes, and every few seconds if the
    /// estimated wait changes.
    Queued {
        /// The number of waiting calls before this one.
        ahead: usize,
        /// The estimated time from now, by the time that earlier calls took; `None`: none has ended yet,
        /// or the wait depends on calls to other models.
        wait: Option<Duration>,
    },
    /// The host is loading the model, or itself.
    Loading,
    /// The model is in memory and reads the prompt: the clock of the call runs.
    Prompting,
    /// The first piece of output has arrived.
    Generating,
}
