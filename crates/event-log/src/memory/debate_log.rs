use std::{sync::Arc, time::Duration};

use futures_util::{Stream, stream};
use parking_lot::Mutex;
use synod_domain::{DebateId, Event, Recorded, Timestamp};
use tokio::sync::Notify;

use crate::{Batch, Claim, Epoch, EventId, LogError, Owner, Stored, Summary, Which};

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
    lease: Option<Lease>,
    purged: bool,
}

/// The parts of an event that its index does not imply. The envelope is rebuilt for each read:
/// entries take half the memory of envelopes.
struct Entry {
    event_id: EventId,
    at: Timestamp,
    event: Event,
}

struct Lease {
    owner: Owner,
    until: Timestamp,
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

    pub(super) fn summary(&self, id: DebateId, which: Which, now: Timestamp) -> Option<Summary> {
        let inner = self.inner.lock();
        let wanted = match which {
            Which::All => true,
            Which::Unfinished => !inner.is_finished(),
            Which::Finished => inner.is_finished(),
            Which::Unclaimed => !inner.is_finished() && !inner.is_leased(now),
        };
        let last = inner.entries.last().filter(|_| wanted)?;
        Some(Summary {
            id,
            first: inner.stored(0)?.recorded,
            status: inner.stored(inner.status)?.recorded,
            last: inner.last(),
            updated_at: last.at,
            epoch: inner.epoch,
        })
    }

    pub(super) fn claim(
        &self,
        id: DebateId,
        owner: &Owner,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Claim>, LogError> {
        let mut inner = self.inner.lock();
        inner.check()?;
        let is_others = inner.lease.as_ref().is_some_and(|l| l.owner != *owner);
        if inner.is_finished() || (is_others && inner.is_leased(now)) {
            return Ok(None);
        }
        inner.epoch = inner.epoch.next();
        inner.lease = Some(Lease { owner: owner.clone(), until: now.after(lease) });
        Ok(Some(Claim { id, epoch: inner.epoch, last: inner.last() }))
    }

    pub(super) fn renew(&self, claim: &Claim, until: Timestamp) -> Result<(), LogError> {
        let mut inner = self.inner.lock();
        inner.check()?;
        let epoch = inner.epoch;
        match &mut inner.lease {
            Some(lease) if epoch == claim.epoch => {
                lease.until = until;
                Ok(())
            }
            Some(_) | None => Err(LogError::Fenced { epoch }),
        }
    }

    pub(super) fn release(&self, claim: &Claim) {
        let mut inner = self.inner.lock();
        if inner.epoch == claim.epoch {
            inner.lease = None;
        }
    }

    pub(super) fn purge(&self) {
        let mut inner = self.inner.lock();
        *inner = Inner { purged: true, ..Inner::new(inner.id) };
        drop(inner);
        self.appended.notify_waiters();
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
            lease: None,
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
            // By an eighth, not twofold: the spare capacity of many small logs adds up.
            self.entries.reserve_exact(batch.events().len().max(4 + self.entries.len() / 8));
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

    fn is_leased(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| now < lease.until)
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
