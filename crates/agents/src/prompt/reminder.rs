//! What an instruction reminds a speaker of: the question, what it answered, what was said to it.

use minijinja::{Value, context};
use synod_domain::{
    Brief, CallTask, DebateOption, OwnAnswer, TranscriptEntry, answer_line, is_blank, named_option,
    shortened, telling_sentence,
};

use super::sanitize;

/// Longest question and longest own answer that are said again, in characters.
const MOST_REPEATED: usize = 200;

/// Longest own opening that is said again, in characters.
const MOST_OF_OPENING: usize = 400;

/// The question as a sentence, unless it is too long to be said twice.
pub(super) fn question(brief: &Brief) -> Option<String> {
    let question = sanitize::sentences(&brief.topic);
    (question.chars().count() <= MOST_REPEATED).then_some(question)
}

/// The sentence to reply to.
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

/// An own answer in few words: the option voted for, or what the opening gives as its answer.
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

/// The option that is the own last answer: the one voted for, or the one that the opening gives.
pub(super) fn own_option(brief: &Brief) -> Option<&DebateOption> {
    let answer = match brief.own_answer.as_ref()? {
        OwnAnswer::Vote(option) => option,
        OwnAnswer::Opening(text) => text.lines().filter_map(answer_line).rfind(|a| !is_blank(a))?,
    };
    let named = named_option(answer, &brief.options).ok().flatten()?;
    brief.options.iter().find(|option| option.id == named)
}

/// The first sentence that says something, without its full stop.
fn first_sentence(text: &str) -> String {
    sanitize::line(telling_sentence(text)).trim_end_matches(['.', '。', '．']).to_owned()
}

/// The own opening of a voter whose transcript does not show it, unless it is for one of the options:
/// then that is its answer so far.
pub(super) fn unseen_opening(brief: &Brief) -> Option<String> {
    let CallTask::Vote(_) = &brief.task else { return None };
    let said = |entry: &TranscriptEntry| match entry {
        TranscriptEntry::Statement { label, .. } => Some(*label) == brief.label,
        TranscriptEntry::Interjection { .. } => false,
    };
    match &brief.own_answer {
        Some(OwnAnswer::Opening(_)) if own_option(brief).is_some() => None,
        Some(OwnAnswer::Opening(text)) if !brief.transcript.iter().any(said) => {
            Some(shortened(&sanitize::sentences(text), MOST_OF_OPENING).into_owned())
        }
        Some(OwnAnswer::Opening(_) | OwnAnswer::Vote(_)) | None => None,
    }
}

/// The option that a begun opening argues for. Speakers lean to different options by their place,
/// since what tiny models choose by themselves means nothing.
pub(super) fn lean(brief: &Brief) -> Option<&DebateOption> {
    let CallTask::Opening { options: Some(options) } = &brief.task else { return None };
    let place = brief.label.map_or(0, |label| label.index());
    options.get(place.checked_rem(options.len())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_answer_is_short_wherever_the_opening_gives_it() {
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
