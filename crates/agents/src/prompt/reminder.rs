//! The reminders in an instruction: the question, the own answer, and the sentence to reply to.

use minijinja::{Value, context};
use synod_domain::{
    Brief, CallTask, DebateOption, OwnAnswer, TranscriptEntry, answer_line, is_blank, named_option,
    shortened, telling_sentence,
};

use super::sanitize;

/// The maximum characters of a question or an own answer that is repeated.
const MOST_REPEATED: usize = 200;

/// The maximum characters of an own opening that is repeated.
const MOST_OF_OPENING: usize = 400;

/// Returns the question as a sentence, unless it is too long to be repeated.
pub(super) fn question(brief: &Brief) -> Option<String> {
    let question = sanitize::sentences(&brief.topic);
    (question.chars().count() <= MOST_REPEATED).then_some(question)
}

/// Returns the sentence to reply to.
pub(super) fn quote(brief: &Brief) -> Option<Value> {
    brief.quote.as_ref().map(|quote| {
        let answer = answer_line(&quote.sentence);
        context! {
            label => quote.label.to_string(),
            verb => if answer.is_some() { "answers" } else { "said" },
            sentence => sanitize::line(answer.unwrap_or(&quote.sentence)),
        }
    })
}

/// Returns the own answer, shortened: the option voted for, or the answer of the opening.
pub(super) fn own_answer(own: &OwnAnswer) -> String {
    match own {
        OwnAnswer::Vote(option) => sanitize::line(option),
        OwnAnswer::Opening(text) => {
            let answers = text.lines().filter_map(answer_line).map(sanitize::line);
            let answer = answers.rev().find(|answer| !answer.is_empty());
            let answer = answer.unwrap_or_else(|| first_sentence(text));
            shortened(&answer, MOST_REPEATED).into_owned()
        }
    }
}

/// Returns the option of the own last answer: the one voted for, or the answer of the opening.
pub(super) fn own_option(brief: &Brief) -> Option<&DebateOption> {
    let answer = match brief.own_answer.as_ref()? {
        OwnAnswer::Vote(option) => option,
        OwnAnswer::Opening(text) => text.lines().filter_map(answer_line).rfind(|a| !is_blank(a))?,
    };
    let named = named_option(answer, &brief.options).ok().flatten()?;
    brief.options.iter().find(|option| option.id == named)
}

/// Returns the first sentence with content, without its full stop.
fn first_sentence(text: &str) -> String {
    sanitize::line(telling_sentence(text)).trim_end_matches(['.', '。', '．']).to_owned()
}

/// Returns the own opening of a voter if its transcript does not show it, unless the opening answers with one
/// of the options: then the reminder names the option.
pub(super) fn unseen_opening(brief: &Brief) -> Option<String> {
    let CallTask::Vote(_) = &brief.task else { return None };
    let is_own = |entry: &TranscriptEntry| match entry {
        TranscriptEntry::Statement { label, .. } => Some(*label) == brief.label,
        TranscriptEntry::Interjection { .. } => false,
    };
    match &brief.own_answer {
        Some(OwnAnswer::Opening(_)) if own_option(brief).is_some() => None,
        Some(OwnAnswer::Opening(text)) if !brief.transcript.iter().any(is_own) => {
            Some(shortened(&sanitize::sentences(text), MOST_OF_OPENING).into_owned())
        }
        Some(OwnAnswer::Opening(_) | OwnAnswer::Vote(_)) | None => None,
    }
}

/// Returns the option that a begun opening argues for. It depends on the speaker's position, because the
/// choice of a tiny model is arbitrary.
pub(super) fn lean(brief: &Brief) -> Option<&DebateOption> {
    let CallTask::Opening { options: Some(options) } = &brief.task else { return None };
    let place = brief.label.map_or(0, |label| label.index());
    options.get(place.checked_rem(options.len())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_answers_are_found_in_openings_and_shortened() {
        let last = "I begin.\n\"Answer: no\nand yes\n **ANSWER:** **Close the street.**\nanswer:";
        for (opening, answer) in [
            (last, "Close the street."),
            ("I suggest that we wait. Then we see.\nMore.", "I suggest that we wait"),
            ("[Speaker A, statement 1]\nWait", "(Speaker A, statement 1]"),
            ("Certainly! I’m ready.\nWe wait. Then we see.", "We wait"),
            ("当然！道路很窄。商店会受损。", "道路很窄"),
            ("もう決めた。\nＡｎｓｗｅｒ：「売る」", "売る"),
            ("売ります。理由は二つあります。", "売ります"),
            ("", ""),
        ] {
            assert_eq!(own_answer(&OwnAnswer::Opening(opening.into())), answer);
        }
        let endless = "words and words ".repeat(50);
        let answer = own_answer(&OwnAnswer::Opening(endless.into()));
        assert!(answer.ends_with(" words…") || answer.ends_with(" and…"), "{answer}");
        assert!(answer.chars().count() <= MOST_REPEATED);
    }
}
