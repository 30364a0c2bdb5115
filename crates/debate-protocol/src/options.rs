//! Where the options of an open question come from.

use synod_domain::{
    DebateOption, OptionId, TranscriptEntry, answer_line, is_blank, same_listed, unmarked,
};

use crate::{
    Debate,
    statement::{beginning, first_sentence},
};

impl Debate {
    /// The answers of the openings themselves, in index order.
    pub(crate) fn fallback_options(&self) -> Vec<DebateOption> {
        let mut texts = Vec::new();
        for opening in self.openings() {
            add(&mut texts, beginning(stated(opening), DebateOption::LONGEST).trim());
        }
        DebateOption::list(texts)
    }

    /// The whole list with the proposals of the last closed round, if they add anything.
    pub(crate) fn with_proposals(&self) -> Option<Vec<DebateOption>> {
        let ballots = &self.rounds.last()?.ballots;
        let mut texts: Vec<String> = self.options.iter().map(|o| o.text.to_string()).collect();
        for proposal in ballots.iter().filter_map(|ballot| ballot.proposal.as_deref()) {
            add(&mut texts, proposal);
        }
        (texts.len() > self.options.len()).then(|| DebateOption::list(texts))
    }

    /// The openings, in index order.
    pub(crate) fn openings(&self) -> impl Iterator<Item = &str> {
        (0..self.participants()).filter_map(|index| self.opening_of(index))
    }

    fn opening_of(&self, index: usize) -> Option<&str> {
        self.transcript.iter().find_map(|entry| match entry {
            TranscriptEntry::Statement { round: 0, label, text, .. } if label.index() == index => {
                Some(text.as_ref())
            }
            TranscriptEntry::Statement { .. } | TranscriptEntry::Interjection { .. } => None,
        })
    }
}

/// Adds a text that can be an option, unless it is there already or six are.
fn add(texts: &mut Vec<String>, text: &str) {
    let known = texts.iter().any(|known| same_listed(known, text));
    if texts.len() < OptionId::MOST && DebateOption::check(text).is_ok() && !known {
        texts.push(text.to_owned());
    }
}

/// The answer that an opening states, without a mark in front.
pub(crate) fn stated(opening: &str) -> &str {
    unmarked(answer_of(opening))
}

/// The answer that an opening states: its last line `Answer: …`, else its first sentence, where a
/// line that says `Answer:` and no more is none.
pub(crate) fn answer_of(opening: &str) -> &str {
    let stated = opening.lines().rev().find_map(answer_line).filter(|answer| !answer.is_empty());
    stated.unwrap_or_else(|| {
        let says = |line: &&str| !is_blank(line) && answer_line(line) != Some("");
        opening.lines().find(says).map_or("", first_sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_states_its_answer_in_a_line() {
        assert_eq!(answer_of("Answer: Ban cars\nBecause."), "Ban cars");
        assert_eq!(answer_of("Because.\n**answer:** Keep cars\n"), "Keep cars");
        assert_eq!(answer_of("\"Answer: O1\""), "O1");
        assert_eq!(answer_of("Answer: first\nAnswer: last"), "last");
        assert_eq!(
            answer_of("**Answer:**\n\nHeat the building. It is cold."),
            "Heat the building."
        );
        for parted in [
            "Answer – Ban cars",
            "Answer is: Ban cars",
            "**Answer** — Ban cars",
            "## Answer\nBan cars",
        ] {
            assert_eq!(answer_of(parted), "Ban cars", "{parted}");
        }
        assert_eq!(answer_of("Answer:"), "");
        assert_eq!(answer_of("Heat the building. It is cold."), "Heat the building.");
    }
}
