//! The clerk: how its list of the openings' answers is read.

use std::iter;

use synod_domain::{
    DebateOption, OptionId, answer_line, behind_marks, norm, same_listed, sentences, unmarked,
};

use crate::{
    Debate,
    json_object::{only_object, read_object},
    options::{answer_of, stated},
    statement::{beginning, one_line},
};

/// One entry of a clerk's list: an answer, or the wordings of answers that mean the same.
#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "each of `options` must be a list of texts, or one text")]
enum Listed {
    Text(String),
    Wordings(Vec<String>),
}

impl Listed {
    fn wordings(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::Wordings(texts) => texts,
        }
    }
}

impl Debate {
    /// The options that a clerk's reply lists: of each list of wordings the first. Every text must be
    /// an answer of an opening, word for word, and every answer must be listed: which of them mean
    /// the same, a clerk has to say. Texts that are one answer are one option.
    ///
    /// # Errors
    /// What is wrong with it, for the repair.
    pub(crate) fn read_options(&self, reply: &str) -> Result<Vec<DebateOption>, String> {
        let openings = Openings::of(self.openings());
        let mut list = List::default();
        for entry in listed(reply)? {
            list.add(&entry.wordings(), &openings)?;
        }
        if !(1..=OptionId::MOST).contains(&list.options.len()) {
            let count = list.options.len();
            return Err(format!("`options` has {count} answers; 1 to 6 are asked for"));
        }
        // Where six are listed, there is no room for another.
        let is_full = list.options.len() == OptionId::MOST;
        match openings.answers.iter().find(|answer| !is_full && !list.holds(answer)) {
            Some(missing) => Err(format!(
                "the answer {:?} is missing; repeat every answer word for word",
                named(missing)
            )),
            None => Ok(DebateOption::list(list.options)),
        }
    }

    /// Whether a clerk's list can come to these options. Which answers it has taken for the same, a
    /// log does not tell.
    pub(crate) fn is_clerks_list(&self, options: &[DebateOption]) -> bool {
        let openings = Openings::of(self.openings());
        let mut list = List::default();
        let all_fit = options.iter().all(|option| {
            let text = option.text.to_string();
            let fits = openings.support(&text) == Some(text.as_str());
            fits && list.add(&[text], &openings).is_ok()
        });
        all_fit && !options.is_empty() && DebateOption::list(list.options) == options
    }
}

/// What a clerk has listed so far.
#[derive(Default)]
struct List {
    options: Vec<String>,
    /// All texts, each with the place of its option.
    texts: Vec<(String, usize)>,
}

impl List {
    /// Adds the wordings of one answer.
    fn add(&mut self, wordings: &[String], openings: &Openings) -> Result<(), String> {
        let mut option = None;
        for text in wordings.iter().map(|text| one_line(text)) {
            DebateOption::check(&text).map_err(|error| format!("{:?}: {error}", named(&text)))?;
            let known = self.texts.iter().find(|(known, _)| same_listed(known, &text));
            match (known.map(|(_, place)| *place), option) {
                (Some(place), None) if same_listed(&self.options[place], &text) => {
                    option = Some(place);
                }
                (Some(place), Some(option)) if place == option => {}
                (Some(_), _) => {
                    return Err(format!("{:?} is listed under two answers", named(&text)));
                }
                (None, _) => {
                    let text = openings.support(&text).ok_or_else(|| {
                        let text = named(&text);
                        format!(
                            "{text:?} is the answer of no opening; repeat answers word for word"
                        )
                    })?;
                    let place = *option.get_or_insert_with(|| {
                        self.options.push(text.to_owned());
                        self.options.len() - 1
                    });
                    self.texts.push((text.to_owned(), place));
                }
            }
        }
        Ok(())
    }

    fn holds(&self, answer: &str) -> bool {
        self.texts.iter().any(|(text, _)| same_listed(text, answer))
    }
}

/// The openings as a clerk's texts are compared with them.
struct Openings {
    /// What the openings state as their answers in a line of its own.
    answers: Vec<String>,
    /// Everything that a text may be, under `norm`: those answers, and of openings without one each
    /// sentence that asks nothing. A part of a sentence may say the opposite of the whole.
    sayings: Vec<String>,
}

impl Openings {
    fn of<'a>(openings: impl Iterator<Item = &'a str>) -> Self {
        let (mut answers, mut sayings) = (Vec::new(), Vec::new());
        for opening in openings {
            let answer = stated(opening);
            if states_in_a_line(opening) && DebateOption::check(answer).is_ok() {
                sayings.extend([norm(answer), norm(answer_of(opening))]);
                answers.push(answer.to_owned());
            } else {
                let said = sentences(opening).chain([beginning(answer, DebateOption::LONGEST)]);
                sayings.extend(said.filter(|said| !asks(said)).map(norm));
            }
        }
        Self { answers, sayings }
    }

    /// The text as an opening has it: whole, or without marks in front. What may be a part of the
    /// text, as in `5. Juni`, is a mark only if the rest is what an opening says.
    fn support<'a>(&self, text: &'a str) -> Option<&'a str> {
        let is_said = |form: &&str| self.sayings.contains(&norm(form));
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

/// The entries of a clerk's list.
///
/// # Errors
/// What is wrong with it, for the repair.
fn listed(reply: &str) -> Result<Vec<Listed>, String> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ClerkReply {
        options: Vec<Listed>,
    }
    let reply = reply.trim();
    let object = only_object(reply).unwrap_or(reply);
    let ClerkReply { options } = read_object(object)?;
    Ok(options)
}

#[cfg(test)]
mod tests;
