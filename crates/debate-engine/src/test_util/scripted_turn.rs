use std::time::Duration;

use synod_domain::{CallMeta, FailureCause, ModelName};
use tokio::time::sleep;

use crate::{CallFailure, CallPhase, NoService, Progress, Reply, Unserved};

/// The reaction of a scripted participant to a call.
#[derive(Clone, Debug)]
pub struct ScriptedTurn {
    /// The time in the queue of the host.
    queue: Option<Duration>,
    wait: Duration,
    pieces: Vec<String>,
    gap: Duration,
    end: End,
    tokens: u32,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Whole,
    Failure(FailureCause),
    Unserved(NoService),
    Panic,
    Never,
}

impl ScriptedTurn {
    /// Answers at once.
    #[must_use]
    pub fn say(text: impl Into<String>) -> Self {
        Self::of(vec![text.into()], End::Whole)
    }

    /// Fails.
    #[must_use]
    pub const fn fail(cause: FailureCause) -> Self {
        Self::of(Vec::new(), End::Failure(cause))
    }

    /// No host serves the call.
    #[must_use]
    pub const fn unserved(why: NoService) -> Self {
        Self::of(Vec::new(), End::Unserved(why))
    }

    /// Panics.
    #[must_use]
    pub const fn panic() -> Self {
        Self::of(Vec::new(), End::Panic)
    }

    /// Never ends.
    #[must_use]
    pub const fn hang() -> Self {
        Self::of(Vec::new(), End::Never)
    }

    const fn of(pieces: Vec<String>, end: End) -> Self {
        Self { queue: None, wait: Duration::ZERO, pieces, gap: Duration::ZERO, end, tokens: 0 }
    }

    /// Waits in the queue of its host first.
    #[must_use]
    pub fn behind_others(self, queue: Duration) -> Self {
        Self { queue: Some(queue), ..self }
    }

    /// Waits before the first piece.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Writes these pieces, with a gap after each, before it ends.
    #[must_use]
    pub fn in_pieces<T: Into<String>>(
        self,
        pieces: impl IntoIterator<Item = T>,
        gap: Duration,
    ) -> Self {
        Self { pieces: pieces.into_iter().map(Into::into).collect(), gap, ..self }
    }

    /// Costs this many tokens.
    #[must_use]
    pub fn costing(self, tokens: u32) -> Self {
        Self { tokens, ..self }
    }

    pub(super) async fn perform(
        self,
        model: ModelName,
        progress: Progress,
    ) -> Result<Reply, CallFailure> {
        let mut text = String::new();
        if let Some(queue) = self.queue {
            progress.phase(CallPhase::Queued { ahead: 1, wait: None });
            pause(queue).await;
        }
        progress.phase(CallPhase::Prompting);
        pause(self.wait).await;
        for piece in &self.pieces {
            progress.phase(CallPhase::Generating);
            progress.delta(piece);
            text.push_str(piece);
            pause(self.gap).await;
        }
        let meta = CallMeta { output_tokens: self.tokens, ..CallMeta::of(model) };
        match self.end {
            End::Whole => Ok(Reply { text, cut: false, meta }),
            End::Failure(cause) => Err(CallFailure { cause, unserved: None, text, meta }),
            End::Unserved(why) => {
                let (cause, unserved) = (FailureCause::ModelError, Unserved { why, hosts: vec![] });
                Err(CallFailure { cause, unserved: Some(unserved), text, meta })
            }
            End::Panic => panic!("as the script says"),
            End::Never => std::future::pending().await,
        }
    }
}

/// Yields to other tasks even if the pause is zero.
async fn pause(duration: Duration) {
    if duration.is_zero() {
        tokio::task::yield_now().await;
    } else {
        sleep(duration).await;
    }
}
