/// What a user sets for one model, in addition to what its host reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelSettings {
    /// Number of parameters, if the host does not report it.
    pub parameters: Option<u64>,
    /// Context window in tokens, if the host does not report it.
    pub window: Option<u32>,
    /// Whether it can chat, whatever the host reports.
    pub chats: Option<bool>,
}
