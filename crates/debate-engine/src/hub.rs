mod driven;
mod lease;
mod opened;

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc};

use futures_util::{FutureExt, Stream, TryStreamExt, stream};
use synod_debate_protocol::{Command, Status};
use synod_domain::{Clock, DebateId, Event, Initialized, PausePolicy, PauseReason};
use synod_event_log::{
    Batch, Claim, Created, DebateList, Epoch, EventLog, IdempotencyKey, ListQuery, LogError,
    PAGE_SIZE, RecordStore, Summary, SummaryStatus, Which, create_once, delete_debate,
    export::ExportedDebate,
};
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

pub use self::opened::Opened;
use self::{
    driven::{Driven, DrivenDebates, Reservation, is_undrivable},
    lease::Lease,
};
use crate::{
    DebateHandle, EngineError, ParticipantFactory, Settings,
    driver::{self, DriverJob, ServedModels},
};

/// All debates of a log, and the tasks that drive those of this process.
///
/// Clones share one hub. Dropping the last clone aborts its tasks, as in a crash;
/// [`close`](Self::close) ends them in order.
#[derive(Clone)]
pub struct DebateHub(Arc<Hub>);

pub(crate) struct Hub {
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    factory: Arc<dyn ParticipantFactory>,
    settings: Arc<Settings>,
    lease: Lease,
    driven: Arc<DrivenDebates>,
    tasks: TaskTracker,
    /// The runtime of the tasks: the runtime of a caller may end before them.
    runtime: Handle,
    closing: CancellationToken,
}

/// The number of debates that are taken over in one step of the log.
const TAKEOVER_CHUNK: usize = 50;

impl DebateHub {
    /// Creates a hub for the debates of this log. It drives the debates that its handles start, in the
    /// current runtime; [`recover`](Self::recover) adds those that are already in the log.
    ///
    /// # Panics
    /// If called outside a tokio runtime.
    pub fn new(
        log: Arc<dyn EventLog>,
        clock: Arc<dyn Clock>,
        factory: Arc<dyn ParticipantFactory>,
        settings: Settings,
    ) -> Self {
        let hub = Arc::new(Hub {
            lease: Lease::new(Arc::clone(&log), &settings),
            log,
            clock,
            factory,
            settings: Arc::new(settings),
            driven: Arc::default(),
            tasks: TaskTracker::new(),
            runtime: Handle::current(),
            closing: CancellationToken::new(),
        });
        tokio::spawn(lease::keep(Arc::downgrade(&hub), hub.closing.clone()));
        Self(hub)
    }

    /// Opens a debate, which waits for its start. An unstarted debate costs only its log entry. The hub
    /// whose handle starts the debate drives it.
    ///
    /// # Errors
    /// [`EngineError::Closing`], [`EngineError::Log`].
    pub async fn open(&self, setup: Initialized) -> Result<DebateHandle, EngineError> {
        match self.0.open(setup, None).await? {
            Opened::New(handle) | Opened::Existing(handle) => Ok(handle),
        }
    }

    /// Opens a debate, unless the same request with the same key opened it before.
    ///
    /// # Errors
    /// [`EngineError::Closing`]; [`EngineError::Log`], among them [`LogError::KeyReused`] if the key
    /// came with another request.
    pub async fn open_once(
        &self,
        setup: Initialized,
        key: &IdempotencyKey,
    ) -> Result<Opened, EngineError> {
        self.0.open(setup, Some(key)).await
    }

    /// The debate that [`open_once`](Self::open_once) opened for a request with this key, if it did.
    ///
    /// # Errors
    /// [`EngineError::Log`], among them [`LogError::KeyReused`] if the key came with another request.
    pub async fn opened_by(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<DebateHandle>, EngineError> {
        Ok(self.0.log.created_by(key).await?.map(|id| self.0.handle(id)))
    }

    /// Returns a debate of the log, whichever process drives it.
    ///
    /// # Errors
    /// [`EngineError::Log`], among them [`LogError::UnknownDebate`] and [`LogError::Purged`].
    pub async fn get(&self, id: DebateId) -> Result<DebateHandle, EngineError> {
        if !self.0.driven.drives(id) {
            self.0.log.read(id, 1, 1).await?;
        }
        Ok(self.0.handle(id))
    }

    /// As [`EventLog::revision`](synod_event_log::EventLog::revision): while it is the same, no debate was added,
    /// changed or deleted.
    #[must_use]
    pub fn revision(&self) -> Option<i64> {
        self.0.log.revision()
    }

    /// Debates of the log, newest first, at most `limit`, and those among them that are damaged.
    ///
    /// # Errors
    /// [`EngineError::Log`].
    pub async fn list(&self, query: &ListQuery, limit: usize) -> Result<DebateList, EngineError> {
        Ok(self.0.log.list(query, limit).await?)
    }

    /// Reads a debate with the ids of its events, to write it to a file.
    ///
    /// # Errors
    /// [`EngineError::Log`], among them [`LogError::UnknownDebate`] and [`LogError::Purged`].
    pub async fn export(&self, id: DebateId) -> Result<ExportedDebate, EngineError> {
        Ok(ExportedDebate::read(&*self.0.log, id).await?)
    }

    /// The debates that this hub drives or that wait here for their start, then each new one.
    pub fn entered(&self) -> impl Stream<Item = DebateId> + Send + use<> {
        driven::entered(Arc::clone(&self.0.driven))
    }

    /// Takes over every started, unfinished debate that no running process holds, and returns their
    /// number; those that [wait for a request](synod_event_log::Takeover::OnRequest) are left out. Open
    /// calls are made again. Unstarted debates are entered as waiting.
    ///
    /// # Errors
    /// [`EngineError::Log`].
    pub async fn recover(&self) -> Result<usize, EngineError> {
        self.0.enter_unstarted().await?;
        self.0.take_over().await
    }

    /// Checks whether the log can be read, and whether debates can begin.
    ///
    /// # Errors
    /// [`EngineError::Log`].
    pub async fn check_ready(&self) -> Result<(), EngineError> {
        Ok(self.0.log.check_ready().await?)
    }

    /// Pauses the running debates that this hub drives, once their calls in progress have ended.
    pub async fn pause_driven(&self, reason: PauseReason) {
        for id in self.0.driven.ids() {
            let status = self.0.driven.live(id).read(|debate| debate.status());
            if status.is_some_and(|status| status != Status::Running) {
                continue;
            }
            let pause = Command::Pause { policy: PausePolicy::Drain, reason };
            if let Err(error) = self.0.handle(id).carry_out(&pause).await {
                tracing::warn!(debate.id = %id, %error, "the debate could not be paused");
            }
        }
    }

    /// Deletes a debate, its grade and the links to it for good, unless it is unfinished and a process, such
    /// as this one, drives it.
    ///
    /// # Errors
    /// [`EngineError::Log`], among them [`LogError::Held`].
    pub async fn delete(
        &self,
        records: &Arc<dyn RecordStore>,
        id: DebateId,
    ) -> Result<(), EngineError> {
        delete_debate(&*self.0.log, records, id).await?;
        self.0.driven.remove(id);
        Ok(())
    }

    /// Deletes a debate alone for good. If it is driven, its calls are cancelled.
    ///
    /// # Errors
    /// [`EngineError::Log`].
    pub async fn purge(&self, id: DebateId) -> Result<(), EngineError> {
        self.0.log.purge(id).await?;
        self.0.driven.remove(id);
        Ok(())
    }

    /// Refuses new debates, voids the open calls of running ones, and returns when all tasks have ended.
    /// The debates continue when a hub recovers them.
    pub async fn close(&self) {
        self.0.closing.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.lease.end().await;
    }
}

impl Hub {
    fn handle(self: &Arc<Self>, id: DebateId) -> DebateHandle {
        let live = self.driven.live(id);
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        DebateHandle::new(id, log, clock, live, Arc::downgrade(self))
    }

    async fn open(
        self: &Arc<Self>,
        setup: Initialized,
        key: Option<&IdempotencyKey>,
    ) -> Result<Opened, EngineError> {
        if self.closing.is_cancelled() {
            return Err(EngineError::Closing);
        }
        let id = DebateId::from_uuid(Uuid::now_v7());
        let first = Event::DebateInitialized(Arc::new(setup));
        let batch = Batch::new(id, 0, self.clock.now(), [first])?;
        match create_once(&*self.log, &batch, key).await? {
            Created::Existing(existing) => Ok(Opened::Existing(self.handle(existing))),
            Created::New(_) => {
                self.driven.wait(id);
                Ok(Opened::New(self.handle(id)))
            }
        }
    }

    /// Asks the hosts of a debate for its models.
    pub(crate) async fn served_models(&self, setup: &Initialized) -> ServedModels {
        ServedModels::ask(setup.profiles(), &*self.factory).await
    }

    /// Drives a debate that runs after a command, and forgets one that is closed.
    pub(crate) async fn ensure_driven(self: &Arc<Self>, id: DebateId, status: Status) {
        match status {
            Status::Running if !self.closing.is_cancelled() => {
                // After an error the lease renewal takes the debate over.
                if let Err(error) = self.take(id, false).await {
                    tracing::warn!(debate.id = %id, %error, "the debate is not driven yet");
                }
            }
            Status::Closed => self.driven.remove(id),
            Status::Initialized | Status::Running | Status::Paused => {}
        }
    }

    /// Drives a debate, unless it is driven already, and returns whether it does now. `found`: the
    /// debate was started earlier, and the time since its last event is not running time.
    async fn take(self: &Arc<Self>, id: DebateId, found: bool) -> Result<bool, LogError> {
        let Some(reservation) = self.driven.reserve(id) else { return Ok(false) };
        let worker = self.worker().await?;
        let claim = self.log.claim(id, worker).await;
        let Some(claim) = claim.inspect_err(|_| self.driven.doubt_claims())? else {
            return Ok(false);
        };
        // A previous owner may have left calls open.
        let had_owner = claim.epoch > Epoch::default().next();
        self.drive(claim, found || had_owner, reservation);
        Ok(true)
    }

    async fn take_over(self: &Arc<Self>) -> Result<usize, EngineError> {
        // An earlier process of its name holds nothing from then on.
        self.lease.worker().await?;
        let mut taken = self.drive_what_is_held().await?;
        loop {
            let except = self.driven.undrivable();
            // A process that drives nothing writes nothing.
            if !self.log.has_debates_left(&except).await? {
                return Ok(taken);
            }
            let worker = self.worker().await?;
            let claims = self.log.take_over(worker, &except, TAKEOVER_CHUNK).await;
            let claims = claims.inspect_err(|_| self.driven.doubt_claims())?;
            let is_last = claims.len() < TAKEOVER_CHUNK;
            for claim in claims {
                match self.driven.reserve(claim.id) {
                    Some(reservation) => {
                        self.drive(claim, true, reservation);
                        taken += 1;
                    }
                    // A task that lost the debate has not ended yet.
                    None => self.log.release(&claim).await?,
                }
            }
            if is_last {
                return Ok(taken);
            }
        }
    }

    /// After a claim whose outcome is unknown: drives the debates that the log holds for this process,
    /// and that it does not drive.
    async fn drive_what_is_held(self: &Arc<Self>) -> Result<usize, EngineError> {
        if !self.driven.are_claims_in_doubt() {
            return Ok(0);
        }
        let name = self.lease.worker().await?.name();
        let (mut taken, mut unfinished) = (0, pin!(self.unfinished()));
        while let Some(summary) = unfinished.try_next().await? {
            if summary.worker.as_ref() == Some(name) {
                taken += usize::from(self.take(summary.id, true).await?);
            }
        }
        self.driven.trust_claims();
        Ok(taken)
    }

    async fn enter_unstarted(&self) -> Result<(), EngineError> {
        let mut unfinished = pin!(self.unfinished());
        while let Some(summary) = unfinished.try_next().await? {
            if summary.status() == SummaryStatus::Initialized {
                self.driven.wait(summary.id);
            }
        }
        Ok(())
    }

    /// The debates without a verdict, newest first. The log reports damaged ones.
    fn unfinished(&self) -> impl Stream<Item = Result<Summary, LogError>> + Send {
        let pages = stream::try_unfold(Some(ListQuery::of(Which::Unfinished)), async |query| {
            let Some(query) = query else { return Ok(None) };
            let page = self.log.list(&query, PAGE_SIZE).await?.debates;
            let last = page.last().filter(|_| page.len() == PAGE_SIZE);
            let next = last.map(|last| query.before(Some(last.id)));
            Ok::<_, LogError>(Some((stream::iter(page.into_iter().map(Ok)), next)))
        });
        pages.try_flatten()
    }

    fn drive(self: &Arc<Self>, claim: Claim, taken_over: bool, reservation: Reservation) {
        // Boxed, because a task keeps the space for what it captures until it ends.
        let job = Box::new(DriverJob {
            claim,
            taken_over,
            log: Arc::clone(&self.log),
            clock: Arc::clone(&self.clock),
            factory: Arc::clone(&self.factory),
            settings: Arc::clone(&self.settings),
            live: self.driven.live(claim.id),
            hub: Arc::downgrade(self),
            release: self.closing.clone(),
        });
        let driving = async move {
            let halt = AssertUnwindSafe(driver::drive(&job)).catch_unwind().await;
            if Box::pin(is_undrivable(halt.ok(), &job.handle())).await {
                reservation.leave_to_others();
                // Another process may be able to drive it.
                if let Err(error) = job.log.release(&job.claim).await {
                    tracing::warn!(debate.id = %job.claim.id, %error, "the lease has to expire");
                }
            }
            drop(reservation);
        };
        let task = self.tasks.spawn_on(driving, &self.runtime);
        self.driven.drive(claim.id, Driven::new(task.abort_handle()));
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.driven.abort_all();
    }
}

impl std::fmt::Debug for DebateHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DebateHub").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
