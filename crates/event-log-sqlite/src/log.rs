use std::{collections::HashSet, io, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use synod_domain::{DebateId, Event};
use synod_event_log::{
    Batch, Claim, Created, DebateList, Epoch, EventLog, IdempotencyKey, ListQuery, LogError,
    PartialTexts, Renewal, Stored, Subscription, Worker,
};

use crate::{
    event_row::EncodedBatch,
    left_debates::has_debates_left,
    list::list,
    log_query::read,
    open_store::OpenStore,
    partials_folder::PartialsFolder,
    space::shortage,
    store_error::StoreError,
    subscription::subscribe,
    writer::{
        Append, ClaimDebate, Create, Deregister, Import, Purge, Register, Release, Renew, TakeOver,
        find_key,
    },
};

/// The log of debates in a [`SqliteStore`](crate::SqliteStore). Clones share it.
///
/// Its futures are polled in a runtime of tokio, on whose threads for blocking work it reads.
#[derive(Clone, Debug)]
pub struct SqliteLog(pub(crate) Arc<OpenStore>);

impl EventLog for SqliteLog {
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>> {
        async move {
            let topic = topic_of(first);
            let create = Create { batch: encode(first)?, key: key.cloned(), topic };
            self.0.writer.write(create).await
        }
        .boxed()
    }

    fn created_by<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>> {
        async move {
            let key = key.clone();
            self.0.readers.read(move |db| find_key(db, &key)).await?
        }
        .boxed()
    }

    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>> {
        async move {
            let append = Append { batch: encode(batch)?, epoch };
            self.0.writer.write(append).await
        }
        .boxed()
    }

    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>> {
        async move {
            let read = self.0.readers.read(move |db| read(db, id, from, limit)).await;
            read.inspect_err(|error| self.0.report_damage(id, error))?
        }
        .boxed()
    }

    fn revision(&self) -> Option<i64> {
        self.0.readers.revision()
    }

    fn subscribe(&self, id: DebateId, from: u64) -> Subscription {
        let subscriber = self.0.watched.subscribe(id);
        self.0.writer.watch();
        subscribe(Arc::clone(&self.0), subscriber, id, from).boxed()
    }

    fn list<'a>(
        &'a self,
        query: &'a ListQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<DebateList, LogError>> {
        async move {
            let (query, leases) = (query.clone(), Arc::clone(&self.0.leases));
            let listed = self.0.readers.read(move |db| list(db, &leases, &query, limit)).await?;
            listed.damage.iter().for_each(|damage| self.0.reported.report(damage));
            Ok(listed)
        }
        .boxed()
    }

    fn check_ready(&self) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            self.list(&ListQuery::default(), 1).await?;
            self.0.check_writes()?;
            // A disk that does not answer stops no thread that drives debates.
            let (dir, options) = (self.0.dir.clone(), self.0.options.clone());
            let asked = self.0.readers.read(move |_| Ok(shortage(&dir, &options))).await?;
            let found = asked.map_err(|source| {
                LogError::from(StoreError::Io { path: self.0.dir.path().to_owned(), source })
            })?;
            found.map_or(Ok(()), Err)
        }
        .boxed()
    }

    fn register<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        self.0.writer.write(Register { worker: worker.clone(), lease }).boxed()
    }

    fn renew<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Renewal, LogError>> {
        self.0.writer.write(Renew { worker: worker.clone(), lease }).boxed()
    }

    fn deregister<'a>(&'a self, worker: &'a Worker) -> BoxFuture<'a, Result<(), LogError>> {
        self.0.writer.write(Deregister { worker: worker.clone() }).boxed()
    }

    fn claim<'a>(
        &'a self,
        id: DebateId,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        self.0.writer.write(ClaimDebate { id, worker: worker.clone() }).boxed()
    }

    fn take_over<'a>(
        &'a self,
        worker: &'a Worker,
        except: &'a [DebateId],
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Claim>, LogError>> {
        let except = except.iter().copied().collect::<HashSet<_>>();
        self.0.writer.write(TakeOver { worker: worker.clone(), except, limit }).boxed()
    }

    fn has_debates_left<'a>(
        &'a self,
        except: &'a [DebateId],
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        let (leases, reported) = (Arc::clone(&self.0.leases), Arc::clone(&self.0.reported));
        let except = except.to_vec();
        let read = move |db: &_| has_debates_left(db, &leases, &except, &reported);
        self.0.readers.read(read).boxed()
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        self.0.writer.write(Release(*claim)).boxed()
    }

    fn import<'a>(
        &'a self,
        copied: &'a Batch,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<u64>, LogError>> {
        async move {
            let (topic, worker) = (topic_of(copied), worker.clone());
            self.0.writer.write(Import { batch: encode(copied)?, worker, topic }).await
        }
        .boxed()
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        self.delete(Purge { id, even_if_held: true }).boxed()
    }

    fn purge_unless_held(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        self.delete(Purge { id, even_if_held: false }).boxed()
    }

    fn keep_partials<'a>(
        &'a self,
        id: DebateId,
        texts: &'a PartialTexts,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        let texts = texts.clone();
        self.in_folder(move |folder| folder.keep(id, &texts)).boxed()
    }

    fn partials(&self, id: DebateId) -> BoxFuture<'_, Result<PartialTexts, LogError>> {
        self.in_folder(move |folder| folder.read(id)).boxed()
    }
}

impl SqliteLog {
    /// Deletes a debate, and then the texts of its open calls, which a driver may write until the debate is
    /// gone.
    async fn delete(&self, purge: Purge) -> Result<(), LogError> {
        let id = purge.id;
        self.0.writer.write(purge).await?;
        // The debate is gone, and its caller has more to delete.
        if let Err(error) = self.keep_partials(id, &PartialTexts::new()).await {
            tracing::warn!(
                debate.id = %id, %error,
                "the text of open calls of a deleted debate stays until the next start of a process"
            );
        }
        Ok(())
    }

    /// Works on the texts of open calls, outside the threads of the runtime.
    async fn in_folder<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PartialsFolder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, LogError> {
        let folder = self.0.partials.clone();
        let done = match self.0.folder_tasks.run(move || work(&folder)).await {
            Some(Ok(done)) => done,
            Some(Err(error)) => Err(io::Error::other(error)),
            None => return Err(StoreError::Closed.into()),
        };
        done.map_err(|source| StoreError::Io { path: self.0.dir.partials(), source }.into())
    }
}

fn encode(batch: &Batch) -> Result<EncodedBatch, LogError> {
    EncodedBatch::new(batch).map_err(|error| LogError::Unavailable { source: Arc::new(error) })
}

/// The question of a debate whose first events these are, as it is searched.
fn topic_of(batch: &Batch) -> Option<String> {
    let (_, first) = batch.events().first()?;
    let Event::DebateInitialized(setup) = &first.event else { return None };
    Some(setup.config.debate_topic.to_lowercase())
}
