use crate::{
    CliError,
    args::GradeArgs,
    config::LogTable,
    environment::Environment,
    kept::{self, Kept, KeptStatus},
    output::say,
};

/// Keeps what the user says about a verdict.
pub(super) async fn run(
    args: &GradeArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let summary = kept.find(&args.debate.id).await?;
    let short = kept.short_id(summary.id).await?;
    if !KeptStatus::of(&summary).is_finished() {
        return Err(CliError::Usage(format!(
            "debate {short} has no verdict yet; {} continues it",
            kept.command(format_args!("resume {short}"))
        )));
    }
    if kept::verdict(&summary).is_some_and(|verdict| verdict.panel.is_none()) {
        return Err(CliError::Usage(format!(
            "debate {short} ended before its first vote ({}), so there is no verdict to grade",
            KeptStatus::in_words(&summary)
        )));
    }
    kept.grades.put(summary.id, args.grade).await?;
    let question = kept::short_question(&summary);
    say(&format!("graded {short} {}: {question}", args.grade.as_str()));
    Ok(())
}
