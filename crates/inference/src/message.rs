use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The speaker.
    pub role: Role,
    /// The text. Shared: a call is kept for another attempt until it has output.
    pub content: Arc<str>,
}

/// The speaker of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Conduct, set by the caller.
    System,
    /// The caller.
    User,
    /// The model. As the last message: the beginning of the reply, which the model continues.
    Assistant,
}

impl Message {
    /// A message of role system.
    pub fn system(content: impl Into<Arc<str>>) -> Self {
        Self { role: Role::System, content: content.into() }
    }

    /// A message of role user.
    pub fn user(content: impl Into<Arc<str>>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    /// A message of role assistant.
    pub fn assistant(content: impl Into<Arc<str>>) -> Self {
        Self { role: Role::Assistant, content: content.into() }
    }
}
