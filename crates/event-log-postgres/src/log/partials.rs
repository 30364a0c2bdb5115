//! The text so far of open calls.

use std::sync::Arc;

use synod_domain::DebateId;
use synod_event_log::{LogError, PartialTexts};

use super::PostgresLog;
use crate::{function_answer::confirmed_or_unavailable, parameters::signed_crc};

const KEEP_PARTIALS: &str = "INSERT INTO partials (debate_id, texts, crc) VALUES ($1, $2, $3) \
     ON CONFLICT (debate_id) DO UPDATE SET texts = excluded.texts, crc = excluded.crc";

impl PostgresLog {
    pub(super) async fn keep_texts(
        &self,
        id: DebateId,
        texts: &PartialTexts,
    ) -> Result<(), LogError> {
        let done = if texts.is_empty() {
            let delete = "DELETE FROM partials WHERE debate_id = $1";
            self.database().write_rows(delete, &[id.as_uuid()]).await
        } else {
            let json = serde_json::to_vec(texts)
                .map_err(|error| LogError::Unavailable { source: Arc::new(error) })?;
            let crc = signed_crc(crc32fast::hash(&json));
            self.database().write_rows(KEEP_PARTIALS, &[id.as_uuid(), &json, &crc]).await
        };
        done.map(drop).map_err(confirmed_or_unavailable)
    }

    pub(super) async fn kept_texts(&self, id: DebateId) -> Result<PartialTexts, LogError> {
        let select = "SELECT texts, crc FROM partials WHERE debate_id = $1";
        let rows = self.database().read(select, &[id.as_uuid()]).await?;
        let texts = rows.first().and_then(|row| {
            let (json, crc) = (row.try_get::<_, &[u8]>(0).ok()?, row.try_get::<_, i32>(1).ok()?);
            let is_whole = signed_crc(crc32fast::hash(json)) == crc;
            is_whole.then(|| serde_json::from_slice(json).ok())?
        });
        Ok(texts.unwrap_or_default())
    }
}
