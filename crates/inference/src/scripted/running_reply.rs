use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::{Shared, memory::Memory, reply::Playback, touch};
use crate::{ChatError, ChatEvent};

/// A call under way, which notices being dropped.
pub(super) struct RunningReply {
    playback: Playback,
    /// The parts of the model that a call needs until its end.
    model: (Memory, Arc<Mutex<Shared>>),
    /// How long the host loaded for it.
    loading: Duration,
    ended: bool,
}

impl RunningReply {
    pub(super) fn new(
        playback: Playback,
        model: (Memory, Arc<Mutex<Shared>>),
        loading: Duration,
    ) -> Self {
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
        let (memory, shared) = &self.model;
        touch(memory, shared);
        let mut shared = shared.lock();
        shared.record.in_flight -= 1;
        shared.record.cancelled += usize::from(!self.ended);
    }
}
