use std::fmt;

use synod_domain::{DebateConfig, HostName, ModelName};

use crate::agent::TokenGauge;

/// Tokens of a prompt beside the question, its context and what was said: conduct, options, persona
/// and instruction.
const REST_OF_PROMPT: u32 = 450;

/// Tokens of a statement that is not long. Statements may be longer; they are then asked to be shorter,
/// where a window is small.
const SHORT_STATEMENT: u32 = 200;

/// Where less is left for a reply, a prompt does not fit.
const LEAST_REPLY: u32 = 64;

/// Tokens of a ballot at most.
const BALLOT: u32 = 512;

/// A question whose context is too long for the window of a model, or nearly so.
///
/// What every prompt holds cannot be left out: the question and its context, the rest of the prompt,
/// and what was said in the current round. All tokens here are estimates, at four bytes a token, which
/// is about right for English and too few for most other texts: what does not fit by them does not
/// fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFit {
    /// The host of the model.
    pub host: HostName,
    /// The model with the smallest window.
    pub model: ModelName,
    /// Tokens of its window.
    pub window: u32,
    /// Bytes of the question and its context.
    pub bytes: usize,
    /// Their tokens.
    pub tokens: u32,
    /// Tokens that a debate needs beside them, with short statements.
    pub needed: u32,
    /// A window that has room for statements of full length: a power of two.
    pub wanted_window: u32,
}

impl ContextFit {
    /// How a question fits the models of its seats: `None` if well, or if no window is known.
    pub fn of<'a>(
        config: &DebateConfig,
        seats: impl IntoIterator<Item = (&'a HostName, &'a ModelName, Option<u32>)>,
    ) -> Option<Self> {
        let known = seats.into_iter().filter_map(|(host, model, w)| Some((w?, host, model)));
        let (window, host, model) = known.min_by_key(|(window, ..)| *window)?;
        let bytes = config.debate_topic.len() + config.problem_statement.len();
        let tokens = TokenGauge::guess(bytes);
        let speakers = u32::try_from(config.selected_agents.len()).unwrap_or(u32::MAX);
        let turns = speakers.saturating_mul(config.max_iterations_per_round.into());
        let longest = config.debate_rules.max_tokens_per_turn;
        let round_of = |statement: u32| turns.saturating_mul(statement);
        let short =
            round_of(longest.min(SHORT_STATEMENT)).saturating_add(REST_OF_PROMPT + LEAST_REPLY);
        // A question takes no more than its half of a window that is small for any debate.
        let needed = short.min(window / 2);
        let full = tokens.saturating_add(REST_OF_PROMPT + BALLOT).saturating_add(round_of(longest));
        // Room for texts that are denser than English.
        let roomy = full.saturating_add(tokens / 3);
        let wanted_window = roomy.checked_next_power_of_two().unwrap_or(u32::MAX);
        let (host, model) = (host.clone(), model.clone());
        let fit = Self { host, model, window, bytes, tokens, needed, wanted_window };
        let is_tight = full > window && tokens > window / 4;
        (fit.is_too_long() || is_tight).then_some(fit)
    }

    /// The debate cannot be held: nothing but the current round would be left out of a prompt, and
    /// that cannot be. Otherwise it is tight: rounds will be left out of prompts.
    #[must_use]
    pub const fn is_too_long(&self) -> bool {
        self.tokens > self.window.saturating_sub(self.needed)
    }

    /// Bytes that question and context may have.
    #[must_use]
    pub const fn most_bytes(&self) -> usize {
        self.window.saturating_sub(self.needed) as usize * TokenGauge::USUAL_BYTES
    }
}

/// States the problem, without a remedy.
impl fmt::Display for ContextFit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, model, window, bytes, tokens, needed, .. } = self;
        let kilobytes = bytes.div_ceil(100);
        write!(
            f,
            "the question and its context have {}.{} KB, about {tokens} tokens; the window of {model} \
             on {host} has {window} tokens, of which ",
            kilobytes / 10,
            kilobytes % 10
        )?;
        if self.is_too_long() {
            write!(f, "a debate needs about {needed} besides")
        } else {
            f.write_str("little is left for what is said, so rounds will be left out of prompts")
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
    fn twelve_kilobytes_are_too_long_for_4096_tokens_and_fit_8192() {
        for bytes in [12_000, 12_288] {
            let fit = fit(bytes, Some(4_096)).unwrap();
            assert!(fit.is_too_long(), "{fit:?}");
            assert_eq!((fit.model.as_str(), fit.wanted_window), ("m", 8_192));
            assert!(fit.most_bytes() > 11_000 && fit.most_bytes() < 12_000, "{fit:?}");
        }
        assert_eq!(fit(12_288, Some(8_192)), None);
    }

    #[test]
    fn a_window_that_is_not_known_refuses_nothing() {
        assert_eq!(fit(60_000, None), None);
    }

    #[test]
    fn a_short_question_is_never_refused_however_small_the_window() {
        for window in [512, 1_024, 2_048] {
            assert_eq!(fit(100, Some(window)), None, "{window}");
        }
    }

    #[test]
    fn what_leaves_no_room_for_long_statements_is_tight() {
        let fit = fit(8_000, Some(4_096)).unwrap();
        assert!(!fit.is_too_long(), "{fit:?}");
        assert!(fit.to_string().ends_with("rounds will be left out of prompts"), "{fit}");
    }

    #[test]
    fn the_message_tells_both_lengths() {
        let text = fit(12_288, Some(4_096)).unwrap().to_string();
        assert!(text.starts_with("the question and its context have 12.3 KB, about 3073 tokens; "));
        assert!(text.contains("the window of m on h has 4096 tokens"), "{text}");
    }
}
