use std::{path::Path, time::Duration};

use rusqlite::Connection;
use synod_domain::{DebateId, Event};
use synod_event_log::{Damage, PAGE_SIZE, Stored, Summary};

use crate::{
    database::open_reader,
    debate_row::DebateRow,
    event_row::EventRow,
    record_row,
    row::{RowError, UuidBlob},
};

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Debates checked.
    pub debates: u64,
    /// Debates in the store.
    pub of: u64,
    /// Events checked.
    pub events: u64,
}

/// The result of [`verify`](crate::SqliteStore::verify).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Debates checked.
    pub debates: u64,
    /// Events checked.
    pub events: u64,
    /// What is wrong; empty if nothing is.
    pub damage: Vec<Damage>,
}

impl VerifyReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    fn add(&mut self, debate: Option<DebateId>, what: impl Into<String>) {
        self.damage.push(Damage { debate, what: what.into() });
    }
}

/// The first damage, and how much more there is.
pub(crate) fn in_short(damage: &[Damage]) -> String {
    let first = damage.first().map(ToString::to_string).unwrap_or_default();
    match damage.len() {
        0 | 1 => first,
        number => format!("{first}; and {} more", number - 1),
    }
}

/// Checks the whole database, each debate in a transaction of its own.
pub(crate) fn verify(
    database: &Path,
    lock_wait: Duration,
    mut progress: impl FnMut(VerifyProgress),
) -> rusqlite::Result<VerifyReport> {
    let db = open_reader(database, lock_wait)?;
    let mut report = VerifyReport::default();
    note(&mut report, None, check_structure(&db));
    let ids = match ids(&db) {
        Ok(ids) => ids,
        Err(error) => {
            report.add(None, error.to_string());
            return Ok(report);
        }
    };
    for (checked, id) in (1..).zip(&ids) {
        let transaction = db.unchecked_transaction()?;
        match check_debate(&transaction, *id) {
            Ok((events, damage)) => {
                report.events += events;
                // A deleted debate keeps its row only.
                report.debates += u64::from(events > 0);
                damage.into_iter().for_each(|what| report.add(Some(*id), what));
            }
            Err(error) => {
                report.debates += 1;
                report.add(Some(*id), error.to_string());
            }
        }
        progress(VerifyProgress { debates: checked, of: ids.len() as u64, events: report.events });
    }
    note(&mut report, None, check_orphans(&db));
    note(&mut report, None, check_records(&db));
    Ok(report)
}

fn note(report: &mut VerifyReport, debate: Option<DebateId>, found: Result<Vec<String>, RowError>) {
    match found {
        Ok(damage) => damage.into_iter().for_each(|what| report.add(debate, what)),
        Err(error) => report.add(debate, error.to_string()),
    }
}

/// The pages of the file, and the indexes.
fn check_structure(db: &Connection) -> Result<Vec<String>, RowError> {
    let mut statement = db.prepare("PRAGMA integrity_check(20)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines = lines.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn ids(db: &Connection) -> Result<Vec<DebateId>, RowError> {
    let mut statement = db.prepare("SELECT id FROM debates ORDER BY id")?;
    let ids = statement.query_map([], |row| row.get::<_, UuidBlob>(0))?;
    Ok(ids.map(|id| Ok(DebateId::from_uuid(id?.0))).collect::<rusqlite::Result<_>>()?)
}

/// Returns the number of events, and what is wrong.
fn check_debate(db: &Connection, id: DebateId) -> Result<(u64, Vec<String>), RowError> {
    let Some(row) = DebateRow::load(db, id)? else { return Ok((0, Vec::new())) };
    let mut fold = Fold::new(id);
    while fold.row.last < row.last {
        let page = EventRow::page(db, id, fold.row.last + 1, PAGE_SIZE, row.last)?;
        for event in &page {
            fold.add(event, &event.stored(id)?);
        }
    }
    // Events after the recorded last one are damage, too.
    EventRow::page(db, id, row.last.saturating_add(1), 1, row.last)?;
    let events = fold.row.last;
    Ok((events, fold.compare(&row)))
}

/// The row of a debate as its events say.
struct Fold {
    row: DebateRow,
    damage: Vec<String>,
}

impl Fold {
    fn new(id: DebateId) -> Self {
        Self { row: DebateRow::new(id), damage: Vec::new() }
    }

    fn add(&mut self, event: &EventRow, stored: &Stored) {
        let row = &mut self.row;
        row.hash = row.hash.next(event.event_id, &event.body);
        if row.hash != event.hash {
            self.damage.push(format!("the chain hash of event {} is wrong", event.seq));
            row.hash = event.hash;
        }
        if event.epoch < row.epoch {
            self.damage
                .push(format!("the epoch of event {} is earlier than the one before", event.seq));
        }
        let recorded = &stored.recorded;
        (row.last, row.epoch, row.updated_at) = (event.seq, event.epoch, recorded.at);
        row.is_finished = matches!(recorded.event, Event::DebateClosed(_));
        if Summary::sets_status(&recorded.event) {
            row.status = event.seq;
        }
        if let (1, Event::DebateInitialized(setup)) = (event.seq, &recorded.event) {
            row.topic = Some(setup.config.debate_topic.to_lowercase());
        }
    }

    /// What of the stored row is not as the events say.
    fn compare(self, stored: &DebateRow) -> Vec<String> {
        let Self { row, mut damage } = self;
        if stored.is_purged {
            return damage;
        }
        let mut check = |is_equal: bool, what: &str| {
            if !is_equal {
                damage.push(format!("{what} in the row of the debate is not that of its events"));
            }
        };
        check(row.hash == stored.hash, "the chain hash");
        check(row.status == stored.status, "the status");
        check(row.updated_at == stored.updated_at, "the time");
        check(row.is_finished == stored.is_finished, "the state");
        check(row.topic == stored.topic, "the topic");
        check(row.epoch <= stored.epoch, "the epoch");
        damage
    }
}

/// Events of debates that have no row.
fn check_orphans(db: &Connection) -> Result<Vec<String>, RowError> {
    let mut statement = db.prepare(
        "SELECT DISTINCT debate_id FROM events WHERE debate_id NOT IN (SELECT id FROM debates)",
    )?;
    let ids = statement.query_map([], |row| row.get::<_, UuidBlob>(0))?;
    let orphans = ids.map(|id| Ok(format!("the row of debate {} is missing", id?.0)));
    Ok(orphans.collect::<rusqlite::Result<_>>()?)
}

fn check_records(db: &Connection) -> Result<Vec<String>, RowError> {
    let mut statement = db.prepare("SELECT key, json, crc, kind FROM records")?;
    let mut rows = statement.query([])?;
    let mut damage = Vec::new();
    while let Some(row) = rows.next()? {
        match record_row::read(row, &row.get::<_, String>(3)?) {
            Ok(_) => {}
            Err(RowError::Damaged(what)) => damage.push(what),
            Err(error) => return Err(error),
        }
    }
    Ok(damage)
}
