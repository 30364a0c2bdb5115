use serde::Deserialize;

/// The probability of a token of the reply, and of the likeliest alternatives.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Logprob {
    /// The text of the token; a part of a character is U+FFFD.
    pub token: String,
    /// The natural logarithm of its probability, 0 or less.
    pub logprob: f64,
    /// The bytes of the text; empty if the server omits them.
    #[serde(default)]
    pub bytes: Vec<u8>,
    /// The likeliest tokens, the chosen one among them.
    #[serde(default)]
    pub top_logprobs: Vec<TokenLogprob>,
}

/// A likely token.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TokenLogprob {
    /// The text of the token; a part of a character is U+FFFD.
    pub token: String,
    /// The natural logarithm of its probability, 0 or less.
    pub logprob: f64,
    /// The bytes of the text; empty if the server omits them.
    #[serde(default)]
    pub bytes: Vec<u8>,
}
