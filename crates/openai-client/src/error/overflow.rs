//! Finds the figures in the messages of servers about requests that do not fit the context.

use synod_http_transport::ContextOverflow;

/// Phrases before the length of the context. Texts are compared in lower case.
const BEFORE_CONTEXT: &[&str] = &[
    // llama.cpp.
    "context size (",
    // OpenAI, vLLM, SGLang, OpenRouter.
    "maximum context length is ",
    "maximum context length of ",
    "maximum context length: ",
    // vLLM.
    "context length is only ",
    "maximum model length of ",
    // LM Studio.
    "context length of only ",
    "n_ctx: ",
    "n_ctx (",
    // llama-cpp-python.
    "context window of ",
    // SGLang.
    "model's context length (",
    "maximum allowed length (",
    // TGI, of prompt and reply together.
    "+ `max_new_tokens` must be <= ",
    "`inputs` must have less than ",
    // vLLM as DeepInfra runs it: `max_tokens=131072 cannot be greater than
    // max_model_len=max_total_tokens=28672`.
    "max_total_tokens=",
    // TabbyAPI, TensorRT-LLM.
    "max_seq_len ",
    "max_seq_len (",
    // Services.
    "maximum prompt length is ",
    "configured limit of ",
    "number of tokens allowed (",
    "context length of ",
    "context window is ",
    // Alibaba.
    "range of input length should be [1, ",
    "range of input length should be [0, ",
];

/// Phrases after the length of the context.
const AFTER_CONTEXT: &[&str] = &[" maximum context length"];

/// Phrases after the length of the prompt.
const AFTER_PROMPT: &[&str] = &[
    " in the messages",
    " in your prompt",
    " of text input",
    " tokens from the input messages",
    " input tokens",
    " `inputs` tokens",
];

/// Phrases before the length of the prompt.
const BEFORE_PROMPT: &[&str] = &[
    "request (",
    "requested tokens (",
    "resulted in ",
    "prompt (length ",
    "the input (",
    "input length (",
    "keep the first ",
    "n_keep: ",
    "n_keep (",
    "tokens. given: ",
    "prompt contains ",
    "prompt is too long: ",
    "prompt length ",
    "request length ",
    "request contains ",
    "input token count (",
];

/// Reads the figures; `None` if the message does not give the length of the context.
pub(super) fn figures(text: &str) -> Option<ContextOverflow> {
    let text = &plain(text);
    let after = |marks: &[&str]| marks.iter().find_map(|mark| number_after(text, mark));
    let before = |marks: &[&str]| marks.iter().find_map(|mark| number_before(text, mark));
    let known = after(BEFORE_CONTEXT).or_else(|| before(AFTER_CONTEXT));
    let Some(context_length) = known else {
        return request_limit(text).or_else(|| exceeded(text));
    };
    let prompt_tokens = before(AFTER_PROMPT).or_else(|| after(BEFORE_PROMPT));
    Some(ContextOverflow { prompt_tokens, context_length })
}

/// Whether a message says that the request alone has more tokens than are allowed per minute or per
/// request, so that waiting does not help.
pub(super) fn is_too_large(text: &str) -> bool {
    request_limit(&plain(text)).is_some()
}

/// The maximum of tokens, prompt and reply together, that a service accepts in one request, whatever
/// the context of the model. Groq, OpenAI: `Request too large for … on tokens per minute (TPM): Limit
/// 6000, Requested 7000`. The requested tokens include the reply, so the length of the prompt is
/// unknown.
fn request_limit(text: &str) -> Option<ContextOverflow> {
    const BEFORE_LIMIT: &[&str] = &["limit ", "limit: ", "limit of ", "limit is "];
    if !text.contains("request too large") || !text.contains("token") {
        return None;
    }
    let limits = BEFORE_LIMIT.iter().filter_map(|mark| number_after(text, mark));
    let context_length = limits.filter(|limit| *limit > 0).min()?;
    Some(ContextOverflow { prompt_tokens: None, context_length })
}

/// The names of what is too long, in the languages of servers: the figures of a limit of the reply
/// alone stand beside none of them.
const OF_CONTEXT: &[&str] = &[
    "prompt",
    "input",
    "contex",
    "kontex",
    "sequence length",
    "контекст",
    "上下文",
    "输入",
    "コンテキスト",
    "컨텍스트",
];

/// Words before the limit that is exceeded, the surest first.
const BEFORE_EXCEEDED: &[&str] =
    &[" > ", "exceed", "larger than", "longer than", "greater than", "smaller than", "limit"];

/// Signs of a limit of tokens per time.
const PER_TIME: &[&str] = &["rate limit", "per min", "per day", "per hour", "per second", "quota"];

/// A smaller figure is no length of a context, but a position, a version or the like.
const LEAST_CONTEXT: u64 = 64;

/// The length of the context by the figures alone, whatever the wording: prompt and reply, or their
/// sum, are more than the figure that follows a word of excess. Anthropic: `input length and
/// max_tokens exceed context limit: 1558 + 512 > 1600`.
fn exceeded(text: &str) -> Option<ContextOverflow> {
    let says_any = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    if !says_any(OF_CONTEXT) || says_any(PER_TIME) {
        return None;
    }
    let words = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '_' | '-'));
    let words = words.map(|word| word.trim_end_matches('.'));
    let figures = words.filter_map(|word| word.parse::<u64>().ok());
    let figures: Vec<_> = figures.filter(|figure| *figure >= LEAST_CONTEXT).collect();
    let is_exceeded = |limit: &u64| {
        let parts = figures.iter().filter(|figure| *figure != limit);
        let sum = parts.clone().fold(0, |sum: u64, figure| sum.saturating_add(*figure));
        parts.max().is_some_and(|most| most > limit) || sum > *limit
    };
    let after = |mark: &&str| {
        let rest = text.split_once(*mark)?.1;
        let digits = rest.find(|c: char| c.is_ascii_digit())?;
        let end = rest[digits..].find(|c: char| !c.is_ascii_digit());
        rest[digits..end.map_or(rest.len(), |end| digits + end)].parse().ok()
    };
    let limits = BEFORE_EXCEEDED.iter().filter_map(after);
    let context_length = limits.filter(|limit| figures.contains(limit)).find(is_exceeded)?;
    Some(ContextOverflow { prompt_tokens: None, context_length })
}

/// In lower case, with numbers that have no separators.
fn plain(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let separates = |at: usize| {
        bytes[at] == b',' && at > 0 && is_digit(at - 1) && (1..=3).all(|next| is_digit(at + next))
    };
    text.char_indices().filter(|(at, _)| !separates(*at)).map(|(_, c)| c).collect()
}

fn number_after(text: &str, mark: &str) -> Option<u64> {
    text.match_indices(mark).find_map(|(at, _)| {
        let rest = &text[at + mark.len()..];
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse().ok()
    })
}

fn number_before(text: &str, mark: &str) -> Option<u64> {
    text.match_indices(mark).find_map(|(end, _)| {
        let start = text[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        // Where a server stopped counting, the figure is of no use.
        let is_exact = !text[..start].trim_end().ends_with("at least");
        text[start..end].parse().ok().filter(|_| is_exact)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_in_every_wording() {
        for (text, prompt_tokens, context_length) in [
            (
                "request (1500 tokens) exceeds the available context size (2048 tokens), try increasing it",
                Some(1_500),
                2_048,
            ),
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum context length is 2048 tokens and your request has 1500 input tokens (4096 > 2048 - 1500). (parameter=max_tokens, value=4096)",
                Some(1_500),
                2_048,
            ),
            (
                "This model's maximum context length is 2048 tokens. However, you requested 5596 tokens (1500 in the messages, 4096 in the completion). Please reduce the length of the messages or completion.",
                Some(1_500),
                2_048,
            ),
            (
                "This model's maximum context length is 2048 tokens, however you requested 5596 tokens (1500 in your prompt; 4096 for the completion). Please reduce your prompt; or completion length.",
                Some(1_500),
                2_048,
            ),
            (
                "You passed 1500 input tokens and requested 4096 output tokens. However, the model's context length is only 2048 tokens, resulting in a maximum input length of 0 tokens.",
                Some(1_500),
                2_048,
            ),
            (
                "This model's maximum context length is 2048 tokens. However, you requested 1000 output tokens and your prompt contains at least 1049 input tokens, for a total of at least 2049 tokens.",
                None,
                2_048,
            ),
            (
                "The decoder prompt (length 5000) is longer than the maximum model length of 2048. Make sure that `max_model_len` is no smaller than the number of text tokens.",
                Some(5_000),
                2_048,
            ),
            (
                "This model's maximum context length is 4097 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
                Some(9_000),
                4_097,
            ),
            (
                "Input tokens exceed the configured limit of 272,000 tokens. Your messages resulted in 300,000 tokens.",
                Some(300_000),
                272_000,
            ),
            (
                "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - This model's maximum context length is 2048 tokens. However, you requested 5596 tokens (1500 in the messages, 4096 in the completion).",
                Some(1_500),
                2_048,
            ),
            (
                "Requested token count exceeds the model's maximum context length of 2048 tokens. You requested a total of 5596 tokens: 1500 tokens from the input messages and 4096 tokens for the completion.",
                Some(1_500),
                2_048,
            ),
            (
                "The input (5000 tokens) is longer than the model's context length (2048 tokens).",
                Some(5_000),
                2_048,
            ),
            (
                "Input length (5000 tokens) exceeds the maximum allowed length (2042 tokens).",
                Some(5_000),
                2_042,
            ),
            (
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1500 `inputs` tokens and 4096 `max_new_tokens`",
                Some(1_500),
                2_048,
            ),
            (
                "Input validation error: `inputs` must have less than 1024 tokens. Given: 1500",
                Some(1_500),
                1_024,
            ),
            (
                "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.",
                Some(5_000),
                4_096,
            ),
            (
                "The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length",
                Some(13_055),
                4_096,
            ),
            ("Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)", Some(15_028), 7_424),
            ("Requested tokens (600) exceed context window of 512", Some(600), 512),
            (
                "This endpoint's maximum context length is 8192 tokens. However, you requested about 30054 tokens (26054 of text input, 4000 in the output).",
                Some(26_054),
                8_192,
            ),
            (
                "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
                Some(40_000),
                32_768,
            ),
            (
                "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
                Some(200_000),
                131_072,
            ),
            (
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048575).",
                Some(1_200_000),
                1_048_575,
            ),
            (
                "max_tokens=131072 cannot be greater than max_model_len=max_total_tokens=28672. Please request fewer output tokens. (parameter=max_tokens, value=131072)",
                None,
                28_672,
            ),
            (
                "This model's maximum context length is 2048 tokens. However, you requested 5596 tokens.",
                None,
                2_048,
            ),
            (
                "Request too large for model `llama-3.1-8b-instant` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 7172, please reduce your message size and try again.",
                None,
                6_000,
            ),
            (
                "Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30,000, Requested 34,172. The input or output tokens must be reduced in order to run successfully.",
                None,
                30_000,
            ),
            ("Request too large: 1172 tokens, limit 1100", None, 1_100),
            // Anthropic, also behind LiteLLM.
            (
                "input length and `max_tokens` exceed context limit: 1558 + 512 > 1600, decrease input length or `max_tokens` and try again",
                None,
                1_600,
            ),
            // Alibaba.
            (
                "InternalError.Algo.InvalidParameter: Range of input length should be [1, 1600]",
                None,
                1_600,
            ),
            // MLC-LLM.
            (
                "Request prompt has 1700 tokens in total, larger than the model input length limit 1600.",
                None,
                1_600,
            ),
            (
                "The input length (1558) + max tokens (512) exceeds the session length (1600)",
                None,
                1_600,
            ),
            (
                "Number of prompt tokens: 1558 + max tokens value: 512 exceeds model max length: 1600",
                None,
                1_600,
            ),
            (
                "Sequence length 1558 + requested 512 new tokens exceeds cache size 1600",
                None,
                1_600,
            ),
            (
                "Prompt has too many tokens. The limit for this model is 1600 tokens, you supplied 2070.",
                None,
                1_600,
            ),
            ("Context window is 1,600 tokens, but 2,070 were requested", None, 1_600),
            (
                "too many tokens: total number of tokens (prompt and prediction) cannot exceed 1600 - received 2070. Try using a shorter prompt, or a smaller max_tokens value.",
                None,
                1_600,
            ),
            (
                "The sum of prompt length (1558), query length (0) and max_tokens (512) should not exceed max_num_tokens (1600)",
                None,
                1_600,
            ),
            (
                "Invalid input argument for Model 'x': the number of input tokens 1700 cannot exceed the total tokens limit 1600 for this model",
                None,
                1_600,
            ),
            (
                "max_length 512 must be smaller than max_context_length 1600 minus the prompt 1558",
                None,
                1_600,
            ),
            ("Kontextfenster überschritten: 2070 > 1600", None, 1_600),
        ] {
            let wanted = ContextOverflow { prompt_tokens, context_length };
            assert_eq!(figures(text), Some(wanted), "{text}");
        }
        for text in [
            "",
            "temperature must be <= 2",
            // Of the reply alone, where the server does not count the prompt.
            "Input validation error: `max_new_tokens` must be <= 512. Given: 1024",
            "Rate limit reached: Limit 30000, Used 20000, Requested 15000",
            "the request exceeds the available context size",
            "Request too large: 1172 bytes, limit 1100",
            "Request too large: tokens",
            "Rate limit reached on input tokens per min: Limit 30000, Used 29000, Requested 2000",
            "Invalid input at line 310: temperature 400 exceeds 2",
            "input validation error: max_tokens 100 exceeds 4096",
            "max_tokens: 400 > 256, which is the maximum allowed number of output tokens for x-20240307",
            "prompt_cache_key exceeds the limit of 64 characters",
            "maximum context length is 99999999999999999999999 tokens",
        ] {
            assert_eq!(figures(text), None, "{text}");
        }
    }
}
