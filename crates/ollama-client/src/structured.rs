use serde::de::DeserializeOwned;

use crate::{DoneReason, Error, ErrorKind, Result, Retryable};

/// Reads a reply's text as the JSON that was asked for.
pub(crate) fn read<T: DeserializeOwned>(text: &str, done_reason: Option<&DoneReason>) -> Result<T> {
    serde_json::from_str(unfenced(text)).map_err(|error| {
        let kind = match done_reason {
            Some(DoneReason::Length) => ErrorKind::StructuredTruncated,
            _ => ErrorKind::StructuredInvalid,
        };
        Error::new(kind, Retryable::ByCaller, error.to_string())
            .with_status(200)
            .with_done_reason(done_reason.cloned())
            .with_partial_content(text.to_owned())
            .with_source(error)
    })
}

/// Takes off one code fence, if the text is exactly that.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let Some((language, rest)) = text.strip_prefix("```").and_then(|rest| rest.split_once('\n'))
    else {
        return text;
    };
    match rest.strip_suffix("```") {
        Some(inner) if language.chars().all(char::is_alphanumeric) => inner,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str, reason: &DoneReason) -> Option<ErrorKind> {
        read::<u8>(text, Some(reason)).err().map(|error| error.kind())
    }

    #[test]
    fn a_fence_is_taken_off_and_prose_is_not_searched() {
        for text in ["7", " 7\n", "```json\n7\n```", "```\n7```\n"] {
            assert_eq!(kind(text, &DoneReason::Stop), None, "{text:?}");
        }
        for text in ["", "It is 7", "7 or 8", "```json\n7", "```7```", "\"7\"", "700"] {
            assert_eq!(
                kind(text, &DoneReason::Stop),
                Some(ErrorKind::StructuredInvalid),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_cut_reply_may_still_be_whole_json() {
        assert_eq!(kind("7 ", &DoneReason::Length), None);
        assert_eq!(kind("{\"a\"", &DoneReason::Length), Some(ErrorKind::StructuredTruncated));
    }
}
