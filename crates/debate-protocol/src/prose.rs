//! The text around an object in a reply, which may say that the object is not meant.

mod reservations;

use synod_domain::{DebateOption, OptionId, is_enclosing, is_invisible, norm, sentences};

use crate::{
    mention::{holds, words_of},
    option_names::OptionNames,
};

/// A longer text, in bytes, is no introduction or explanation of an object.
const LONGEST: usize = 16_384;

/// Words by which a sentence states its speaker's own choice.
const CASTING: [&str; 12] = [
    "vote", "votes", "voting", "choose", "choice", "answer", "final", "pick", "prefer", "support",
    "ballot", "stimme",
];

/// Words for what a ballot may say instead of naming an option.
const ABSTAINING: [&str; 5] = ["abstain", "abstention", "enthalte", "abstiens", "abstengo"];

const NAMES_ANOTHER: &str = "the text around the JSON object names another choice; reply with the \
                             object and nothing else";

const LEAVES_OPEN: &str = "the text around the JSON object leaves open whether the object is meant; \
                           reply with the object and nothing else";

/// The text before and after an object.
pub(crate) struct Prose<'a> {
    before: &'a str,
    behind: &'a str,
}

impl<'a> Prose<'a> {
    pub(crate) const fn new(before: &'a str, behind: &'a str) -> Self {
        Self { before, behind }
    }

    /// Checks that the text leaves an object what it is: it takes nothing back, offers no example, and
    /// asks nothing.
    ///
    /// # Errors
    /// The error to quote in the repair.
    pub(crate) fn check(&self, own: &str) -> Result<(), String> {
        let length = self.before.len() + self.behind.len();
        if length > LONGEST || self.is_marked_as_not_meant() || self.has_reservation(own) {
            return Err(LEAVES_OPEN.to_owned());
        }
        Ok(())
    }

    /// Checks that the text leaves a ballot what it is, and names no option but `chosen`. `own`: the
    /// text of the choice.
    ///
    /// # Errors
    /// The error to quote in the repair.
    pub(crate) fn check_ballot(
        &self,
        chosen: Option<OptionId>,
        own: &str,
        options: &[DebateOption],
    ) -> Result<(), String> {
        if self.before.len() + self.behind.len() <= LONGEST
            && (self.names_another(chosen, own, options)
                || self.abstains() && words_of(own) != "abstain")
        {
            return Err(NAMES_ANOTHER.to_owned());
        }
        self.check(own)
    }

    /// Checks that the text leaves an object what it is, and holds none of these other choices, which
    /// are under `norm`.
    ///
    /// # Errors
    /// The error to quote in the repair.
    pub(crate) fn check_free_of(&self, others: impl Iterator<Item = String>) -> Result<(), String> {
        self.check("")?;
        let texts = self.texts().map(norm);
        for other in others {
            if texts.iter().any(|text| holds(text, &other)) {
                return Err(NAMES_ANOTHER.to_owned());
            }
        }
        Ok(())
    }

    fn texts(&self) -> [&'a str; 2] {
        [self.before, self.behind]
    }

    fn names_another(&self, chosen: Option<OptionId>, own: &str, options: &[DebateOption]) -> bool {
        let own = words_of(own);
        let texts = self.texts().map(words_of);
        let others = options.iter().filter(|option| Some(option.id) != chosen);
        others.map(OptionNames::of).any(|other| {
            // `Sell` is no answer of its own within `don't sell`.
            let is_part_of_own = holds(&own, other.text());
            let is_named = texts.iter().any(|words| {
                let besides = is_part_of_own.then(|| words.replace(&own, "\n"));
                let words = besides.as_deref().unwrap_or(words);
                other.is_named_in(words) || other.is_named_in_part(words, &own)
            });
            is_named
                || self.texts().iter().any(|text| other.is_letter_in(text))
                || self.own_choices().any(|words| other.is_hinted_in(&words, &own))
        })
    }

    /// The sentences that state a choice, as words.
    fn own_choices(&self) -> impl Iterator<Item = String> {
        let words = self.texts().into_iter().flat_map(sentences).map(words_of);
        words.filter(|words| CASTING.iter().any(|word| holds(words, word)))
    }

    fn abstains(&self) -> bool {
        self.texts().iter().any(|text| {
            let words = words_of(text);
            ABSTAINING.iter().any(|word| holds(&words, word))
        })
    }

    fn has_reservation(&self, own: &str) -> bool {
        let own = words_of(own);
        let without_own = |text: &str| {
            let words = words_of(text);
            // `My vote: No, keep it open` has a word of the option only.
            if own.is_empty() { words } else { words.replace(&own, "\n") }
        };
        let before = without_own(self.before);
        let behind = without_own(self.behind);
        reservations::leads_to_no_vote(&before)
            || reservations::is_held_in(&before)
            || reservations::is_held_in(&behind)
    }

    /// Signs that strike an object out, quote it, or ask.
    fn is_marked_as_not_meant(&self) -> bool {
        let is_gap = |c: char| c.is_whitespace() || is_invisible(c) || is_enclosing(c);
        let line = self.before.rsplit('\n').next().unwrap_or_default();
        let is_asked = self.behind.trim_start_matches(is_gap).starts_with(['?', '？', '؟']);
        let struck = |text: &str| {
            let text = text.to_lowercase();
            reservations::SIGNS.iter().any(|sign| text.contains(sign))
        };
        line.trim_start().starts_with('>')
            || is_asked
            || self.texts().iter().any(|text| struck(text))
            || has_tag_before_prose(self.before)
    }
}

/// Whether a text begins, in a tag that may be that of a thought, with more than the object.
fn has_tag_before_prose(before: &str) -> bool {
    let is_gap = |c: char| !c.is_alphanumeric();
    before.match_indices(['<', '＜']).any(|(at, _)| {
        let behind = &before[at..];
        let Some(end) = behind.find(['>', '＞']) else { return true };
        let named = behind[1..end].starts_with(|c: char| c.is_ascii_alphabetic() || c == '|');
        named && !behind[end..].trim_start_matches(is_gap).is_empty()
    })
}

#[cfg(test)]
mod tests;
