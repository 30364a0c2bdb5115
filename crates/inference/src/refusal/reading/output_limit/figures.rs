/// The words before a number that counts or limits nothing.
const BEFORE_OTHERS: &[&str] = &["code", "status", "http", "line", "column", "id", "at least"];

/// The whole numbers in a text in lower case, those left out that are part of a name, a version or a
/// date, or a status, a place or an id. Of a range, both ends.
pub(super) fn figures(text: &str) -> Vec<u32> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mut figures = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|c| !is_part(c)).map_or(rest.len(), |end| start + end);
        let word = rest[start..end].trim_matches(['.', '-']);
        if !is_of_another(&text[..text.len() - rest.len() + start]) {
            figures.extend(numbers(word));
        }
        rest = &rest[end..];
    }
    figures
}

/// `256`, and both of `1..256` and `1-256`.
fn numbers(word: &str) -> Vec<u32> {
    let ends = word.split_once("..").or_else(|| word.split_once('-'));
    let ends = ends.map_or_else(|| vec![word], |(first, last)| vec![first, last]);
    ends.into_iter().map(str::parse).collect::<Result<_, _>>().unwrap_or_default()
}

/// Whether the words before a number say that it is a status, a place or an id.
fn is_of_another(before: &str) -> bool {
    let before =
        before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '#'));
    BEFORE_OTHERS.iter().any(|word| {
        let lead = before.strip_suffix(word);
        lead.is_some_and(|lead| !lead.ends_with(|c: char| c.is_alphanumeric()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_names_versions_and_dates_are_no_figures() {
        for (text, expected) in [
            ("between 2 and 256.", vec![2, 256]),
            ("(1..256)", vec![1, 256]),
            ("1-256", vec![1, 256]),
            ("max_tokens=256", vec![256]),
            ("最大值为256个", vec![256]),
            ("llama-3.1-8b-instant, gpt-4 v2 2026-11-30 0.25k 3.5", vec![]),
            ("error code: 400, status=429, line 1 column 90, request id #7", vec![]),
            ("99999999999999999999", vec![]),
        ] {
            assert_eq!(figures(text), expected, "{text}");
        }
    }
}
