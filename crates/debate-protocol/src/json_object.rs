use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::statement::beginning;

/// The one balanced top-level `{…}` of a text; `None` if there is none or more than one.
pub(crate) fn only_object(text: &str) -> Option<&str> {
    let mut found = None;
    let (mut depth, mut start) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            (in_string, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        match byte {
            b'{' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' if depth > 0 => {
                depth -= 1;
                if depth == 0 && found.replace(&text[start..=at]).is_some() {
                    return None;
                }
            }
            b'"' if depth > 0 => in_string = true,
            _ => {}
        }
    }
    found.filter(|_| depth == 0)
}

/// Reads a text that is one whole object. Serde would fill a form from an array as well.
///
/// # Errors
/// What is wrong with it, in words a model can act on.
pub(crate) fn read_object<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let no_object = || "the reply is not one whole JSON object".to_owned();
    if !text.starts_with('{') {
        return Err(no_object());
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => beginning(&error.to_string(), 200).to_owned(),
        Category::Syntax | Category::Eof | Category::Io => no_object(),
    })
}

/// Whether a text is a whole JSON object or array: it is read by its form or not at all.
pub(crate) fn is_json(text: &str) -> bool {
    let text = text.trim();
    text.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_object_is_found_in_prose() {
        let fenced = "Sure:\n```json\n{\"choice\": \"a } b\", \"n\": {\"m\": \"\\\"\"}}\n```";
        assert_eq!(only_object(fenced), Some("{\"choice\": \"a } b\", \"n\": {\"m\": \"\\\"\"}}"));
    }

    #[test]
    fn two_objects_or_an_open_one_are_none() {
        assert_eq!(only_object(r#"{"choice":"a"} {"choice":"b"}"#), None);
        assert_eq!(only_object(r#"{"choice":"a"} {"#), None);
        assert_eq!(only_object("} no {"), None);
        assert_eq!(only_object(""), None);
    }

    proptest! {
        #[test]
        fn whatever_is_found_is_balanced(text in "[{}\"\\\\a é]{0,40}") {
            if let Some(object) = only_object(&text) {
                let braced = object.starts_with('{') && object.ends_with('}');
                prop_assert!(braced);
                prop_assert_eq!(only_object(object), Some(object));
            }
        }
    }
}
