//! The most output tokens that a server allows, in the sentences by which it refuses more.

/// How servers name the limit of a request's output tokens, in lower case.
const NAMES: &[&str] = &[
    "max_tokens",
    "max_completion_tokens",
    "max_new_tokens",
    "max_output_tokens",
    "max_tokens_to_sample",
    "max_gen_len",
    "maxoutputtokens",
    "maxtokens",
    "num_predict",
];

/// The same in words of the language.
const WORDS: &[&str] = &[
    "max tokens",
    "maximum tokens you requested",
    "output tokens",
    "completion tokens",
    "tokens to generate",
];

/// What is said of the prompt, whose limit is another.
const OF_PROMPT: &[&str] =
    &["input token", "input length", "prompt is too long", "prompt length", "context length"];

/// What stands before the most that is allowed, the surest first.
const BEFORE_MOST: &[&str] = &[
    // OpenAI.
    "supports at most ",
    // DeepSeek and Alibaba: `the valid range of max_tokens is [1, 8192]`.
    "[1, ",
    "[1,",
    "[0, ",
    "[0,",
    "(0, ",
    // Groq, Cohere, FastAPI, Mistral; Bedrock.
    "less than or equal to ",
    "fewer than or equal to ",
    "model limit of ",
    // Volcengine: `expected a value <= 12288`; AJV: `must be <= 256`.
    "<= ",
    "<=",
    // Anthropic: `max_tokens: 400 > 256`; OpenRouter: `max_tokens limit exceeded: 100000 > 9577`.
    " > ",
    // Novita: `must be between 0 and 32768`.
    "between 0 and ",
    "between 1 and ",
    "from 0 to ",
    "from 1 to ",
    "range of 1 to ",
    "range 1 to ",
    // OpenRouter, of what is left to spend.
    "can only afford ",
    "cannot be greater than ",
    "can't be greater than ",
    "must not be greater than ",
    "cannot exceed ",
    "can't exceed ",
    "must not exceed ",
    "should not exceed ",
    "may not exceed ",
    "not be more than ",
    "no more than ",
    "at most ",
    "up to a maximum of ",
    "maximum value of ",
    "maximum value is ",
    "maximum allowed value is ",
    "maximum allowed value of ",
    "maximum allowed is ",
    "maximum limit of ",
    "maximum of ",
    "maximum is ",
    "maximum: ",
    "max is ",
    "max allowed is ",
    "max allowed: ",
    "limit is ",
    "limit of ",
    "exceeds maximum ",
    "exceeds the maximum ",
];

/// What stands before the least that is not allowed.
const BEFORE_TOO_MANY: &[&str] = &["must be less than ", "lower than ", "smaller than "];

/// Signs that the limit is too high, where no figure is told.
const TOO_HIGH: &[&str] = &["too large", "too high", "too big", "too many", "exceed", "too long"];

/// Whether a text, in lower case, says that a request allows too many output tokens; and if so, the
/// most that it may allow, if that is told.
pub(super) fn output_limit(text: &str) -> Option<Option<u32>> {
    let text = &plain(text);
    let has_any = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    let is_named = has_any(NAMES);
    if !is_named && (!has_any(WORDS) || has_any(OF_PROMPT)) {
        return None;
    }
    // Google: `from 1 (inclusive) to 8193 (exclusive)`.
    let exclusive = text.split_once("(inclusive) to ").and_then(|(_, rest)| {
        let most = leading_number(rest)?;
        Some(if rest.contains("(exclusive)") { most.saturating_sub(1) } else { most })
    });
    let most = || BEFORE_MOST.iter().find_map(|mark| number_after(text, mark));
    let too_many = || BEFORE_TOO_MANY.iter().find_map(|mark| number_after(text, mark));
    let told = exclusive.or_else(most).or_else(|| Some(too_many()?.saturating_sub(1)));
    match told.filter(|most| *most > 0) {
        Some(most) => Some(Some(most)),
        None => (is_named && has_any(TOO_HIGH)).then_some(None),
    }
}

/// Without quotes and without separators in numbers.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|c| !matches!(c, '`' | '"' | '\'' | '\\')).collect();
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let separates = |at: usize| {
        bytes[at] == b',' && at > 0 && is_digit(at - 1) && (1..=3).all(|next| is_digit(at + next))
    };
    text.char_indices().filter(|(at, _)| !separates(*at)).map(|(_, c)| c).collect()
}

fn number_after(text: &str, mark: &str) -> Option<u32> {
    text.match_indices(mark).find_map(|(at, _)| leading_number(&text[at + mark.len()..]))
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As services say it; where a source is public, the issue that tells of it is named.
    #[test]
    fn the_limit_is_read_in_every_wording() {
        for text in [
            // OpenAI (NextChat#3195), and behind a relay in the field `param` (AQBot#93).
            "max_tokens is too large: 400. This model supports at most 256 completion tokens, whereas you provided 400.",
            // Anthropic behind LiteLLM (claude-code#24451).
            r#"litellm.BadRequestError: AnthropicException - {"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 400 > 256, which is the maximum allowed number of output tokens for claude-x"}}"#,
            // DeepSeek (DeepSeek-V3#69), Alibaba (open-webui#10507).
            "Invalid max_tokens value, the valid range of max_tokens is [1, 256]",
            "<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 256]",
            // Google (bolt.diy#955).
            "Unable to submit request because it has a maxOutputTokens value of 400 but the supported range is from 1 (inclusive) to 257 (exclusive). Update the value and try again.",
            // Groq (opencode#1000, groq-moa#8).
            "`max_tokens` must be less than or equal to `256`, the maximum value for `max_tokens` is less than the `context_window` for this model",
            "max_tokens for `llama-3.1-8b-instant` must be less than or equal to 256",
            // Mistral and FastAPI, as the client puts lists of errors by place.
            "`max_tokens`: Input should be less than or equal to 256",
            "`max_tokens`: ensure this value is less than or equal to 256",
            // Bedrock (dify#10390, crush#946).
            r#"litellm.BadRequestError: BedrockException - {"message":"The maximum tokens you requested exceeds the model limit of 256. Try again with a maximum tokens value that is lower than 256."}"#,
            "The maximum tokens you requested exceeds the model limit of 256",
            "invalid request: max_tokens must be less than or equal to 256, the maximum output length for this model.",
            // Volcengine (openclaude#331), Novita (cline#8337).
            "The parameter `max_completion_tokens` specified in the request are not valid: integer above maximum value, expected a value <= 256, but got 400 instead.",
            "max_tokens (current value: 400) must be between 0 and 256 ",
            // OpenRouter (openclaude#1125, cline#940).
            "This request requires more credits, or fewer max_tokens. You requested up to 400 tokens, but can only afford 256. To increase, visit the settings",
            "max_tokens limit exceeded: 400 > 256. To increase, create a key with a higher limit",
            // TGI without a tokenizer, whose limits of prompt and reply are apart.
            "Input validation error: `max_new_tokens` must be <= 256. Given: 400",
            "max_tokens must be less than 257",
            "`num_predict` cannot exceed 256",
        ] {
            assert_eq!(output_limit(&text.to_lowercase()), Some(Some(256)), "{text}");
        }
        let many = "max_tokens: 128,001 > 64,000, which is the maximum allowed number";
        assert_eq!(output_limit(many), Some(Some(64_000)));
        let bare = "'max_tokens' or 'max_completion_tokens' is too large: 5000.";
        assert_eq!(output_limit(bare), Some(None));
    }

    #[test]
    fn what_is_said_of_other_limits_is_none() {
        for text in [
            "",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
            "Rate limit reached: Limit 30000, Used 20000, Requested 15000",
            "temperature must be <= 2",
            "max_tokens cannot exceed 99999999999999999999",
        ] {
            let read = output_limit(&text.to_lowercase()).flatten();
            assert_eq!(read, None, "{text}");
        }
    }
}
