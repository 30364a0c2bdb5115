use super::confirmation::ask;
use crate::{
    CliError,
    args::DeleteArgs,
    config::LogTable,
    environment::Environment,
    kept::{Kept, KeptDebate, ShortIds, driver_in_words},
    output::say,
};

/// Deletes kept debates for good.
pub(super) async fn run(
    args: &DeleteArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let mut debates: Vec<KeptDebate> = Vec::new();
    for named in &args.debates.ids {
        let debate = kept.find_even_damaged(named).await?;
        if debates.iter().all(|other| other.id() != debate.id()) {
            debates.push(debate);
        }
    }
    let ids: Vec<_> = debates.iter().map(KeptDebate::id).collect();
    let short = ShortIds::among(&*kept.log, &ids).await?;
    if let Some((held, worker)) = debates.iter().find_map(|debate| Some((debate, debate.driver()?)))
    {
        return Err(CliError::Failed(format!(
            "debate {} is driven by {}, and nothing was deleted; stop the debate there first",
            short.get(held.id()),
            driver_in_words(worker)
        )));
    }
    if !args.yes && !is_confirmed(&debates, &short)? {
        say("nothing was deleted");
        return Ok(());
    }
    for debate in &debates {
        let short = short.get(debate.id());
        kept.delete(debate.id(), &short).await?;
        say(&format!("deleted {short}: {}", debate.in_words()));
    }
    kept.shrink().await.map(drop)
}

/// Asks the user on the terminal.
fn is_confirmed(debates: &[KeptDebate], short: &ShortIds) -> Result<bool, CliError> {
    for debate in debates {
        say(&format!("{}  {}", short.get(debate.id()), debate.in_words()));
    }
    let what = if debates.len() == 1 { "this debate" } else { "these debates" };
    ask(&format!("Delete {what} for good?"))?.ok_or_else(|| {
        let message = "nothing was deleted, because there is no terminal to ask on; add --yes";
        CliError::Usage(message.to_owned())
    })
}
