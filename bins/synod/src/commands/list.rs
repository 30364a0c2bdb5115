use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde::Serialize;
use synod_debate_engine::SystemClock;
use synod_domain::{AgentId, Clock, DebateId, DebateMode, Outcome, PauseReason, Timestamp};
use synod_event_log::{DebateList, Grade, ListQuery, Summary};

use super::write_table_cutting_last;
use crate::{
    CliError,
    args::ListArgs,
    config::LogTable,
    environment::Environment,
    kept::{self, Kept, KeptStatus, ShortIds, age_in_words, votes_in_words},
    output::say,
};

/// Lists the kept debates.
pub(super) async fn run(
    args: &ListArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let now = SystemClock::new().now();
    let query = ListQuery {
        which: KeptStatus::which(&args.status),
        topic: args.search.clone(),
        from: args.since.map(|since| since.first_id(now)),
        before: args.before.map(|before| before.first_id(now)),
    };
    let is_in_state = |summary: &Summary| {
        args.status.is_empty() || args.status.contains(&KeptStatus::of(summary))
    };
    let limit = args.limit.get();
    let DebateList { debates: mut found, damage } =
        kept.list(query, limit.saturating_add(1), is_in_state).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let ids: Vec<_> = found.iter().map(|summary| summary.id).collect();
    let (short, grades) = (ShortIds::among(&*kept.log, &ids).await?, kept.grades.all().await?);
    if args.json {
        print_json(&found, &short, &grades)?;
        return kept.report_damage(&damage).await;
    }
    if found.is_empty() {
        if damage.is_empty() {
            say(&none_in_words(&kept).await?);
        }
        return kept.report_damage(&damage).await;
    }
    let rows: Vec<_> = found.iter().map(|summary| row(summary, &short, &grades, now)).collect();
    write_table_cutting_last(["ID", "BEGUN", "STATUS", "VOTES", "QUESTION"], &rows)?;
    if has_more {
        say(&format!("only the newest {limit}; `--limit N` lists more"));
    }
    kept.report_damage(&damage).await
}

/// Reports that no debate matches the filters, or that nothing is kept.
async fn none_in_words(kept: &Kept) -> Result<String, CliError> {
    Ok(if kept.is_empty().await? {
        kept.none_in_words()
    } else {
        format!(
            "no debate matches these filters; run {} without filters to list all debates",
            kept.command("list")
        )
    })
}

fn row(
    summary: &Summary,
    short: &ShortIds,
    grades: &BTreeMap<DebateId, Grade>,
    now: Timestamp,
) -> [String; 5] {
    let status = KeptStatus::in_words(summary);
    let status = match grades.get(&summary.id) {
        Some(grade) => format!("{status}, {}", grade.as_str()),
        None => status.to_owned(),
    };
    [
        short.get(summary.id),
        age_in_words(summary.first.at, now),
        status,
        votes_in_words(summary).unwrap_or_default(),
        kept::question(summary),
    ]
}

/// A debate in the JSON list. The names are those of the HTTP interface.
#[derive(Serialize)]
struct ListedDebate<'a> {
    debate_id: DebateId,
    short_id: String,
    status: KeptStatus,
    outcome: Option<Outcome>,
    pause_reason: Option<PauseReason>,
    votes: Option<u8>,
    needs: Option<u8>,
    of: Option<u8>,
    grade: Option<Grade>,
    debate_topic: Option<&'a str>,
    debate_mode: Option<DebateMode>,
    selected_agents: &'a [AgentId],
    seq: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
    driven_by: Option<&'a str>,
}

fn print_json(
    found: &[Summary],
    short: &ShortIds,
    grades: &BTreeMap<DebateId, Grade>,
) -> Result<(), CliError> {
    let listed = found.iter().map(|summary| {
        let config = kept::setup(summary).map(|setup| &setup.config);
        let verdict = kept::verdict(summary);
        ListedDebate {
            debate_id: summary.id,
            short_id: short.get(summary.id),
            status: KeptStatus::of(summary),
            outcome: verdict.map(|verdict| verdict.outcome),
            pause_reason: kept::pause(summary).map(|paused| paused.reason),
            votes: verdict.map(kept::votes),
            needs: verdict.map(|verdict| verdict.needs),
            of: verdict.map(|verdict| verdict.of),
            grade: grades.get(&summary.id).copied(),
            debate_topic: config.map(|config| config.debate_topic.as_str()),
            debate_mode: config.map(|config| config.debate_mode),
            selected_agents: config.map_or(&[], |config| config.selected_agents.as_slice()),
            seq: summary.last,
            created_at: summary.first.at,
            updated_at: summary.updated_at,
            driven_by: summary.worker.as_deref(),
        }
    });
    let listed: Vec<_> = listed.collect();
    let text = serde_json::to_string_pretty(&listed).map_err(io::Error::from)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    Ok(stdout.flush()?)
}
