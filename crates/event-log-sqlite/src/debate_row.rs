use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use synod_domain::{DebateId, Timestamp};
use synod_event_log::{ChainHash, Claim, Damage, Epoch, Takeover, Worker};
use uuid::Uuid;

use crate::{
    row::{RowError, Unsigned, UuidBlob},
    watched::Growth,
};

/// A row of the table `debates`.
#[derive(Clone, Debug)]
pub(crate) struct DebateRow {
    pub(crate) id: DebateId,
    pub(crate) last: u64,
    /// The sequence number of the last event that set the status.
    pub(crate) status: u64,
    pub(crate) updated_at: Timestamp,
    pub(crate) is_finished: bool,
    pub(crate) is_purged: bool,
    pub(crate) epoch: Epoch,
    pub(crate) worker: Option<LastWorker>,
    pub(crate) hash: ChainHash,
    /// In lower case.
    pub(crate) topic: Option<String>,
}

/// The worker of the last claim of a debate.
#[derive(Clone, Debug)]
pub(crate) struct LastWorker {
    pub(crate) name: Arc<str>,
    pub(crate) incarnation: Uuid,
    pub(crate) takeover: Takeover,
    /// Whether it has not released the debate.
    pub(crate) is_held: bool,
}

/// The columns that [`DebateRow::read`] reads, in its order.
pub(crate) const COLUMNS: &str = "id, last_seq, status_seq, updated_at, finished, purged, epoch, worker, \
     incarnation, on_request, held, hash, topic, crc";

impl DebateRow {
    /// The row of a debate without events.
    pub(crate) fn new(id: DebateId) -> Self {
        Self {
            id,
            last: 0,
            status: 0,
            updated_at: Timestamp::default(),
            is_finished: false,
            is_purged: false,
            epoch: Epoch(0),
            worker: None,
            hash: ChainHash::start(id),
            topic: None,
        }
    }

    pub(crate) fn load(db: &Connection, id: DebateId) -> Result<Option<Self>, RowError> {
        let select = format!("SELECT {COLUMNS} FROM debates WHERE id = ?1");
        let mut statement = db.prepare_cached(&select)?;
        let found = statement.query_row([UuidBlob::debate(id)], |row| Ok(Self::read(row)));
        match found.optional()? {
            Some(row) => row.map(Some),
            None if has_events(db, id)? => {
                Err(RowError::Damaged(format!("the row of debate {id} is missing")))
            }
            None => Ok(None),
        }
    }

    /// Reads a row that was selected with [`COLUMNS`].
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, RowError> {
        let id = DebateId::from_uuid(row.get::<_, UuidBlob>(0)?.0);
        let (name, incarnation) =
            (row.get::<_, Option<String>>(7)?, row.get::<_, Option<UuidBlob>>(8)?);
        let (on_request, is_held) = (row.get::<_, bool>(9)?, row.get::<_, bool>(10)?);
        let worker = name.zip(incarnation).map(|(name, incarnation)| LastWorker {
            name: name.into(),
            incarnation: incarnation.0,
            takeover: if on_request { Takeover::OnRequest } else { Takeover::Automatic },
            is_held,
        });
        let debate = Self {
            id,
            last: row.get::<_, Unsigned>(1)?.0,
            status: row.get::<_, Unsigned>(2)?.0,
            updated_at: Timestamp::from_unix_ms(row.get(3)?),
            is_finished: row.get(4)?,
            is_purged: row.get(5)?,
            epoch: Epoch(row.get::<_, Unsigned>(6)?.0),
            worker,
            hash: ChainHash::from_bytes(row.get(11)?),
            topic: row.get(12)?,
        };
        if debate.crc() == row.get::<_, u32>(13)? {
            Ok(debate)
        } else {
            Err(RowError::Damaged(format!("the checksum of the row of debate {id} is wrong")))
        }
    }

    pub(crate) fn insert(&self, db: &Connection) -> rusqlite::Result<()> {
        self.write(
            db,
            "INSERT INTO debates (id, last_seq, status_seq, updated_at, finished, purged, epoch, worker, \
             incarnation, on_request, held, hash, topic, crc) VALUES (:id, :last, :status, :updated_at, \
             :finished, :purged, :epoch, :worker, :incarnation, :on_request, :held, :hash, :topic, :crc)",
        )
    }

    pub(crate) fn update(&self, db: &Connection) -> rusqlite::Result<()> {
        self.write(
            db,
            "UPDATE debates SET last_seq = :last, status_seq = :status, updated_at = :updated_at, \
             finished = :finished, purged = :purged, epoch = :epoch, worker = :worker, \
             incarnation = :incarnation, on_request = :on_request, held = :held, hash = :hash, \
             topic = :topic, crc = :crc WHERE id = :id",
        )
    }

    fn write(&self, db: &Connection, sql: &str) -> rusqlite::Result<()> {
        let worker = self.worker.as_ref();
        db.prepare_cached(sql)?.execute(named_params! {
            ":id": UuidBlob::debate(self.id),
            ":last": Unsigned(self.last),
            ":status": Unsigned(self.status),
            ":updated_at": self.updated_at.unix_ms(),
            ":finished": self.is_finished,
            ":purged": self.is_purged,
            ":epoch": Unsigned(self.epoch.0),
            ":worker": worker.map(|worker| &*worker.name),
            ":incarnation": worker.map(|worker| UuidBlob(worker.incarnation)),
            ":on_request": worker.is_some_and(LastWorker::waits_for_request),
            ":held": worker.is_some_and(|worker| worker.is_held),
            ":hash": self.hash.as_bytes(),
            ":topic": self.topic,
            ":crc": self.crc(),
        })?;
        Ok(())
    }

    /// Grants a claim.
    pub(crate) fn grant(&mut self, worker: &Worker) -> Claim {
        self.epoch = self.epoch.next();
        self.worker = Some(LastWorker {
            name: Arc::clone(worker.name()),
            incarnation: *worker.incarnation(),
            takeover: worker.takeover(),
            is_held: true,
        });
        Claim { id: self.id, epoch: self.epoch, last: self.last }
    }

    /// Releases it from its worker.
    pub(crate) fn release(&mut self) {
        if let Some(worker) = &mut self.worker {
            worker.is_held = false;
        }
    }

    /// Whether it has left its first state.
    pub(crate) const fn is_started(&self) -> bool {
        self.status > 1
    }

    fn crc(&self) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(self.id.as_uuid().as_bytes());
        for number in [self.last, self.status, self.epoch.0] {
            crc.update(&number.to_be_bytes());
        }
        crc.update(&self.updated_at.unix_ms().to_be_bytes());
        crc.update(&[u8::from(self.is_finished), u8::from(self.is_purged)]);
        if let Some(worker) = &self.worker {
            crc.update(worker.incarnation.as_bytes());
            crc.update(&[u8::from(worker.waits_for_request()), u8::from(worker.is_held)]);
            crc.update(worker.name.as_bytes());
        }
        crc.update(self.hash.as_bytes());
        if let Some(topic) = &self.topic {
            crc.update(topic.as_bytes());
        }
        crc.finalize()
    }
}

impl LastWorker {
    /// Whether only a claim that names the debate gets it.
    pub(crate) const fn waits_for_request(&self) -> bool {
        match self.takeover {
            Takeover::Automatic => false,
            Takeover::OnRequest => true,
        }
    }
}

/// The damage of a debate whose row was selected with [`COLUMNS`], or any other error of reading it.
pub(crate) fn damage(row: &Row<'_>, error: RowError) -> Result<Damage, RowError> {
    let debate = row.get::<_, UuidBlob>(0).ok().map(|id| DebateId::from_uuid(id.0));
    Ok(Damage { debate, what: error.damage()? })
}

/// How far a debate has grown, if it exists.
pub(crate) fn growth(db: &Connection, id: DebateId) -> rusqlite::Result<Option<Growth>> {
    let mut statement = db.prepare_cached("SELECT last_seq, purged FROM debates WHERE id = ?1")?;
    let growth = statement.query_row([UuidBlob::debate(id)], |row| {
        let is_purged = row.get::<_, bool>(1)?;
        Ok(if is_purged { Growth::Purged } else { Growth::To(row.get::<_, Unsigned>(0)?.0) })
    });
    growth.optional()
}

/// Whether there are events of a debate, whose row may be damaged.
fn has_events(db: &Connection, id: DebateId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM events WHERE debate_id = ?1")?.exists([UuidBlob::debate(id)])
}
