use crate::ChatRequest;

/// What happened to a scripted model.
#[derive(Clone, Debug, Default)]
pub struct CallRecord {
    /// The requests, in the order in which the calls began.
    pub requests: Vec<ChatRequest>,
    /// The texts of the calls that embed, in the order in which they began.
    pub embedded: Vec<Vec<String>>,
    /// Chats that began.
    pub calls: usize,
    /// Chats that were dropped before their end.
    pub cancelled: usize,
    /// Chats under way.
    pub in_flight: usize,
    /// Chats under way at once, at most.
    pub most_in_flight: usize,
    /// Loads that began.
    pub loads: usize,
    /// Those of them that a chat caused, since they were not requested.
    pub loads_by_chats: usize,
    /// Loads that ended, well or not.
    pub loads_ended: usize,
    /// How often it was asked whether it is in memory.
    pub checks: usize,
}
