/// The known word nearest to a mistyped one by Levenshtein distance; among equally near ones the
/// first of the alphabet. `None` if nothing is known.
#[must_use]
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().min_by_key(|k| (strsim::levenshtein(word, k), *k))
}
