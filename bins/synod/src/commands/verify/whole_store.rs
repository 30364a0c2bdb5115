use std::collections::HashSet;

use synod_event_log::{LogError, export::ExportedDebate};

use super::{SCOPE, audited};
use crate::{CliError, kept::Kept, output::say};

/// Checks the database and every debate in it.
pub(super) async fn verify(kept: &Kept) -> Result<(), CliError> {
    let Some(store) = &kept.store else {
        // With success, a scheduled check with a wrong --data would never fail.
        return Err(CliError::Failed(kept.none_in_words()));
    };
    let report = store.verify(|_| {}).await?;
    let mut damage: Vec<String> = report.damage.iter().map(ToString::to_string).collect();
    let damaged: HashSet<_> = report.damage.iter().filter_map(|damage| damage.debate).collect();
    let (mut debates, mut events) = (0_u64, 0);
    // Without the debates that are damaged, which are in the report.
    let ids = match kept.all_ids().await {
        Ok((ids, _)) => ids,
        Err(CliError::Log(LogError::Damaged(_) | LogError::Unavailable { .. }))
            if !damage.is_empty() =>
        {
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    for id in ids {
        match ExportedDebate::read(&*kept.log, id).await {
            Ok(debate) => {
                debates += 1;
                events += debate.events.len();
                let log = debate.events.iter().map(|(_, recorded)| &**recorded);
                if let Err((_, error)) = audited(log) {
                    damage.push(format!("debate {}: {error}", debate.id));
                }
            }
            // Deleted by another process meanwhile.
            Err(LogError::Purged(_) | LogError::UnknownDebate(_)) => {}
            Err(LogError::Damaged(_) | LogError::Unavailable { .. }) if damaged.contains(&id) => {}
            Err(error @ (LogError::Damaged(_) | LogError::Unavailable { .. })) => {
                damage.push(format!("debate {id}: {}", CliError::Log(error)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    if damage.is_empty() {
        let s = if debates == 1 { "" } else { "s" };
        say(&format!(
            "{}: {debates} debate{s} with {events} events, all valid",
            kept.dir.display()
        ));
        say(SCOPE);
        return Ok(());
    }
    damage.iter().for_each(|what| say(what));
    let count = damage.len();
    let s = if count == 1 { "" } else { "s" };
    Err(CliError::BrokenLog(format!(
        "{}: {count} problem{s} found; restore a backup, or delete the damaged debates",
        kept.dir.display()
    )))
}
