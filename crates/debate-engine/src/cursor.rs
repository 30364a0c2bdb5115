use synod_domain::CallNo;

/// The position of one watcher in a debate: its last event, and the progress of each open call that it
/// has read.
#[derive(Clone, Debug)]
pub struct Cursor {
    seq: u64,
    /// `None` until the watcher has read the open calls for the first time.
    pub(crate) calls: Option<Vec<CallCursor>>,
}

/// A watcher's position in the progress of an open call.
#[derive(Clone, Debug)]
pub(crate) struct CallCursor {
    pub(crate) call: CallNo,
    /// The number of the next piece; `None` if the whole text is due.
    pub(crate) next: Option<u32>,
    /// The number of the next piece of the thinking.
    pub(crate) next_thought: u32,
    /// The number of phases read.
    pub(crate) phases: u32,
}

impl Cursor {
    /// The position of a watcher that has read the events up to number `seq`, and joins.
    #[must_use]
    pub const fn after(seq: u64) -> Self {
        Self { seq, calls: None }
    }

    /// The number of the last event that the watcher has read.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Marks event `seq`, which the watcher has read from the log, as read.
    pub const fn advance_to(&mut self, seq: u64) {
        self.seq = seq;
    }
}
