/// Joins words for a sentence, as in `Ann, Bob and Cleo`.
#[must_use]
pub fn enumeration(words: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        text.push_str(match at {
            0 => "",
            _ if at + 1 == words.len() => " and ",
            _ => ", ",
        });
        text.push_str(word.as_ref());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::enumeration;

    #[test]
    fn words_are_joined_as_in_a_sentence() {
        let all = ["Ann", "Bob", "Cleo"];
        let joined = [0, 1, 2, 3].map(|count| enumeration(&all[..count]));
        assert_eq!(joined, ["", "Ann", "Ann and Bob", "Ann, Bob and Cleo"]);
    }
}
