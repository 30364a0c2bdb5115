use std::{collections::VecDeque, sync::Arc};

use synod_debate_engine::EngineError;

use super::{
    Frame,
    backlog::{Cursor, ReadResult},
    broadcast::Broadcast,
    thread_notifier::ThreadNotifier,
};

/// Number of events that a watcher behind reads from the log at once.
const PAGE: usize = 16;

/// A watcher of a debate: the events after its cursor, once and in order, then the open turns.
///
/// Nothing is kept for it. A slow watcher loses deltas, is finally informed that it lags, and
/// reads from the log; it loses no event and delays no other watcher.
pub(crate) struct Watcher {
    broadcast: Arc<Broadcast>,
    relay: Arc<ThreadNotifier>,
    cursor: Cursor,
    deltas: bool,
    /// It had read everything there was, and is not behind because it began so.
    has_kept_up: bool,
    /// Read from the log.
    page: VecDeque<Arc<Frame>>,
}

/// What a watcher reads.
#[derive(Clone, Debug)]
pub(crate) enum Watched {
    /// An event or a delta.
    Frame(Arc<Frame>),
    /// The watcher has fallen behind. It continues from the log and still gets every event.
    Lagged {
        /// Events that it is given from the log.
        missed: u64,
        /// The number of the next.
        next_seq: u64,
    },
}

impl Watcher {
    pub(super) fn new(broadcast: Arc<Broadcast>, after: u64, deltas: bool) -> Self {
        let (relay, cursor) = (broadcast.relay(), Cursor::after(after));
        Self { broadcast, relay, cursor, deltas, has_kept_up: false, page: VecDeque::new() }
    }

    /// What comes next; `None` once the debate is closed and read.
    ///
    /// # Errors
    /// [`EngineError`] if the log cannot be read.
    pub(crate) async fn next(&mut self) -> Option<Result<Watched, EngineError>> {
        let relay = Arc::clone(&self.relay);
        loop {
            if let Some(frame) = self.page.pop_front() {
                self.cursor.seq += 1;
                return Some(Ok(Watched::Frame(frame)));
            }
            // Created before the look, so no change falls between the two.
            let changed = relay.changed(self.deltas);
            let look = self.broadcast.board().look(&mut self.cursor, self.deltas);
            match look {
                ReadResult::Frame(frame) => return Some(Ok(Watched::Frame(frame))),
                ReadResult::Over => return None,
                ReadResult::Nothing => {
                    self.has_kept_up = true;
                    changed.await;
                }
                ReadResult::Behind(first) => {
                    let next_seq = self.cursor.seq + 1;
                    if std::mem::take(&mut self.has_kept_up) {
                        return Some(Ok(Watched::Lagged { missed: first - next_seq, next_seq }));
                    }
                    if let Err(error) = self.read_log(next_seq, first).await {
                        let id = self.broadcast.debate().id();
                        tracing::warn!(debate.id = %id, %error, "a watcher cannot read the log");
                        return Some(Err(error));
                    }
                }
            }
        }
    }

    async fn read_log(&mut self, from: u64, to: u64) -> Result<(), EngineError> {
        let missing = usize::try_from(to - from).unwrap_or(usize::MAX);
        let page = self.broadcast.debate().events(from, missing.min(PAGE)).await?;
        self.page.extend(page.into_iter().map(Frame::event));
        Ok(())
    }
}
