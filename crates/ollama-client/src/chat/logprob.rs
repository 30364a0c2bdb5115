use serde::Deserialize;

/// How likely a token of the answer was, and which others were likely in its place.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Logprob {
    /// The token's text; a part of a character shows as U+FFFD.
    pub token: String,
    /// The natural logarithm of its probability, 0 or less.
    pub logprob: f64,
    /// The bytes of the text; the server leaves them out when there are none.
    #[serde(default)]
    pub bytes: Vec<u8>,
    /// The likeliest tokens, the chosen one among them.
    #[serde(default)]
    pub top_logprobs: Vec<TokenLogprob>,
}

/// A token that was likely.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TokenLogprob {
    /// The token's text; a part of a character shows as U+FFFD.
    pub token: String,
    /// The natural logarithm of its probability, 0 or less.
    pub logprob: f64,
    /// The bytes of the text; the server leaves them out when there are none.
    #[serde(default)]
    pub bytes: Vec<u8>,
}
