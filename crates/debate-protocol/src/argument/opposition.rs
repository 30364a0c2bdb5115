//! Statements that speak against an answer which they name: that deny it, disapprove of it, or prefer
//! another. When in doubt, they do.

mod clause;
mod words;

use clause::{KIN, NAME, clauses, names, plain_words};
use words::{
    APPROVALS, BEHIND_THE_WORSE, COMPARISONS, COMPARISONS_OF_MORE, CONTRASTS, DENIALS,
    DISAPPROVALS, FILLERS, HARMLESS, HARMS, MORE, PREFERENCES, PRONOUNS, REASONS, WEAK, WORSE,
    WordList,
};

use synod_domain::{DebateOption, is_dash, norm, sentences};

use crate::{
    mention::{is_unparted, places},
    option_names::{OptionNames, designations, is_hint},
};

/// A longer sentence, in characters, is no short answer to the question before it.
const LONGEST_SHORT_ANSWER: usize = 40;

/// More words than this between two others part them. A hostile text may consist of such words.
const MOST_FILLERS: usize = 8;

/// An answer and how sentences name it.
pub(super) struct NamedAnswer {
    /// Texts that name it wherever they are, under `norm`.
    names: Vec<String>,
    /// Texts of other answers that contain its own.
    longer: Vec<String>,
    /// Words that only this answer has.
    hints: Vec<String>,
    /// Its text has several words, so that a clause that begins with it recommends it.
    is_phrase: bool,
}

impl NamedAnswer {
    pub(super) fn of(own: &DebateOption, options: &[DebateOption]) -> Self {
        let text = norm(&own.text);
        let others = options.iter().filter(|option| option.id != own.id);
        let others: Vec<_> = others.map(|option| norm(&option.text)).collect();
        let denies = |text: &str| DENIALS.is_in(&plain_words(text));
        let is_denial = denies(&text);
        let has_words = text.contains(|c: char| !c.is_alphanumeric());
        let is_unparted_text = text.starts_with(is_unparted) && text.chars().nth(1).is_some();
        let own_names = OptionNames::of(own);
        let telling = own_names.parts().filter(|part| !denies(part));
        let telling: Vec<_> = telling.map(str::to_owned).collect();
        // The words of a denial deny nothing where they are all of the answer.
        let hinting = if is_denial && telling.len() < 2 && own_names.parts().nth(1).is_none() {
            Vec::new()
        } else {
            telling.clone()
        };
        let phrases = telling.into_iter().filter(|part| part.contains(' '));
        let whole = match text.chars().nth(1) {
            None => Some(format!("option {text}")),
            Some(_) if has_words || is_unparted_text || is_hint(&text) => Some(text.clone()),
            Some(_) => None,
        };
        let mut names: Vec<_> =
            whole.into_iter().chain(designations(own.id)).chain(phrases).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let is_shared = |word: &str| {
            let mut others = others.iter().flat_map(|other| other.split(|c| !is_of_word(c)));
            others.any(|other| is_kin(other, word))
                || word.starts_with(is_unparted)
                    && options.iter().any(|option| {
                        option.id != own.id && norm(&option.text).contains(stem(word))
                    })
        };
        let words = hinting.iter().flat_map(|part| part.split(' '));
        let is_own = |word: &&str| {
            is_hint(word)
                && !WEAK.begins(word)
                && !DENIALS.is_in(word)
                && word.chars().nth(1).is_some()
                && !is_shared(word)
        };
        let hints = words.filter(is_own).map(str::to_owned).collect();
        let longer = others.iter().filter(|other| **other != text && other.contains(&text));
        let longer = longer.cloned().collect();
        Self { names, longer, hints, is_phrase: has_words || is_unparted_text }
    }

    /// Whether a statement speaks against the answer.
    pub(super) fn is_opposed_in(&self, statement: &str) -> bool {
        let (mut is_named, mut is_asked) = (false, false);
        sentences(statement).any(|sentence| {
            let marked = self.marked(sentence);
            let words = plain_words(&marked);
            let is_short = words.chars().nth(LONGEST_SHORT_ANSWER).is_none();
            if is_asked && is_short && DENIALS.is_in(&words) {
                return true;
            }
            is_asked = names(&words) && sentence.trim_end().ends_with(['?', '？']);
            clauses(&marked, self.is_phrase).iter().any(|clause| {
                let clause = HARMLESS.removed_from(clause);
                let refers = is_named && !names(&clause) && begins_with_pronoun(&clause);
                is_named = names(&clause);
                is_named && is_against(without_reason(&clause)) || refers && is_poor(&clause)
            })
        })
    }

    /// A sentence in which marks stand for the answer.
    fn marked(&self, sentence: &str) -> String {
        let has_dash = self.names.iter().any(|name| name.contains('-'));
        let mut marked =
            if has_dash { norm(sentence) } else { norm(&with_dashes_parting(sentence)) };
        for longer in &self.longer {
            marked = marked.replace(longer.as_str(), " ; ");
        }
        for name in &self.names {
            let found: Vec<_> = places(&marked, name).collect();
            for at in found.into_iter().rev() {
                // One that overlaps another is gone with it.
                if marked.get(at..at + name.len()) == Some(name) {
                    marked.replace_range(at..at + name.len(), &format!(" {NAME} "));
                }
            }
        }
        let (kin, count) = self.with_kin_marked(&marked);
        if count > 0 && 2 * count >= self.hints.len() { kin } else { marked }
    }

    /// A text in which a mark stands for each word that is kin to one of the answer, and of how many
    /// words of the answer.
    fn with_kin_marked(&self, text: &str) -> (String, usize) {
        let mut found = vec![false; self.hints.len()];
        let mut marked = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let (word, behind) = rest.split_at(rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()));
            match self.hints.iter().position(|hint| is_kin(word, hint)) {
                Some(hint) => {
                    found[hint] = true;
                    marked.extend([' ', KIN, ' ']);
                }
                None => marked.push_str(word),
            }
            let (gap, next) = behind.split_at(behind.find(is_of_word).unwrap_or(behind.len()));
            marked.push_str(gap);
            rest = next;
        }
        for (hint, found) in self.hints.iter().zip(&mut found) {
            if hint.starts_with(is_unparted) && marked.contains(stem(hint)) {
                *found = true;
                marked = marked.replace(stem(hint), &format!(" {KIN} "));
            }
        }
        (marked, found.into_iter().filter(|found| *found).count())
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric()
}

/// A text in which dashes between parts of a sentence are commas: in Russian one stands for `is`.
fn with_dashes_parting(text: &str) -> String {
    let mut parted = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_spaced = before.is_whitespace() && chars.peek().is_some_and(|c| c.is_whitespace());
        let parts = matches!(c, '—' | '–') || is_dash(c) && is_spaced;
        parted.push(if parts { ',' } else { c });
        before = c;
    }
    parted
}

/// The beginning of a word that its forms share.
fn stem(word: &str) -> &str {
    let letters = word.chars().count();
    let cut = match letters {
        _ if word.starts_with(is_unparted) => letters.saturating_sub(2),
        0..=3 => 0,
        4 | 5 => usize::from(word.ends_with(['a', 'e', 'o', 'а', 'я', 'ь'])),
        _ => 2,
    };
    let end = word.char_indices().nth(letters - cut).map_or(word.len(), |(at, _)| at);
    &word[..end]
}

/// Whether a word is a form of another, as `closing` is of `close`, and `banning` of `ban`.
fn is_kin(word: &str, of: &str) -> bool {
    const LONGEST_ENDING: usize = 4;
    const SHORT_ENDINGS: [&str; 6] = ["s", "es", "ed", "ing", "er", "ion"];
    let stem = stem(of);
    let Some(ending) = word.strip_prefix(stem) else { return false };
    if ending.is_empty() || word == of {
        return true;
    }
    if of.starts_with(is_unparted) {
        return false;
    }
    if stem.chars().nth(3).is_some() {
        return ending.chars().nth(LONGEST_ENDING).is_none();
    }
    let doubled = ending.strip_prefix(|c| stem.ends_with(c)).unwrap_or(ending);
    SHORT_ENDINGS.contains(&ending) || SHORT_ENDINGS.contains(&doubled)
}

/// A clause without the reason that it gives, as far as that does not name the answer.
fn without_reason(clause: &str) -> &str {
    let reasons = REASONS.found(clause).map(|(at, _)| at);
    let mut reasons = reasons.filter(|at| names(&clause[..*at]) && !names(&clause[*at..]));
    reasons.next().map_or(clause, |at| &clause[..at])
}

fn begins_with_pronoun(clause: &str) -> bool {
    let behind = clause.split_once(' ').filter(|_| CONTRASTS.begins(clause));
    PRONOUNS.begins(behind.map_or(clause, |(_, behind)| behind))
}

/// Whether a clause that names the answer speaks against it.
fn is_against(clause: &str) -> bool {
    is_worse_of_two(clause).unwrap_or_else(|| {
        let is_denied = DENIALS.found(clause).any(|(at, end)| {
            let is_denial_of_harm = names(&clause[..at]) && is_about(&clause[end..], &HARMS);
            !is_denial_of_harm && !is_about(&clause[end..], &DISAPPROVALS)
        });
        is_denied || disapproves(clause)
    })
}

/// Whether a clause calls something wrong, and does not deny that.
fn disapproves(clause: &str) -> bool {
    DISAPPROVALS.found(clause).any(|(at, _)| !is_denied_at(&clause[..at]))
}

fn is_denied_at(before: &str) -> bool {
    let mut before = before.trim_end();
    for _ in 0..MOST_FILLERS {
        if DENIALS.ends(before) || before.ends_with("less") {
            return true;
        }
        let Some(rest) = without_last_filler(before) else { return false };
        before = rest;
    }
    false
}

/// Whether a clause about what was named before it calls that a poor answer. `It is wrong to …` speaks
/// of something else.
fn is_poor(clause: &str) -> bool {
    let is_about_it = |(_, end): (usize, usize)| {
        let next = clause[end..].trim_start().split(' ').next().unwrap_or_default();
        !["to", "that", "zu", "dass", "de", "que"].contains(&next)
    };
    let mut disapproved = DISAPPROVALS.found(clause).filter(|found| is_about_it(*found));
    let mut approved = APPROVALS.found(clause).filter(|found| is_about_it(*found));
    disapproved.any(|(at, _)| !is_denied_at(&clause[..at]))
        || approved.any(|(at, _)| is_denied_at(&clause[..at]))
}

/// Whether a clause prefers another to the answer, or the answer to another; `None`: it compares
/// neither. Each of a denial and a word for less turns the comparison around.
fn is_worse_of_two(clause: &str) -> Option<bool> {
    let marks = || clause.match_indices([NAME, KIN]);
    let turned = |text: &str| WORSE.is_in(text) == DENIALS.is_in(text);
    let is_before = |(at, _): (usize, &str)| {
        let whole = clause[..at].trim_end();
        let mut before = whole;
        for _ in 0..MOST_FILLERS {
            let prefers = before.strip_suffix("to").is_some_and(|front| {
                PREFERENCES.is_in(front) && !PREFERENCES.ends(front.trim_end())
            });
            let compares = prefers
                || COMPARISONS.ends(before)
                || COMPARISONS_OF_MORE.ends(before) && (MORE.is_in(before) || WORSE.is_in(before));
            if compares {
                // `Instead of` is no word of less.
                return Some(turned(whole));
            }
            before = without_last_filler(before)?;
        }
        None
    };
    marks().find_map(is_before).or_else(|| {
        let is_behind = |(at, mark): (usize, &str)| {
            BEHIND_THE_WORSE.begins(clause[at + mark.len()..].trim_start())
        };
        marks().any(is_behind).then(|| turned(clause))
    })
}

/// Whether the text behind a denial begins with one of these words, fillers aside.
fn is_about(behind: &str, words: &WordList) -> bool {
    let mut rest = behind.trim_start();
    for _ in 0..MOST_FILLERS {
        if words.begins(rest) {
            return true;
        }
        let is_filler = FILLERS.begins(rest) || DENIALS.begins(rest);
        let Some((_, behind)) = rest.split_once(' ').filter(|_| is_filler) else { return false };
        rest = behind;
    }
    false
}

fn without_last_filler(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let before = text.rsplit_once(' ').map_or("", |(before, _)| before);
    let word = text[before.len()..].trim_start();
    let is_filler = |words: &WordList| words.begins(word) && words.ends(word);
    (is_filler(&FILLERS) || is_filler(&WEAK)).then_some(before)
}

#[cfg(test)]
mod tests;
