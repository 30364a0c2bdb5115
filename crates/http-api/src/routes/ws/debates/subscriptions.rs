use std::{collections::HashMap, future::pending};

use futures_util::{
    StreamExt,
    future::AbortHandle,
    stream::{self, BoxStream, SelectAll},
};
use synod_debate_engine::EngineError;
use synod_domain::DebateId;

use crate::watch::{WatchItem, Watcher};

/// The debates that a socket watches.
#[derive(Default)]
pub(super) struct Subscriptions {
    watched: SelectAll<BoxStream<'static, (DebateId, News)>>,
    debates: HashMap<DebateId, AbortHandle>,
}

type News = Option<Result<WatchItem, EngineError>>;

impl Subscriptions {
    /// Watches a debate, and ends an earlier watch of it.
    pub(super) fn insert(&mut self, id: DebateId, watcher: Watcher) {
        let news = stream::unfold(Some(watcher), async |watcher| {
            let mut watcher = watcher?;
            let news = watcher.next().await?;
            let watcher = news.is_ok().then_some(watcher);
            Some((Some(news), watcher))
        });
        // The last item marks the end.
        let news = news.chain(stream::iter([None]));
        let (news, handle) = stream::abortable(news);
        self.watched.push(news.map(move |news| (id, news)).boxed());
        if let Some(earlier) = self.debates.insert(id, handle) {
            earlier.abort();
        }
    }

    /// Ends the watch of a debate.
    pub(super) fn remove(&mut self, id: DebateId) {
        if let Some(handle) = self.debates.remove(&id) {
            handle.abort();
        }
    }

    /// Whether a debate is watched.
    pub(super) fn has(&self, id: DebateId) -> bool {
        self.debates.contains_key(&id)
    }

    /// How many debates are watched.
    pub(super) fn len(&self) -> usize {
        self.debates.len()
    }

    /// Waits for the next item of any debate.
    pub(super) async fn next(&mut self) -> (DebateId, Result<WatchItem, EngineError>) {
        loop {
            match self.watched.next().await {
                Some((id, Some(news))) => return (id, news),
                Some((id, None)) => drop(self.debates.remove(&id)),
                None => pending().await,
            }
        }
    }
}
