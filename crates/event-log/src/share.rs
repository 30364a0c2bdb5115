use std::sync::Arc;

use serde::{Deserialize, Serialize};
use synod_domain::{DebateId, Timestamp};

use crate::{LogError, RecordStore, TypedRecord, TypedRecords};

/// A link under which one debate can be read without a key, as a document of a [`RecordStore`].
///
/// The token is stored so that the link can be shown again. The same store has the debate itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The secret part of the link.
    pub token: String,
    /// The debate.
    pub debate_id: DebateId,
    /// When the link was made.
    pub created_at: Timestamp,
}

impl Share {
    /// The beginning of the keys of the links to a debate.
    #[must_use]
    pub fn key_prefix(debate: DebateId) -> String {
        format!("{debate}/")
    }
}

impl TypedRecord for Share {
    const KIND: &'static str = "share";
}

/// Removes the links to a debate.
pub(crate) async fn remove_shares(
    records: &Arc<dyn RecordStore>,
    debate: DebateId,
) -> Result<(), LogError> {
    let records = TypedRecords::new(Arc::clone(records));
    for (key, _) in records.with_prefix::<Share>(Share::key_prefix(debate)).await? {
        records.remove::<Share>(key).await?;
    }
    Ok(())
}
