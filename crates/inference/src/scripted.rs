mod host;
mod memory;
mod model;
mod performance;
mod reply;

pub use host::ScriptedHost;
pub use model::{ScriptedModel, Seen};
pub use reply::ScriptedReply;
