mod delta;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, BoxStream},
};
use synod_domain::{DebateId, Event, Recorded};
use synod_event_log::{EventLog, LogError, Stored, Subscription};

pub use self::delta::{CallProgress, Thought, TurnDelta};
use crate::{Cursor, EngineError, live::LiveDebate};

/// The feed of a debate for one watcher: the events after its cursor, once and in order, then live
/// events and the progress of open calls. It ends after `debate_closed`.
///
/// A watcher that lags misses deltas, which one delta with the whole text replaces, but never an
/// event. There is no queue per watcher, and a slow watcher delays no one else.
pub struct Feed(BoxStream<'static, Result<FeedItem, EngineError>>);

/// An item of a feed.
#[derive(Clone, Debug, PartialEq)]
pub enum FeedItem {
    /// An event of the log.
    Event(Arc<Recorded>),
    /// A piece of the text of an open turn.
    Delta(TurnDelta),
    /// A piece of a model's thinking.
    Thought(Thought),
    /// A new phase of an open call.
    Phase(CallProgress),
}

impl Feed {
    pub(crate) fn new(log: &dyn EventLog, live: Arc<LiveDebate>, id: DebateId, after: u64) -> Self {
        // The event at the cursor is read again to learn whether it was the last.
        let (events, cursor) = (log.subscribe(id, after), Cursor::after(after));
        let subscriber = Subscriber { events, live, cursor, is_over: false };
        Self(stream::unfold(subscriber, async |mut s| Some((s.next().await?, s))).boxed())
    }
}

impl Stream for Feed {
    type Item = Result<FeedItem, EngineError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Feed")
    }
}

struct Subscriber {
    events: Subscription,
    live: Arc<LiveDebate>,
    cursor: Cursor,
    is_over: bool,
}

impl Subscriber {
    async fn next(&mut self) -> Option<Result<FeedItem, EngineError>> {
        // A long log is ready at once, and must not keep a thread to itself.
        tokio::task::consume_budget().await;
        while !self.is_over {
            // Created before the state is read, so that no change in between is missed.
            let live = Arc::clone(&self.live);
            let changed = live.changed();
            let stored = match self.events.next().now_or_never() {
                Some(stored) => stored,
                None => {
                    if let Some(progress) = live.next_progress(&mut self.cursor) {
                        return Some(Ok(progress));
                    }
                    tokio::select! {
                        stored = self.events.next() => stored,
                        () = changed => continue,
                    }
                }
            };
            match self.take(stored?) {
                Ok(Some(recorded)) => return Some(Ok(FeedItem::Event(recorded))),
                Ok(None) => {}
                Err(error) => return Some(Err(error.into())),
            }
        }
        None
    }

    /// Moves the cursor; `None` for the event at which the watcher resumed.
    fn take(
        &mut self,
        stored: Result<Stored, LogError>,
    ) -> Result<Option<Arc<Recorded>>, LogError> {
        let recorded = stored.inspect_err(|_| self.is_over = true)?.recorded;
        self.is_over = matches!(recorded.event, Event::DebateClosed(_));
        if recorded.seq <= self.cursor.seq() {
            return Ok(None);
        }
        self.cursor.advance_to(recorded.seq);
        Ok(Some(recorded))
    }
}
