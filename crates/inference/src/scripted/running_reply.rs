use std::time::Duration;

use super::{ScriptedModel, reply::Playback};
use crate::{ChatError, ChatEvent};

/// A call under way, which notices being dropped.
pub(super) struct RunningReply {
    playback: Playback,
    model: ScriptedModel,
    /// How long the host loaded for it.
    loading: Duration,
    ended: bool,
}

impl RunningReply {
    pub(super) fn new(playback: Playback, model: ScriptedModel, loading: Duration) -> Self {
        Self { playback, model, loading, ended: false }
    }

    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        let mut event = self.playback.next().await;
        if let Some(Ok(ChatEvent::Finished(completion))) = &mut event
            && !self.loading.is_zero()
        {
            let millis = u64::try_from(self.loading.as_millis()).unwrap_or(u64::MAX);
            completion.timings.load_ms = Some(millis);
        }
        self.ended = !matches!(
            event,
            Some(Ok(ChatEvent::Phase(_)
                | ChatEvent::Moved(_)
                | ChatEvent::Thinking(_)
                | ChatEvent::Delta(_)
                | ChatEvent::Corrected { .. }))
        );
        event
    }
}

impl Drop for RunningReply {
    fn drop(&mut self) {
        self.model.touch();
        let mut shared = self.model.shared();
        shared.record.in_flight -= 1;
        shared.record.cancelled += usize::from(!self.ended);
    }
}
