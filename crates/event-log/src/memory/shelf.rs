use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{Stream, stream};
use synod_domain::{DebateId, Event, Recorded, Timestamp};
use tokio::sync::Notify;

use crate::{Batch, Claim, Epoch, EventId, LogError, Owner, Stored, Summary, Which};

/// The log of one debate.
pub(super) struct Shelf {
    book: Mutex<Book>,
    /// Woken by every append. Subscribers read from the book at their own pace, so a slow one
    /// loses nothing and holds nobody up.
    grown: Notify,
}

struct Book {
    id: DebateId,
    lines: Vec<Line>,
    /// Place in `lines` of the event that set the status.
    status: usize,
    epoch: Epoch,
    /// The places at which an epoch's first event stands, and that epoch.
    epochs: Vec<(usize, Epoch)>,
    lease: Option<Lease>,
    purged: bool,
}

/// What is an event's own. All else in an envelope follows from its place, and is put together
/// when it is read: that takes half the memory of envelopes kept.
struct Line {
    event_id: EventId,
    at: Timestamp,
    event: Event,
}

struct Lease {
    owner: Owner,
    until: Timestamp,
}

impl Shelf {
    pub(super) fn new(id: DebateId) -> Self {
        Self { book: Mutex::new(Book::of(id)), grown: Notify::new() }
    }

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
        let last = book.lines.len();
        Ok((place(from)..last).take(limit).filter_map(|place| book.stored(place)).collect())
    }

    /// The event with this number, as soon as it is there.
    async fn wait_for(&self, seq: u64) -> Result<Stored, LogError> {
        loop {
            // Created before the look into the book, so no append falls between the two.
            let grown = self.grown.notified();
            {
                let book = self.book();
                book.check()?;
                if let Some(stored) = book.stored(place(seq)) {
                    return Ok(stored);
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
        let last = book.lines.last().filter(|_| wanted)?;
        Some(Summary {
            id,
            first: book.stored(0)?.recorded,
            status: book.stored(book.status)?.recorded,
            last: book.last(),
            updated_at: last.at,
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

    pub(super) fn purge(&self) {
        let mut book = self.book();
        *book = Book { purged: true, ..Book::of(book.id) };
        drop(book);
        self.grown.notify_waiters();
    }
}

impl Book {
    const fn of(id: DebateId) -> Self {
        Self {
            id,
            lines: Vec::new(),
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
        if self.lines.capacity() - self.lines.len() < batch.events().len() {
            // By an eighth, not twofold: the spare room of many small logs adds up.
            self.lines.reserve_exact(batch.events().len().max(4 + self.lines.len() / 8));
        }
        if self.epochs.last().is_none_or(|(_, last)| *last != self.epoch) {
            self.epochs.push((self.lines.len(), self.epoch));
        }
        for (event_id, recorded) in batch.events() {
            if Summary::sets_status(&recorded.event) {
                self.status = self.lines.len();
            }
            let (at, event) = (recorded.at, recorded.event.clone());
            self.lines.push(Line { event_id: *event_id, at, event });
        }
        Ok(self.last())
    }

    fn last(&self) -> u64 {
        self.lines.len() as u64
    }

    fn stored(&self, place: usize) -> Option<Stored> {
        let Line { event_id, at, event } = self.lines.get(place)?;
        let begun = self.epochs.partition_point(|(first, _)| *first <= place);
        let (_, epoch) = self.epochs.get(begun.checked_sub(1)?)?;
        let recorded = Recorded {
            v: Recorded::VERSION,
            debate_id: self.id,
            seq: place as u64 + 1,
            at: *at,
            event: event.clone(),
        };
        Some(Stored { event_id: *event_id, epoch: *epoch, recorded: Arc::new(recorded) })
    }

    fn is_finished(&self) -> bool {
        matches!(self.lines.last(), Some(line) if matches!(line.event, Event::DebateClosed(_)))
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

/// Where the event with this number stands.
fn place(seq: u64) -> usize {
    usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX)
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
