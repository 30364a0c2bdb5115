mod words;

use unicode_normalization::UnicodeNormalization;
use words::{
    ANNOUNCE, CHINESE_OF_ITSELF, LACKS, OF_ITSELF, SAY_NOTHING, SAY_NOTHING_ELSEWHERE, UNPARTED,
};

/// The longest sentence that is looked at: one that is longer says something.
const LONGEST: usize = 160;

/// Whether a sentence says nothing about the matter.
pub(super) fn is_filler(sentence: &str) -> bool {
    if sentence.chars().nth(LONGEST).is_some() {
        return false;
    }
    let plain = sentence.nfc().collect::<String>().to_lowercase().replace(['’', '‘', '`'], "'");
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ':' | '：'));
    let says = plain.trim_matches(|c: char| !c.is_alphanumeric());
    says.is_empty()
        || plain.ends_with([':', '：'])
        || is_assent(says)
        || announces(says)
        || says.split_once([',', '!']).is_some_and(|(assent, rest)| {
            is_assent(assent) && announces(rest.trim_start_matches(|c: char| !c.is_alphanumeric()))
        })
        || OF_ITSELF.iter().any(|words| begins_with(says, words))
            && LACKS.iter().any(|lack| says.contains(lack))
        || is_unparted_filler(says)
}

fn is_assent(says: &str) -> bool {
    let mut words = says
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty());
    // `Speaker B` is whom it is said to.
    let is_letter = |word: &str| word.len() == 1 && word.is_ascii();
    let mut addressed = false;
    words.all(|word| {
        let says_nothing = SAY_NOTHING.contains(&word)
            || SAY_NOTHING_ELSEWHERE.iter().any(|words| words.split(' ').any(|said| said == word));
        let fits = word == "speaker" || says_nothing || (addressed && is_letter(word));
        addressed = word == "speaker";
        fits
    })
}

fn announces(says: &str) -> bool {
    ANNOUNCE.iter().any(|words| begins_with(says, words))
}

fn begins_with(says: &str, words: &str) -> bool {
    says.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn is_unparted_filler(says: &str) -> bool {
    let mut rest = says;
    while let Some(after) = UNPARTED.iter().find_map(|words| rest.strip_prefix(words)) {
        rest = after.trim_start_matches(|c: char| !c.is_alphanumeric());
        if rest.is_empty() {
            return true;
        }
    }
    let joined: String = says.chars().filter(|c| !c.is_whitespace()).collect();
    CHINESE_OF_ITSELF.iter().any(|words| joined.starts_with(words))
        && ["没有", "无法", "不能"].iter().any(|lack| joined.contains(lack))
}
