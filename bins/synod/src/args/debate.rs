use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::ArgValueCandidates;
use synod_domain::{AgentId, DebateMode, DecisionRule};
use synod_transcript::TranscriptFormat;

use super::ModelArg;
use crate::{
    bounds, completion,
    config::{DebateTable, ModelNames},
    data_args::KeepArgs,
    output::OutputOptions,
};

/// Accepts `-`, the only word that may follow the question. An unquoted question has several words.
fn only_dash(text: &str) -> Result<String, &'static str> {
    if text == "-" {
        Ok(text.to_owned())
    } else {
        Err("put the whole question in quotes; only `-` may follow it")
    }
}

/// Parses a number. Its bounds are checked by the rules of a debate; `allowed` names them in errors.
fn number<T: FromStr>(
    allowed: &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| text.parse().map_err(|_| format!("must be {allowed}"))
}

fn decision_rule() -> impl TypedValueParser<Value = DecisionRule> {
    let words = PossibleValuesParser::new(DecisionRule::ALL.map(DecisionRule::as_str));
    words.try_map(|word| {
        let named = DecisionRule::ALL.into_iter().find(|rule| rule.as_str() == word);
        named.ok_or("unknown decision rule")
    })
}

/// Parses a format by any of its names, like the HTTP interface.
pub(super) fn format() -> impl TypedValueParser<Value = TranscriptFormat> {
    PossibleValuesParser::new(TranscriptFormat::names())
        .try_map(|name| name.parse::<TranscriptFormat>())
}

/// `synod debate`
///
/// The help names bounds and defaults. The rules of a debate check the bounds, and `[debate]` of the
/// configuration overrides the defaults.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DebateArgs {
    /// The question; on a terminal you are prompted for it if it is missing
    pub(crate) question: Option<String>,

    /// Read the question from a file instead; `-` for stdin
    #[arg(short, long, value_name = "FILE", help_heading = "Question")]
    pub(crate) file: Option<PathBuf>,

    /// `-`: read context for all participants from stdin; a pipe is read without it
    #[arg(value_name = "-", value_parser = only_dash, num_args = 0..)]
    pub(crate) context: Vec<String>,

    /// An answer to vote on; repeat for 2 to 6 answers. Without any, the participants propose them
    #[arg(long = "option", value_name = "TEXT", help_heading = "Question")]
    pub(crate) options: Vec<String>,

    /// The participants, 2 to 16 different agents [default: analyst,critic,pragmatist, or one per -m]
    #[arg(
        short,
        long,
        value_name = "AGENT",
        value_delimiter = ',',
        add = ArgValueCandidates::new(completion::agents),
        help_heading = "Panel"
    )]
    pub(crate) agents: Vec<AgentId>,

    /// Their models in order, as MODEL or HOST/MODEL; several without --agents: one participant each
    #[arg(
        short,
        long = "model",
        value_name = "MODEL",
        value_delimiter = ',',
        add = ArgValueCandidates::new(completion::models),
        help_heading = "Panel"
    )]
    pub(crate) models: Vec<ModelArg>,

    /// Agent that chooses the speakers of an autonomous debate; not a participant [default: the model
    /// of the first participant]
    #[arg(
        long,
        value_name = "AGENT",
        add = ArgValueCandidates::new(completion::agents),
        help_heading = "Panel"
    )]
    pub(crate) moderator: Option<AgentId>,

    /// Agent that breaks ties; not a participant
    #[arg(
        long,
        value_name = "AGENT",
        add = ArgValueCandidates::new(completion::agents),
        help_heading = "Panel"
    )]
    pub(crate) judge: Option<AgentId>,

    /// Order of speakers: structured (all at the same time, having read the same text), freeform (one
    /// at a time, chosen by rules), autonomous (one at a time, chosen by a moderator) [default:
    /// structured]
    #[arg(long, alias = "debate-mode", hide_possible_values = true, help_heading = "Rules")]
    pub(crate) mode: Option<Mode>,

    /// Maximum number of rounds after the blind opening, 1 to 20 [default: 3]
    #[arg(long, alias = "max-rounds", value_parser = number::<u64>(bounds::ROUNDS), value_name = "N", help_heading = "Rules")]
    pub(crate) rounds: Option<u64>,

    /// Turns per participant and round, 1 to 10; an average if one speaks at a time [default: 1]
    #[arg(long, alias = "max-iterations-per-round", value_parser = number::<u64>(bounds::ITERATIONS), value_name = "N", help_heading = "Rules")]
    pub(crate) iterations: Option<u64>,

    /// Rule for a consensus: plurality (the share --threshold of all participants) or majority (more
    /// than half of them) [default: plurality]
    #[arg(
        long,
        value_parser = decision_rule(),
        value_name = "RULE",
        hide_possible_values = true,
        help_heading = "Rules"
    )]
    pub(crate) decision_rule: Option<DecisionRule>,

    /// Share of all participants needed for a consensus, 0 to 1 [default: 0.8]
    #[arg(long, alias = "consensus-threshold", value_parser = number::<f64>(bounds::THRESHOLD), value_name = "SHARE", help_heading = "Rules")]
    pub(crate) threshold: Option<f64>,

    /// First round that can end in a consensus; 0 lets the blind ballots decide [default: 1]
    #[arg(long, value_parser = number::<u64>(bounds::MIN_ROUNDS), value_name = "N", help_heading = "Rules")]
    pub(crate) min_rounds: Option<u64>,

    /// Do not hold a run-off if options are tied at the end
    #[arg(long, help_heading = "Rules")]
    pub(crate) no_run_off: bool,

    /// Time limit of a model call in seconds, 10 to 300 [default: 60]
    #[arg(long, alias = "time-limit-per-argument", value_parser = number::<u64>(bounds::TIME_LIMIT), value_name = "SECONDS", help_heading = "Rules")]
    pub(crate) time_limit: Option<u64>,

    /// Maximum tokens of a statement, 32 to 4,096 [default: 400]
    #[arg(long, alias = "max-tokens-per-turn", value_parser = number::<u64>(bounds::MAX_TOKENS), value_name = "N", help_heading = "Rules")]
    pub(crate) max_tokens: Option<u64>,

    /// Maximum tokens read and written by all calls, 1,000 to 100,000,000 [default: no limit]
    #[arg(long, alias = "max-total-tokens", value_parser = number::<u64>(bounds::BUDGET), value_name = "TOKENS", help_heading = "Rules")]
    pub(crate) budget: Option<u64>,

    /// Time limit of the debate in seconds, 60 to 86,400 [default: no limit]
    #[arg(long, alias = "deadline-seconds", value_parser = number::<u64>(bounds::DEADLINE), value_name = "SECONDS", help_heading = "Rules")]
    pub(crate) deadline: Option<u64>,

    /// Sampling seed, 0 to 2147483647 [default: random]
    #[arg(long, value_parser = number::<u64>(bounds::SEED), value_name = "N", help_heading = "Rules")]
    pub(crate) seed: Option<u64>,

    /// Format of stdout: text (the live debate on a terminal, the verdict as Markdown in a pipe), md,
    /// html or json (the whole debate at its end), ndjson (the log, each event as it happens)
    #[arg(
        hide_possible_values = true,
        short,
        long,
        visible_alias = "format",
        value_name = "FORMAT",
        value_parser = format(),
        default_value = "text",
        help_heading = "Output"
    )]
    pub(crate) output: TranscriptFormat,

    /// Print only the result
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Show the full thinking of models, not only its length; documents and logs never contain it
    #[arg(long, help_heading = "Output")]
    pub(crate) thinking: bool,

    /// Exit with code 3 if there is no consensus
    #[arg(long, help_heading = "Output")]
    pub(crate) require_consensus: bool,

    #[command(flatten)]
    pub(crate) keep: KeepArgs,

    /// What the participants read before the context: the verdict of an earlier debate.
    #[arg(skip)]
    pub(crate) background: String,

    /// Whether the models are those of an earlier debate.
    #[arg(skip)]
    pub(crate) inherits_models: bool,

    /// The settings that come from the configuration because no flag sets them: the key in `[debate]`,
    /// and the place where it is set.
    #[arg(skip)]
    pub(crate) configured: BTreeMap<&'static str, String>,
}

impl DebateArgs {
    /// Returns the arguments with the values of `[debate]` that no flag sets.
    pub(crate) fn with_defaults(&self, table: &DebateTable) -> Self {
        let mut args = self.clone();
        let table = table.clone();
        args.configured = table.given.places();
        if args.agents.is_empty() {
            args.agents = table.agents.unwrap_or_default();
        } else {
            args.configured.remove("agents");
        }
        if args.models.is_empty() {
            let parse = |model: &String| model.parse().unwrap_or_else(|never| match never {});
            let models = table.models.iter().flat_map(|ModelNames(models)| models);
            args.models = models.map(parse).collect();
        } else {
            args.configured.remove("models");
        }
        if args.no_run_off {
            args.configured.remove("run_off");
        } else {
            args.no_run_off = table.run_off == Some(false);
        }
        /// Takes the values of these keys that no flag sets.
        macro_rules! take {
            ($($key:ident)*) => {$(
                if args.$key.is_some() {
                    args.configured.remove(stringify!($key));
                } else {
                    args.$key = table.$key.map(Into::into);
                }
            )*};
        }
        take! { moderator judge mode rounds iterations decision_rule threshold min_rounds }
        take! { time_limit max_tokens budget deadline }
        args
    }

    /// How to show the debate; `draws`: on a terminal, lines may change in place.
    pub(crate) const fn output_options(&self, draws: bool) -> OutputOptions {
        OutputOptions {
            format: self.output,
            quiet: self.quiet,
            thinking: self.thinking,
            draws,
            has_menu: true,
        }
    }
}

/// The order of speakers.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Mode {
    #[default]
    Structured,
    Freeform,
    Autonomous,
}

impl From<Mode> for DebateMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Structured => Self::Structured,
            Mode::Freeform => Self::Freeform,
            Mode::Autonomous => Self::Autonomous,
        }
    }
}

impl From<DebateMode> for Mode {
    fn from(mode: DebateMode) -> Self {
        match mode {
            DebateMode::Structured => Self::Structured,
            DebateMode::Freeform => Self::Freeform,
            DebateMode::Autonomous => Self::Autonomous,
        }
    }
}
