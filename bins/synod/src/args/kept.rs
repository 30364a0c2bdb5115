use std::{num::NonZeroUsize, path::PathBuf};

use clap::{
    ValueHint,
    builder::{PossibleValuesParser, TypedValueParser, ValueParser},
};
use clap_complete::{ArgValueCandidates, ArgValueCompleter};
use synod_event_log::{Grade, Moment};
use synod_transcript::TranscriptFormat;

use super::{DebateArgs, debate::format};
use crate::{
    completion,
    data_args::DataArgs,
    kept::{DebateRef, KeptStatus, Speed},
};

/// `synod list`
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only debates in these states: initialized, running, interrupted (its process has ended), paused,
    /// completed, stopped, failed
    #[arg(long, value_name = "STATUS", value_delimiter = ',', hide_possible_values = true)]
    pub(crate) status: Vec<KeptStatus>,

    /// Only debates whose question contains this text, in any case
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,

    /// Only debates begun at or after this time: an age such as 2h or 7d, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,

    /// Only debates begun before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) before: Option<Moment>,

    /// Maximum number of debates
    #[arg(short = 'n', long, value_name = "N", default_value = "20", value_parser = limit)]
    pub(crate) limit: NonZeroUsize,

    /// Print the debates as one JSON array
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// The debate that a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DebateIdArgs {
    /// The debate: the beginning of its id, or `last` for the newest
    #[arg(value_name = "ID", add = ArgValueCandidates::new(completion::debates))]
    pub(crate) id: DebateRef,
}

/// The unfinished debate that a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ResumableIdArgs {
    /// The debate: the beginning of its id, or `last` for the newest
    #[arg(value_name = "ID", add = ArgValueCandidates::new(completion::resumable_debates))]
    pub(crate) id: DebateRef,
}

/// The debate whose verdict a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FinishedIdArgs {
    /// The debate: the beginning of its id, or `last` for the newest
    #[arg(value_name = "ID", add = ArgValueCandidates::new(completion::finished_debates))]
    pub(crate) id: DebateRef,
}

/// The debates that a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DebateIdsArgs {
    /// The debates: the beginnings of their ids, or `last` for the newest
    #[arg(value_name = "ID", required = true, add = ArgValueCandidates::new(completion::all_debates))]
    pub(crate) ids: Vec<DebateRef>,
}

/// `synod show`
#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) debate: DebateIdArgs,

    /// Format of stdout: text (the debate on a terminal, the verdict as Markdown in a pipe), md, html or
    /// json (the whole debate), ndjson (the log)
    #[arg(
        hide_possible_values = true,
        short,
        long,
        visible_alias = "format",
        value_name = "FORMAT",
        value_parser = ValueParser::new(format()),
        default_value = "text"
    )]
    pub(crate) output: TranscriptFormat,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod replay`
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) debate: DebateIdArgs,

    /// How many times faster than the debate: a number from 0.1 to 1000, or max
    #[arg(long, value_name = "N", default_value = "4")]
    pub(crate) speed: Speed,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod continue`
#[derive(Debug, clap::Args)]
pub(crate) struct ContinueArgs {
    #[command(flatten)]
    pub(crate) earlier: FinishedIdArgs,

    #[command(flatten)]
    pub(crate) debate: Box<DebateArgs>,
}

/// `synod resume`
#[derive(Debug, clap::Args)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    pub(crate) debate: ResumableIdArgs,

    /// Format of stdout: text (the live debate on a terminal, the verdict as Markdown in a pipe), md, html
    /// or json (the whole debate at its end), ndjson (the new events, each as it happens)
    #[arg(
        hide_possible_values = true,
        short,
        long,
        visible_alias = "format",
        value_name = "FORMAT",
        value_parser = ValueParser::new(format()),
        default_value = "text"
    )]
    pub(crate) output: TranscriptFormat,

    /// Print only the result
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Show the full thinking of models, not only its length
    #[arg(long)]
    pub(crate) thinking: bool,

    /// Continue with models that have changed on their hosts since the debate began
    #[arg(long)]
    pub(crate) accept_model_change: bool,

    /// Exit with code 3 if there is no consensus
    #[arg(long)]
    pub(crate) require_consensus: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod export`
#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The debates: the beginnings of their ids, or `last` for the newest
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        add = ArgValueCandidates::new(completion::debates)
    )]
    pub(crate) ids: Vec<DebateRef>,

    /// Export all debates
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,

    /// Write one debate as an HTML page that plays it in a browser, without a server: a new file, `-` for
    /// stdout
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["all", "output"],
        value_hint = ValueHint::FilePath
    )]
    pub(crate) html: Option<PathBuf>,

    /// A new file for the export; `-` for stdout
    #[arg(short, long, value_name = "FILE", default_value = "-", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod import`
#[derive(Debug, clap::Args)]
pub(crate) struct ImportDebatesArgs {
    /// The file, as written by `synod export`; `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod verify`
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// A kept debate, by the beginning of its id or as `last`; or a file, as written by `synod export` or
    /// `synod debate -o ndjson`; `-` for stdin [default: all debates that are kept]
    #[arg(
        value_name = "ID|FILE",
        value_hint = ValueHint::FilePath,
        add = ArgValueCompleter::new(completion::debates_and_files)
    )]
    pub(crate) what: Option<PathBuf>,

    /// Check all debates that are kept, and the database
    #[arg(long, conflicts_with = "what")]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod delete`
#[derive(Debug, clap::Args)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    pub(crate) debates: DebateIdsArgs,

    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod prune`
#[derive(Debug, clap::Args)]
pub(crate) struct PruneArgs {
    /// Delete the debates that ended before this time: an age such as 90d, a date or an RFC 3339 time
    #[arg(long, value_name = "TIME")]
    pub(crate) older_than: Moment,

    /// Only print what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// `synod grade`
#[derive(Debug, clap::Args)]
pub(crate) struct GradeArgs {
    #[command(flatten)]
    pub(crate) debate: FinishedIdArgs,

    /// Whether the verdict proved right: right, wrong or unclear
    #[arg(hide_possible_values = true, value_parser = ValueParser::new(grade()))]
    pub(crate) grade: Grade,

    #[command(flatten)]
    pub(crate) data: DataArgs,
}

fn limit(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a whole number of 1 or more")
}

/// Parses a grade.
fn grade() -> impl TypedValueParser<Value = Grade> {
    PossibleValuesParser::new(Grade::ALL.map(Grade::as_str))
        .try_map(|word| Grade::named(&word).ok_or("not a grade"))
}
