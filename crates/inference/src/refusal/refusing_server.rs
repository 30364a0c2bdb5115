use std::time::Duration;

use futures_util::future::BoxFuture;

use super::{adjusted::Adjusted, learnt::Learnt, reading::Refusal};
use crate::{ChatError, ChatStream, Limitation, ModelInfo};

/// A model on a server, as its protocol reaches it.
pub(crate) trait RefusingServer: Send + Sync {
    fn info(&self) -> &ModelInfo;

    /// Its known refusals.
    fn learnt(&self) -> &Learnt;

    /// Sends a request, and returns the stream of its reply when that begins. `left` is the rest of the
    /// clock of the call, `limit` the whole.
    fn send(
        &self,
        request: Adjusted,
        left: Duration,
        limit: Duration,
    ) -> BoxFuture<'static, Result<ChatStream, ChatError>>;

    /// What the server said, if this error is its own.
    fn refusal(&self, error: &ChatError) -> Option<Refusal>;

    /// What only this protocol asks for by this request, and a server may refuse.
    fn adds(&self, request: &Adjusted) -> Vec<Limitation>;

    /// The model is known to think, so that its limit of output tokens includes those of thought.
    fn thinks(&self) -> bool;

    /// Texts to stop at that every server of the protocol takes.
    fn most_stops(&self) -> usize;
}
