//! The most output tokens that a server allows, in the sentences by which it refuses more.

mod figures;

use figures::figures;

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
    "output token",
    "output length",
    "output limit",
    "completion token",
    "completion length",
    "tokens to generate",
];

/// Words about the prompt, which has another limit.
const OF_PROMPT: &[&str] =
    &["input token", "input length", "prompt is too long", "prompt length", "context length"];

/// The words before the allowed maximum, the surest first.
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

/// The words before the smallest number that is not allowed.
const BEFORE_TOO_MANY: &[&str] = &["must be less than ", "lower than ", "smaller than "];

/// Signs that the limit is too high, if there is no figure.
const TOO_HIGH: &[&str] =
    &["too large", "too high", "too big", "too many", "exceed", "too long", "limit was reached"];

/// Signs that a name is refused, or listed beside one that is, and not a number.
const OF_NAME: &[&str] = &[
    "not support",
    "unsupported",
    "unknown",
    "unrecognized",
    "unrecognised",
    "unexpected",
    "extra_forbidden",
    "extra inputs",
    "not permitted",
    "expected one of",
    "below minimum",
];

/// Names of the limit in sentences that are hardly about anything else.
const OF_REQUEST: &[&str] = &[
    "too many tokens requested",
    "too many tokens were requested",
    "requested too many tokens",
    "requests too many tokens",
    "number of tokens requested",
    "number of requested tokens",
];

/// Signs that a model has used all of the limit, as by thought, and that a lower one would not help:
/// `Could not finish the message because max_tokens or model output limit was reached. Please try
/// again with higher max_tokens.` (OpenAI and Azure).
const USED_UP: &[&str] =
    &["reached", "could not finish", "ran out of", "used up", "exhausted", "before finishing"];

/// What is advised then.
const WANTS_MORE: &[&str] = &[
    "higher max",
    "higher output",
    "larger max",
    "more max_",
    "increase max",
    "increase the max",
    "increasing max",
    "increasing the max",
    "raise max",
    "raise the max",
    "raising max",
    "raising the max",
];

/// A lower figure is no limit of a reply, but the other end of a range, a version or the like.
const LEAST_LIMIT: u32 = 16;

/// Whether a text, in lower case, says that a request allows too many output tokens, of which it
/// asked for this number; and if so, the most that it may allow, if the server says that.
pub(super) fn output_limit(text: &str, asked: u32) -> Option<Option<u32>> {
    let text = &plain(text);
    let has_any = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    if is_used_up(text) {
        return None;
    }
    let is_named = has_any(NAMES) || has_any(OF_REQUEST);
    let quotes_asked = || text.contains("token") && figures(text).contains(&asked);
    if !is_named && (has_any(OF_PROMPT) || !has_any(WORDS) && !quotes_asked()) {
        return None;
    }
    // Google: `from 1 (inclusive) to 8193 (exclusive)`.
    let exclusive = text.split_once("(inclusive) to ").and_then(|(_, rest)| {
        let most = leading_number(rest)?;
        Some(if rest.contains("(exclusive)") { most.saturating_sub(1) } else { most })
    });
    let most = || BEFORE_MOST.iter().find_map(|mark| number_after(text, mark));
    let too_many = || BEFORE_TOO_MANY.iter().find_map(|mark| number_after(text, mark));
    let stated = exclusive.or_else(most).or_else(|| Some(too_many()?.saturating_sub(1)));
    // Whatever the wording and the language: the limit is below what was asked for.
    let below = || {
        let below = figures(text).into_iter().filter(|most| (LEAST_LIMIT..asked).contains(most));
        below.max().filter(|_| !has_any(OF_NAME))
    };
    let stated = stated.filter(|most| *most > 0);
    match stated.filter(|most| *most < asked).or_else(below).or(stated) {
        Some(most) => Some(Some(most)),
        None => (is_named && has_any(TOO_HIGH)).then_some(None),
    }
}

/// Whether a text, in lower case, says that the limit was reached before anything was said, and that
/// a higher one would help.
pub(super) fn is_used_up(text: &str) -> bool {
    let has_any = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    has_any(USED_UP) && has_any(WANTS_MORE) && (has_any(NAMES) || has_any(WORDS))
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

    /// Messages of services; public issues that quote them are named.
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
            assert_eq!(output_limit(&text.to_lowercase(), 400), Some(Some(256)), "{text}");
        }
        let many = "max_tokens: 128,001 > 64,000, which is the maximum allowed number";
        assert_eq!(output_limit(many, 128_001), Some(Some(64_000)));
        let bare = "'max_tokens' or 'max_completion_tokens' is too large: 5000.";
        assert_eq!(output_limit(bare, 5_000), Some(None));
    }

    /// Without a list of wordings: the largest figure that is less than what was asked for.
    #[test]
    fn the_limit_is_read_whatever_the_wording() {
        for text in [
            // Baidu, Moonshot, Zhipu.
            "the max_tokens must be in the range of [2, 256]",
            "Invalid request: max_tokens(400) is larger than model limit 256",
            "API 调用参数有误，max_tokens 最大值为256",
            "max_output_tokens range is [2, 256]",
            "max_tokens should be between 2 and 256",
            "max_tokens can not be greater than 256",
            "max_tokens is greater than the allowed 256",
            "Maximum allowed value for max_tokens is 256.",
            "Maximum output tokens for this model: 256",
            "max_tokens upper bound is 256",
            "Value 400 for max_tokens out of range (1..256)",
            "`max_tokens`=400 is outside 1-256",
            "max_tokens must be ≤ 256",
            "max_tokens 必须小于等于 256",
            "max_tokens darf höchstens 256 sein",
            "output token limit of 256 exceeded",
            "maximum number of output tokens (256) exceeded",
            "requested 400 tokens, but this model generates at most 256",
            "The requested output length (400) is above this tenant's quota of 256 tokens per reply",
            "Error code: 300 - max_tokens is over the cap (256) of gpt-4.1-mini-2025-04-14",
            "max_tokens is over the cap (256), see line 300, column 310; request id 320",
        ] {
            assert_eq!(output_limit(&text.to_lowercase(), 400), Some(Some(256)), "{text}");
        }
        let range = "max_tokens should be between 2 and 256";
        assert_eq!(output_limit(range, 256), None, "what was asked for is within it");
        let reached =
            "Could not finish the message because max_tokens or model output limit was reached";
        assert_eq!(output_limit(&reached.to_lowercase(), 400), Some(None));
        let thought = format!("{reached}. Please try again with higher max_tokens.").to_lowercase();
        assert_eq!(output_limit(&thought, 400), None);
        for [text, limit] in [
            ["Too many tokens requested.", ""],
            ["You requested too many tokens", ""],
            ["Too many tokens requested: 400 (maximum 256)", "256"],
            ["The number of tokens requested exceeds the limit of 256", "256"],
        ] {
            assert_eq!(output_limit(&text.to_lowercase(), 400), Some(limit.parse().ok()), "{text}");
        }
    }

    #[test]
    fn a_used_up_limit_differs_from_one_that_is_too_high() {
        for text in [
            // OpenAI and Azure.
            "Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.",
            "The model ran out of output tokens. Increase max_completion_tokens and try again.",
            "Output token limit reached while reasoning; try increasing the max_output_tokens (400).",
        ] {
            assert!(is_used_up(&text.to_lowercase()), "{text}");
            assert_eq!(output_limit(&text.to_lowercase(), 400), None, "{text}");
        }
        for text in [
            "max_tokens is too large: 400. This model supports at most 256 completion tokens",
            "max_tokens or model output limit was reached",
            "Rate limit reached. Please increase your quota.",
            "This request requires more credits, or fewer max_tokens. To increase, visit the settings",
        ] {
            assert!(!is_used_up(&text.to_lowercase()), "{text}");
        }
    }

    #[test]
    fn other_limits_are_not_output_limits() {
        for text in [
            "",
            "unknown field `stream_options`, expected one of `model`, `max_tokens` at line 1 column 90",
            "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'input': {'max_tokens': 400, 'seed': 77}}]",
            "max_tokens is not supported with gpt-5, code 77",
            "max_tokens must be an integer (status 310)",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
            "Rate limit reached: Limit 30000, Used 20000, Requested 15000",
            "temperature must be <= 2",
            "max_tokens cannot exceed 99999999999999999999",
        ] {
            let read = output_limit(&text.to_lowercase(), 400).flatten();
            assert_eq!(read, None, "{text}");
        }
    }
}
