use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap_complete::ArgValueCandidates;
use synod_domain::{AgentId, DebateMode, DecisionRule};
use synod_transcript::TranscriptFormat;

use super::ModelArg;
use crate::{CliError, bounds, completion, config::DebateDefaults, output::OutputOptions};

/// The one word that may follow the question. Without quotes a question is many words.
fn only_dash(text: &str) -> Result<String, &'static str> {
    if text == "-" {
        Ok(text.to_owned())
    } else {
        Err("put the whole question into quotes; only `-` may follow it")
    }
}

/// A number that may be what the text says. Its bounds are checked by the rules.
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

/// Reads a format by any of its names, as the HTTP interface does.
fn format() -> impl TypedValueParser<Value = TranscriptFormat> {
    PossibleValuesParser::new(TranscriptFormat::names())
        .try_map(|name| name.parse::<TranscriptFormat>())
}

/// `synod debate`
///
/// Bounds and defaults stand in the help only: the rules of a debate check them, and `[debate]` of the
/// configuration has its say before a default counts.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct DebateArgs {
    /// The question; asked for on a terminal where it is missing
    pub(crate) question: Option<String>,

    /// The question from a file instead; `-`: from stdin
    #[arg(short, long, value_name = "FILE", help_heading = "Question")]
    pub(crate) file: Option<PathBuf>,

    /// `-`: read context for all from stdin; a pipe is read without it
    #[arg(value_name = "-", value_parser = only_dash, num_args = 0..)]
    pub(crate) context: Vec<String>,

    /// An answer that can be voted for, 2 to 6 of them; without any the participants propose them
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

    /// Their models, MODEL or HOST/MODEL, in turn; several without --agents: one participant each
    #[arg(
        short,
        long = "model",
        value_name = "MODEL",
        value_delimiter = ',',
        add = ArgValueCandidates::new(completion::models),
        help_heading = "Panel"
    )]
    pub(crate) models: Vec<ModelArg>,

    /// Who chooses the speakers of an autonomous debate; not a participant [default: the model of
    /// the first participant]
    #[arg(
        long,
        value_name = "AGENT",
        add = ArgValueCandidates::new(completion::agents),
        help_heading = "Panel"
    )]
    pub(crate) moderator: Option<AgentId>,

    /// Who breaks ties; not a participant
    #[arg(
        long,
        value_name = "AGENT",
        add = ArgValueCandidates::new(completion::agents),
        help_heading = "Panel"
    )]
    pub(crate) judge: Option<AgentId>,

    /// Who speaks when: structured (all at once, having read the same), freeform (one at a time,
    /// by the rules), autonomous (one at a time, as a moderator chooses) [default: structured]
    #[arg(long, alias = "debate-mode", hide_possible_values = true, help_heading = "Rules")]
    pub(crate) mode: Option<Mode>,

    /// Debated rounds, 1 to 20; the blind opening comes on top [default: 3]
    #[arg(long, alias = "max-rounds", value_parser = number::<u64>(bounds::ROUNDS), value_name = "N", help_heading = "Rules")]
    pub(crate) rounds: Option<u64>,

    /// Turns of each participant per round, 1 to 10; on average, where one speaks at a time [default: 1]
    #[arg(long, alias = "max-iterations-per-round", value_parser = number::<u64>(bounds::ITERATIONS), value_name = "N", help_heading = "Rules")]
    pub(crate) iterations: Option<u64>,

    /// What makes a consensus: plurality (the share --threshold of all participants) or majority
    /// (more than half of them) [default: plurality]
    #[arg(
        long,
        value_parser = decision_rule(),
        value_name = "RULE",
        hide_possible_values = true,
        help_heading = "Rules"
    )]
    pub(crate) decision_rule: Option<DecisionRule>,

    /// Share of all participants that makes a consensus, 0 to 1 [default: 0.8]
    #[arg(long, alias = "consensus-threshold", value_parser = number::<f64>(bounds::THRESHOLD), value_name = "SHARE", help_heading = "Rules")]
    pub(crate) threshold: Option<f64>,

    /// No consensus before this round; 0 lets the blind ballots decide [default: 1]
    #[arg(long, value_parser = number::<u64>(bounds::MIN_ROUNDS), value_name = "N", help_heading = "Rules")]
    pub(crate) min_rounds: Option<u64>,

    /// Hold no run-off when options are tied at the end
    #[arg(long, help_heading = "Rules")]
    pub(crate) no_run_off: bool,

    /// Seconds that a model may work on one call, 10 to 300 [default: 60]
    #[arg(long, alias = "time-limit-per-argument", value_parser = number::<u64>(bounds::TIME_LIMIT), value_name = "SECONDS", help_heading = "Rules")]
    pub(crate) time_limit: Option<u64>,

    /// Tokens that a statement may have, 32 to 4,096 [default: 400]
    #[arg(long, alias = "max-tokens-per-turn", value_parser = number::<u64>(bounds::MAX_TOKENS), value_name = "N", help_heading = "Rules")]
    pub(crate) max_tokens: Option<u64>,

    /// Tokens, read and written, that all calls may cost, 1,000 to 100,000,000 [default: no limit]
    #[arg(long, alias = "max-total-tokens", value_parser = number::<u64>(bounds::BUDGET), value_name = "TOKENS", help_heading = "Rules")]
    pub(crate) budget: Option<u64>,

    /// Seconds that the debate may run, 60 to 86,400 [default: no limit]
    #[arg(long, alias = "deadline-seconds", value_parser = number::<u64>(bounds::DEADLINE), value_name = "SECONDS", help_heading = "Rules")]
    pub(crate) deadline: Option<u64>,

    /// Sampling seed, 0 to 2147483647 [default: the models draw as they like]
    #[arg(long, value_parser = number::<u64>(bounds::SEED), value_name = "N", help_heading = "Rules")]
    pub(crate) seed: Option<u64>,

    /// What goes to stdout: text (on a terminal the debate as it proceeds, in a pipe the verdict as
    /// Markdown), md, html or json (the whole debate at its end), ndjson (the log, each event as it
    /// happens)
    #[arg(
        hide_possible_values = true,
        short,
        long,
        visible_alias = "format",
        value_name = "FORM",
        value_parser = format(),
        default_value = "text",
        help_heading = "Output"
    )]
    pub(crate) output: TranscriptFormat,

    /// Say nothing but the result
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Show what thinking models think in full, not only how much; never in documents and logs
    #[arg(long, help_heading = "Output")]
    pub(crate) thinking: bool,

    /// Exit with 3 if there is no consensus
    #[arg(long, help_heading = "Output")]
    pub(crate) require_consensus: bool,

    /// The settings that no flag gives and the configuration does, by their keys in `[debate]`, each
    /// with where it is set.
    #[arg(skip)]
    pub(crate) configured: BTreeMap<&'static str, String>,
}

impl DebateArgs {
    /// The arguments, with what the configuration says where no flag does.
    ///
    /// # Errors
    /// None: the configuration has been checked.
    pub(crate) fn with_defaults(&self, defaults: &DebateDefaults) -> Result<Self, CliError> {
        let table = defaults.table()?;
        let mut args = self.clone();
        args.configured = defaults.places();
        args.configured.retain(|key, _| !self.gives(key));
        if args.agents.is_empty() {
            args.agents = table.agents;
        }
        if args.models.is_empty() {
            let parse = |model: &String| model.parse().unwrap_or_else(|never| match never {});
            args.models = table.models.iter().map(parse).collect();
        }
        args.moderator = args.moderator.or(table.moderator);
        args.judge = args.judge.or(table.judge);
        args.mode = args.mode.or(table.mode.map(Mode::from));
        args.rounds = args.rounds.or(table.rounds);
        args.iterations = args.iterations.or(table.iterations);
        args.threshold = args.threshold.or(table.threshold);
        args.min_rounds = args.min_rounds.or(table.min_rounds);
        args.no_run_off |= table.run_off == Some(false);
        args.time_limit = args.time_limit.or(table.time_limit);
        args.max_tokens = args.max_tokens.or(table.max_tokens);
        args.budget = args.budget.or(table.budget);
        args.deadline = args.deadline.or(table.deadline);
        Ok(args)
    }

    /// How to show the debate; `draws`: on a terminal, lines may change in place.
    pub(crate) const fn output_options(&self, draws: bool) -> OutputOptions {
        OutputOptions { format: self.output, quiet: self.quiet, thinking: self.thinking, draws }
    }

    /// Whether a flag gives the setting of this key of `[debate]`.
    fn gives(&self, key: &str) -> bool {
        match key {
            "agents" => !self.agents.is_empty(),
            "models" => !self.models.is_empty(),
            "moderator" => self.moderator.is_some(),
            "judge" => self.judge.is_some(),
            "mode" => self.mode.is_some(),
            "rounds" => self.rounds.is_some(),
            "iterations" => self.iterations.is_some(),
            "threshold" => self.threshold.is_some(),
            "min_rounds" => self.min_rounds.is_some(),
            "run_off" => self.no_run_off,
            "time_limit" => self.time_limit.is_some(),
            "max_tokens" => self.max_tokens.is_some(),
            "budget" => self.budget.is_some(),
            "deadline" => self.deadline.is_some(),
            _ => false,
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
