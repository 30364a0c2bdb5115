use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{Stream, stream};
use synod_domain::{DebateId, Event, Timestamp};
use tokio::sync::Notify;

use crate::{Batch, Claim, Epoch, LogError, Owner, Stored, Summary, Which};

/// The log of one debate.
#[derive(Default)]
pub(super) struct Shelf {
    book: Mutex<Book>,
    /// Woken by every append. Subscribers read from the book at their own pace, so a slow one
    /// loses nothing and holds nobody up.
    grown: Notify,
}

#[derive(Default)]
struct Book {
    events: Vec<Stored>,
    /// Place in `events` of the one that set the status.
    status: usize,
    epoch: Epoch,
    lease: Option<Lease>,
    purged: Option<DebateId>,
}

struct Lease {
    owner: Owner,
    until: Timestamp,
}

impl Shelf {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn append(&self, batch: &Batch, epoch: Option<Epoch>) -> Result<u64, LogError> {
        let last = self.book().append(batch, epoch)?;
        self.grown.notify_waiters();
        Ok(last)
    }

    pub(super) fn conflict(&self) -> LogError {
        self.book().conflict()
    }

    pub(super) fn read(&self, from: u64, limit: usize) -> Result<Vec<Stored>, LogError> {
        let book = self.book();
        book.check()?;
        Ok(book.from(from).iter().take(limit).cloned().collect())
    }

    /// The event with this number, as soon as it is there.
    async fn wait_for(&self, seq: u64) -> Result<Stored, LogError> {
        loop {
            // Created before the look into the book, so no append falls between the two.
            let grown = self.grown.notified();
            {
                let book = self.book();
                book.check()?;
                if let [stored, ..] = book.from(seq) {
                    return Ok(stored.clone());
                }
            }
            grown.await;
        }
    }

    pub(super) fn summary(&self, id: DebateId, which: Which, now: Timestamp) -> Option<Summary> {
        let book = self.book();
        let wanted = match which {
            Which::All => true,
            Which::Unfinished => !book.is_finished(),
            Which::Finished => book.is_finished(),
            Which::Unclaimed => !book.is_finished() && !book.is_leased(now),
        };
        let (first, last) = book.events.first().zip(book.events.last()).filter(|_| wanted)?;
        Some(Summary {
            id,
            first: Arc::clone(&first.recorded),
            status: Arc::clone(&book.events[book.status].recorded),
            last: last.recorded.seq,
            updated_at: last.recorded.at,
            epoch: book.epoch,
        })
    }

    pub(super) fn claim(
        &self,
        id: DebateId,
        owner: &Owner,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Claim>, LogError> {
        let mut book = self.book();
        book.check()?;
        let is_others = book.lease.as_ref().is_some_and(|l| l.owner != *owner);
        if book.is_finished() || (is_others && book.is_leased(now)) {
            return Ok(None);
        }
        book.epoch = book.epoch.next();
        book.lease = Some(Lease { owner: owner.clone(), until: now.after(lease) });
        Ok(Some(Claim { id, epoch: book.epoch, last: book.last() }))
    }

    pub(super) fn renew(&self, claim: &Claim, until: Timestamp) -> Result<(), LogError> {
        let mut book = self.book();
        book.check()?;
        let epoch = book.epoch;
        match &mut book.lease {
            Some(lease) if epoch == claim.epoch => {
                lease.until = until;
                Ok(())
            }
            Some(_) | None => Err(LogError::Fenced { epoch }),
        }
    }

    pub(super) fn release(&self, claim: &Claim) {
        let mut book = self.book();
        if book.epoch == claim.epoch {
            book.lease = None;
        }
    }

    pub(super) fn purge(&self, id: DebateId) {
        *self.book() = Book { purged: Some(id), ..Book::default() };
        self.grown.notify_waiters();
    }
}

impl Book {
    fn append(&mut self, batch: &Batch, epoch: Option<Epoch>) -> Result<u64, LogError> {
        self.check()?;
        if epoch.is_some_and(|e| e != self.epoch) {
            return Err(LogError::Fenced { epoch: self.epoch });
        }
        if batch.expected() != self.last() {
            return Err(self.conflict());
        }
        if self.events.capacity() - self.events.len() < batch.events().len() {
            // By a quarter, not twofold: the spare room of many small logs adds up.
            self.events.reserve_exact(batch.events().len().max(8 + self.events.len() / 4));
        }
        for (event_id, recorded) in batch.events() {
            if Summary::sets_status(&recorded.event) {
                self.status = self.events.len();
            }
            let (epoch, recorded) = (self.epoch, Arc::clone(recorded));
            self.events.push(Stored { event_id: *event_id, epoch, recorded });
        }
        Ok(self.last())
    }

    fn last(&self) -> u64 {
        self.events.len() as u64
    }

    fn from(&self, seq: u64) -> &[Stored] {
        let skipped = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
        self.events.get(skipped..).unwrap_or_default()
    }

    fn is_finished(&self) -> bool {
        matches!(self.events.last(), Some(s) if matches!(s.recorded.event, Event::DebateClosed(_)))
    }

    fn is_leased(&self, now: Timestamp) -> bool {
        self.lease.as_ref().is_some_and(|lease| now < lease.until)
    }

    fn check(&self) -> Result<(), LogError> {
        self.purged.map_or(Ok(()), |id| Err(LogError::Purged(id)))
    }

    fn conflict(&self) -> LogError {
        LogError::Conflict { last: self.last(), epoch: self.epoch }
    }
}

pub(super) fn subscribe(
    shelf: Arc<Shelf>,
    from: u64,
) -> impl Stream<Item = Result<Stored, LogError>> {
    // `None` once the debate was purged.
    stream::unfold(Some((shelf, from.max(1))), async |reader| {
        let (shelf, next) = reader?;
        let item = shelf.wait_for(next).await;
        let reader = item.is_ok().then_some((shelf, next + 1));
        Some((item, reader))
    })
}
