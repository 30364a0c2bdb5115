use std::{collections::VecDeque, sync::Arc};

use synod_debate_engine::{BacklogEntry, Cursor, EngineError, LiveContent, Unread};

use super::{Frame, broadcast::Broadcast, thread_notifier::ThreadNotifier};

/// Number of events that a watcher which is behind reads from the log at once.
const PAGE: usize = 16;

/// A watcher of a debate: the events after its cursor, once and in order, then the text of open turns.
///
/// Nothing is kept for a watcher. A slow one misses deltas, is informed that it lags, and continues
/// from the log; it misses no event and delays no other watcher.
pub(crate) struct Watcher {
    broadcast: Arc<Broadcast>,
    notifier: Arc<ThreadNotifier>,
    cursor: Cursor,
    wanted: LiveContent,
    /// Whether it has been up to date since it joined or was last sent [`Lagged`](WatchItem::Lagged). Only
    /// then is falling behind reported.
    has_kept_up: bool,
    /// Events read from the log.
    page: VecDeque<Arc<Frame>>,
}

/// An item for a watcher.
#[derive(Clone, Debug)]
pub(crate) enum WatchItem {
    /// An event or a delta.
    Frame(Arc<Frame>),
    /// The watcher has fallen behind. It continues from the log and still gets every event.
    Lagged {
        /// The number of events that it gets from the log.
        missed: u64,
        /// The number of the next event.
        next_seq: u64,
    },
}

impl Watcher {
    pub(super) fn new(broadcast: Arc<Broadcast>, after: u64, wanted: LiveContent) -> Self {
        let (notifier, cursor) = (broadcast.notifier(), Cursor::after(after));
        Self { broadcast, notifier, cursor, wanted, has_kept_up: false, page: VecDeque::new() }
    }

    /// The next item; `None` once the debate is closed and read.
    ///
    /// # Errors
    /// [`EngineError`] if the log cannot be read.
    pub(crate) async fn next(&mut self) -> Option<Result<WatchItem, EngineError>> {
        let notifier = Arc::clone(&self.notifier);
        loop {
            if let Some(frame) = self.page.pop_front() {
                self.cursor.advance_to(self.cursor.seq() + 1);
                return Some(Ok(WatchItem::Frame(frame)));
            }
            // Created before the read, so that no change between the two is missed.
            let changed = notifier.changed(self.wanted.is_any());
            match self.broadcast.backlog().read(&mut self.cursor, self.wanted) {
                Unread::Entry(frame) => return Some(Ok(WatchItem::Frame(frame))),
                Unread::Over => return None,
                Unread::Nothing => {
                    self.has_kept_up = true;
                    changed.await;
                }
                Unread::InLog { until } => {
                    let next_seq = self.cursor.seq() + 1;
                    if std::mem::take(&mut self.has_kept_up) {
                        return Some(Ok(WatchItem::Lagged { missed: until - next_seq, next_seq }));
                    }
                    if let Err(error) = self.read_log(next_seq, until).await {
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
        self.page.extend(page.into_iter().map(Frame::of_event).map(Arc::new));
        Ok(())
    }
}
