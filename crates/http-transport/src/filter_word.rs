/// Words by which services say that a filter ended an answer or took it away, in lower case.
const WORDS: &[&str] = &[
    // OpenAI, Azure, LiteLLM; Bedrock; Google.
    "content_filter",
    "content_filtered",
    "guardrail_intervened",
    "safety",
    "image_safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    // Cohere; Zhipu; Anthropic.
    "error_toxic",
    "sensitive",
    "refusal",
];

/// Whether this reason of an answer's end (`finish_reason`, `done_reason`) says that a filter of the
/// service took the answer away.
#[must_use]
pub fn is_filter_reason(reason: &str) -> bool {
    WORDS.iter().any(|word| reason.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_told_from_other_ends() {
        for reason in ["content_filter", "SAFETY", "RECITATION", "content_filtered", "sensitive"] {
            assert!(is_filter_reason(reason), "{reason}");
        }
        for reason in ["", "stop", "length", "tool_calls", "MAX_TOKENS", "tired"] {
            assert!(!is_filter_reason(reason), "{reason}");
        }
    }
}
