//! The configuration of a debate, from the arguments.

mod source;

use clap::CommandFactory;
use synod_agents::UnknownAgent;
use synod_domain::{
    AgentId, ConfigProblem, DebateConfig, DebateMode, DebateRules, DecisionRule, InvalidConfig,
    ValidConfig,
};

use crate::{
    CliError,
    args::{Args, DebateArgs},
    bounds,
    config::{DebateTable, Key, Table},
};

pub(crate) use source::{ContextSource, Question};

// The defaults that the help names. A person waits for this debate, so they make it shorter than the
// defaults over HTTP do.
const ROUNDS: u64 = 3;
const ITERATIONS: u64 = 1;
const THRESHOLD: f64 = 0.8;
const MIN_ROUNDS: u64 = 1;
const TIME_LIMIT: u64 = 60;
const MAX_TOKENS: u64 = 400;

impl DebateArgs {
    /// Builds and checks the configuration of a debate with these participants and this context.
    ///
    /// # Errors
    /// [`CliError::Usage`] names the option and its bounds.
    pub(crate) fn config(
        &self,
        question: String,
        participants: Vec<AgentId>,
        context: String,
    ) -> Result<ValidConfig, CliError> {
        let is_configured = |key| self.configured.contains_key(key);
        let mut decision_rule = self.decision_rule.unwrap_or_default();
        let flag_gives_threshold = self.threshold.is_some() && !is_configured("threshold");
        if flag_gives_threshold && is_configured("decision_rule") {
            // A default that does not fit this debate.
            decision_rule = DecisionRule::default();
        }
        if flag_gives_threshold && !decision_rule.uses_threshold() {
            return Err(CliError::Usage(format!(
                "--threshold has no effect with --decision-rule={}; leave it out",
                decision_rule.as_str()
            )));
        }
        let mut config = DebateConfig {
            debate_topic: question,
            problem_statement: context,
            debate_mode: self.mode.unwrap_or_default().into(),
            max_rounds: saturating(self.rounds.unwrap_or(ROUNDS), u8::MAX),
            max_iterations_per_round: saturating(self.iterations.unwrap_or(ITERATIONS), u8::MAX),
            consensus_threshold: self.threshold.unwrap_or(THRESHOLD),
            time_limit_per_argument: saturating(self.time_limit.unwrap_or(TIME_LIMIT), u16::MAX),
            selected_agents: participants,
            debate_rules: DebateRules {
                options: (!self.options.is_empty()).then(|| self.options.clone()),
                decision_rule,
                min_rounds: saturating(self.min_rounds.unwrap_or(MIN_ROUNDS), u8::MAX),
                moderator: self.moderator.clone(),
                judge: self.judge.clone(),
                run_off: !self.no_run_off,
                max_tokens_per_turn: saturating(self.max_tokens.unwrap_or(MAX_TOKENS), u32::MAX),
                max_total_tokens: self.budget,
                deadline_seconds: self.deadline.map(|n| saturating(n, u32::MAX)),
                seed: self.seed.map(|n| saturating(n, u32::MAX)),
            },
        };
        self.drop_unfit_defaults(&mut config);
        config
            .clone()
            .validate()
            .map_err(|invalid| CliError::Usage(self.usage_message(&invalid, &config)))
    }

    /// Drops defaults of the configuration that do not fit this debate, like `synod serve`: a moderator
    /// or judge that has another role, and more `min_rounds` than there are rounds.
    fn drop_unfit_defaults(&self, config: &mut DebateConfig) {
        let is_configured = |key| self.configured.contains_key(key);
        let takes_part = |agent: &AgentId| config.selected_agents.contains(agent);
        let rules = &mut config.debate_rules;
        if is_configured("min_rounds") {
            rules.min_rounds = rules.min_rounds.min(config.max_rounds);
        }
        let given_judge = rules.judge.as_ref().filter(|_| !is_configured("judge"));
        let is_moderated = config.debate_mode == DebateMode::Autonomous;
        if is_configured("moderator")
            && rules.moderator.as_ref().is_some_and(|moderator| {
                !is_moderated || takes_part(moderator) || given_judge == Some(moderator)
            })
        {
            rules.moderator = None;
        }
        if is_configured("judge")
            && rules
                .judge
                .as_ref()
                .is_some_and(|judge| takes_part(judge) || rules.moderator.as_ref() == Some(judge))
        {
            rules.judge = None;
        }
    }

    /// Adds to the error the place in the configuration that names the agent, unless a flag does.
    pub(crate) fn with_location(&self, agent: &AgentId, error: UnknownAgent) -> CliError {
        let roles = [
            ("agents", self.agents.contains(agent)),
            ("moderator", self.moderator.as_ref() == Some(agent)),
            ("judge", self.judge.as_ref() == Some(agent)),
        ];
        let named = roles.into_iter().filter(|(_, names)| *names);
        let mut places = named.filter_map(|(key, _)| self.configured.get(key));
        match places.next() {
            Some(place) => CliError::Usage(format!("{place}: {error}")),
            None => error.into(),
        }
    }

    /// Adds to an error about models the place that names them, unless a flag does.
    pub(crate) fn with_location_of_models(&self, error: CliError) -> CliError {
        let earlier = "the models of the earlier debate".to_owned();
        let place = self.inherits_models.then_some(&earlier);
        match (place.or_else(|| self.configured.get("models")), error) {
            (Some(place), CliError::Usage(text)) => CliError::Usage(format!("{place}: {text}")),
            (_, error) => error,
        }
    }

    /// Describes the first problem in terms of the command line. Further problems may only follow from it.
    fn usage_message(&self, invalid: &InvalidConfig, config: &DebateConfig) -> String {
        let Some(ConfigProblem { path, message }) = invalid.problems().first() else {
            return invalid.to_string();
        };
        let rounds = self.configured.get("rounds").map_or("--rounds", String::as_str);
        let message = message.replace("max_rounds", rounds);
        // Fields such as the question have an option or an argument, and no key in `[debate]`.
        let key = DebateTable::key(path.name()).ok();
        let allowed = match path.name() {
            "seed" => Some(bounds::SEED),
            _ => key.and_then(Key::bounds),
        };
        let (option, id) = match (path.name(), key) {
            ("debate_topic", _) => ("the question".to_owned(), "question"),
            ("problem_statement", _) => ("the context".to_owned(), "context"),
            ("options", _) => ("--option".to_owned(), "options"),
            ("seed", _) => ("--seed".to_owned(), "seed"),
            ("selected_agents", _) if self.agents.is_empty() && self.models.len() > 1 => {
                ("--model".to_owned(), "models")
            }
            (_, Some(key)) => (key.flag(), key.name),
            (other, None) => (other.to_owned(), ""),
        };
        let place = self.configured.get(id);
        let option = place.map_or(option.as_str(), String::as_str);
        let is_out_of_range = ["lower than", "greater than", "must be a number"]
            .iter()
            .any(|beginning| message.starts_with(beginning));
        if let Some(allowed) = allowed.filter(|_| is_out_of_range) {
            return format!("{option} must be {allowed}");
        }
        let count = match path.name() {
            "selected_agents" => Some(config.selected_agents.len()),
            "options" => config.debate_rules.options.as_ref().map(Vec::len),
            _ => None,
        };
        if let Some(count) = count.filter(|_| message.starts_with("length is")) {
            return count_message(path.name(), option, place.is_some(), count);
        }
        match help(id).filter(|_| place.is_none() && option.starts_with("--")) {
            Some(help) => format!("{option}: {message} ({help})"),
            None => format!("{option}: {message}"),
        }
    }
}

/// Converts a number to a narrower type. A number that does not fit becomes `largest`, which no rule
/// accepts: the rules, not the type, decide whether a value is allowed.
fn saturating<T: TryFrom<u64>>(n: u64, largest: T) -> T {
    n.try_into().unwrap_or(largest)
}

/// The message about too few or too many values of a repeated flag.
fn count_message(field: &str, name: &str, is_configured: bool, count: usize) -> String {
    match (field, count) {
        ("options", 0 | 1) => "give at least two --option; you gave one".to_owned(),
        ("options", _) => format!("give at most 6 --option; you gave {count}"),
        _ if is_configured => format!("{name} must name 2 to 16; it names {count}"),
        _ => format!("give 2 to 16 {name}; you gave {count}"),
    }
}

/// The help text of an option, which names its bounds.
fn help(id: &str) -> Option<String> {
    let command = Args::command();
    let mut options = command.find_subcommand("debate")?.get_arguments();
    let help = options.find(|option| option.get_id() == id)?.get_help()?.to_string();
    let end = help.find(" [default").unwrap_or(help.len());
    Some(help[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::CliCommand;

    #[test]
    fn errors_about_inherited_models_name_the_earlier_debate() {
        let args = Args::parse_from(["synod", "debate", "Cars?"]);
        let CliCommand::Debate(mut args) = args.command else { panic!("a debate") };
        let error = || CliError::Usage("no model gpu/a on local".to_owned());
        assert_eq!(args.with_location_of_models(error()).to_string(), "no model gpu/a on local");
        args.inherits_models = true;
        let text = args.with_location_of_models(error()).to_string();
        assert_eq!(text, "the models of the earlier debate: no model gpu/a on local");
    }
}
