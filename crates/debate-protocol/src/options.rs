//! The options of an open question.

use synod_domain::{
    DebateOption, OptionId, TranscriptEntry, answer_line, is_blank, same_listed, says_nothing,
    unmarked, without_closing_tag,
};

use crate::{
    Debate,
    statement::{beginning, first_sentence},
};

impl Debate {
    /// The answers of the openings themselves, in index order.
    pub(crate) fn fallback_options(&self) -> Vec<DebateOption> {
        let answer = |opening| beginning(stated(opening), DebateOption::LONGEST).trim().to_owned();
        let mut answers: Vec<_> = self.openings().map(answer).collect();
        answers.retain(|answer| !says_nothing(answer));
        DebateOption::list(with_added(&[], &answers))
    }

    /// The whole list with the proposals of the last closed round, if they add anything.
    pub(crate) fn with_proposals(&self) -> Option<Vec<DebateOption>> {
        let ballots = &self.rounds.last()?.ballots;
        let known: Vec<_> = self.options.iter().map(|option| option.text.to_string()).collect();
        let proposals = ballots.iter().filter_map(|ballot| ballot.proposal.as_deref());
        let texts = with_added(&known, &proposals.map(str::to_owned).collect::<Vec<_>>());
        (texts.len() > known.len()).then(|| DebateOption::list(texts))
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

/// A list with those of these texts that can be options and are not there yet, up to six. What a
/// number in front of a text is, all texts together say.
fn with_added(known: &[String], added: &[String]) -> Vec<String> {
    let mut texts = known.to_vec();
    let all = || known.iter().chain(added).map(String::as_str);
    for text in added {
        let is_known = texts.iter().any(|known| same_listed(known, text, all()));
        if texts.len() < OptionId::MOST && DebateOption::check(text).is_ok() && !is_known {
            texts.push(text.clone());
        }
    }
    texts
}

/// The answer that an opening states, without a mark in front.
pub(crate) fn stated(opening: &str) -> &str {
    unmarked(answer_of(opening))
}

/// The answer that an opening states: its last line `Answer: …`, else its first sentence, where
/// a line `Answer:` without text does not count.
pub(crate) fn answer_of(opening: &str) -> &str {
    let stated = opening.lines().rev().find_map(answer_line).filter(|answer| !answer.is_empty());
    stated.unwrap_or_else(|| {
        let says = |line: &&str| !is_blank(line) && answer_line(line) != Some("");
        opening.lines().find(says).map_or("", |line| without_closing_tag(first_sentence(line)))
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
        // As it is left where the beginning of the tag was taken for the wrapping of the reply.
        assert_eq!(answer_of("Postgres</answer>\nIt is good."), "Postgres");
        assert_eq!(answer_of("Heat the building. It is cold."), "Heat the building.");
    }
    #[test]
    fn a_number_is_a_part_of_answers_that_it_tells_apart() {
        let added = |known: &[&str], added: &[&str]| {
            let own =
                |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
            with_added(&own(known), &own(added))
        };
        for openings in [["Juni", "5. Juni", "6. Juni"], ["5. Juni", "Juni", "6. Juni"]] {
            assert_eq!(added(&[], &openings), openings);
        }
        assert_eq!(added(&["5. Juni"], &["Juni", "6. Juni"]), ["5. Juni", "Juni", "6. Juni"]);
        assert_eq!(added(&[], &["Juni", "1. Juni", "O3: Juni"]), ["Juni"]);
        assert_eq!(added(&["Sell it"], &["2. Sell it", "Rent it"]), ["Sell it", "Rent it"]);
    }
}
