use synod_debate_engine::SystemClock;
use synod_domain::Clock;
use synod_event_log::{ListQuery, Summary, Which};

use super::confirmation::ask;
use crate::{
    CliError,
    args::PruneArgs,
    config::LogTable,
    environment::Environment,
    kept::{self, Kept, ShortIds},
    output::say,
};

/// Deletes the debates that ended before a time.
pub(super) async fn run(
    args: &PruneArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let before = args.older_than.at(SystemClock::new().now());
    let finished = ListQuery::of(Which::Finished);
    let picked = |summary: Summary| {
        (summary.updated_at < before).then(|| (summary.id, kept::short_question(&summary)))
    };
    let (old, damage) = kept.pick(finished, usize::MAX, picked).await?;
    kept.report_damage(&damage).await?;
    if old.is_empty() {
        say(&format!("no debate ended before {before}; nothing was deleted"));
        return if args.dry_run { Ok(()) } else { shrink(&kept).await };
    }
    let ids: Vec<_> = old.iter().map(|(id, _)| *id).collect();
    let short = ShortIds::among(&*kept.log, &ids).await?;
    if !args.dry_run && !args.yes {
        let count = old.len();
        let what = if count == 1 { "debate" } else { "debates" };
        let question = format!("Delete {count} {what} that ended before {before} for good?");
        let answer = ask(&question)?.ok_or_else(|| {
            let message = "nothing was deleted, because there is no terminal to ask on; add --yes, or \
                           --dry-run to see what would be deleted";
            CliError::Usage(message.to_owned())
        })?;
        if !answer {
            say("nothing was deleted");
            return Ok(());
        }
    }
    let done = if args.dry_run { "would delete" } else { "deleted" };
    for (id, question) in &old {
        let short = short.get(*id);
        if !args.dry_run {
            kept.delete(*id, &short).await?;
        }
        say(&format!("{done} {short}: {question}"));
    }
    if args.dry_run { Ok(()) } else { shrink(&kept).await }
}

/// Makes the database smaller, also by what was deleted earlier.
async fn shrink(kept: &Kept) -> Result<(), CliError> {
    if let Some(text) = kept.shrink().await? {
        say(&text);
    }
    Ok(())
}
