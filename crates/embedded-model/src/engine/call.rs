use synod_inference::{ChatError, ChatEvent, ChatRequest, Completion, Phase};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

/// A job for the engine thread.
#[derive(Debug)]
pub(super) enum Job {
    Chat(Box<Call>),
    WarmUp(oneshot::Sender<Result<(), ChatError>>),
}

impl Job {
    /// Whether the caller has gone.
    pub(super) fn is_dropped(&self) -> bool {
        match self {
            Self::Chat(call) => call.is_dropped(),
            // A load is not cancelled, because the next call needs it as well.
            Self::WarmUp(_) => false,
        }
    }
}

/// A call, as the engine thread sees it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) request: ChatRequest,
    /// When the call was made, if it had to wait.
    pub(super) queued: Option<Instant>,
    pub(super) events: mpsc::UnboundedSender<Result<ChatEvent, ChatError>>,
}

impl Call {
    /// Whether the caller has dropped the stream.
    pub(super) fn is_dropped(&self) -> bool {
        self.events.is_closed()
    }

    pub(super) fn phase(&self, phase: Phase) {
        self.send(Ok(ChatEvent::Phase(phase)));
    }

    pub(super) fn delta(&self, text: String) {
        self.send(Ok(ChatEvent::Delta(text)));
    }

    /// Ends the call.
    pub(super) fn end(&self, outcome: Result<Completion, Halt>) {
        match outcome {
            Ok(completion) => self.send(Ok(ChatEvent::Finished(completion))),
            Err(Halt::Failed(error)) => self.send(Err(error)),
            Err(Halt::Dropped) => {}
        }
    }

    fn send(&self, event: Result<ChatEvent, ChatError>) {
        // The stream may be dropped at any time; the next `is_dropped` notices.
        let _ = self.events.send(event);
    }
}

/// Reasons for a call to end early.
#[derive(Debug)]
pub(super) enum Halt {
    Dropped,
    Failed(ChatError),
}

impl From<ChatError> for Halt {
    fn from(error: ChatError) -> Self {
        Self::Failed(error)
    }
}
