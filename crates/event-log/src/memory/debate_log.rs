use std::sync::Arc;

use futures_util::{Stream, stream};
use parking_lot::Mutex;
use synod_domain::{DebateId, Event, Recorded, Timestamp};
use tokio::sync::Notify;

use crate::{Batch, Claim, Epoch, EventId, ListQuery, LogError, Stored, Summary, Takeover, Worker};

/// The log of one debate.
pub(super) struct DebateLog {
    inner: Mutex<Inner>,
    /// Notified by every append. Subscribers then read at their own pace, so a slow subscriber
    /// misses no event and delays no append.
    appended: Notify,
}

struct Inner {
    id: DebateId,
    entries: Vec<Entry>,
    /// Index in `entries` of the last event that set the status.
    status: usize,
    epoch: Epoch,
    /// The index of each epoch's first event.
    epochs: Vec<(usize, Epoch)>,
    /// The worker of the last claim, and whether it has not released it.
    worker: Option<Worker>,
    is_held: bool,
    purged: bool,
}

/// The parts of an event that its index does not imply. The envelope is rebuilt for each read:
/// entries take half the memory of envelopes.
struct Entry {
    event_id: EventId,
    at: Timestamp,
    event: Event,
}

impl DebateLog {
    pub(super) fn new(id: DebateId) -> Self {
        Self { inner: Mutex::new(Inner::new(id)), appended: Notify::new() }
    }

    pub(super) fn append(&self, batch: &Batch, epoch: Option<Epoch>) -> Result<u64, LogError> {
        let last = self.inner.lock().append(batch, epoch)?;
        self.appended.notify_waiters();
        Ok(last)
    }

    pub(super) fn conflict(&self) -> LogError {
        self.inner.lock().conflict()
    }

    pub(super) fn read(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LogError> {
        let inner = self.inner.lock();
        inner.check()?;
        let indexes = index(from)..inner.entries.len();
        Ok(indexes.take(limit).filter_map(|index| inner.stored(index)).collect())
    }

    /// Waits for the event with this number.
    async fn wait_for(&self, seq: u64) -> Result<Stored, LogError> {
        loop {
            // Created before the lookup, so that an append between the two is not missed.
            let appended = self.appended.notified();
            {
                let inner = self.inner.lock();
                inner.check()?;
                if let Some(stored) = inner.stored(index(seq)) {
                    return Ok(stored);
                }
            }
            appended.await;
        }
    }

    /// Of a debate with the id that the query asks for. `has_lease` says whether a worker's lease has not
    /// expired.
    pub(super) fn summary(
        &self,
        id: DebateId,
        query: &ListQuery,
        has_lease: impl Fn(&Worker) -> bool,
    ) -> Option<Summary> {
        let inner = self.inner.lock();
        if !query.which.includes(inner.is_finished())
            || !query.topic.as_ref().is_none_or(|topic| inner.is_about(topic))
        {
            return None;
        }
        Some(Summary {
            id,
            first: inner.stored(0)?.recorded,
            status_event: inner.stored(inner.status)?.recorded,
            last: inner.last(),
            updated_at: inner.entries.last()?.at,
            epoch: inner.epoch,
            worker: inner.holder(has_lease).map(|worker| Arc::clone(worker.name())),
        })
    }

    pub(super) fn claim(
        &self,
        id: DebateId,
        worker: &Worker,
        has_lease: impl Fn(&Worker) -> bool,
    ) -> Result<Option<Claim>, LogError> {
        let mut inner = self.inner.lock();
        inner.check()?;
        let is_others = inner.holder(has_lease).is_some_and(|holder| holder != worker);
        Ok((!inner.is_finished() && !is_others).then(|| inner.grant(id, worker)))
    }

    /// Claims a debate that [`EventLog::take_over`](crate::EventLog::take_over) includes.
    pub(super) fn take_over(
        &self,
        id: DebateId,
        worker: &Worker,
        has_lease: impl Fn(&Worker) -> bool,
    ) -> Option<Claim> {
        let mut inner = self.inner.lock();
        inner.is_left(has_lease).then(|| inner.grant(id, worker))
    }

    /// Whether [`EventLog::take_over`](crate::EventLog::take_over) includes the debate.
    pub(super) fn is_left(&self, has_lease: impl Fn(&Worker) -> bool) -> bool {
        self.inner.lock().is_left(has_lease)
    }

    /// Adds copied events, unless a worker holds the debate.
    pub(super) fn import(
        &self,
        copied: &Batch,
        worker: &Worker,
        has_lease: impl Fn(&Worker) -> bool,
    ) -> Result<Option<u64>, LogError> {
        let mut inner = self.inner.lock();
        inner.check()?;
        if inner.holder(has_lease).is_some() {
            return Ok(None);
        }
        if copied.expected() != inner.last() || inner.is_finished() {
            return Err(inner.conflict());
        }
        let claim = inner.grant(copied.debate_id(), worker);
        inner.is_held = false;
        let last = inner.append(copied, Some(claim.epoch))?;
        drop(inner);
        self.appended.notify_waiters();
        Ok(Some(last))
    }

    pub(super) fn release(&self, claim: &Claim) {
        let mut inner = self.inner.lock();
        if inner.epoch == claim.epoch {
            inner.is_held = false;
        }
    }

    /// Releases it if this worker holds it.
    pub(super) fn release_from(&self, worker: &Worker) {
        let mut inner = self.inner.lock();
        if inner.worker.as_ref() == Some(worker) {
            inner.is_held = false;
        }
    }

    /// Deletes it, unless it is unfinished and a worker with a lease holds it.
    pub(super) fn purge(&self, has_lease: impl Fn(&Worker) -> bool) -> Result<(), LogError> {
        let mut inner = self.inner.lock();
        if !inner.is_finished()
            && let Some(worker) = inner.holder(has_lease)
        {
            return Err(LogError::Held { id: inner.id, worker: Arc::clone(worker.name()) });
        }
        *inner = Inner { purged: true, ..Inner::new(inner.id) };
        drop(inner);
        self.appended.notify_waiters();
        Ok(())
    }
}

impl Inner {
    const fn new(id: DebateId) -> Self {
        Self {
            id,
            entries: Vec::new(),
            status: 0,
            epoch: Epoch(0),
            epochs: Vec::new(),
            worker: None,
            is_held: false,
            purged: false,
        }
    }

    fn append(&mut self, batch: &Batch, epoch: Option<Epoch>) -> Result<u64, LogError> {
        self.check()?;
        if epoch.is_some_and(|e| e != self.epoch) {
            return Err(LogError::Fenced { epoch: self.epoch });
        }
        if batch.expected() != self.last() {
            return Err(self.conflict());
        }
        if self.entries.capacity() - self.entries.len() < batch.events().len() {
            // By a sixteenth, not twofold: the spare capacity of many small logs adds up.
            self.entries.reserve_exact(batch.events().len().max(2 + self.entries.len() / 16));
        }
        if self.epochs.last().is_none_or(|(_, last)| *last != self.epoch) {
            self.epochs.push((self.entries.len(), self.epoch));
        }
        for (event_id, recorded) in batch.events() {
            if Summary::sets_status(&recorded.event) {
                self.status = self.entries.len();
            }
            let (at, event) = (recorded.at, recorded.event.clone());
            self.entries.push(Entry { event_id: *event_id, at, event });
        }
        Ok(self.last())
    }

    fn last(&self) -> u64 {
        self.entries.len() as u64
    }

    fn stored(&self, index: usize) -> Option<Stored> {
        let Entry { event_id, at, event } = self.entries.get(index)?;
        let begun = self.epochs.partition_point(|(first, _)| *first <= index);
        let (_, epoch) = self.epochs.get(begun.checked_sub(1)?)?;
        let recorded = Recorded::new(self.id, index as u64 + 1, *at, event.clone());
        Some(Stored { event_id: *event_id, epoch: *epoch, recorded: Arc::new(recorded) })
    }

    fn is_finished(&self) -> bool {
        matches!(self.entries.last(), Some(entry) if matches!(entry.event, Event::DebateClosed(_)))
    }

    fn is_about(&self, topic: &str) -> bool {
        self.entries.first().is_some_and(|entry| Summary::is_about(&entry.event, topic))
    }

    /// The worker that holds it.
    fn holder(&self, has_lease: impl Fn(&Worker) -> bool) -> Option<&Worker> {
        self.worker.as_ref().filter(|worker| self.is_held && has_lease(worker))
    }

    /// Whether it is to be taken over.
    fn is_left(&self, has_lease: impl Fn(&Worker) -> bool) -> bool {
        let is_started = self.status > 0;
        let waits_for_request = self.worker.as_ref().is_some_and(|last| match last.takeover() {
            Takeover::Automatic => false,
            Takeover::OnRequest => true,
        });
        let is_free = !self.purged && !waits_for_request && self.holder(has_lease).is_none();
        is_started && !self.is_finished() && is_free
    }

    fn grant(&mut self, id: DebateId, worker: &Worker) -> Claim {
        self.epoch = self.epoch.next();
        (self.worker, self.is_held) = (Some(worker.clone()), true);
        Claim { id, epoch: self.epoch, last: self.last() }
    }

    fn check(&self) -> Result<(), LogError> {
        if self.purged { Err(LogError::Purged(self.id)) } else { Ok(()) }
    }

    fn conflict(&self) -> LogError {
        LogError::Conflict { last: self.last(), epoch: self.epoch }
    }
}

/// The index of the event with this sequence number.
fn index(seq: u64) -> usize {
    usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX)
}

pub(super) fn subscribe(
    log: Arc<DebateLog>,
    from: u64,
) -> impl Stream<Item = Result<Stored, LogError>> {
    // `None` after the debate was purged.
    stream::unfold(Some((log, from.max(1))), async |reader| {
        let (log, next) = reader?;
        let item = log.wait_for(next).await;
        let reader = item.is_ok().then_some((log, next + 1));
        Some((item, reader))
    })
}
