//! Leases and claims.

use std::time::Duration;

use synod_domain::DebateId;
use synod_event_log::{Claim, Epoch, LogError, Takeover, Worker};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::PostgresLog;
use crate::{
    function_answer::{FunctionAnswer, confirmed_or_unavailable, lease_lost},
    parameters::{limit as most, millis, signed},
};

const CLAIM: &str = "SELECT * FROM claim_debate($1, $2, $3, $4, $5)";
const TAKE_OVER: &str = "SELECT * FROM take_over_debates($1, $2, $3, $4, $5, $6)";

/// The condition is that of `take_over_debates`.
const HAS_FREE: &str = "SELECT FROM live_leases($1) live, debates d \
     WHERE NOT d.finished AND NOT d.purged AND d.status_seq > 1 AND NOT d.on_request \
     AND (d.lease IS NULL OR d.lease <> ALL (live)) AND d.id <> ALL ($2) LIMIT 1";

impl PostgresLog {
    /// Calls a function that is one of a worker and has an outcome only.
    pub(super) async fn of_worker(
        &self,
        function: &str,
        worker: &Worker,
        lease: Duration,
    ) -> Result<String, LogError> {
        let (name, incarnation) = (&**worker.name(), worker.incarnation());
        let call = format!("SELECT * FROM {function}($1, $2, $3, $4)");
        let (lease, at) = (millis(lease), self.database().lease_time());
        let row = self.database().write(&call, &[&name, incarnation, &lease, &at]).await;
        let row = row.map_err(confirmed_or_unavailable)?;
        FunctionAnswer::new(self.database(), &row).word().map(str::to_owned)
    }

    pub(super) async fn claim_one(
        &self,
        id: DebateId,
        worker: &Worker,
    ) -> Result<Option<Claim>, LogError> {
        let (name, incarnation) = (&**worker.name(), worker.incarnation());
        let at = self.database().lease_time();
        let parameters: [&(dyn ToSql + Sync); 5] =
            [id.as_uuid(), &name, incarnation, &waits_for_request(worker), &at];
        let row = self.database().write(CLAIM, &parameters).await?;
        let outcome = FunctionAnswer::new(self.database(), &row);
        match outcome.word()? {
            "done" => Ok(Some(Claim { id, epoch: outcome.epoch()?, last: outcome.last()? })),
            "held" => Ok(None),
            "lease_lost" => Err(lease_lost(worker)),
            _ => Err(outcome.refusal(id)),
        }
    }

    pub(super) async fn claim_free(
        &self,
        worker: &Worker,
        except: &[DebateId],
        limit: usize,
    ) -> Result<Vec<Claim>, LogError> {
        let (name, incarnation) = (&**worker.name(), worker.incarnation());
        let except: Vec<Uuid> = except.iter().map(|id| *id.as_uuid()).collect();
        let (limit, at) = (most(limit), self.database().lease_time());
        let parameters: [&(dyn ToSql + Sync); 6] =
            [&name, incarnation, &waits_for_request(worker), &except, &limit, &at];
        let rows = self.database().write_rows(TAKE_OVER, &parameters).await?;
        let mut claims = Vec::with_capacity(rows.len());
        for row in &rows {
            let outcome = FunctionAnswer::new(self.database(), row);
            if outcome.word()? == "lease_lost" {
                return Err(lease_lost(worker));
            }
            let id = DebateId::from_uuid(outcome.get("debate")?);
            claims.push(Claim { id, epoch: outcome.epoch()?, last: outcome.last()? });
        }
        claims.sort_by_key(|claim| claim.id);
        Ok(claims)
    }

    /// Whether [`claim_free`](Self::claim_free) would find a debate.
    pub(super) async fn has_free(&self, except: &[DebateId]) -> Result<bool, LogError> {
        let except: Vec<Uuid> = except.iter().map(|id| *id.as_uuid()).collect();
        let rows =
            self.database().read(HAS_FREE, &[&self.database().lease_time(), &except]).await?;
        Ok(!rows.is_empty())
    }

    /// Calls a function that is one of a debate and has an outcome only.
    pub(super) async fn of_debate(
        &self,
        call: &str,
        id: DebateId,
        epoch: Option<Epoch>,
    ) -> Result<(), LogError> {
        let epoch = epoch.map(|epoch| signed(epoch.0));
        let row = match &epoch {
            Some(epoch) => self.database().write(call, &[id.as_uuid(), epoch]).await,
            None => self.database().write(call, &[id.as_uuid()]).await,
        };
        let row = row.map_err(confirmed_or_unavailable)?;
        let outcome = FunctionAnswer::new(self.database(), &row);
        if outcome.word()? == "done" { Ok(()) } else { Err(outcome.refusal(id)) }
    }
}

/// Whether only a claim that names a debate of this worker gets it.
pub(super) fn waits_for_request(worker: &Worker) -> bool {
    match worker.takeover() {
        Takeover::Automatic => false,
        Takeover::OnRequest => true,
    }
}
