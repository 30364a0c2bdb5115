use std::collections::HashSet;

use rusqlite::{Connection, params_from_iter};
use synod_domain::DebateId;
use uuid::Uuid;

use crate::{
    debate_row::{COLUMNS, DebateRow, damage},
    leases::Leases,
    reported_damage::ReportedDamage,
    row::{RowError, UuidBlob},
};

/// Whether there is a debate to take over.
pub(crate) fn has_debates_left(
    db: &Connection,
    leases: &Leases,
    except: &[DebateId],
    reported: &ReportedDamage,
) -> Result<bool, RowError> {
    let is_excepted = |id: &DebateId| except.contains(id);
    Ok(!left_debates(db, &leases.live(db)?, is_excepted, 1, reported)?.is_empty())
}

/// The debates to take over, oldest first, at most `limit`: those that have started, wait for no request, and
/// are held by none of the workers whose leases have not ended. Damaged ones are reported, and must not keep the
/// others from being driven.
pub(crate) fn left_debates(
    db: &Connection,
    live: &HashSet<Uuid>,
    is_excepted: impl Fn(&DebateId) -> bool,
    limit: usize,
    reported: &ReportedDamage,
) -> Result<Vec<DebateRow>, RowError> {
    // Every process looks each second, so that only these are read and checked.
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM debates WHERE finished = 0 AND purged = 0 AND status_seq > 1 \
         AND on_request = 0 AND (held = 0 OR incarnation NOT IN ({})) ORDER BY id",
        vec!["?"; live.len()].join(", ")
    ))?;
    let mut found = statement.query(params_from_iter(live.iter().copied().map(UuidBlob)))?;
    let mut left = Vec::new();
    while left.len() < limit
        && let Some(row) = found.next()?
    {
        match DebateRow::read(row) {
            Ok(row) if is_excepted(&row.id) => {}
            Ok(row) => left.push(row),
            Err(error) => reported.report(&damage(row, error)?),
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use synod_domain::{Event, Timestamp};
    use synod_event_log::{Batch, EventLog, Takeover, Worker};
    use tempfile::TempDir;

    use super::*;
    use crate::{SqliteStore, StoreOptions, database::open_reader, directory::DataDirectory};

    fn open(dir: &Path) -> SqliteStore {
        let options = StoreOptions { reserve_bytes: 0, ..StoreOptions::default() };
        SqliteStore::open(dir, options).unwrap()
    }

    async fn started(log: &dyn EventLog) -> DebateId {
        let id = DebateId::from_uuid(Uuid::now_v7());
        let events = || [Event::DebateStarted];
        log.create(&Batch::new(id, 0, Timestamp::default(), events()).unwrap(), None)
            .await
            .unwrap();
        log.append(&Batch::new(id, 1, Timestamp::default(), events()).unwrap(), None)
            .await
            .unwrap();
        id
    }

    /// Thousands of debates may be paused and driven, or wait for a request. Their checksums, which are wrong
    /// here, are not looked at.
    #[tokio::test]
    async fn a_look_reads_only_debates_that_may_be_left() {
        let dir = TempDir::new().unwrap();
        let store = open(dir.path());
        let log = store.events();
        let on_request = Worker::new("terminal").with_takeover(Takeover::OnRequest);
        let server = Worker::new("server");
        for (worker, releases) in [(&on_request, true), (&server, false), (&server, false)] {
            log.register(worker, Duration::from_secs(3_600)).await.unwrap();
            let id = started(&log).await;
            let claim = log.claim(id, worker).await.unwrap().unwrap();
            if releases {
                log.release(&claim).await.unwrap();
            }
        }
        let database = DataDirectory::at(dir.path()).database();
        let damaged = Connection::open(&database).unwrap();
        damaged.execute("UPDATE debates SET crc = crc + 1", []).unwrap();
        let [one, other, third] = [started(&log).await, started(&log).await, started(&log).await];
        let reported = ReportedDamage::default();
        let leases = Leases::new(None, DataDirectory::at(dir.path()).workers()).unwrap();
        let db = open_reader(&database, Duration::ZERO).unwrap();
        let live = leases.live(&db).unwrap();
        assert_eq!(live.len(), 2);
        let left = |limit| {
            let left = left_debates(&db, &live, |id| *id == other, limit, &reported).unwrap();
            left.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!((left(9), left(1)), (vec![one, third], vec![one]));
        assert!(reported.is_empty());
        // Without those workers, their debates are left, and found damaged.
        let left = left_debates(&db, &HashSet::new(), |_| false, 9, &reported).unwrap();
        assert_eq!((left.len(), reported.is_empty()), (3, false));
        assert!(has_debates_left(&db, &leases, &[one, other], &reported).unwrap());
        assert!(!has_debates_left(&db, &leases, &[one, other, third], &reported).unwrap());
    }
}
