/// Words that say nothing about the matter by themselves: greetings, thanks, assent, and that one
/// is ready. Lower case, straight apostrophes.
const SAY_NOTHING: [&str; 137] = [
    // English
    "a",
    "absolutely",
    "agreed",
    "all",
    "alright",
    "and",
    "certainly",
    "colleagues",
    "course",
    "day",
    "dear",
    "definitely",
    "everyone",
    "exactly",
    "excellent",
    "fellow",
    "fine",
    "friends",
    "gentlemen",
    "good",
    "got",
    "great",
    "greetings",
    "hello",
    "hey",
    "hi",
    "indeed",
    "it",
    "ladies",
    "no",
    "noted",
    "of",
    "ok",
    "okay",
    "point",
    "question",
    "right",
    "so",
    "speakers",
    "sure",
    "thank",
    "thanks",
    "thing",
    "to",
    "understood",
    "very",
    "welcome",
    "well",
    "yeah",
    "yep",
    "yes",
    "you",
    "afternoon",
    "evening",
    "morning",
    "i'm",
    "i",
    "am",
    "ready",
    "here",
    "agree",
    "understand",
    "that's",
    "that",
    "is",
    "interesting",
    "much",
    "do",
    "completely",
    "totally",
    "fully",
    "let's",
    "begin",
    "start",
    "us",
    "let",
    // German
    "danke",
    "dank",
    "einverstanden",
    "frage",
    "genau",
    "gerne",
    "gern",
    "gewiss",
    "gut",
    "gute",
    "guten",
    "hallo",
    "ja",
    "klar",
    "natürlich",
    "nein",
    "ordnung",
    "richtig",
    "schön",
    "sehr",
    "selbstverständlich",
    "sicher",
    "sicherlich",
    "tag",
    "verstanden",
    "vielen",
    // French
    "absolument",
    "accord",
    "bien",
    "bonjour",
    "bonne",
    "bonsoir",
    "certainement",
    "d'accord",
    "entendu",
    "excellente",
    "merci",
    "beaucoup",
    "non",
    "oui",
    "salut",
    "sûr",
    "tout",
    // Spanish
    "acuerdo",
    "buena",
    "buenas",
    "buenos",
    "ciertamente",
    "claro",
    "de",
    "desde",
    "días",
    "entendido",
    "gracias",
    "hola",
    "luego",
    "muchas",
    "por",
    "pregunta",
    "supuesto",
    "sí",
];

/// Beginnings of sentences that only announce what comes, or tell what a model is.
const ANNOUNCE: [&str; 44] = [
    "thank you for",
    "thanks for",
    "happy to",
    "i'd be happy to",
    "i would be happy to",
    "i'll be happy to",
    "i'm happy to",
    "i am happy to",
    "i'm glad to",
    "i am glad to",
    "glad to",
    "i'm ready to",
    "i am ready to",
    "i'm here to",
    "i am here to",
    "here is my",
    "here's my",
    "here are my",
    "here is a",
    "here's a",
    "below is my",
    "let's get started",
    "let's dive",
    "let us begin",
    "i will now",
    "i'll now",
    "my name is",
    "i am speaker",
    "i'm speaker",
    "as speaker",
    "this is my opening",
    "i appreciate",
    "i understand your",
    "ich danke",
    "vielen dank für",
    "ich helfe",
    "hier ist mein",
    "merci pour",
    "voici mon",
    "voici ma",
    "je suis prêt",
    "gracias por",
    "estoy listo",
    "aquí está mi",
];

/// How a model begins to speak of itself as one.
const OF_ITSELF: [&str; 9] = [
    "as an ai",
    "as a language model",
    "as a large language model",
    "i'm an ai",
    "i am an ai",
    "als ki",
    "en tant qu'ia",
    "como ia",
    "como modelo de lenguaje",
];

/// What it then says that it lacks.
const LACKS: [&str; 17] = [
    "opinion",
    "feeling",
    "belief",
    "preference",
    "emotion",
    "experience",
    "don't have",
    "do not have",
    "cannot",
    "can't",
    "unable",
    "not able",
    "meinung",
    "gefühl",
    "avis",
    "opiniones",
    "sentimientos",
];

/// The same in Chinese, where no space parts words.
const CHINESE: [&str; 20] = [
    "好的",
    "好",
    "当然可以",
    "当然",
    "當然可以",
    "當然",
    "没问题",
    "沒問題",
    "谢谢大家",
    "谢谢你",
    "谢谢您",
    "谢谢",
    "謝謝",
    "你好",
    "您好",
    "大家好",
    "是的",
    "明白了",
    "好问题",
    "我同意",
];

const CHINESE_OF_ITSELF: [&str; 6] = [
    "作为ai",
    "作为一个ai",
    "作为人工智能",
    "作为一个人工智能",
    "作为一名人工智能",
    "作为语言模型",
];

/// The longest sentence that is looked at: one that is longer says something.
const LONGEST: usize = 160;

/// Whether a sentence says nothing about the matter.
pub(super) fn is_filler(sentence: &str) -> bool {
    if sentence.chars().nth(LONGEST).is_some() {
        return false;
    }
    let plain = sentence.to_lowercase().replace(['’', '‘', '`'], "'");
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, ':' | '：'));
    let says = plain.trim_matches(|c: char| !c.is_alphanumeric());
    says.is_empty()
        || plain.ends_with([':', '：'])
        || is_assent(says)
        || ANNOUNCE.iter().any(|words| begins_with(says, words))
        || OF_ITSELF.iter().any(|words| begins_with(says, words))
            && LACKS.iter().any(|lack| says.contains(lack))
        || is_chinese_filler(says)
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
        let fits =
            word == "speaker" || SAY_NOTHING.contains(&word) || (addressed && is_letter(word));
        addressed = word == "speaker";
        fits
    })
}

fn begins_with(says: &str, words: &str) -> bool {
    says.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn is_chinese_filler(says: &str) -> bool {
    let mut rest = says;
    while let Some(after) = CHINESE.iter().find_map(|words| rest.strip_prefix(words)) {
        rest = after.trim_start_matches(|c: char| !c.is_alphanumeric());
        if rest.is_empty() {
            return true;
        }
    }
    let joined: String = says.chars().filter(|c| !c.is_whitespace()).collect();
    CHINESE_OF_ITSELF.iter().any(|words| joined.starts_with(words))
        && ["没有", "无法", "不能"].iter().any(|lack| joined.contains(lack))
}
