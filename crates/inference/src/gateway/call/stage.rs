use std::{pin::Pin, time::Duration};

use tokio::time::{Instant, Sleep};

use crate::{
    AdmissionClass, ChatEvent, ChatStream, Flow,
    gateway::thought::FormKind,
    scheduler::{Load, Ticket, WrittenText},
};

/// How far a call is.
pub(super) enum Stage {
    New {
        class: AdmissionClass,
        flow: Flow,
    },
    Queued {
        // Boxed: a reply takes less room.
        ticket: Box<Ticket>,
        since: Instant,
    },
    /// It may use its model, which may have to be loaded.
    Granted,
    Loading(Load),
    Resident,
    Replying(Reply),
    Pausing {
        pause: Duration,
        ticket: Box<Ticket>,
    },
    Over,
}

/// What comes in.
pub(super) struct Reply {
    pub(super) events: ChatStream,
    /// Fires for the last time at `ends_at`, and before to look whether too much is thought.
    pub(super) clock: Pin<Box<Sleep>>,
    pub(super) ends_at: Instant,
    /// The first output, sent after the phase it begins. Boxed: it is there for a moment.
    pub(super) first: Option<Box<ChatEvent>>,
    pub(super) sent: Instant,
    /// The thought that was sent.
    pub(super) thought: WrittenText,
    /// The reply so far.
    pub(super) said: WrittenText,
    /// Tokens of thought that the host counted.
    pub(super) counted_thought: Option<u32>,
    /// The reply has more than white space.
    pub(super) speaks: bool,
    /// The maximum of tokens in the reply, if the host was allowed more for thought.
    pub(super) most_said: Option<u32>,
    pub(super) form: FormKind,
    /// It was asked for without thought.
    pub(super) is_avoided: bool,
    /// When the first piece came.
    pub(super) first_at: Option<Instant>,
    /// From the first piece to the last so far: a silence after it is no writing.
    pub(super) writing: Duration,
}
