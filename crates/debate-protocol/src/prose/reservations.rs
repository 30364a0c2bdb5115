//! Words and signs by which a text says that an object in it does not count. They only send a reply
//! to the repair, so that a word too many costs a call, and a word too few a false vote.

use std::sync::LazyLock;

use crate::mention::{holds, words_of};

/// [`WORDS`] as texts are compared.
static COMPARED: LazyLock<Vec<String>> =
    LazyLock::new(|| WORDS.iter().map(|word| words_of(word)).collect());

/// Words that deny, take back, replace or doubt.
const WORDS: &[&str] = &[
    // English.
    "not",
    "no",
    "never",
    "nor",
    "neither",
    "cannot",
    "cant",
    "dont",
    "wont",
    "reject",
    "rejects",
    "rejected",
    "refuse",
    "refused",
    "refusing",
    "decline",
    "oppose",
    "against",
    "wrong",
    "incorrect",
    "mistake",
    "mistaken",
    "erroneous",
    "invalid",
    "void",
    "ignore",
    "disregard",
    "discard",
    "retract",
    "withdraw",
    "revoke",
    "scrap",
    "scratch",
    "strike",
    "instead",
    "rather",
    "unlike",
    "opposite",
    "except",
    "anything but",
    "far from",
    "wait",
    "hmm",
    "hm",
    "actually",
    "correction",
    "reconsider",
    "reconsidering",
    "on reflection",
    "second thought",
    "second thoughts",
    "changed my mind",
    "change my mind",
    "kidding",
    "joking",
    "joke",
    "false",
    "fake",
    "untrue",
    "doubt",
    "example",
    "examples",
    "hypothetical",
    "hypothetically",
    "sample",
    "draft",
    "template",
    "placeholder",
    "would",
    "could",
    "might",
    "maybe",
    "perhaps",
    "suppose",
    "imagine",
    "pretend",
    "something like",
    "such as",
    "looks like",
    "look like",
    "be like",
    "previous",
    "quoted",
    "other side",
    "their vote",
    "their ballot",
    "their choice",
    "their answer",
    // German.
    "nicht",
    "kein",
    "keine",
    "keinen",
    "keiner",
    "keinem",
    "nie",
    "niemals",
    "nein",
    "falsch",
    "stattdessen",
    "statt",
    "sondern",
    "gegen",
    "ablehne",
    "lehne",
    "ungültig",
    "beispiel",
    "wäre",
    "würde",
    "könnte",
    "entwurf",
    "vielleicht",
    "moment",
    "korrektur",
    // French.
    "ne",
    "pas",
    "non",
    "jamais",
    "aucun",
    "aucune",
    "contre",
    "faux",
    "fausse",
    "plutôt",
    "exemple",
    "serait",
    "brouillon",
    "au lieu",
    "peut être",
    "erreur",
    // Spanish, Italian, Portuguese.
    "nunca",
    "jamás",
    "ningún",
    "ninguna",
    "contra",
    "contro",
    "incorrecto",
    "ejemplo",
    "sería",
    "tampoco",
    "sino",
    "quizás",
    "borrador",
    "falso",
    "mai",
    "nessun",
    "nessuna",
    "sbagliato",
    "esempio",
    "sarebbe",
    "invece",
    "bozza",
    "forse",
    "não",
    "nem",
    "errado",
    "exemplo",
    "seria",
    "talvez",
    "rascunho",
    // Dutch, Swedish, Danish, Norwegian, Finnish.
    "niet",
    "geen",
    "nooit",
    "tegen",
    "voorbeeld",
    "zou",
    "fout",
    "misschien",
    "inte",
    "ej",
    "aldrig",
    "exempel",
    "ikke",
    "aldri",
    "eksempel",
    "ei",
    "älä",
    "väärä",
    "esimerkki",
    // Polish, Czech, Hungarian, Romanian, Turkish, Greek.
    "nigdy",
    "przykład",
    "zamiast",
    "není",
    "příklad",
    "nem",
    "példa",
    "nu",
    "niciodată",
    "değil",
    "hayır",
    "asla",
    "örnek",
    "yanlış",
    "karşı",
    "δεν",
    "όχι",
    "μην",
    "παράδειγμα",
    "λάθος",
    // Russian, Ukrainian.
    "не",
    "нет",
    "никогда",
    "против",
    "неверно",
    "вместо",
    "пример",
    "бы",
    "ні",
    "немає",
    "приклад",
    "проти",
    // Chinese, Japanese, Korean.
    "不",
    "没",
    "沒",
    "并非",
    "別",
    "别",
    "错",
    "錯",
    "反对",
    "反對",
    "例如",
    "比如",
    "示例",
    "例子",
    "如果",
    "假如",
    "ない",
    "ません",
    "ではな",
    "違",
    "例えば",
    "たとえば",
    "間違",
    "もし",
    "아니",
    "않",
    "못",
    "반대",
    "예를 들",
    "예시",
    "잘못",
    "만약",
    // Arabic, Hebrew, Persian, Hindi.
    "لا",
    "ليس",
    "لن",
    "لم",
    "غير",
    "ضد",
    "مثال",
    "خطأ",
    "לא",
    "אין",
    "נגד",
    "דוגמה",
    "نه",
    "نیست",
    "नहीं",
    "गलत",
    "उदाहरण",
    // Thai, Vietnamese, Indonesian.
    "ไม่",
    "không",
    "chẳng",
    "ví dụ",
    "tidak",
    "bukan",
    "jangan",
    "contoh",
];

/// Words in front of an object with which a thought or a condition begins.
const LEADS: [&str; 12] = [
    "if",
    "unless",
    "let me",
    "let's",
    "let us",
    "the user",
    "i need to",
    "we need to",
    "wenn",
    "thinking",
    "thought",
    "reasoning steps",
];

/// Words that follow a speaker where the object is that speaker's.
const OF_SPEAKERS: [&str; 8] =
    ["votes", "voted", "says", "said", "wrote", "writes", "chose", "chooses"];

/// Signs that strike out or deny, in lower case.
pub(super) const SIGNS: [&str; 15] =
    ["~~", "<!--", "<del", "<s>", "<strike", "❌", "✗", "✘", "✖", "🚫", "👎", "≠", "!=", "¬", "⊘"];

/// Whether words deny or doubt.
pub(super) fn is_held_in(words: &str) -> bool {
    COMPARED.iter().any(|word| holds(words, word))
        || words.split([' ', '\n']).any(|word| word.ends_with("n't"))
}

/// Whether words in front of an object make it a thought, a condition, or the vote of another.
pub(super) fn leads_to_no_vote(words: &str) -> bool {
    let is_of_speaker = words.match_indices("speaker ").any(|(at, found)| {
        let mut behind = words[at + found.len()..].split([' ', '\n']);
        let is_letter = |label: &str| label.len() == 1;
        behind.next().is_some_and(|label| {
            label.ends_with("'s")
                || is_letter(label) && behind.next().is_some_and(|word| OF_SPEAKERS.contains(&word))
        })
    });
    is_of_speaker
        || words.ends_with(" like")
        || words == "like"
        || LEADS.iter().any(|lead| holds(words, lead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_form_that_texts_are_compared_in() {
        assert!(COMPARED.iter().all(|word| !word.is_empty()));
        for word in LEADS.iter().chain(&OF_SPEAKERS) {
            assert_eq!(words_of(word), *word);
        }
        for sign in SIGNS {
            assert_eq!(sign.to_lowercase(), sign);
        }
    }

    #[test]
    fn denials_and_examples_are_known_in_many_languages() {
        for text in [
            "I will not cast",
            "I can’t mean",
            "on second thought",
            "das ist nicht mein votum",
            "je ne vote pas",
            "no es mi voto",
            "我不投",
            "これは私の票ではない",
            "это не мой голос",
            "for example",
            "something like",
        ] {
            assert!(is_held_in(&words_of(text)), "{text}");
        }
        for text in ["here is my vote", "voici mon vote", "meine Stimme", "我的投票", "nothing new"]
        {
            assert!(!is_held_in(&words_of(text)), "{text}");
        }
    }

    #[test]
    fn a_thought_and_the_vote_of_another_lead_to_none() {
        for text in ["Let me think.", "Speaker B votes", "Speaker B’s ballot", "It must look like"]
        {
            assert!(leads_to_no_vote(&words_of(text)), "{text}");
        }
        for text in ["I agree with Speaker B, so I vote", "My vote as JSON", "As you like, I"] {
            assert!(!leads_to_no_vote(&words_of(text)), "{text}");
        }
    }
}
