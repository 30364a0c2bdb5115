use synod_inference::Phase;
use tokio::time::Instant;

use super::{
    call::Call,
    reply_text::{ReplyText, Shown},
};

/// The reply as it is sent.
pub(super) struct Output<'c> {
    call: &'c Call,
    text: ReplyText,
    begun: Option<Instant>,
}

impl<'c> Output<'c> {
    pub(super) fn new(call: &'c Call) -> Self {
        Self { call, text: ReplyText::new(&call.request.sampling.stop), begun: None }
    }

    /// A part of the reply was sent.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// Takes the bytes of a token. Returns whether they complete a stop text.
    pub(super) fn push(&mut self, piece: &[u8]) -> bool {
        let Shown { text, stopped } = self.text.push(piece);
        self.send(text);
        stopped
    }

    /// Sends the text that was held back, unless a stop text ended the reply. Returns when the first
    /// piece was sent.
    pub(super) fn finish(mut self) -> Option<Instant> {
        let held = self.text.take_held();
        self.send(held);
        self.begun
    }

    fn send(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        if self.begun.is_none() {
            self.begun = Some(Instant::now());
            self.call.phase(Phase::Generating);
        }
        self.call.delta(text);
    }
}
