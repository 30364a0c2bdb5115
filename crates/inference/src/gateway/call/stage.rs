use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, Sleep};

use crate::{
    AdmissionClass, ChatEvent, ChatStream, Flow, admission::Waiting, gateway::residency::Load,
};

/// How far a call is.
pub(super) enum Stage {
    New {
        class: AdmissionClass,
        flow: Flow,
    },
    Queued {
        // Boxed: a reply takes less room.
        waiting: Box<Waiting>,
        since: Instant,
    },
    /// Waiting until the model may be used.
    Boarding {
        since: Instant,
    },
    Loading(Load),
    Resident,
    Replying(Reply),
    Pausing(Duration),
    Over,
}

/// What comes in.
pub(super) struct Reply {
    pub(super) events: ChatStream,
    pub(super) deadline: Pin<Box<Sleep>>,
    /// The first output, told after the phase it begins. Boxed: it is there for a moment.
    pub(super) first: Option<Box<ChatEvent>>,
    pub(super) sent: Instant,
    /// Of output.
    pub(super) pieces: u32,
    /// From the first piece to the last so far: a silence after it is no writing.
    pub(super) writing: Duration,
}
