//! Words that announce an option by its number, in the commonest languages: `Option 2`, `选项2`.

use crate::{is_invisible, without_word};

/// Words for an option or an answer. Longer ones come before those that they begin with.
const WORDS: [&str; 60] = [
    "option",
    "choice",
    "answer",
    "number",
    "alternative",
    "variant",
    "proposal",
    "item",
    "no.",
    "nr.",
    "n°",
    // German, French, Spanish, Portuguese, Italian.
    "antwort",
    "möglichkeit",
    "variante",
    "vorschlag",
    "nummer",
    "choix",
    "réponse",
    "proposition",
    "numéro",
    "opción",
    "opcion",
    "respuesta",
    "alternativa",
    "propuesta",
    "número",
    "opção",
    "opcao",
    "resposta",
    "proposta",
    "opzione",
    "risposta",
    "scelta",
    // Dutch, Scandinavian, Polish, Czech, Turkish, Greek.
    "optie",
    "antwoord",
    "keuze",
    "alternativ",
    "svar",
    "opcja",
    "odpowiedź",
    "wariant",
    "možnost",
    "seçenek",
    "επιλογή",
    // Russian, Ukrainian.
    "вариант",
    "ответ",
    "выбор",
    "варіант",
    "відповідь",
    // Chinese, Japanese, Korean.
    "选项",
    "選項",
    "答案",
    "選択肢",
    "回答",
    "옵션",
    "선택지",
    // Arabic, Hindi, Vietnamese, Indonesian.
    "الخيار",
    "विकल्प",
    "lựa chọn",
    "opsi",
];

/// The numbers of options in words.
const NUMBERS: [&[&str]; 6] = [
    &["one", "eins", "un", "uno", "um", "один", "一", "하나"],
    &["two", "zwei", "deux", "dos", "dois", "due", "два", "二", "둘"],
    &["three", "drei", "trois", "tres", "três", "tre", "три", "三", "셋"],
    &["four", "vier", "quatre", "cuatro", "quatro", "quattro", "четыре", "四", "넷"],
    &["five", "fünf", "cinq", "cinco", "cinque", "пять", "五", "다섯"],
    &["six", "sechs", "seis", "sei", "шесть", "六", "여섯"],
];

/// The text after a word for an option that it begins with.
pub(super) fn without_option_word(text: &str) -> Option<&str> {
    WORDS.iter().find_map(|word| without_word(text, word))
}

/// Whether a text under `norm` is a word for an option.
pub(crate) fn is_option_word(word: &str) -> bool {
    WORDS.contains(&word)
}

/// The number that a text begins with in words, and the text after it.
pub(super) fn number_in_words(text: &str) -> Option<(u32, &str)> {
    let rest_behind = |word: &str| {
        let rest = without_word(text, word)?.trim_start_matches(is_invisible);
        let continues = |c: char| c.is_alphanumeric() || crate::is_dash(c);
        (!rest.starts_with(continues)).then_some(rest)
    };
    (1..).zip(NUMBERS).find_map(|(number, words)| {
        words.iter().find_map(|word| rest_behind(word)).map(|rest| (number, rest))
    })
}

/// The number of an option that a text under `norm` is, as `option 2`, `no. 2` and `选项二`.
pub(crate) fn number_of_option(normed: &str) -> Option<usize> {
    let digits = without_option_word(normed)?.trim_start_matches([' ', '#']);
    if let Some((number, "")) = number_in_words(digits) {
        // One to six fit into every integer.
        return usize::try_from(number).ok();
    }
    let is_number = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}
