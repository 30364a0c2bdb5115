//! Where the options of an open question come from.

use synod_domain::{DebateOption, Entry, OptionId, is_blank, norm};

use crate::{
    Debate,
    json_object::{only_object, read_object},
    statement::{beginning, clean, first_sentence},
};

impl Debate {
    /// The answers of the openings themselves, in index order.
    pub(crate) fn fallback_options(&self) -> Vec<DebateOption> {
        let mut texts = Vec::new();
        for index in 0..self.participants() {
            if let Some(opening) = self.opening_of(index) {
                add(&mut texts, beginning(answer_of(opening), DebateOption::LONGEST).trim());
            }
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

    fn opening_of(&self, index: usize) -> Option<&str> {
        self.transcript.iter().find_map(|entry| match entry {
            Entry::Statement { round: 0, label, text, .. } if label.index() == index => {
                Some(text.as_ref())
            }
            Entry::Statement { .. } | Entry::Interjection { .. } => None,
        })
    }
}

/// Adds a text that can be an option, unless it is there already or six are.
fn add(texts: &mut Vec<String>, text: &str) {
    let known = texts.iter().any(|known| norm(known) == norm(text));
    if texts.len() < OptionId::MOST && DebateOption::check(text).is_ok() && !known {
        texts.push(text.to_owned());
    }
}

/// The options that a clerk's reply lists: one to six texts, distinct under `norm`.
///
/// # Errors
/// What is wrong with it, for the repair.
pub(crate) fn read(reply: &str) -> Result<Vec<String>, String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ClerkReply {
        options: Vec<String>,
    }
    let reply = reply.trim();
    let object = only_object(reply).unwrap_or(reply);
    let ClerkReply { options } = read_object(object)?;
    distinct(&options)
}

/// The texts as options of a clerk's list.
///
/// # Errors
/// What is wrong with them, for the repair.
pub(crate) fn distinct(options: &[String]) -> Result<Vec<String>, String> {
    if !(1..=OptionId::MOST).contains(&options.len()) {
        return Err(format!("`options` has {} texts; 1 to 6 are asked for", options.len()));
    }
    let mut texts = Vec::new();
    for option in options.iter().map(|option| clean(option)) {
        let option = option.as_str();
        DebateOption::check(option).map_err(|e| format!("{:?}: {e}", beginning(option, 40)))?;
        let before = texts.len();
        add(&mut texts, option);
        if texts.len() == before {
            return Err(format!("{:?} is listed twice", beginning(option, 40)));
        }
    }
    Ok(texts)
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

fn answer_line(line: &str) -> Option<&str> {
    let decoration = |c: char| {
        c.is_whitespace() || matches!(c, '*' | '"' | '\'' | '“' | '”' | '‘' | '’' | '_' | '`')
    };
    let line = line.trim_start_matches(decoration);
    let word = line.get(..7).filter(|word| word.eq_ignore_ascii_case("answer:"))?;
    Some(line[word.len()..].trim_matches(decoration))
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
    fn a_clerk_lists_one_to_six_distinct_texts() {
        assert_eq!(read(r#"{"options":["A","B"]}"#).unwrap(), ["A", "B"]);
        assert_eq!(read(r#"{"options":["A\u001b[2J"," B\u0000 "]}"#).unwrap(), ["A[2J", "B"]);
        assert_eq!(read("```json\n{\"options\": [\"A\"]}\n```").unwrap(), ["A"]);
        for bad in [
            r#"{"options":[]}"#,
            r#"{"options":["A","a."]}"#,
            r#"{"options":["..."]}"#,
            r#"{"options":["abstain"]}"#,
            "{\"options\":[\"A\",\"A\u{200b}\"]}",
            r#"{"options":["1","2","3","4","5","6","7"]}"#,
            r#"{"options":["A"],"note":1}"#,
            r#"[["A","B"]]"#,
            "O1: A, O2: B",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
