//! How texts call an option.

use synod_domain::{DebateOption, OptionId, is_dash, norm};

use crate::mention::{holds, is_unparted, words_of};

/// The places of options in words.
const ORDINALS: [&str; OptionId::MOST] = ["first", "second", "third", "fourth", "fifth", "sixth"];

/// Words that tell no option from another, since every sentence may hold them.
const FUNCTION_WORDS: &str = " a an the this that these those to of in on at by as for from with and or if it its is \
    are be we i you they my our your their all any some so do than then there here what who will shall should can \
    must may has have vote votes option options answer choice der die das den dem des ein eine einen einem zu und \
    oder es im in am an auf für mit von ist wir ich le la les l un une de du d et ou en dans pour avec est nous je il \
    el los las y o con por para se es lo gli i e che di da per si os as um uma do em na и в на с по для 的 ";

/// Words by which a sentence refuses.
const REFUSALS: [&str; 12] =
    ["no", "nope", "nein", "non", "não", "nej", "nee", "nei", "нет", "不", "아니요", "いいえ"];

/// Words by which a sentence agrees.
const ASSENTS: [&str; 9] = ["yes", "yeah", "ja", "oui", "sí", "sim", "да", "是", "はい"];

/// One option and how texts call it.
pub(crate) struct OptionNames<'a> {
    option: &'a DebateOption,
    text: String,
    /// Parts that punctuation sets off, as `yes` and `close it` of `Yes, close it`.
    parts: Vec<String>,
}

impl<'a> OptionNames<'a> {
    pub(crate) fn of(option: &'a DebateOption) -> Self {
        let parts = parts(&option.text).map(words_of).filter(|part| !part.is_empty());
        Self { option, text: words_of(&option.text), parts: parts.collect() }
    }

    /// The whole text, as [`words_of`] has it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether words name the option by its whole text or its id. A text of one letter is a word of
    /// many languages, and names the option only behind `option`.
    pub(crate) fn is_named_in(&self, words: &str) -> bool {
        let is_letter = self.text.chars().nth(1).is_none();
        let is_named = if is_letter {
            holds(words, &format!("option {}", self.text))
        } else {
            holds(words, &self.text)
        };
        is_named || designations(self.option.id).any(|name| holds(words, &name))
    }

    /// Whether words name the option by a part that punctuation sets off, and that is no part of
    /// `own`.
    pub(crate) fn is_named_in_part(&self, words: &str, own: &str) -> bool {
        self.telling_parts(own).any(|part| holds(words, part))
    }

    /// The same for a sentence of a statement. A part of one word, as `no`, is a word of many
    /// sentences, and names the option only where the sentence sets it off or ends with it.
    pub(crate) fn is_stated_in_part(&self, sentence: &str, own: &str) -> bool {
        let words = words_of(sentence);
        self.telling_parts(own).any(|part| {
            let is_word = !part.contains(' ') && !part.starts_with(is_unparted);
            holds(&words, part) && (!is_word || is_set_off(&norm(sentence), part))
        })
    }

    /// The parts that punctuation sets off.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(String::as_str)
    }

    fn telling_parts(&self, own: &str) -> impl Iterator<Item = &str> {
        let parts = self.parts.iter().filter(|part| part.chars().nth(1).is_some());
        let is_telling = |part: &&String| !holds(own, part) && part.split(' ').any(is_telling);
        parts.filter(is_telling).map(String::as_str)
    }

    /// Whether a word that begins as a telling word of the option is among words, as `closing` is
    /// for `close it`.
    pub(crate) fn has_kin_in(&self, words: &str) -> bool {
        let mut stems = self.text.split(' ').filter(|word| is_hint(word)).filter_map(|word| {
            let letters = word.chars().count();
            let end = word.char_indices().nth(letters.saturating_sub(1))?.0;
            (letters >= SHORTEST_WITH_STEM).then_some(&word[..end])
        });
        stems.any(|stem| words.split(' ').any(|word| word.starts_with(stem)))
    }

    /// Whether words hold a word of the option that tells it from `own`.
    pub(crate) fn is_hinted_in(&self, words: &str, own: &str) -> bool {
        let telling = |word: &&str| is_hint(word) && !holds(own, word);
        self.text.split(' ').filter(telling).any(|word| holds(words, word))
    }

    /// Whether a text as it is written has the option's one letter as a word: `My vote: A`, but not
    /// `A vote` and `I vote`.
    pub(crate) fn is_letter_in(&self, text: &str) -> bool {
        let name = norm(&self.option.text);
        let mut letters = name.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
        let folds = |c: char| c.to_lowercase().eq(letter.to_lowercase());
        let mut before = ' ';
        let mut sentence_begins = true;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            let is_word = !before.is_alphanumeric() && !next.is_some_and(char::is_alphanumeric);
            if is_word && folds(c) {
                let mut behind = chars.clone();
                let continues = match behind.next() {
                    Some(c) if c.is_whitespace() => behind.next().is_some_and(char::is_lowercase),
                    Some('\'' | '’') => true,
                    Some(_) | None => false,
                };
                let may_be_word = sentence_begins || c.is_lowercase() || c == 'I';
                if !(continues && may_be_word) {
                    return true;
                }
            }
            if !c.is_whitespace() {
                sentence_begins = matches!(c, '.' | '!' | '?' | ':' | '\n');
            }
            sentence_begins |= c == '\n';
            before = c;
        }
        false
    }
}

/// How a text calls an option by its place: `o2`, `o 2`, `option 2`, `second option`.
pub(crate) fn designations(id: OptionId) -> impl Iterator<Item = String> {
    let number = id.place() + 1;
    let ordinal = ORDINALS.get(id.place()).copied().unwrap_or_default();
    [
        format!("o{number}"),
        format!("o {number}"),
        format!("option {number}"),
        format!("{ordinal} option"),
    ]
    .into_iter()
}

/// Whether a word can tell an option from another.
fn is_telling(word: &str) -> bool {
    !word.is_empty() && !FUNCTION_WORDS.contains(&format!(" {word} "))
}

/// Whether a word anywhere in a sentence points to an option.
pub(crate) fn is_hint(word: &str) -> bool {
    is_telling(word) && !REFUSALS.contains(&word) && !ASSENTS.contains(&word)
}

/// In characters.
const SHORTEST_WITH_STEM: usize = 4;

/// Whether a sentence under `norm` begins with a word and a mark behind it, or ends with the word.
fn is_set_off(sentence: &str, word: &str) -> bool {
    let begins = sentence.strip_prefix(word).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with([',', ':', ';', '.', '!', '-', '…', '，', '、'])
    });
    begins || sentence.ends_with(word) && holds(sentence, word)
}

/// Whether a sentence begins by refusing where an option `own` does not, or by agreeing where the
/// option refuses.
pub(crate) fn opens_against(sentence: &str, own: &str) -> bool {
    let (sentence, own_words) = (norm(sentence), words_of(own));
    let begins = |words: &[&str]| {
        words.iter().any(|word| {
            sentence.strip_prefix(word).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with([',', ':', ';', '.', '!', '-', '，', '、'])
            })
        })
    };
    let own_has = |words: &[&str]| words.iter().any(|word| holds(&own_words, word));
    begins(&REFUSALS) && !own_has(&REFUSALS) || begins(&ASSENTS) && own_has(&REFUSALS)
}

/// The parts of a text between punctuation that white space follows, brackets, and dashes between
/// spaces.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.char_indices().find(|(at, c)| {
            let behind = rest[at + c.len_utf8()..].chars().next();
            let spaced = behind.is_none_or(char::is_whitespace);
            match c {
                '(' | ')' | '[' | ']' | '，' | '、' | '；' | '：' | '。' | '،' | '؛' | '—'
                | '–' => true,
                ',' | ';' | ':' | '.' | '!' | '?' => spaced,
                c if is_dash(*c) => spaced && rest[..*at].ends_with(char::is_whitespace),
                _ => false,
            }
        });
        let (part, behind) = match end {
            Some((at, c)) => (&rest[..at], &rest[at + c.len_utf8()..]),
            None => (rest, ""),
        };
        rest = behind;
        Some(part)
    })
}
