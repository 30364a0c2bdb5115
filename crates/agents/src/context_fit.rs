use std::fmt;

use synod_domain::{DebateConfig, HostName, ModelName};

use crate::agent::TokenGauge;

/// Tokens of a prompt beside the question, its context and the transcript: conduct, options, persona and
/// instruction.
const REST_OF_PROMPT: u32 = 450;

/// Tokens of a short statement. Where the window is small, prompts ask for short statements.
const SHORT_STATEMENT: u32 = 200;

/// The prompt does not fit if fewer tokens are left for the reply.
const LEAST_REPLY: u32 = 64;

/// The maximum tokens of a ballot.
const BALLOT: u32 = 512;

/// A question whose context is too long for the window of a model, or nearly so.
///
/// Every prompt contains the question and its context, the fixed parts, and the statements of the current
/// round; none of them can be left out. Tokens are estimated at four bytes each. That is about right for
/// English and too low for most other texts, so a question that does not fit by the estimate does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFit {
    /// Host of the model.
    pub host: HostName,
    /// The model with the smallest window.
    pub model: ModelName,
    /// Context window of the model, in tokens.
    pub window: u32,
    /// Bytes of the question and its context.
    pub bytes: usize,
    /// Estimated tokens of the question and its context.
    pub tokens: u32,
    /// Tokens that a debate with short statements needs in addition.
    pub needed: u32,
    /// A window, in tokens, with room for statements of full length: a power of two.
    pub wanted_window: u32,
}

/// The length of a question and its context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextLength {
    /// Bytes.
    pub bytes: usize,
    /// Estimated tokens.
    pub tokens: u32,
    /// A window, in tokens, with room for statements of full length: a power of two.
    pub wanted_window: u32,
}

impl ContextLength {
    /// Measures the question and the context of a debate.
    #[must_use]
    pub fn of(config: &DebateConfig) -> Self {
        let bytes = config.debate_topic.len() + config.problem_statement.len();
        let tokens = TokenGauge::guess(bytes);
        // Room for texts that are denser than English.
        let roomy = needed_window(tokens, config).saturating_add(tokens / 3);
        let wanted_window = roomy.checked_next_power_of_two().unwrap_or(u32::MAX);
        Self { bytes, tokens, wanted_window }
    }
}

impl fmt::Display for ContextLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, tokens, .. } = self;
        let kilobytes = bytes.div_ceil(100);
        let (whole, tenths) = (kilobytes / 10, kilobytes % 10);
        write!(f, "the question and its context have {whole}.{tenths} KB, about {tokens} tokens")
    }
}

/// Turns of a round.
fn turns(config: &DebateConfig) -> u32 {
    let speakers = u32::try_from(config.selected_agents.len()).unwrap_or(u32::MAX);
    speakers.saturating_mul(config.max_iterations_per_round.into())
}

/// Tokens of a window that has room for statements of full length.
fn needed_window(tokens: u32, config: &DebateConfig) -> u32 {
    let round = turns(config).saturating_mul(config.debate_rules.max_tokens_per_turn);
    tokens.saturating_add(REST_OF_PROMPT + BALLOT).saturating_add(round)
}

impl ContextFit {
    /// Checks a question against the windows of the models. Returns `None` if it fits, or if no window is
    /// known.
    pub fn of<'a>(
        config: &DebateConfig,
        seats: impl IntoIterator<Item = (&'a HostName, &'a ModelName, Option<u32>)>,
    ) -> Option<Self> {
        let known = seats.into_iter().filter_map(|(host, model, w)| Some((w?, host, model)));
        let (window, host, model) = known.min_by_key(|(window, ..)| *window)?;
        let ContextLength { bytes, tokens, wanted_window } = ContextLength::of(config);
        let statement = config.debate_rules.max_tokens_per_turn.min(SHORT_STATEMENT);
        let round = turns(config).saturating_mul(statement);
        let short = round.saturating_add(REST_OF_PROMPT + LEAST_REPLY);
        // In a window that is too small for any debate, the question may take half.
        let needed = short.min(window / 2);
        let full = needed_window(tokens, config);
        let (host, model) = (host.clone(), model.clone());
        let fit = Self { host, model, window, bytes, tokens, needed, wanted_window };
        let is_tight = full > window && tokens > window / 4;
        (fit.is_too_long() || is_tight).then_some(fit)
    }

    /// Whether the question is too long for a debate. If not, it is nearly so: earlier rounds will be left out
    /// of prompts.
    #[must_use]
    pub const fn is_too_long(&self) -> bool {
        self.tokens > self.window.saturating_sub(self.needed)
    }

    /// Returns the maximum bytes of question and context.
    #[must_use]
    pub const fn most_bytes(&self) -> usize {
        self.window.saturating_sub(self.needed) as usize * TokenGauge::USUAL_BYTES
    }
}

/// States the problem, without advice.
impl fmt::Display for ContextFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, model, window, bytes, tokens, needed, wanted_window } = self;
        let (bytes, tokens, wanted_window) = (*bytes, *tokens, *wanted_window);
        let length = ContextLength { bytes, tokens, wanted_window };
        write!(f, "{length}; the window of {model} on {host} has {window} tokens, of which ")?;
        if self.is_too_long() {
            write!(f, "a debate needs about {needed} in addition")
        } else {
            f.write_str(
                "little is left for statements, so earlier rounds will be left out of prompts",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use synod_domain::AgentId;

    use super::*;

    fn fit(bytes: usize, window: Option<u32>) -> Option<ContextFit> {
        let ids = ["a", "b", "c"].map(|id| AgentId::new(id).unwrap()).to_vec();
        let mut config = DebateConfig::structured("Why?", ids);
        config.max_iterations_per_round = 1;
        config.problem_statement = "x".repeat(bytes);
        let (host, model) = (HostName::new("h").unwrap(), ModelName::new("m").unwrap());
        let wide = ModelName::new("wide").unwrap();
        ContextFit::of(&config, [(&host, &wide, Some(65_536)), (&host, &model, window)])
    }

    #[test]
    fn twelve_kilobytes_fit_8192_tokens_and_not_4096() {
        for bytes in [12_000, 12_288] {
            let fit = fit(bytes, Some(4_096)).unwrap();
            assert!(fit.is_too_long(), "{fit:?}");
            assert_eq!((fit.model.as_str(), fit.wanted_window), ("m", 8_192));
            assert!(fit.most_bytes() > 11_000 && fit.most_bytes() < 12_000, "{fit:?}");
        }
        assert_eq!(fit(12_288, Some(8_192)), None);
    }

    #[test]
    fn unknown_windows_are_not_checked() {
        assert_eq!(fit(60_000, None), None);
    }

    #[test]
    fn short_questions_fit_any_window() {
        for window in [512, 1_024, 2_048] {
            assert_eq!(fit(100, Some(window)), None, "{window}");
        }
    }

    #[test]
    fn questions_that_force_short_statements_are_reported() {
        let fit = fit(8_000, Some(4_096)).unwrap();
        assert!(!fit.is_too_long(), "{fit:?}");
        assert!(fit.to_string().ends_with("rounds will be left out of prompts"), "{fit}");
    }

    #[test]
    fn the_message_states_both_lengths() {
        let text = fit(12_288, Some(4_096)).unwrap().to_string();
        assert!(text.starts_with("the question and its context have 12.3 KB, about 3073 tokens; "));
        assert!(text.contains("the window of m on h has 4096 tokens"), "{text}");
    }
}
