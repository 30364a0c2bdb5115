use rusqlite::Connection;
use synod_domain::DebateId;

use crate::{
    debate_row::{COLUMNS, DebateRow, damage},
    leases::Leases,
    reported_damage::ReportedDamage,
    row::RowError,
};

/// Whether there is a debate to take over.
pub(crate) fn has_debates_left(
    db: &Connection,
    leases: &Leases,
    except: &[DebateId],
    reported: &ReportedDamage,
) -> Result<bool, RowError> {
    let live = leases.live(db)?;
    let select = format!("SELECT {COLUMNS} FROM debates WHERE finished = 0 AND purged = 0");
    let mut statement = db.prepare_cached(&select)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        match DebateRow::read(row) {
            Ok(row) if row.is_left(&live) && !except.contains(&row.id) => return Ok(true),
            Ok(_) => {}
            Err(error) => reported.report(&damage(row, error)?),
        }
    }
    Ok(false)
}
