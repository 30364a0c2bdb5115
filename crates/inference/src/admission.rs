mod gate;
mod queue;

use serde::{Deserialize, Serialize};

pub(crate) use gate::{Entry, Gate, News, Permit, Waiting};
pub(crate) use queue::{AdmissionQueue, Full, Ticket};

/// How soon a call is admitted to a model that is busy. Within a class, first come first served.
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
