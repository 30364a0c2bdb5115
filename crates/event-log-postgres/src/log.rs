mod claims;
mod events;
mod partials;

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use synod_domain::DebateId;
use synod_event_log::{
    Batch, Claim, Created, Damage, DebateList, Epoch, EventLog, IdempotencyKey, ListQuery,
    LogError, PartialTexts, Renewal, Stored, Subscription, Worker,
};

use crate::{
    database::Database,
    database_error::DatabaseError,
    function_answer::{confirmed_or_unavailable, lease_lost},
    list_select::list,
    store_parts::StoreParts,
    stored_rows::read_events,
    tail::follow,
    watched_tails::Tail,
};

/// The log of debates in a [`PostgresStore`](crate::PostgresStore). Clones share it.
#[derive(Clone, Debug)]
pub struct PostgresLog(pub(crate) Arc<StoreParts>);

impl PostgresLog {
    fn database(&self) -> &Database {
        &self.0.database
    }

    async fn check_server(&self) -> Result<(), LogError> {
        let select = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean, \
             EXISTS (SELECT FROM debates)";
        let rows = self.database().read(select, &[]).await?;
        match rows.first().map(|row| row.try_get::<_, bool>(0)) {
            Some(Ok(false)) => Ok(()),
            Some(Ok(true)) => {
                let server = Arc::clone(self.database().server());
                Err(DatabaseError::ReadOnly { server }.into())
            }
            Some(Err(error)) => Err(self.database().damaged(error.to_string())),
            None => Err(self.database().damaged("no answer".to_owned())),
        }
    }
}

impl EventLog for PostgresLog {
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>> {
        self.create_first(first, key).boxed()
    }

    fn created_by<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>> {
        self.find_key(key).boxed()
    }

    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>> {
        self.append_batch(batch, epoch).boxed()
    }

    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>> {
        async move {
            read_events(self.database(), id, from, limit).await.inspect_err(|error| {
                if let LogError::Damaged(cause) = error {
                    self.0.logged.log(&Damage { debate: Some(id), what: cause.to_string() });
                }
            })
        }
        .boxed()
    }

    fn subscribe(&self, id: DebateId, from: u64) -> Subscription {
        let watcher = self.0.watched.watch(id);
        follow(Arc::clone(&self.0), watcher, id, from).boxed()
    }

    fn list<'a>(
        &'a self,
        query: &'a ListQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<DebateList, LogError>> {
        async move {
            let listed = list(self.database(), query, limit).await?;
            listed.damage.iter().for_each(|damage| self.0.logged.log(damage));
            Ok(listed)
        }
        .boxed()
    }

    fn check_ready(&self) -> BoxFuture<'_, Result<(), LogError>> {
        self.check_server().boxed()
    }

    fn register<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        self.of_worker("register_worker", worker, lease).map(|done| done.map(drop)).boxed()
    }

    fn renew<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Renewal, LogError>> {
        async move {
            match &*self.of_worker("renew_lease", worker, lease).await? {
                "continued" => Ok(Renewal::Continued),
                "restarted" => Ok(Renewal::Restarted),
                _ => Err(lease_lost(worker)),
            }
        }
        .boxed()
    }

    fn deregister<'a>(&'a self, worker: &'a Worker) -> BoxFuture<'a, Result<(), LogError>> {
        async move {
            let delete = "DELETE FROM workers WHERE name = $1 AND incarnation = $2";
            let (name, incarnation) = (&**worker.name(), worker.incarnation());
            let done = self.database().write_rows(delete, &[&name, incarnation]).await;
            done.map(drop).map_err(confirmed_or_unavailable)
        }
        .boxed()
    }

    fn claim<'a>(
        &'a self,
        id: DebateId,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        self.claim_one(id, worker).boxed()
    }

    fn take_over<'a>(
        &'a self,
        worker: &'a Worker,
        except: &'a [DebateId],
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Claim>, LogError>> {
        self.claim_free(worker, except, limit).boxed()
    }

    fn has_debates_left<'a>(
        &'a self,
        except: &'a [DebateId],
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        self.has_free(except).boxed()
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        let call = "SELECT * FROM release_debate($1, $2)";
        self.of_debate(call, claim.id, Some(claim.epoch)).boxed()
    }

    fn import<'a>(
        &'a self,
        copied: &'a Batch,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<u64>, LogError>> {
        self.import_batch(copied, worker).boxed()
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            self.of_debate("SELECT * FROM purge_debate($1)", id, None).await?;
            self.0.grown(id, Tail::Purged);
            Ok(())
        }
        .boxed()
    }

    fn keep_partials<'a>(
        &'a self,
        id: DebateId,
        texts: &'a PartialTexts,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        self.keep_texts(id, texts).boxed()
    }

    fn partials(&self, id: DebateId) -> BoxFuture<'_, Result<PartialTexts, LogError>> {
        self.kept_texts(id).boxed()
    }
}
