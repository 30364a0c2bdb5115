use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use futures_util::StreamExt;
use synod_debate_protocol::{Command, Debate, Partials, Status};
use synod_domain::{
    Clock, DebateId, Event, ModelChange, Outcome, ParticipantProfile, PausePolicy, PauseReason,
    Recorded, Verdict,
};
use synod_event_log::{EventId, EventLog, IdempotencyKey, LogError, append_once};
use tokio::time::timeout;

use crate::{EngineError, Feed, command_batch, hub::Hub, live::LiveDebate, partial_texts, replay};

/// The hub of a debate, which may be gone.
pub(crate) type HubLink = Weak<Hub>;

/// The longest time that a command waits for its effect on the calls of this process.
const EFFECT_LIMIT: Duration = Duration::from_millis(200);

/// A handle to command, read and watch one debate.
///
/// A handle uses the log and not the task that drives the debate. It works in any process that shares
/// the log, and outlasts its hub. The hub of the handle that starts a debate drives it.
#[derive(Clone)]
pub struct DebateHandle {
    id: DebateId,
    log: Arc<dyn EventLog>,
    clock: Arc<dyn Clock>,
    live: Arc<LiveDebate>,
    hub: Weak<Hub>,
}

/// The result of an accepted command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandDone {
    /// The number of the last event after the command.
    pub seq: u64,
    /// The status after the command.
    pub status: Status,
    /// The outcome, if the debate is closed.
    pub outcome: Option<Outcome>,
    /// Whether the command had an effect. It has none if the debate was already in that state.
    pub recorded: bool,
}

impl DebateHandle {
    pub(crate) fn new(
        id: DebateId,
        log: Arc<dyn EventLog>,
        clock: Arc<dyn Clock>,
        live: Arc<LiveDebate>,
        hub: Weak<Hub>,
    ) -> Self {
        Self { id, log, clock, live, hub }
    }

    pub(crate) const fn live(&self) -> &Arc<LiveDebate> {
        &self.live
    }

    /// The debate's id.
    #[must_use]
    pub const fn id(&self) -> DebateId {
        self.id
    }

    /// Starts the debate.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn start(&self) -> Result<CommandDone, EngineError> {
        self.command(Command::Start).await
    }

    /// Pauses the debate: no call begins. Open calls are aborted, or, if the pause drains, those end that a
    /// host works on, and those that wait for a host are voided and made again after a resume.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn pause(&self, policy: PausePolicy) -> Result<CommandDone, EngineError> {
        self.command(Command::Pause { policy, reason: PauseReason::Command }).await
    }

    /// Resumes the debate. It pauses again, with the reason
    /// [`ModelChanged`](PauseReason::ModelChanged), if a host serves another model than it has recorded;
    /// [`resume_accepting_models`](Self::resume_accepting_models) continues all the same.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn resume(&self) -> Result<CommandDone, EngineError> {
        self.command(Command::Resume).await
    }

    /// Resumes the debate, and continues with models that have changed since it recorded them: those that
    /// their hosts serve now or, if a host cannot be asked here, those that the pause names. The new
    /// digests are recorded.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn resume_accepting_models(&self) -> Result<CommandDone, EngineError> {
        let debate = self.snapshot().await?;
        let served = match self.hub.upgrade().filter(|_| debate.status() == Status::Paused) {
            Some(hub) => Some(hub.served_models(debate.setup()).await),
            None => None,
        };
        let paused: &[ModelChange] = debate.pause().map_or(&[], |pause| &pause.paused.models);
        let accepted = debate.model_changes(|profile| {
            let named = || paused.iter().find(|change| is_served(change, profile));
            let served = served.as_ref().and_then(|served| served.digest(profile));
            served.or_else(|| Some(Arc::clone(&named()?.served_digest)))
        });
        self.command(Command::ResumeWithModels { accepted }).await
    }

    /// Closes the debate. Open calls are cancelled, and their text so far is kept.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn stop(&self, reason: Option<String>) -> Result<CommandDone, EngineError> {
        self.command(Command::Stop { reason }).await
    }

    /// Sends a message to all participants, which every call that begins later can read.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn interject(
        &self,
        text: impl Into<String>,
        author: Option<String>,
    ) -> Result<CommandDone, EngineError> {
        self.command(Command::Interject { text: text.into(), author }).await
    }

    /// Sends a message as [`interject`](Self::interject) does, unless the same request with the same key did,
    /// in whichever process. The log of the debate tells, as long as there is one: the request may be repeated
    /// when it is unknown whether it had its effect. The result then names the number of the message.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn interject_once(
        &self,
        text: impl Into<String>,
        author: Option<String>,
        key: &IdempotencyKey,
    ) -> Result<CommandDone, EngineError> {
        let interject = Command::Interject { text: text.into(), author };
        self.command_as(interject, Some(EventId::of_request(self.id, key))).await
    }

    /// Ends the discussion of this round and begins its vote.
    ///
    /// # Errors
    /// Those of [`command`](Self::command).
    pub async fn call_vote(&self) -> Result<CommandDone, EngineError> {
        self.command(Command::CallVote).await
    }

    /// Executes a client's command: start, pause, resume, stop, interject or call_vote. Concurrent
    /// commands and results are serialized by the log.
    ///
    /// If this process drives the debate, its calls have been cancelled as a pause or stop demands when
    /// this returns. Another process follows as soon as it has read the event.
    ///
    /// # Errors
    /// [`EngineError::Rejected`] if the rules refuse it, [`EngineError::NotForClients`] for other
    /// commands, [`EngineError::Log`] if the log fails or holds no such debate.
    pub async fn command(&self, command: Command) -> Result<CommandDone, EngineError> {
        if !is_for_clients(&command) {
            return Err(EngineError::NotForClients(command.name()));
        }
        self.command_as(command, None).await
    }

    async fn command_as(
        &self,
        command: Command,
        event: Option<EventId>,
    ) -> Result<CommandDone, EngineError> {
        let done = self.carry_out_as(&command, event).await?;
        if let Status::Paused | Status::Closed = done.status {
            // The command is in the log, so it is acknowledged even if its effect takes longer.
            if timeout(EFFECT_LIMIT, self.live.settle(done.seq)).await.is_err() {
                tracing::warn!(debate.id = %self.id, "the calls of a paused or ended debate are still open");
            }
        }
        // A message to a debate of an ended process does not ask this one to drive it.
        if (asks_to_drive(&command) || done.status == Status::Closed)
            && let Some(hub) = self.hub.upgrade()
        {
            hub.ensure_driven(self.id, done.status).await;
        }
        Ok(done)
    }

    pub(crate) async fn carry_out(&self, command: &Command) -> Result<CommandDone, EngineError> {
        self.carry_out_as(command, None).await
    }

    /// Carries out a command whose first event gets this id, unless that event is in the log already.
    async fn carry_out_as(
        &self,
        command: &Command,
        event: Option<EventId>,
    ) -> Result<CommandDone, EngineError> {
        let mut debate = self.snapshot().await?;
        let mut searched = 0;
        loop {
            if let Some(event) = event {
                if let Some(seq) = replay::find(&*self.log, self.id, event, searched).await? {
                    return Ok(CommandDone { seq, ..done(&debate, false) });
                }
                searched = debate.seq();
            }
            let voids = command_batch::may_void(&debate, command);
            let partials = if voids { self.partials().await } else { Partials::new() };
            let now = self.live.now(&*self.clock);
            let Some(batch) = command_batch::decide(&debate, command, now, &partials)? else {
                return Ok(done(&debate, false));
            };
            let batch = match event {
                Some(event) => batch.with_first_id(event),
                None => batch,
            };
            match append_once(&*self.log, &batch, None).await {
                Ok(_) => {
                    batch.events().iter().for_each(|(_, recorded)| debate.apply(recorded));
                    if debate.status() == Status::Closed && voids {
                        partial_texts::forget(&*self.log, self.id).await;
                    }
                    return Ok(done(&debate, true));
                }
                Err(LogError::Conflict { .. }) => replay::read_on(&*self.log, &mut debate).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The text of open calls so far. If another process makes them, that which it has kept.
    async fn partials(&self) -> Partials {
        if self.live.read(|_| ()).is_some() {
            return self.live.partials();
        }
        partial_texts::kept(&*self.log, self.id).await
    }

    /// The state after all events so far.
    ///
    /// # Errors
    /// [`EngineError::Log`], [`EngineError::Fold`].
    pub async fn snapshot(&self) -> Result<Debate, EngineError> {
        let mut debate = match self.live.read(Debate::clone) {
            Some(debate) => debate,
            None => replay::fold(&*self.log, self.id).await?,
        };
        replay::read_on(&*self.log, &mut debate).await?;
        Ok(debate)
    }

    /// The events from number `from` on, at most `limit`.
    ///
    /// # Errors
    /// [`EngineError::Log`].
    pub async fn events(&self, from: u64, limit: usize) -> Result<Vec<Arc<Recorded>>, EngineError> {
        let stored = self.log.read(self.id, from, limit).await?;
        Ok(stored.into_iter().map(|stored| stored.recorded).collect())
    }

    /// The events after number `after`, and from there on everything as it happens.
    #[must_use]
    pub fn watch(&self, after: u64) -> Feed {
        Feed::new(&*self.log, Arc::clone(&self.live), self.id, after)
    }

    /// The verdict, once there is one.
    ///
    /// # Errors
    /// [`EngineError::Log`], [`EngineError::Fold`].
    pub async fn verdict(&self) -> Result<Option<Arc<Verdict>>, EngineError> {
        Ok(self.snapshot().await?.verdict().cloned())
    }

    /// Waits for the verdict.
    ///
    /// # Errors
    /// [`EngineError::Log`], [`EngineError::Fold`].
    pub async fn finished(&self) -> Result<Arc<Verdict>, EngineError> {
        let debate = self.snapshot().await?;
        if let Some(verdict) = debate.verdict() {
            return Ok(Arc::clone(verdict));
        }
        let mut events = self.log.subscribe(self.id, debate.seq() + 1);
        while let Some(stored) = events.next().await {
            if let Event::DebateClosed(verdict) = &stored?.recorded.event {
                return Ok(Arc::clone(verdict));
            }
        }
        // A subscription ends with an error only.
        Err(LogError::UnknownDebate(self.id).into())
    }
}

/// Whether a change is one of the model of a profile.
fn is_served(change: &ModelChange, profile: &ParticipantProfile) -> bool {
    (&change.host, &change.model) == (&profile.host, &profile.model)
}

fn done(debate: &Debate, recorded: bool) -> CommandDone {
    let outcome = debate.verdict().map(|verdict| verdict.outcome);
    CommandDone { seq: debate.seq(), status: debate.status(), outcome, recorded }
}

/// Whether a command asks the process that carries it out to drive the debate.
fn asks_to_drive(command: &Command) -> bool {
    match command {
        Command::Start | Command::Resume | Command::ResumeWithModels { .. } => true,
        Command::Pause { .. }
        | Command::PauseForHosts { .. }
        | Command::PauseForModels { .. }
        | Command::Stop { .. }
        | Command::Interject { .. }
        | Command::CallVote
        | Command::Begin(_)
        | Command::Ended { .. }
        | Command::Withdraw { .. }
        | Command::Recover
        | Command::Release
        | Command::DeadlinePassed
        | Command::Fault { .. } => false,
    }
}

fn is_for_clients(command: &Command) -> bool {
    match command {
        Command::Start
        | Command::Pause { .. }
        | Command::Resume
        | Command::ResumeWithModels { .. }
        | Command::Stop { .. }
        | Command::Interject { .. }
        | Command::CallVote => true,
        Command::PauseForHosts { .. }
        | Command::PauseForModels { .. }
        | Command::Begin(_)
        | Command::Ended { .. }
        | Command::Withdraw { .. }
        | Command::Recover
        | Command::Release
        | Command::DeadlinePassed
        | Command::Fault { .. } => false,
    }
}

impl std::fmt::Debug for DebateHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DebateHandle").field("id", &self.id).finish_non_exhaustive()
    }
}
