//! Writes of events, and keys of requests.

use synod_domain::DebateId;
use synod_event_log::{Batch, Created, Epoch, IdempotencyKey, LogError, Worker};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{PostgresLog, claims::waits_for_request};
use crate::{
    batch_arrays::BatchArrays, function_answer::FunctionAnswer, parameters::signed,
    watched_tails::Tail,
};

const CREATE: &str = "SELECT * FROM create_debate($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const APPEND: &str = "SELECT * FROM append_events($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const IMPORT: &str =
    "SELECT * FROM import_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

impl PostgresLog {
    pub(super) async fn create_first(
        &self,
        first: &Batch,
        key: Option<&IdempotencyKey>,
    ) -> Result<Created, LogError> {
        let id = first.debate_id();
        let BatchArrays {
            expected,
            event_ids,
            bodies,
            crcs,
            status,
            updated_at,
            is_finished,
            topic,
            ..
        } = BatchArrays::new(first)?;
        let (request, key) =
            (key.map(|key| &key.request()[..]), key.map(|key| key.key().as_bytes()));
        let row = self
            .database()
            .write(
                CREATE,
                &[
                    id.as_uuid(),
                    &expected,
                    &key,
                    &request,
                    &topic,
                    &event_ids,
                    &bodies,
                    &crcs,
                    &status,
                    &updated_at,
                    &is_finished,
                ],
            )
            .await?;
        let outcome = FunctionAnswer::new(self.database(), &row);
        match outcome.word()? {
            "done" => Ok(Created::New(id)),
            "existing" => {
                outcome.get::<Uuid>("existing").map(|id| Created::Existing(DebateId::from_uuid(id)))
            }
            _ => Err(outcome.refusal(id)),
        }
    }

    pub(super) async fn append_batch(
        &self,
        batch: &Batch,
        epoch: Option<Epoch>,
    ) -> Result<u64, LogError> {
        let BatchArrays {
            id,
            expected,
            event_ids,
            bodies,
            crcs,
            status,
            updated_at,
            is_finished,
            ..
        } = BatchArrays::new(batch)?;
        let epoch = epoch.map(|epoch| signed(epoch.0));
        let row = self
            .database()
            .write(
                APPEND,
                &[
                    &id,
                    &expected,
                    &epoch,
                    &event_ids,
                    &bodies,
                    &crcs,
                    &status,
                    &updated_at,
                    &is_finished,
                ],
            )
            .await?;
        self.written(batch, &row)
    }

    pub(super) async fn import_batch(
        &self,
        copied: &Batch,
        worker: &Worker,
    ) -> Result<Option<u64>, LogError> {
        let BatchArrays {
            id,
            expected,
            event_ids,
            bodies,
            crcs,
            status,
            updated_at,
            is_finished,
            topic,
        } = BatchArrays::new(copied)?;
        let row = self
            .database()
            .write(
                IMPORT,
                &[
                    &id,
                    &expected,
                    &&**worker.name(),
                    &waits_for_request(worker),
                    &topic,
                    &event_ids,
                    &bodies,
                    &crcs,
                    &status,
                    &updated_at,
                    &is_finished,
                    &self.database().lease_time(),
                ],
            )
            .await?;
        if FunctionAnswer::new(self.database(), &row).word()? == "held" {
            return Ok(None);
        }
        self.written(copied, &row).map(Some)
    }

    /// The last sequence number after a batch was written.
    fn written(&self, batch: &Batch, row: &Row) -> Result<u64, LogError> {
        let outcome = FunctionAnswer::new(self.database(), row);
        if outcome.word()? != "done" {
            return Err(outcome.refusal(batch.debate_id()));
        }
        let last = outcome.last()?;
        self.0.grown(batch.debate_id(), Tail::At(last));
        Ok(last)
    }

    pub(super) async fn find_key(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<DebateId>, LogError> {
        let select = "SELECT request, debate_id FROM keys WHERE key = $1";
        let rows = self.database().read(select, &[&key.key().as_bytes()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let outcome = FunctionAnswer::new(self.database(), row);
        if outcome.get::<&[u8]>("request")? != key.request() {
            return Err(LogError::KeyReused);
        }
        outcome.get::<Uuid>("debate_id").map(|id| Some(DebateId::from_uuid(id)))
    }
}
