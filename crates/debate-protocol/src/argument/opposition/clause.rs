//! The clauses of a sentence in which marks stand for an answer.

use synod_domain::{is_colon, is_sentence_punctuation};

use super::words::{CONTRARIES, CONTRASTS, DISAPPROVALS, GROUNDS};
use crate::mention::is_unparted;

/// Stands for an answer that is named by its text. For private use, so that no text means it.
pub(super) const NAME: char = '\u{e000}';

/// Stands for a word that is kin to one of the answer.
pub(super) const KIN: char = '\u{e001}';

/// Words within a part before which a clause ends, as far as `but` does not follow `nothing`.
const TURNS: [&str; 8] = ["but", "therefore", "mais", "donc", "pero", "sino", "sondern", "aber"];

/// Words before a colon whose object follows behind it, as in `what we must not do: …`.
const ACTS: [&str; 4] = ["do", "tun", "faire", "hacer"];

/// Punctuation in front of a part of a sentence.
#[derive(Clone, Copy)]
enum Separation {
    Stop,
    Colon,
    Comma,
}

struct Part {
    separation: Separation,
    words: String,
}

pub(super) fn names(text: &str) -> bool {
    text.contains([NAME, KIN])
}

/// The words of a text under `norm`, with one space between them, and with denials that are a part of
/// another word on their own.
pub(super) fn plain_words(text: &str) -> String {
    let is_of_word =
        |c: char| c.is_alphanumeric() || matches!(c, '\'' | '+' | '#' | '%' | NAME | KIN);
    let words = text.split(|c: char| !is_of_word(c)).map(|word| word.trim_matches('\''));
    let mut plain = String::with_capacity(text.len() + 8);
    for word in words.filter(|word| !word.is_empty()) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        match (word.strip_suffix("n't"), word.strip_prefix("n'")) {
            (Some(verb), _) => {
                plain.push_str(verb);
                plain.push_str(" not");
            }
            (None, Some(verb)) => {
                plain.push_str("ne ");
                plain.push_str(verb);
            }
            (None, None) => plain.push_str(word),
        }
    }
    plain
}

/// The clauses of a sentence as plain words. A comma seldom ends one: `It is wrong, I think, to sell.`
/// `is_phrase`: the answer has several words.
pub(super) fn clauses(sentence: &str, is_phrase: bool) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for part in parts(sentence).into_iter().filter(|part| !part.words.is_empty()) {
        match clauses.last_mut() {
            Some(before) if continues(before, &part, is_phrase) => {
                before.push(' ');
                before.push_str(&part.words);
            }
            Some(_) | None => clauses.push(part.words),
        }
    }
    clauses
}

/// Whether a part belongs to the clause before it.
fn continues(before: &str, part: &Part, is_phrase: bool) -> bool {
    let names_behind = names(&part.words);
    if CONTRASTS.begins(&part.words) {
        return false;
    }
    match part.separation {
        Separation::Stop => false,
        Separation::Colon => {
            let has_object = ACTS.iter().any(|act| before.rsplit(' ').next() == Some(act));
            names_behind && (has_object || DISAPPROVALS.is_in(before))
        }
        Separation::Comma => {
            let recommends = |text: &str| is_phrase && text.starts_with(NAME);
            let is_name = recommends(before) && before.chars().nth(1).is_none();
            let is_ground = !names(before) && names_behind && GROUNDS.begins(before);
            let is_contrary = names(before) && !names_behind && CONTRARIES.begins(&part.words);
            !(recommends(&part.words) || is_name || is_ground || is_contrary)
        }
    }
}

fn parts(sentence: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut begun, mut separation) = (0, Separation::Stop);
    let mut before = None;
    let mut chars = sentence.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let in_number = before.is_some_and(char::is_numeric) && next.is_some_and(char::is_numeric);
        let found = match c {
            _ if in_number => None,
            ',' | '、' => Some(Separation::Comma),
            c if is_colon(c) => Some(Separation::Colon),
            c if is_sentence_punctuation(c) => Some(Separation::Stop),
            _ => None,
        };
        if let Some(found) = found {
            add_parts(&mut parts, separation, &sentence[begun..at]);
            (begun, separation) = (at + c.len_utf8(), found);
        }
        before = Some(c);
    }
    add_parts(&mut parts, separation, &sentence[begun..]);
    parts
}

/// The parts of a text without punctuation: it ends before a word that turns the sentence.
fn add_parts(parts: &mut Vec<Part>, separation: Separation, text: &str) {
    let mut part = Part { separation, words: String::new() };
    let mut before = "";
    let plain = plain_words(text);
    for word in plain.split(' ') {
        let is_exception = matches!(before, "anything" | "nothing" | "all");
        if TURNS.contains(&word) && !is_exception && !part.words.is_empty() {
            let next = Part { separation: Separation::Stop, words: String::new() };
            parts.push(std::mem::replace(&mut part, next));
        }
        // Marks stand beside words of scripts that part none.
        let joins = part.words.is_empty()
            || part.words.ends_with([NAME, KIN]) && word.starts_with(is_unparted);
        if !joins {
            part.words.push(' ');
        }
        part.words.push_str(word);
        before = word;
    }
    parts.push(part);
}
