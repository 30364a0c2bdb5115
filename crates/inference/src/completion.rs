/// How a call succeeded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    /// Why the reply ended.
    pub reason: StopReason,
    /// Tokens read and written, as counted by the host.
    pub usage: Usage,
    /// Tokens of thought among those written, where the host counts them apart.
    pub thought_tokens: Option<u32>,
    /// Where the time went.
    pub timings: Timings,
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopReason {
    /// The model ended it.
    #[default]
    Stop,
    /// The limit of output tokens, or the end of the window, cut it.
    Length,
}

/// Tokens of a call; `None` where the host did not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the prompt, those from a cache included.
    pub prompt_tokens: Option<u32>,
    /// Tokens written.
    pub output_tokens: Option<u32>,
}

/// Where the time of a call went, in milliseconds; `None` if a phase did not occur.
///
/// They add up to the time from the request to the end. The clock of the call covers the last two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// From the request to the grant, and the pauses before the call was sent again.
    pub queued_ms: Option<u64>,
    /// Checking that the model is in memory, and loading it.
    pub load_ms: Option<u64>,
    /// From the start of the clock to the first output, or to the end if there was none. It includes
    /// failed attempts.
    pub first_token_ms: Option<u64>,
    /// From the first output to the end.
    pub generation_ms: Option<u64>,
}
