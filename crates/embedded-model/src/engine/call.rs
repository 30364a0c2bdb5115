use synod_inference::{ChatError, ChatEvent, ChatRequest, Completion, Phase};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

/// What the thread of the engine is asked.
#[derive(Debug)]
pub(super) enum Job {
    Chat(Box<Call>),
    WarmUp(oneshot::Sender<Result<(), ChatError>>),
}

impl Job {
    /// Nobody waits for it any more.
    pub(super) fn is_dropped(&self) -> bool {
        match self {
            Self::Chat(call) => call.is_dropped(),
            // A load is not cancelled: the next call needs it as well.
            Self::WarmUp(_) => false,
        }
    }
}

/// One call to the model, as the thread of the engine sees it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) request: ChatRequest,
    /// When it was asked, if it had to wait.
    pub(super) queued: Option<Instant>,
    pub(super) events: mpsc::UnboundedSender<Result<ChatEvent, ChatError>>,
}

impl Call {
    /// The stream is gone, and with it all use for the reply.
    pub(super) fn is_dropped(&self) -> bool {
        self.events.is_closed()
    }

    pub(super) fn phase(&self, phase: Phase) {
        self.tell(Ok(ChatEvent::Phase(phase)));
    }

    pub(super) fn delta(&self, text: String) {
        self.tell(Ok(ChatEvent::Delta(text)));
    }

    /// Ends the call.
    pub(super) fn end(&self, outcome: Result<Completion, Halt>) {
        match outcome {
            Ok(completion) => self.tell(Ok(ChatEvent::Finished(completion))),
            Err(Halt::Failed(error)) => self.tell(Err(error)),
            Err(Halt::Dropped) => {}
        }
    }

    fn tell(&self, event: Result<ChatEvent, ChatError>) {
        // The stream may be dropped at any moment; the next `is_dropped` sees it.
        let _ = self.events.send(event);
    }
}

/// Why a call ends early.
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
