//! Where the options of an open question come from.

use std::iter;

use synod_domain::{DebateOption, Entry, OptionId, answer_line, is_blank, norm};

use crate::{
    Debate,
    json_object::{only_object, read_object},
    mark::{marks, same_listed, unmarked},
    mention::holds,
    statement::{beginning, first_sentence, one_line},
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

    /// The options that a clerk's reply lists.
    ///
    /// # Errors
    /// What is wrong with it, for the repair.
    pub(crate) fn read_options(&self, reply: &str) -> Result<Vec<DebateOption>, String> {
        self.clerks_options(&listed(reply)?)
    }

    /// The texts of a clerk's list as options: those that are one answer are merged, and each must
    /// be an answer of an opening, or stand in one.
    ///
    /// # Errors
    /// What is wrong with them, for the repair.
    pub(crate) fn clerks_options(&self, texts: &[String]) -> Result<Vec<DebateOption>, String> {
        let openings = Openings::of(self.openings());
        let texts: Vec<_> = texts.iter().map(|text| one_line(text)).collect();
        let mut options: Vec<String> = Vec::new();
        let mut unsupported = Vec::new();
        for text in &texts {
            DebateOption::check(text).map_err(|error| format!("{:?}: {error}", named(text)))?;
            match openings.support(text) {
                Some(text) if options.iter().any(|known| same_listed(known, text)) => {}
                Some(text) => options.push(text.to_owned()),
                None => unsupported.push(text),
            }
        }
        let invented = |text: &&&String| !options.iter().any(|known| same_listed(known, text));
        if let Some(text) = unsupported.iter().find(invented) {
            return Err(format!("{:?} is the answer of no opening", named(text)));
        }
        if !(1..=OptionId::MOST).contains(&options.len()) {
            return Err(format!("`options` has {} texts; 1 to 6 are asked for", options.len()));
        }
        Ok(DebateOption::list(options))
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
    fn openings(&self) -> impl Iterator<Item = &str> {
        (0..self.participants()).filter_map(|index| self.opening_of(index))
    }

    fn opening_of(&self, index: usize) -> Option<&str> {
        self.transcript.iter().find_map(|entry| match entry {
            Entry::Statement { round: 0, label, text, .. } if label.index() == index => {
                Some(text.as_ref())
            }
            Entry::Statement { .. } | Entry::Interjection { .. } => None,
        })
    }
}

/// As much of a text as an error quotes.
fn named(text: &str) -> &str {
    beginning(text, 40)
}

/// The openings as a clerk's options are compared with them.
struct Openings {
    texts: Vec<String>,
    answers: Vec<String>,
}

impl Openings {
    fn of<'a>(openings: impl Iterator<Item = &'a str>) -> Self {
        let (texts, answers) = openings.map(|text| (norm(text), norm(stated(text)))).unzip();
        Self { texts, answers }
    }

    /// The text as the openings have it: whole, or without the marks in front. What may be a part
    /// of the text, as in `5. Juni`, is a mark only if the rest is the whole answer of an opening.
    fn support<'a>(&self, text: &'a str) -> Option<&'a str> {
        let is_answer = |form: &&str| self.answers.contains(&norm(form));
        let stands = |form: &&str| {
            let words = norm(form);
            self.texts.iter().any(|text| holds(text, &words))
        };
        let mut forms = iter::once(text).chain(marks(text).map(|(_, rest)| rest));
        forms.find(is_answer).or_else(|| [text, unmarked(text)].into_iter().find(stands))
    }
}

/// Adds a text that can be an option, unless it is there already or six are.
fn add(texts: &mut Vec<String>, text: &str) {
    let known = texts.iter().any(|known| same_listed(known, text));
    if texts.len() < OptionId::MOST && DebateOption::check(text).is_ok() && !known {
        texts.push(text.to_owned());
    }
}

/// The texts that a clerk's reply lists.
///
/// # Errors
/// What is wrong with it, for the repair.
fn listed(reply: &str) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ClerkReply {
        options: Vec<String>,
    }
    let reply = reply.trim();
    let object = only_object(reply).unwrap_or(reply);
    let ClerkReply { options } = read_object(object)?;
    Ok(options)
}

/// The answer that an opening states, without a mark in front.
fn stated(opening: &str) -> &str {
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
        assert_eq!(answer_of("Answer:"), "");
        assert_eq!(answer_of("Heat the building. It is cold."), "Heat the building.");
    }

    #[test]
    fn a_clerk_lists_texts_in_one_object() {
        assert_eq!(listed(r#"{"options":["A","B"]}"#).unwrap(), ["A", "B"]);
        assert_eq!(listed("```json\n{\"options\": [\"A\"]}\n```").unwrap(), ["A"]);
        for bad in [r#"{"options":["A"],"note":1}"#, r#"[["A","B"]]"#, "O1: A, O2: B"] {
            assert!(listed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_option_is_supported_whole_or_without_its_mark() {
        let openings = Openings::of(
            [
                "Answer: Sell it\nIt is dear.",
                "Answer: 1. Mai\nNot 5. Juni.",
                "Keep the CARS, I’d say.",
                "Answer: Rail.",
            ]
            .into_iter(),
        );
        for (text, supported) in [
            ("sell IT.", Some("sell IT.")),
            ("O1: Sell it", Some("Sell it")),
            ("2. Sell it", Some("Sell it")),
            ("4. Rail", Some("Rail")),
            ("6. Juni", None),
            ("1. Mai", Some("1. Mai")),
            ("5. Juni", Some("5. Juni")),
            ("the cars", Some("the cars")),
            ("I'd say", Some("I'd say")),
            ("Rent it", None),
            ("car", None),
            ("ell it", None),
        ] {
            assert_eq!(openings.support(text), supported, "{text}");
        }
    }
}
