//! How services say that a filter of theirs refused a prompt.

/// What they say, in lower case.
const FILTERED: &[&str] = &[
    // Azure.
    "content management policy",
    "responsible ai",
    // OpenAI: its code, and its sentence of reasoning models.
    "content_policy_violation",
    "flagged as potentially violating",
    "violates our usage polic",
    "content_filter",
    // DeepSeek, Alibaba, Zhipu, OpenRouter.
    "content exists risk",
    "inappropriate content",
    "data_inspection_failed",
    "requires moderation",
    "prohibited content",
];

/// Whether a refusal says that a filter refused the prompt.
pub(crate) fn is_filter(message: &str) -> bool {
    let message = message.to_lowercase();
    FILTERED.iter().any(|mark| message.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_differs_from_other_refusals() {
        for says in [
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
            "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
            "Content Exists Risk",
            "<400> InternalError.Algo.DataInspectionFailed: Input data may contain inappropriate content.",
        ] {
            assert!(is_filter(says), "{says}");
        }
        for says in ["", "bad request", "Streaming is not supported for this model"] {
            assert!(!is_filter(says), "{says}");
        }
    }
}
