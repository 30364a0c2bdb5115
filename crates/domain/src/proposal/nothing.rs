use crate::norm;

/// How models say that they propose nothing, under `norm`. `No` is not among them: it is an answer.
const NOTHING: &[&str] = &[
    "none",
    "null",
    "nil",
    "n/a",
    "n.a",
    "na",
    "undefined",
    "empty",
    "nothing",
    "not applicable",
    "not needed",
    "no option",
    "no proposal",
    "no other option",
    "no other options",
    "no other",
    "no new option",
    "no new options",
    "no new proposal",
    "no alternative",
    "none needed",
    "none of the above",
    "none of these",
    "nothing new",
    "nothing to add",
    "no change",
    // German.
    "keine",
    "keiner",
    "keines",
    "nichts",
    "keine andere option",
    "keine weitere option",
    "keine neue option",
    "keine angabe",
    "entfällt",
    "nicht zutreffend",
    // French.
    "aucun",
    "aucune",
    "rien",
    "aucune autre option",
    "aucune nouvelle option",
    "sans objet",
    "néant",
    // Spanish and Portuguese.
    "ninguno",
    "ninguna",
    "nada",
    "ninguna otra opción",
    "ninguna opción nueva",
    "no aplica",
    "nenhum",
    "nenhuma",
    "nenhuma outra opção",
    "não se aplica",
    // Italian.
    "nessuno",
    "nessuna",
    "niente",
    "nessun'altra opzione",
    "nessuna nuova opzione",
    // Dutch, Polish, Turkish.
    "geen",
    "niets",
    "geen andere optie",
    "niet van toepassing",
    "brak",
    "żadna",
    "nie dotyczy",
    "yok",
    "hiçbiri",
    // Russian.
    "ничего",
    "отсутствует",
    "нет других вариантов",
    "не применимо",
    // Chinese, Japanese, Korean.
    "无",
    "無",
    "没有",
    "沒有",
    "无其他选项",
    "没有其他选项",
    "なし",
    "無し",
    "特になし",
    "該当なし",
    "없음",
    "해당 없음",
    // Arabic.
    "لا شيء",
    "لا يوجد",
];

/// Whether a text says that nothing is proposed, or says nothing.
pub(super) fn is_nothing(text: &str) -> bool {
    let normed = norm(text);
    let plain = normed.strip_prefix('<').and_then(|inner| inner.strip_suffix('>'));
    let plain = plain.unwrap_or(&normed);
    !plain.chars().any(char::is_alphanumeric) || NOTHING.iter().any(|said| norm(said) == plain)
}
