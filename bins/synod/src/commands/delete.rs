use synod_event_log::Summary;

use super::confirmation::ask;
use crate::{
    CliError,
    args::DeleteArgs,
    config::LogTable,
    environment::Environment,
    kept::{self, Kept, ShortIds, driver_in_words},
    output::say,
};

/// Deletes kept debates for good.
pub(super) async fn run(
    args: &DeleteArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let debates = kept.find_all(&args.debates.ids).await?;
    let ids: Vec<_> = debates.iter().map(|summary| summary.id).collect();
    let short = ShortIds::among(&*kept.log, &ids).await?;
    if let Some((held, worker)) =
        debates.iter().find_map(|summary| Some((summary, summary.worker.as_deref()?)))
    {
        return Err(CliError::Failed(format!(
            "debate {} is driven by {}, and nothing was deleted; stop the debate there first",
            short.get(held.id),
            driver_in_words(worker)
        )));
    }
    if !args.yes && !is_confirmed(&debates, &short)? {
        say("nothing was deleted");
        return Ok(());
    }
    for summary in &debates {
        kept.delete(summary.id).await?;
        say(&format!("deleted {}: {}", short.get(summary.id), kept::short_question(summary)));
    }
    Ok(())
}

/// Asks the user on the terminal.
fn is_confirmed(debates: &[Summary], short: &ShortIds) -> Result<bool, CliError> {
    for summary in debates {
        say(&format!("{}  {}", short.get(summary.id), kept::short_question(summary)));
    }
    let what = if debates.len() == 1 { "this debate" } else { "these debates" };
    ask(&format!("Delete {what} for good?"))?.ok_or_else(|| {
        let message = "nothing was deleted, because there is no terminal to ask on; add --yes";
        CliError::Usage(message.to_owned())
    })
}
