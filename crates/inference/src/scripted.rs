mod host;
mod memory;
mod model;
mod performance;
mod reply;
mod seen;

pub use host::ScriptedHost;
pub use model::ScriptedModel;
pub use reply::ScriptedReply;
pub use seen::Seen;
