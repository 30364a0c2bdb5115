//! The clerk: the reading of its list of the openings' answers.

use std::iter;

use synod_domain::{
    DebateOption, OptionId, answer_line, behind_marks, norm, same_listed, says_nothing, sentences,
    unmarked,
};

use crate::{
    Debate,
    json_object::{FoundObject, only_object, read_object},
    options::{answer_of, stated},
    statement::{beginning, one_line},
};

/// One entry of a clerk's list: an answer, or answers that the clerk takes for the same.
#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "each of `options` must be a list of texts, or one text")]
enum Listed {
    Text(String),
    Texts(Vec<String>),
}

impl Listed {
    fn texts(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::Texts(texts) => texts,
        }
    }
}

impl Debate {
    /// The options that a clerk's reply lists. Every text must be an answer of an opening, word for
    /// word, and the answer of every opening must be listed. Texts that differ are options of their
    /// own, whatever the clerk takes for the same: see [`Openings::options`].
    ///
    /// # Errors
    /// The error to quote in the repair.
    pub(crate) fn read_options(&self, reply: &str, cut: bool) -> Result<Vec<DebateOption>, String> {
        let lists: Vec<_> = listed(reply, cut)?.into_iter().map(Listed::texts).collect();
        Openings::of(self.openings()).options(&lists)
    }

    /// Whether a clerk's list can yield these options.
    pub(crate) fn is_clerks_list(&self, options: &[DebateOption]) -> bool {
        let lists: Vec<_> = options.iter().map(|option| vec![option.text.to_string()]).collect();
        Openings::of(self.openings()).options(&lists).is_ok_and(|listed| listed == options)
    }
}

/// The openings as a clerk's texts are compared with them.
struct Openings(Vec<Opening>);

struct Opening {
    /// Its answer, if that can be an option.
    answer: Option<String>,
    /// Everything that it can be listed as, under `norm`: the answer that a line of its own states, or
    /// without such a line each sentence that asks nothing. A part of a sentence may say the opposite
    /// of the whole.
    sayings: Vec<String>,
}

impl Opening {
    fn of(text: &str) -> Self {
        let answer = stated(text);
        let can_be = |answer: &str| DebateOption::check(answer).is_ok() && !says_nothing(answer);
        let sayings = if states_in_a_line(text) && can_be(answer) {
            vec![norm(answer), norm(answer_of(text))]
        } else {
            let said = sentences(text).chain([beginning(answer, DebateOption::LONGEST)]);
            said.filter(|said| !asks(said)).map(norm).collect()
        };
        let answer = beginning(answer, DebateOption::LONGEST).trim();
        Self { answer: can_be(answer).then(|| answer.to_owned()), sayings }
    }

    /// The answer, if none of these options is this opening's.
    fn missing_in(&self, options: &[String], openings: &Openings) -> Option<&str> {
        let answer = self.answer.as_deref()?;
        let is_own = |option: &String| {
            same_listed(option, answer, openings.answers()) || self.sayings.contains(&norm(option))
        };
        (!options.iter().any(is_own)).then_some(answer)
    }
}

impl Openings {
    fn of<'a>(openings: impl Iterator<Item = &'a str>) -> Self {
        Self(openings.map(Opening::of).collect())
    }

    /// The options of a clerk's list. An entry of several texts merges nothing: `Yes` and `No`, or
    /// `Wait 2 years` and `Wait 3 years`, would become one option, and its count would be wrong. Of
    /// more than six texts, those count first that the clerk put first in an entry.
    ///
    /// # Errors
    /// The error to quote in the repair.
    fn options(&self, lists: &[Vec<String>]) -> Result<Vec<DebateOption>, String> {
        let firsts = lists.iter().filter_map(|texts| texts.first());
        let others = lists.iter().flat_map(|texts| texts.iter().skip(1));
        let mut options: Vec<String> = Vec::new();
        let texts = firsts.chain(others).map(|text| one_line(text));
        for text in texts.filter(|text| !says_nothing(text)) {
            DebateOption::check(&text).map_err(|error| format!("{:?}: {error}", named(&text)))?;
            let is_known =
                |text: &str| options.iter().any(|known| same_listed(known, text, self.answers()));
            if is_known(&text) {
                continue;
            }
            let text = self.support(&text).ok_or_else(|| {
                let text = named(&text);
                format!("{text:?} is the answer of no opening; repeat answers word for word")
            })?;
            if options.len() < OptionId::MOST && !is_known(text) {
                options.push(text.to_owned());
            }
        }
        if options.is_empty() {
            return Err("`options` has 0 answers; 1 to 6 are asked for".to_owned());
        }
        let has_room = options.len() < OptionId::MOST || self.different_answers() <= OptionId::MOST;
        match self.0.iter().find_map(|opening| opening.missing_in(&options, self)) {
            Some(missing) if has_room => Err(format!(
                "the answer {:?} is missing; repeat every answer word for word",
                named(missing)
            )),
            Some(_) | None => Ok(DebateOption::list(options)),
        }
    }

    fn answers(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|opening| opening.answer.as_deref())
    }

    fn different_answers(&self) -> usize {
        let mut different: Vec<&str> = Vec::new();
        for answer in self.answers() {
            if !different.iter().any(|known| same_listed(known, answer, self.answers())) {
                different.push(answer);
            }
        }
        different.len()
    }

    /// The text as an opening has it: whole, or without marks in front. What may be a part of the
    /// text, as in `5. Juni`, is a mark only if the rest is what an opening says.
    fn support<'a>(&self, text: &'a str) -> Option<&'a str> {
        let is_said = |form: &&str| {
            let form = norm(form);
            self.0.iter().any(|opening| opening.sayings.contains(&form))
        };
        // A mark that is surely no part of the text is not stored.
        iter::once(unmarked(text)).chain([text]).chain(behind_marks(text)).find(is_said)
    }
}

fn states_in_a_line(opening: &str) -> bool {
    opening.lines().filter_map(answer_line).any(|answer| !answer.is_empty())
}

fn asks(sentence: &str) -> bool {
    let is_closing = |c: char| c.is_whitespace() || synod_domain::is_enclosing(c);
    sentence.trim_end_matches(is_closing).ends_with(['?', '？', '؟', '՞', '⁇', '⁈', '‽'])
}

/// As much of a text as an error quotes.
fn named(text: &str) -> &str {
    beginning(text, 60)
}

/// The entries of a clerk's list. `cut`: a limit of tokens ended the reply.
///
/// # Errors
/// The error to quote in the repair.
fn listed(reply: &str, cut: bool) -> Result<Vec<Listed>, String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ClerkReply {
        options: Vec<Listed>,
    }
    let reply = reply.trim();
    let strict = match read_object(reply) {
        Ok(ClerkReply { options }) => return Ok(options),
        Err(error) => error,
    };
    let Some(FoundObject { object, prose }) = only_object(reply).filter(|_| !cut) else {
        return Err(strict);
    };
    let ClerkReply { options } = read_object(object)?;
    prose.check("")?;
    Ok(options)
}

#[cfg(test)]
mod tests;
