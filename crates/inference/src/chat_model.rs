use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
    stream::BoxStream,
};

use crate::{ChatError, ChatRequest, Completion, Limitation, ModelInfo, ReplyForm};

/// One model on one host, ready to be asked.
///
/// A call is a stream of [`ChatEvent`]s. It ends with exactly one [`ChatEvent::Finished`] or one
/// error, and nothing follows either. Dropping the stream cancels the call: the host stops
/// working on it.
///
/// What wraps a model (the gateway does) is a `ChatModel` again.
pub trait ChatModel: Send + Sync {
    /// What is known of the model: its name, host, size and window.
    fn info(&self) -> &ModelInfo;

    /// Asks the model. No work is done before the stream is polled.
    fn chat(&self, request: ChatRequest) -> ChatStream;

    /// Makes the model resident and returns when it is. Not to be cancelled: hosts abort a load
    /// whose client leaves. Ends by itself, if need be with an error.
    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>>;

    /// Whether the model is resident now, as far as can be told without loading it. Where it
    /// cannot, `false`, and [`warm_up`](Self::warm_up) is asked.
    fn is_resident(&self) -> BoxFuture<'static, bool> {
        future::ready(false).boxed()
    }

    /// How many tokens the model says within this time if it first reads a prompt of so many
    /// bytes and thinks as much as it usually does, by the speed that its calls have shown. `None`
    /// where nothing is known of it. Models of a gateway know from their first reply on, and are
    /// not asked for more.
    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        let _ = (prompt_bytes, time);
        None
    }

    /// Tokens that the model usually thinks before a reply of this form, which it needs beside
    /// those of the reply. `None`: it is not known to think. What the host tells counts until calls
    /// through a gateway have shown it.
    fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        let _ = form;
        None
    }

    /// Whether the model computes on the processor alone, as far as was told when it was last seen
    /// resident. Then its calls and those of other models take the same threads from each other.
    fn runs_on_cpu(&self) -> bool {
        false
    }

    /// Whether [`is_resident`](Self::is_resident) is what the host tells, and no guess. Where it is a
    /// guess, silence before the first reply may be a load.
    fn reports_residency(&self) -> bool {
        true
    }

    /// Tokens of prompt and reply together that a call may have, as far as it is known by now: as
    /// the model info tells, unless overruled. `None` where it is not known before the model is loaded;
    /// the model info then has a guess, if anything.
    fn window(&self) -> Option<u32> {
        self.info().window
    }

    /// How long the model stays resident after a call or a warm-up if nothing happens. Unless
    /// overruled, as long as the process.
    fn keep_alive(&self) -> Duration {
        Duration::MAX
    }

    /// Most output tokens, those of thought included, that the host allows for a reply: what a refusal
    /// of more has told. `None`: it has refused none.
    fn max_output_tokens(&self) -> Option<u32> {
        let limits = self.limitations().into_iter().filter_map(|limitation| {
            let Limitation::OutputTokens { max } = limitation else { return None };
            Some(max)
        });
        limits.min()
    }

    /// What the host has refused of calls to this model so far, and would be sent otherwise.
    fn limitations(&self) -> Vec<Limitation> {
        Vec::new()
    }
}

/// The events of one call.
pub type ChatStream = BoxStream<'static, Result<ChatEvent, ChatError>>;

/// What happens during a call.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatEvent {
    /// The call has entered a phase. Phases never go back, but for a retry, a wait for a host or a
    /// move to another before the first output, and where a reply was nothing but thought and
    /// is asked for once more.
    Phase(Phase),
    /// The call is from here on at the same model on another host, of this model info. Told before any
    /// output, and only by models whose calls more than one host may serve; until it is told, the
    /// host is that of the model's own model info.
    Moved(Arc<ModelInfo>),
    /// A piece of the model's thinking, which is no part of the reply.
    Thinking(String),
    /// A piece of the reply. The pieces in order are the whole reply, unless they are corrected.
    Delta(String),
    /// What was told so far was taken for something else: this is all of the thinking and all of the
    /// reply so far, in place of the pieces before. Told where a thought shows itself only at its
    /// end, as behind a chat template that opens it.
    Corrected {
        /// All of the thinking so far.
        thinking: String,
        /// All of the reply so far.
        reply: String,
    },
    /// The call is over. Its tokens are those of the whole call, also where the reply was asked
    /// for twice.
    Finished(Completion),
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Waiting until a host that may serve the call can be reached, or is ready. Told again every few
    /// seconds.
    Away {
        /// For how long the call has waited.
        waited: Duration,
        /// When a host is tried next, from now.
        next_try: Duration,
    },
    /// Waiting to be admitted, or until the model may be used, if its host cannot hold all; `ahead`
    /// calls go first. Told again when their number changes, and every few seconds if the wait turns
    /// out otherwise.
    Queued {
        /// Waiting calls in front of this one, as things stand.
        ahead: usize,
        /// How long it will take from now, by the time that calls took before; `None` where none
        /// has ended yet.
        wait: Option<Duration>,
    },
    /// The host is loading the model, or itself.
    Loading,
    /// The model is resident and reads the prompt: the clock of the argument runs.
    Prompting,
    /// The first piece of output has arrived.
    Generating,
}
