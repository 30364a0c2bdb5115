use crate::{is_colon, is_dash, is_enclosing, is_invisible, norm, without_word};

/// Words that announce an answer, the longer ones before those that they begin with.
const WORDS: &[&str] = &[
    "i propose",
    "i suggest",
    "my final answer",
    "my final vote",
    "my proposal",
    "my answer",
    "my choice",
    "my vote",
    "final answer",
    "final vote",
    "new option",
    "new_option",
    "new answer",
    "new proposal",
    "new",
    "proposed option",
    "proposal",
    "suggestion",
    "answer",
    "choice",
    "vote",
    "option",
    // German, French, Spanish, Italian, Portuguese, Russian, Chinese.
    "neue option",
    "vorschlag",
    "antwort",
    "stimme",
    "nouvelle option",
    "proposition",
    "réponse",
    "nueva opción",
    "propuesta",
    "respuesta",
    "voto",
    "nuova opzione",
    "proposta",
    "risposta",
    "nova opção",
    "resposta",
    "ответ",
    "предложение",
    "答案",
    "新选项",
    "提案",
    "回答",
];

/// The words among them that announce a choice, not a new option.
const CHOICES: &[&str] = &[
    "my final answer",
    "my final vote",
    "my answer",
    "my choice",
    "my vote",
    "final answer",
    "final vote",
    "answer",
    "choice",
    "vote",
    "option",
];

/// How a sentence begins that casts a vote or makes a proposal.
const SENTENCES: &[&str] = &[
    "i vote for",
    "i would vote for",
    "i am voting for",
    "i choose",
    "i propose",
    "i suggest",
    "my vote is for",
    "my vote goes to",
    "ich stimme für",
    "je vote pour",
    "voto por",
];

/// What announces a text, as in `Vote: sell it`.
pub(super) struct Lead<'a> {
    /// The text after it.
    pub(super) rest: &'a str,
    /// It is surely no part of the text.
    pub(super) is_certain: bool,
}

impl Lead<'_> {
    /// What a text begins with, if it is announced.
    pub(super) fn of(text: &str) -> Option<Lead<'_>> {
        let text = text.trim_start_matches(|c| is_gap(c) || is_enclosing(c));
        let lead = by_word(text, WORDS)
            .or_else(|| by_sentence(text))
            .or_else(|| by_speaker(text))
            .or_else(|| by_letter(text))?;
        (!norm(lead.rest).is_empty()).then_some(lead)
    }

    /// The same, if what announces the text says that it is the writer's choice.
    pub(super) fn of_choice(text: &str) -> Option<Lead<'_>> {
        let text = text.trim_start_matches(|c| is_gap(c) || is_enclosing(c));
        let lead = by_word(text, CHOICES)?;
        (!norm(lead.rest).is_empty()).then_some(lead)
    }
}

/// `I vote for …`.
fn by_sentence(text: &str) -> Option<Lead<'_>> {
    SENTENCES.iter().find_map(|words| {
        let rest = without_word(text, words).filter(|rest| rest.starts_with(is_gap))?;
        Some(Lead { rest: rest.trim_start_matches(is_gap), is_certain: true })
    })
}

fn by_word<'a>(text: &'a str, words: &[&str]) -> Option<Lead<'a>> {
    words.iter().find_map(|word| {
        let behind = without_word(text, word)?;
        let bare = behind.trim_start_matches(|c| is_gap(c) || is_enclosing(c));
        let bare = without_word(bare, "is")
            .map(|rest| rest.trim_start_matches(is_gap))
            .filter(|rest| rest.starts_with(is_colon))
            .unwrap_or(bare);
        match bare.chars().next()? {
            c if is_colon(c) => Some(Lead { rest: behind_mark(bare), is_certain: true }),
            // `new-build` is one word.
            c if is_dash(c) && behind.starts_with(is_gap) => {
                Some(Lead { rest: behind_mark(bare), is_certain: false })
            }
            _ => None,
        }
    })
}

/// `Speaker B: …`, `S2: …` and `Statement 2: …`.
fn by_speaker(text: &str) -> Option<Lead<'_>> {
    let speaker = without_word(text, "speaker")
        .map(|rest| rest.trim_start_matches(is_gap))
        .and_then(|rest| rest.strip_prefix(|c: char| c.is_ascii_alphabetic()));
    let statement = || {
        let rest = ["statement", "s"].iter().find_map(|word| without_word(text, word))?;
        let rest = rest.trim_start_matches(is_gap);
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        (behind.len() < rest.len()).then_some(behind)
    };
    let behind = speaker.or_else(statement)?;
    let mark = behind.trim_start_matches(|c| is_gap(c) || is_enclosing(c));
    let is_certain = mark.starts_with(is_colon);
    is_certain.then(|| Lead { rest: behind_mark(mark), is_certain })
}

/// `Option B: …`, `b. …` and `II. …`: letters and Roman numerals tell no option, since none has one.
fn by_letter(text: &str) -> Option<Lead<'_>> {
    let named = without_word(text, "option").filter(|rest| rest.starts_with(is_gap));
    let numeral = named.unwrap_or(text).trim_start_matches(is_gap);
    let rest = numeral.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = &numeral[..numeral.len() - rest.len()];
    let is_roman = letters.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'));
    if letters.is_empty() || letters.len() > 4 || letters.len() > 1 && !is_roman {
        return None;
    }
    let mark = rest.trim_start_matches(is_gap);
    let is_colon = mark.starts_with(is_colon);
    let is_mark = is_colon || mark.starts_with(['.', ')', ']', '．', '）']);
    // `e.g. this` and `U.S. law` are no lists.
    let spaced = mark.chars().nth(1).is_some_and(is_gap);
    (is_mark && (spaced || is_colon))
        .then(|| Lead { rest: behind_mark(mark), is_certain: named.is_some() && is_colon })
}

/// The text after the mark at its beginning.
fn behind_mark(text: &str) -> &str {
    let first = text.chars().next().map_or(0, char::len_utf8);
    text[first..].trim_start_matches(|c| is_gap(c) || matches!(c, '*' | '_' | '`'))
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}
