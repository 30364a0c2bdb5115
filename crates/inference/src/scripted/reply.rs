use std::{future, time::Duration, vec};

use tokio::time::{Instant, sleep_until};

use crate::{ChatError, ChatEvent, Completion, StopReason, Timings, Usage};

/// What a scripted model does in one call.
///
/// Pieces come at instants fixed when the call begins, whatever the reader does between them:
/// piece k (0, 1, …) `first_after + k · then_every` after it.
#[derive(Clone, Debug)]
pub struct ScriptedReply {
    pieces: Vec<ChatEvent>,
    first_after: Duration,
    then_every: Duration,
    thought_tokens: Option<u32>,
    end: End,
}

#[derive(Clone, Debug)]
enum End {
    Finish(StopReason, Usage),
    Fail(Box<ChatError>),
    /// Says no more and does not end.
    Hang,
    /// Ends without being complete.
    CutOff,
}

impl ScriptedReply {
    /// The reply in one piece.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::pieces([text])
    }

    /// The reply in these pieces.
    #[must_use]
    pub fn pieces(pieces: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let pieces: Vec<_> = pieces.into_iter().map(|p| ChatEvent::Delta(p.into())).collect();
        // As a host that lost count, beyond what a u32 holds.
        let tokens = u32::try_from(pieces.len()).ok();
        let usage = Usage { prompt_tokens: Some(1), output_tokens: tokens };
        Self {
            pieces,
            first_after: Duration::ZERO,
            then_every: Duration::ZERO,
            thought_tokens: None,
            end: End::Finish(StopReason::Stop, usage),
        }
    }

    /// No output.
    #[must_use]
    pub fn silent() -> Self {
        Self::pieces([""; 0])
    }

    /// No output, then this error.
    #[must_use]
    pub fn fails(error: ChatError) -> Self {
        Self::silent().then_fails(error)
    }

    /// No output and no end.
    #[must_use]
    pub fn hangs() -> Self {
        Self::silent().then_hangs()
    }

    /// Then corrects all so far to this thinking and this reply.
    #[must_use]
    pub fn corrected(mut self, thinking: impl Into<String>, reply: impl Into<String>) -> Self {
        let (thinking, reply) = (thinking.into(), reply.into());
        self.pieces.push(ChatEvent::Corrected { thinking, reply });
        self
    }

    /// Then sends this piece of the reply.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>) -> Self {
        self.pieces.push(ChatEvent::Delta(text.into()));
        self
    }

    /// Thinks this before the reply, in one piece.
    #[must_use]
    pub fn thinking(mut self, text: impl Into<String>) -> Self {
        self.pieces.insert(0, ChatEvent::Thinking(text.into()));
        self
    }

    /// Thinks these pieces before the reply.
    #[must_use]
    pub fn thinking_pieces(mut self, pieces: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let thought = pieces.into_iter().map(|piece| ChatEvent::Thinking(piece.into()));
        self.pieces.splice(0..0, thought);
        self
    }

    /// Sets the time from the beginning of the call to the first piece, or to the end if there is none.
    #[must_use]
    pub fn first_after(mut self, delay: Duration) -> Self {
        self.first_after = delay;
        self
    }

    /// The further pieces come in this rhythm; the end comes with the last.
    #[must_use]
    pub fn then_every(mut self, rhythm: Duration) -> Self {
        self.then_every = rhythm;
        self
    }

    /// Ends for this reason, with this usage.
    #[must_use]
    pub fn finishing(mut self, reason: StopReason, usage: Usage) -> Self {
        self.end = End::Finish(reason, usage);
        self
    }

    /// Counts these tokens of thought apart, if it finishes.
    #[must_use]
    pub fn counting_thought(mut self, tokens: u32) -> Self {
        self.thought_tokens = Some(tokens);
        self
    }

    /// Fails after the pieces.
    #[must_use]
    pub fn then_fails(mut self, error: ChatError) -> Self {
        self.end = End::Fail(Box::new(error));
        self
    }

    /// Neither says more nor ends after the pieces.
    #[must_use]
    pub fn then_hangs(mut self) -> Self {
        self.end = End::Hang;
        self
    }

    /// The stream just ends after the pieces.
    #[must_use]
    pub fn then_cut_off(mut self) -> Self {
        self.end = End::CutOff;
        self
    }

    /// Plays the events at their instants, from now on.
    pub(super) fn play(self) -> Playback {
        Playback {
            began: Instant::now(),
            sent: 0,
            first_after: self.first_after,
            then_every: self.then_every,
            pieces: self.pieces.into_iter(),
            thought_tokens: self.thought_tokens,
            end: Some(self.end),
        }
    }
}

/// A reply under way.
pub(super) struct Playback {
    began: Instant,
    sent: u32,
    first_after: Duration,
    then_every: Duration,
    pieces: vec::IntoIter<ChatEvent>,
    thought_tokens: Option<u32>,
    end: Option<End>,
}

impl Playback {
    /// The next event; `None` after the end.
    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        let speaks = self.pieces.len() > 0;
        if speaks || self.sent == 0 {
            self.until(self.first_after + self.then_every * self.sent).await;
        }
        if !speaks && matches!(self.end, Some(End::Hang)) {
            return future::pending().await;
        }
        if let Some(piece) = self.pieces.next() {
            self.sent += 1;
            return Some(Ok(piece));
        }
        match self.end.take()? {
            End::Finish(reason, usage) => {
                let (thought_tokens, timings) = (self.thought_tokens, Timings::default());
                let completion = Completion { reason, usage, thought_tokens, timings };
                Some(Ok(ChatEvent::Finished(completion)))
            }
            End::Fail(error) => Some(Err(*error)),
            End::Hang | End::CutOff => None,
        }
    }

    /// Waits until this time after the beginning. Returns at once if that has passed: a timer would round
    /// up to its next millisecond.
    async fn until(&self, after: Duration) {
        let due = self.began + after;
        if due > Instant::now() {
            Box::pin(sleep_until(due)).await;
        }
    }
}
