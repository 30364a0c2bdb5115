use synod_domain::{DebateId, Event};
use synod_event_log::{ChainHash, Damage, LogError, PAGE_SIZE, Summary};
use uuid::Uuid;

use crate::{
    database::Database,
    parameters::limit as most,
    records::check_records,
    stored_rows::{StoredRow, read_page},
};

/// The result of [`verify`](crate::PostgresStore::verify).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatabaseReport {
    /// Debates checked.
    pub debates: u64,
    /// Events checked.
    pub events: u64,
    /// What is wrong; empty if nothing is.
    pub damage: Vec<Damage>,
}

impl DatabaseReport {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty()
    }

    fn add(&mut self, debate: Option<DebateId>, what: impl Into<String>) {
        self.damage.push(Damage { debate, what: what.into() });
    }
}

/// Checks all debates and documents. `progress` gets the number of debates and events checked.
pub(crate) async fn verify(
    database: &Database,
    mut progress: impl FnMut(u64, u64) + Send,
) -> Result<DatabaseReport, LogError> {
    let mut report = DatabaseReport::default();
    let mut after = Uuid::nil();
    loop {
        let select = "SELECT id FROM debates WHERE id > $1 AND NOT purged ORDER BY id LIMIT $2";
        let rows = database.read(select, &[&after, &most(PAGE_SIZE)]).await?;
        for row in &rows {
            after = row.try_get(0).map_err(|error| database.damaged(error.to_string()))?;
            check_debate(database, DebateId::from_uuid(after), &mut report).await?;
            progress(report.debates, report.events);
        }
        if rows.len() < PAGE_SIZE {
            break;
        }
    }
    let orphans = "SELECT DISTINCT debate_id FROM events e \
         WHERE NOT EXISTS (SELECT FROM debates d WHERE d.id = e.debate_id AND NOT d.purged)";
    for row in database.read(orphans, &[]).await? {
        let id = row.try_get(0).map_err(|error| database.damaged(error.to_string()))?;
        report
            .add(Some(DebateId::from_uuid(id)), "it has events, and its row is missing or deleted");
    }
    for what in check_records(database).await? {
        report.add(None, what);
    }
    Ok(report)
}

async fn check_debate(
    database: &Database,
    id: DebateId,
    report: &mut DatabaseReport,
) -> Result<(), LogError> {
    report.debates += 1;
    let mut fold = Fold::new(id);
    loop {
        let page = match read_page(database, id, fold.last + 1, PAGE_SIZE).await {
            Ok(page) => page,
            // It was deleted meanwhile.
            Err(LogError::Purged(_) | LogError::UnknownDebate(_)) => return Ok(()),
            Err(LogError::Damaged(source)) => {
                report.add(Some(id), source.to_string());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for row in &page {
            if let Err(what) = fold.add(row) {
                report.add(Some(id), what);
                return Ok(());
            }
        }
        if page.len() < PAGE_SIZE {
            break;
        }
    }
    report.events += fold.last;
    fold.compare(database, report).await
}

/// The row of a debate as its events say.
struct Fold {
    id: DebateId,
    last: u64,
    status: u64,
    hash: ChainHash,
    is_finished: bool,
    updated_at: i64,
    epoch: u64,
}

impl Fold {
    fn new(id: DebateId) -> Self {
        Self {
            id,
            last: 0,
            status: 0,
            hash: ChainHash::start(id),
            is_finished: false,
            updated_at: 0,
            epoch: 0,
        }
    }

    fn add(&mut self, row: &StoredRow) -> Result<(), String> {
        let stored = row.stored(self.id)?;
        self.hash = self.hash.next(row.event_id, &row.body);
        if row.hash != Some(self.hash) {
            return Err(format!("the chain hash of event {} is wrong", row.seq));
        }
        if row.epoch.0 < self.epoch {
            let seq = row.seq;
            return Err(format!("the epoch of event {seq} is earlier than the one before"));
        }
        let recorded = &stored.recorded;
        (self.last, self.epoch, self.updated_at) = (row.seq, row.epoch.0, recorded.at.unix_ms());
        self.is_finished = matches!(recorded.event, Event::DebateClosed(_));
        if Summary::sets_status(&recorded.event) {
            self.status = row.seq;
        }
        Ok(())
    }

    /// Compares with the stored row, unless events were appended meanwhile.
    async fn compare(
        self,
        database: &Database,
        report: &mut DatabaseReport,
    ) -> Result<(), LogError> {
        let select = "SELECT hash, status_seq, updated_at, finished, epoch FROM debates \
             WHERE id = $1 AND last_seq = $2 AND NOT purged";
        let last = crate::parameters::signed(self.last);
        let rows = database.read(select, &[self.id.as_uuid(), &last]).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let damaged = |error: tokio_postgres::Error| database.damaged(error.to_string());
        let number = |column| row.try_get::<_, i64>(column).map_err(damaged);
        let hash = row.try_get::<_, &[u8]>(0).map_err(damaged)?;
        for (is_equal, what) in [
            (hash == self.hash.as_bytes(), "the chain hash"),
            (number(1)?.unsigned_abs() == self.status, "the status"),
            (number(2)? == self.updated_at, "the time"),
            (row.try_get::<_, bool>(3).map_err(damaged)? == self.is_finished, "the state"),
            (number(4)?.unsigned_abs() >= self.epoch, "the epoch"),
        ] {
            if !is_equal {
                let what = format!("{what} in the row of the debate is not that of its events");
                report.add(Some(self.id), what);
            }
        }
        Ok(())
    }
}
