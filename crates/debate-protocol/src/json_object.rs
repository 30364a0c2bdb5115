use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{prose::Prose, statement::beginning};

/// The one object of a text.
pub(crate) struct FoundObject<'a, T> {
    pub(crate) object: T,
    /// The text around it.
    pub(crate) prose: Prose<'a>,
}

/// The one balanced top-level `{…}` of a text; `None` if there is none or more than one.
pub(crate) fn only_object(text: &str) -> Option<FoundObject<'_, &str>> {
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
                if depth == 0 && found.replace(start..at + 1).is_some() {
                    return None;
                }
            }
            b'"' if depth > 0 => in_string = true,
            _ => {}
        }
    }
    let found = found.filter(|_| depth == 0)?;
    let prose = Prose::new(&text[..found.start], &text[found.end..]);
    Some(FoundObject { object: &text[found], prose })
}

/// The one object of a text that ends before it is closed, as models write that stop too early: closed,
/// and without a number, a key or a text at the end that may not be whole, if that belongs to one of
/// the keys that may be left out. `None` if the text is damaged elsewhere.
pub(crate) fn closed_object<'a>(
    text: &'a str,
    optional: &[&str],
) -> Option<FoundObject<'a, String>> {
    let (before, object) = text.split_at(unclosed_start(text)?);
    let object = object.trim_end();
    let embedded = |object, dropped| FoundObject { object, prose: Prose::new(before, dropped) };
    let error = serde_json::from_str::<serde::de::IgnoredAny>(object).err()?;
    if error.classify() != Category::Eof {
        return None;
    }
    let closed = format!("{object}}}");
    let is_cut_number = object.ends_with(|c: char| c.is_ascii_digit());
    if !is_cut_number && serde_json::from_str::<serde::de::IgnoredAny>(&closed).is_ok() {
        return Some(embedded(closed, ""));
    }
    object.match_indices(',').rev().find_map(|(at, _)| {
        let dropped = object[at + 1..].trim_start();
        let is_optional = dropped.is_empty()
            || optional.iter().any(|key| {
                dropped.strip_prefix('"').is_some_and(|rest| rest.starts_with(&format!("{key}\"")))
            });
        let closed = format!("{}}}", &object[..at]);
        (is_optional && serde_json::from_str::<serde::de::IgnoredAny>(&closed).is_ok())
            .then(|| embedded(closed, dropped))
    })
}

/// The position of the only top-level `{` of a text, if it is never closed.
fn unclosed_start(text: &str) -> Option<usize> {
    let start = text.find('{')?;
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text[start..].bytes() {
        if in_string {
            (in_string, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
            continue;
        }
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b'"' => in_string = true,
            _ => {}
        }
        if depth == 0 {
            return None;
        }
    }
    Some(start)
}

/// Reads a text that is one whole object. Serde would fill a form from an array as well.
///
/// # Errors
/// The error, worded so that a model can act on it.
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

/// Whether a text begins with an object and its first key, whole or not.
pub(crate) fn begins_object(text: &str) -> bool {
    text.trim().strip_prefix('{').is_some_and(|inside| inside.trim_start().starts_with('"'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Option<&str> {
        only_object(text).map(|embedded| embedded.object)
    }

    #[test]
    fn one_object_is_found_in_prose() {
        let fenced = "Sure:\n```json\n{\"choice\": \"a } b\", \"n\": {\"m\": \"\\\"\"}}\n```";
        assert_eq!(found(fenced), Some("{\"choice\": \"a } b\", \"n\": {\"m\": \"\\\"\"}}"));
    }

    #[test]
    fn two_objects_or_an_open_one_are_none() {
        assert_eq!(found(r#"{"choice":"a"} {"choice":"b"}"#), None);
        assert_eq!(found(r#"{"choice":"a"} {"#), None);
        assert_eq!(found("} no {"), None);
        assert_eq!(found(""), None);
    }

    proptest! {
        #[test]
        fn whatever_is_found_is_balanced(text in "[{}\"\\\\a é]{0,40}") {
            if let Some(object) = found(&text) {
                let braced = object.starts_with('{') && object.ends_with('}');
                prop_assert!(braced);
                prop_assert_eq!(found(object), Some(object));
            }
        }
    }
}
