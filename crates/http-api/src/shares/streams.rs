use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use synod_domain::DebateId;
use synod_event_log::{LogError, Share, TypedRecords};
use tokio::{runtime::Handle, time::sleep};
use tokio_util::sync::CancellationToken;

/// How often the links by which debates are streamed are looked up, since other processes may revoke them:
/// one read for each link, whatever the number of its streams.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// The streams of this process that were opened by a link.
pub(super) struct SharedStreams {
    records: TypedRecords,
    runtime: Handle,
    links: Mutex<Links>,
}

#[derive(Default)]
struct Links {
    /// By the key of their share.
    open: HashMap<String, OpenLink>,
    /// Whether a task looks them up.
    are_checked: bool,
}

/// A link with streams.
struct OpenLink {
    debate: DebateId,
    /// Ends the streams, which keep it.
    end: Weak<CancellationToken>,
}

impl SharedStreams {
    /// # Panics
    /// Outside a tokio runtime.
    pub(super) fn new(records: TypedRecords) -> Arc<Self> {
        Arc::new(Self { records, runtime: Handle::current(), links: Mutex::default() })
    }

    /// Adds a stream. The token, which the stream keeps, is cancelled when the share of this key is revoked
    /// by any process, or with `closing`.
    pub(super) fn open(
        self: &Arc<Self>,
        key: String,
        debate: DebateId,
        closing: &CancellationToken,
    ) -> Arc<CancellationToken> {
        let mut links = self.links();
        if let Some(end) = links.open.get(&key).and_then(|link| link.end.upgrade()) {
            return end;
        }
        let end = Arc::new(closing.child_token());
        links.open.insert(key, OpenLink { debate, end: Arc::downgrade(&end) });
        if !std::mem::replace(&mut links.are_checked, true) {
            self.runtime.spawn(check(Arc::clone(self)));
        }
        end
    }

    /// Ends the streams by the share of this key.
    pub(super) fn end(&self, key: &str) {
        let removed = self.links().open.remove(key);
        if let Some(end) = removed.and_then(|link| link.end.upgrade()) {
            end.cancel();
        }
    }

    /// Ends all streams of a debate.
    pub(super) fn end_all(&self, debate: DebateId) {
        let of_debate =
            |(key, link): (&String, &OpenLink)| (link.debate == debate).then(|| key.clone());
        let keys: Vec<_> = self.links().open.iter().filter_map(of_debate).collect();
        keys.iter().for_each(|key| self.end(key));
    }

    /// The keys of the links that still have streams. If there are none, the task that asks ends.
    fn watched(&self) -> Vec<String> {
        let mut links = self.links();
        links.open.retain(|_, link| link.end.strong_count() > 0);
        links.are_checked = !links.open.is_empty();
        links.open.keys().cloned().collect()
    }

    // Nothing panics while it holds the lock.
    fn links(&self) -> MutexGuard<'_, Links> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the streams by links that are revoked, until there are no streams.
async fn check(streams: Arc<SharedStreams>) {
    loop {
        sleep(CHECKED_EVERY).await;
        let watched = streams.watched();
        if watched.is_empty() {
            return;
        }
        if let Err(error) = end_revoked(&streams, watched).await {
            tracing::warn!(%error, "links that other processes have revoked are still shown");
        }
    }
}

async fn end_revoked(streams: &SharedStreams, watched: Vec<String>) -> Result<(), LogError> {
    for key in watched {
        if streams.records.get::<Share>(key.as_str()).await?.is_none() {
            streams.end(&key);
        }
    }
    Ok(())
}
