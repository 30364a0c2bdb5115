use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, Sleep};

use crate::{
    AdmissionClass, ChatEvent, ChatStream, Flow, ReplyForm, admission::Waiting,
    gateway::residency::Load,
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
    /// Fires for the last time at `ends_at`, and before to look whether too much is thought.
    pub(super) clock: Pin<Box<Sleep>>,
    pub(super) ends_at: Instant,
    /// The first output, told after the phase it begins. Boxed: it is there for a moment.
    pub(super) first: Option<Box<ChatEvent>>,
    pub(super) sent: Instant,
    /// Pieces of thought.
    pub(super) thought: u32,
    /// Pieces of what is said.
    pub(super) said: u32,
    /// More than white space is said.
    pub(super) speaks: bool,
    /// Most tokens of what is said, where the host was allowed more for thought.
    pub(super) most_said: Option<u32>,
    pub(super) form: ReplyForm,
    /// It was asked for without thought.
    pub(super) is_avoided: bool,
    /// When the first piece came.
    pub(super) first_at: Option<Instant>,
    /// From the first piece to the last so far: a silence after it is no writing.
    pub(super) writing: Duration,
}
