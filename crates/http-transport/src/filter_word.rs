/// Reasons of services for a reply that a content filter ended or removed, in lower case.
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

/// Returns whether the reason for the end of a reply (`finish_reason`, `done_reason`) is a content
/// filter of the service.
#[must_use]
pub fn is_filter_reason(reason: &str) -> bool {
    WORDS.iter().any(|word| reason.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_reasons_differ_from_other_reasons() {
        for reason in ["content_filter", "SAFETY", "RECITATION", "content_filtered", "sensitive"] {
            assert!(is_filter_reason(reason), "{reason}");
        }
        for reason in ["", "stop", "length", "tool_calls", "MAX_TOKENS", "tired"] {
            assert!(!is_filter_reason(reason), "{reason}");
        }
    }
}
