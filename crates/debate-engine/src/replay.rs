use synod_debate_protocol::{Debate, FoldError};
use synod_domain::{DebateId, Recorded};
use synod_event_log::{EventId, EventLog, PAGE_SIZE};

use crate::EngineError;

/// The state of a debate after all of its log.
pub(crate) async fn fold(log: &dyn EventLog, id: DebateId) -> Result<Debate, EngineError> {
    let first = log.read(id, 1, 1).await?;
    let mut debate = Debate::open(&first.first().ok_or(FoldError::Empty)?.recorded)?;
    read_on(log, &mut debate).await?;
    Ok(debate)
}

/// Applies the events of the log that a state has not seen.
pub(crate) async fn read_on(log: &dyn EventLog, debate: &mut Debate) -> Result<(), EngineError> {
    loop {
        let page = log.read(debate.id(), debate.seq() + 1, PAGE_SIZE).await?;
        for stored in &page {
            check_version(&stored.recorded)?;
            debate.apply(&stored.recorded);
        }
        if page.len() < PAGE_SIZE {
            return Ok(());
        }
    }
}

/// The number of the event with this id, if it comes after number `after`.
pub(crate) async fn find(
    log: &dyn EventLog,
    debate: DebateId,
    id: EventId,
    mut after: u64,
) -> Result<Option<u64>, EngineError> {
    loop {
        let page = log.read(debate, after + 1, PAGE_SIZE).await?;
        if let Some(found) = page.iter().find(|stored| stored.event_id == id) {
            return Ok(Some(found.recorded.seq));
        }
        after += page.len() as u64;
        if page.len() < PAGE_SIZE {
            return Ok(None);
        }
    }
}

/// Refuses events of a later version of the rules.
pub(crate) fn check_version(recorded: &Recorded) -> Result<(), FoldError> {
    let &Recorded { v, seq, .. } = recorded;
    if v > Recorded::VERSION { Err(FoldError::Version { seq, v }) } else { Ok(()) }
}
