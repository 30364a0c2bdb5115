use strsim::osa_distance;

/// Most known words that [`instead_of`] lists.
const MOST_LISTED: usize = 20;

/// The end of a message about an unknown word: the known word it probably means, or else which there
/// are.
#[must_use]
pub fn instead_of<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.into_iter().collect();
    match near_word(word, known.iter().copied()) {
        Some(near) => format!("; did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => {
            let listed: Vec<_> =
                known.iter().take(MOST_LISTED).map(|word| format!("`{word}`")).collect();
            let more = match known.len() - listed.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("; there are {}{more}", listed.join(", "))
        }
    }
}

/// The known word nearest to a mistyped one, if few letters differ or one continues the other.
fn near_word<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let distance = |known: &str| {
        let is_long = known.len().min(word.len()) >= LEAST_PREFIX;
        let continues = is_long && (known.starts_with(&word) || word.starts_with(known));
        let letters = osa_distance(known, &word);
        let few = (word.chars().count() / 3).max(1);
        (continues || letters <= few).then_some(letters)
    };
    let near = known.into_iter().filter_map(|known| Some((distance(known)?, known)));
    near.min().map(|(_, known)| known)
}

/// Characters of the shorter name from which on the longer may continue it.
const LEAST_PREFIX: usize = 3;

/// Most names that [`near_names`] gives.
const MOST_NEAR: usize = 3;

/// The known names of models that a name may have meant, the nearest first, at most three: those that
/// continue it or that it continues (`llama3.2` and `llama3.2:3b`), then those that differ in few
/// letters, tags, owners and case aside.
#[must_use]
pub fn near_names<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = name.to_lowercase();
    let distance = |known: &str| {
        let known = known.to_lowercase();
        let (base, wanted_base) = (base(&known), base(&wanted));
        let whole = osa_distance(&known, &wanted);
        let is_long = known.len().min(wanted.len()) >= LEAST_PREFIX;
        let continues = known.starts_with(&wanted) || wanted.starts_with(&known);
        if base == wanted_base || is_long && continues {
            return Some((0, whole));
        }
        let letters = whole.min(osa_distance(base, wanted_base));
        let few = wanted_base.chars().count() / 4;
        (letters <= few).then_some((letters, whole))
    };
    let mut near: Vec<_> =
        known.into_iter().filter_map(|known| Some((distance(known)?, known))).collect();
    near.sort_unstable();
    near.dedup_by_key(|(_, known)| *known);
    near.into_iter().take(MOST_NEAR).map(|(_, known)| known).collect()
}

/// A model's name without the owner before it and the tag behind it.
fn base(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    name.split(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] =
        ["llama3.2:3b", "llama3.2:1b", "qwen2.5:7b", "org/gemma-3-4b-it", "zmodel:latest"];

    #[test]
    fn near_words_are_suggested_and_otherwise_all_are_listed() {
        let keys = ["name", "expertise", "voice", "host", "model"];
        assert_eq!(instead_of("modle", keys), "; did you mean `model`?");
        assert_eq!(instead_of("Hosts", keys), "; did you mean `host`?");
        assert_eq!(
            instead_of("role", keys),
            "; there are `name`, `expertise`, `voice`, `host`, `model`"
        );
        assert_eq!(instead_of("x", []), "");
    }

    #[test]
    fn a_name_without_its_tag_or_owner_is_near() {
        assert_eq!(near_names("llama3.2", KNOWN), ["llama3.2:1b", "llama3.2:3b"]);
        assert_eq!(near_names("qwen2.5:14b", KNOWN), ["qwen2.5:7b"]);
        assert_eq!(near_names("gemma-3-4b-it", KNOWN), ["org/gemma-3-4b-it"]);
        assert_eq!(near_names("other/Gemma-3-4B-it", KNOWN), ["org/gemma-3-4b-it"]);
    }

    #[test]
    fn few_wrong_letters_are_near_and_another_word_is_not() {
        assert_eq!(
            near_names("zmodle", KNOWN),
            ["zmodel:latest"],
            "two letters that changed places"
        );
        assert_eq!(near_names("lama3.2:3b", KNOWN)[0], "llama3.2:3b");
        assert!(near_names("mistral", KNOWN).is_empty());
        assert!(near_names("x", ["m"]).is_empty(), "of one letter all would be near");
    }
}
