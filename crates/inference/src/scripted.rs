mod call_record;
mod host;
mod memory;
mod model;
mod reply;
mod running_reply;

use model::{Shared, touch};

pub use call_record::CallRecord;
pub use host::ScriptedHost;
pub use model::ScriptedModel;
pub use reply::ScriptedReply;
