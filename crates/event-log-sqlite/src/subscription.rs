use std::{collections::VecDeque, sync::Arc};

use futures_util::{Stream, stream};
use synod_domain::DebateId;
use synod_event_log::{LogError, PAGE_SIZE, Stored};

use crate::{log_query::read, open_store::OpenStore, store_error::StoreError, watched::Subscriber};

/// Streams the events of a debate from `from` on.
pub(crate) fn subscribe(
    store: Arc<OpenStore>,
    subscriber: Subscriber,
    id: DebateId,
    from: u64,
) -> impl Stream<Item = Result<Stored, LogError>> {
    let reader = Reader { store, subscriber, id, next: from.max(1), page: VecDeque::new() };
    // `None` after the first error.
    stream::unfold(Some(reader), async |reader| {
        let mut reader = reader?;
        let item = reader.next().await;
        let reader = item.is_ok().then_some(reader);
        Some((item, reader))
    })
}

struct Reader {
    store: Arc<OpenStore>,
    subscriber: Subscriber,
    id: DebateId,
    next: u64,
    page: VecDeque<Stored>,
}

impl Reader {
    async fn next(&mut self) -> Result<Stored, LogError> {
        loop {
            if let Some(stored) = self.page.pop_front() {
                self.next = stored.recorded.seq + 1;
                return Ok(stored);
            }
            // Before the read, so that an append between the two is not missed.
            self.subscriber.mark_seen();
            let (id, next) = (self.id, self.next);
            let page = self.store.readers.read(move |db| read(db, id, next, PAGE_SIZE)).await;
            let page = page.inspect_err(|error| self.store.report_damage(id, error))??;
            self.page = page.into();
            if self.page.is_empty() && !self.subscriber.grown().await {
                return Err(StoreError::Closed.into());
            }
        }
    }
}
