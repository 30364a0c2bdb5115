//! Logs of debates that began under earlier rules. The results of comparing texts (the list of
//! options, new options, the statement beside the answer) are taken from the log unchanged. Ballots
//! are counted again, as in any log.

use std::sync::Arc;

use synod_domain::{
    Argument, CallVoided, DebateOption, Event, OptionsSet, OptionsSource, TranscriptEntry, Verdict,
    VoidCause,
};

use super::{Check, ensure};
use crate::{Debate, statement::is_clean};

impl Debate {
    /// Whether an event is the one that follows without a call.
    pub(super) fn follows(&self, event: &Event, due: &Event) -> bool {
        match (event, due) {
            (Event::DebateClosed(verdict), Event::DebateClosed(expected)) => {
                self.is_verdict(verdict, expected)
            }
            (Event::OptionsSet(set), Event::OptionsSet(expected)) if self.holds_earlier_rules() => {
                let set: &OptionsSet = set;
                let alike = OptionsSet { options: set.options.clone(), ..(**expected).clone() };
                *set == alike && self.check_earlier_options(set).is_ok()
            }
            // The text of a lost call so far is what its process had kept.
            (Event::CallVoided(lost), Event::CallVoided(expected))
                if expected.cause == VoidCause::Lost =>
            {
                let text = Arc::clone(&lost.text);
                is_clean(&text) && **lost == CallVoided { text, ..(**expected).clone() }
            }
            (event, due) => event == due,
        }
    }

    /// Whether a verdict is the one that follows.
    pub(super) fn is_verdict(&self, verdict: &Verdict, expected: &Verdict) -> bool {
        // Versions that did not list the count of the tied round left it out.
        let tied_round = verdict.tied_round.as_ref().and(expected.tied_round.clone());
        let expected = &Verdict { tied_round, ..expected.clone() };
        if !self.holds_earlier_rules() {
            return verdict == expected;
        }
        let argument = verdict.argument.clone();
        let can_be_shown = argument.as_ref().is_none_or(|argument| self.was_said(argument));
        can_be_shown && *verdict == Verdict { argument, ..expected.clone() }
    }

    fn was_said(&self, argument: &Argument) -> bool {
        self.statements().any(|entry| match entry {
            TranscriptEntry::Statement { label, turn, .. } => {
                *turn == argument.turn && self.index_of(&argument.agent_id) == Some(label.index())
            }
            TranscriptEntry::Interjection { .. } => false,
        })
    }

    pub(super) fn check_earlier_options(&self, set: &OptionsSet) -> Check {
        let texts = set.options.iter().map(|option| option.text.clone());
        let in_order = DebateOption::list(texts) == set.options;
        let blank = |option: &DebateOption| synod_domain::is_blank(&option.text);
        let grown = set.source != OptionsSource::Ballots
            || (set.options.starts_with(&self.options) && set.options.len() > self.options.len());
        ensure(
            in_order && grown && !set.options.iter().any(blank),
            "the options cannot follow from the events before them",
        )
    }
}
