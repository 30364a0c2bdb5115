use std::{collections::VecDeque, sync::Arc};

use futures_util::{Stream, stream};
use synod_domain::DebateId;
use synod_event_log::{LogError, PAGE_SIZE, Stored};

use crate::{
    database_error::DatabaseError, store_parts::StoreParts, stored_rows::read_events,
    watched_tails::TailWatcher,
};

/// Streams the events of a debate from `from` on.
pub(crate) fn follow(
    parts: Arc<StoreParts>,
    watcher: TailWatcher,
    id: DebateId,
    from: u64,
) -> impl Stream<Item = Result<Stored, LogError>> {
    let follower = Follower { parts, watcher, id, next: from.max(1), page: VecDeque::new() };
    // `None` after the first error.
    stream::unfold(Some(follower), async |follower| {
        let mut follower = follower?;
        let item = follower.next().await;
        let follower = item.is_ok().then_some(follower);
        Some((item, follower))
    })
}

struct Follower {
    parts: Arc<StoreParts>,
    watcher: TailWatcher,
    id: DebateId,
    next: u64,
    page: VecDeque<Stored>,
}

impl Follower {
    async fn next(&mut self) -> Result<Stored, LogError> {
        loop {
            if let Some(stored) = self.page.pop_front() {
                self.next = stored.recorded.seq + 1;
                return Ok(stored);
            }
            // Before the read, so that an append between the two is not missed.
            self.watcher.mark_seen();
            let database = &self.parts.database;
            self.page = read_events(database, self.id, self.next, PAGE_SIZE).await?.into();
            if self.page.is_empty() && !self.watcher.grown().await {
                return Err(DatabaseError::Closed.into());
            }
        }
    }
}
