mod account;
mod fair_queue;
mod flow;
mod gate;
mod permit;
mod queue;
mod service_times;
mod standing;
mod virtual_tokens;
mod waiting;

use serde::{Deserialize, Serialize};

pub use flow::Flow;
pub(crate) use gate::{Entry, Gate};
pub(crate) use permit::Permit;
use queue::{AdmissionQueue, Full, Place, Ticket};
use service_times::ServiceTimes;
pub(crate) use standing::Standing;
use virtual_tokens::VirtualTokens;
pub(crate) use waiting::{News, Waiting};

/// How soon a call is admitted to a model that is busy. Within a class, places are shared among
/// the [`Flow`]s, and in a flow it is first come first served.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum AdmissionClass {
    /// After everything else.
    Low,
    /// Debates and chats.
    #[default]
    Normal,
    /// Before the ordinary.
    High,
    /// Before all others.
    Urgent,
}
