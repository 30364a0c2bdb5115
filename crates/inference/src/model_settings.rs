/// What a user says of one model, beside what its host tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelSettings {
    /// Number of parameters, where the host does not tell.
    pub parameters: Option<u64>,
    /// Tokens of prompt and reply together that a call may have, where the host does not tell.
    pub window: Option<u32>,
    /// Whether it can chat, whatever the host tells.
    pub chats: Option<bool>,
}
