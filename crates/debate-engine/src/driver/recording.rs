//! Writing the log, and reading what others have written to it.

use futures_util::{StreamExt, stream};
use synod_debate_protocol::{Command, Rejection};
use synod_domain::{Event, PausePolicy, PauseReason, Recorded};
use synod_event_log::{Batch, LogError, PAGE_SIZE, Stored, append_once};
use tokio::time::{Instant, sleep};

use super::{Driver, Halt, models::ModelCheck, pause_notice};
use crate::{EngineError, replay};

/// The result of one attempt to execute a command.
pub(super) enum Attempt {
    /// The events are in the log, and applied.
    Recorded,
    /// The command yields no event.
    Nothing,
    /// The rules refuse the command.
    Rejected(Rejection),
    /// Others had appended events, which are now applied: the command has to be decided again.
    Outdated,
    /// The log accepts no events at the moment.
    Stalled(LogError),
}

/// A log that accepts no events at the moment.
pub(super) struct Stall {
    /// The commands to record once the log accepts events, so that no result is lost.
    kept: Vec<Command>,
    until: Instant,
}

impl Stall {
    pub(super) const fn until(&self) -> Instant {
        self.until
    }
}

impl Driver<'_> {
    /// Executes a command, again if other events were appended meanwhile.
    pub(super) async fn carry_out(&mut self, command: Command) -> Result<(), Halt> {
        loop {
            match self.attempt(&command).await? {
                Attempt::Recorded | Attempt::Nothing => return Ok(()),
                Attempt::Outdated => {}
                Attempt::Rejected(rejection) => {
                    let (id, command) = (self.work.claim.id, command.name());
                    tracing::debug!(debate.id = %id, command, %rejection, "dropped");
                    return Ok(());
                }
                Attempt::Stalled(error) => return self.stall(Some(command), error).await,
            }
        }
    }

    pub(super) async fn attempt(&mut self, command: &Command) -> Result<Attempt, Halt> {
        let work = &self.work;
        let batch = match work.live.decide(command, work.now()) {
            Ok(Some(batch)) => batch,
            Ok(None) => return Ok(Attempt::Nothing),
            Err(EngineError::Rejected(rejection)) => return Ok(Attempt::Rejected(rejection)),
            Err(error) => return Err(Halt::Failed(error)),
        };
        self.append(&batch).await
    }

    /// Appends a batch that was decided in the current state.
    pub(super) async fn append(&mut self, batch: &Batch) -> Result<Attempt, Halt> {
        let work = &self.work;
        match append_once(&*work.log, batch, Some(work.claim.epoch)).await {
            Ok(_) => {
                for (_, recorded) in batch.events() {
                    self.apply(recorded)?;
                }
                Ok(Attempt::Recorded)
            }
            Err(LogError::Conflict { .. }) => Ok(match self.catch_up().await? {
                Ok(()) => Attempt::Outdated,
                Err(error) => Attempt::Stalled(error),
            }),
            Err(error) => stalled(error).map(Attempt::Stalled),
        }
    }

    /// Applies an event that another process or a client has appended.
    pub(super) async fn take(
        &mut self,
        event: Option<Result<Stored, LogError>>,
    ) -> Result<(), Halt> {
        match event {
            Some(Ok(Stored { recorded, .. })) => self.apply(&recorded),
            Some(Err(error)) => {
                let error = stalled(error)?;
                tracing::warn!(debate.id = %self.work.claim.id, %error, "cannot follow the log");
                self.subscribe_again();
                Ok(())
            }
            None => {
                self.subscribe_again();
                Ok(())
            }
        }
    }

    fn subscribe_again(&mut self) {
        let pause = stream::once(sleep(self.work.settings.retry)).filter_map(async |()| None);
        let events = self.work.log.subscribe(self.work.claim.id, self.seq() + 1);
        self.events = pause.chain(events).boxed();
    }

    /// Applies the events that others have appended, unless the log cannot be read at the moment.
    async fn catch_up(&mut self) -> Result<Result<(), LogError>, Halt> {
        loop {
            let read = self.work.log.read(self.work.claim.id, self.seq() + 1, PAGE_SIZE).await;
            let page = match read {
                Ok(page) => page,
                Err(error) => return stalled(error).map(Err),
            };
            for stored in &page {
                self.apply(&stored.recorded)?;
            }
            if page.len() < PAGE_SIZE {
                return Ok(Ok(()));
            }
        }
    }

    /// Applies an event to the state, and drops the call that it ends. The only place that does so.
    fn apply(&mut self, recorded: &Recorded) -> Result<(), Halt> {
        replay::check_version(recorded).map_err(|error| Halt::Failed(error.into()))?;
        if let Some(call) = recorded.event.ends_call() {
            self.calls.cancel(call);
            self.unserved.remove(call);
        }
        // Last, because a client's command has been carried out when the state has its event.
        self.work.live.apply(recorded);
        if let Event::DebatePaused(paused) = &recorded.event {
            pause_notice::log(self.work.claim.id, paused);
        }
        if let Event::DebateResumed(resumed) = &recorded.event {
            self.models = ModelCheck::Due;
            if !resumed.accepted_models.is_empty() {
                self.take_seats();
            }
        }
        Ok(())
    }

    fn seq(&self) -> u64 {
        self.work.live.read(|debate| debate.seq()).unwrap_or_default()
    }

    /// Begins nothing until the log accepts events again, and keeps the commands that cannot be derived
    /// from the state again.
    pub(super) async fn stall(
        &mut self,
        commands: impl IntoIterator<Item = Command>,
        error: LogError,
    ) -> Result<(), Halt> {
        let id = self.work.claim.id;
        tracing::warn!(debate.id = %id, %error, "the log takes no events; trying again");
        let until = Instant::now() + self.work.settings.retry;
        let stall = self.stall.get_or_insert_with(|| Box::new(Stall { kept: Vec::new(), until }));
        stall.until = until;
        stall.kept.extend(commands.into_iter().filter(is_kept));
        if matches!(error, LogError::Full) {
            // A store may keep a reserve for this; if not, the next attempt stalls as well.
            let (policy, reason) = (PausePolicy::Drain, PauseReason::DiskFull);
            self.attempt(&Command::Pause { policy, reason }).await?;
        }
        Ok(())
    }

    pub(super) async fn retry(&mut self) -> Result<(), Halt> {
        let kept = self.stall.take().map(|stall| stall.kept);
        for command in kept.unwrap_or_default() {
            self.carry_out(command).await?;
        }
        Ok(())
    }

    /// Voids the open calls and releases the debate for other processes. Commands that the log has
    /// refused are tried once more.
    pub(super) async fn let_go(&mut self) -> Result<Halt, Halt> {
        self.retry().await?;
        self.carry_out(Command::Release).await?;
        self.calls.cancel_all();
        if let Err(error) = self.work.log.release(&self.work.claim).await {
            tracing::warn!(debate.id = %self.work.claim.id, %error, "the lease has to run out");
        }
        Ok(Halt::Released)
    }
}

/// The error, if the log may accept events later; otherwise the end of the driver.
fn stalled(error: LogError) -> Result<LogError, Halt> {
    match error {
        LogError::Full
        | LogError::LowSpace { .. }
        | LogError::Unknown { .. }
        | LogError::Damaged(_)
        | LogError::Unavailable { .. } => Ok(error),
        LogError::Fenced { .. } | LogError::LeaseLost { .. } => Err(Halt::Fenced),
        LogError::Conflict { .. }
        | LogError::TooLarge { .. }
        | LogError::UnknownDebate(_)
        | LogError::Purged(_)
        | LogError::Held { .. }
        | LogError::KeyReused => Err(Halt::Failed(error.into())),
    }
}

/// Whether a command cannot be derived from the state again.
fn is_kept(command: &Command) -> bool {
    match command {
        Command::Ended { .. } | Command::PauseForModels { .. } | Command::Recover => true,
        Command::Start
        | Command::Pause { .. }
        | Command::PauseForHosts { .. }
        | Command::Resume
        | Command::ResumeWithModels { .. }
        | Command::Stop { .. }
        | Command::Interject { .. }
        | Command::CallVote
        | Command::Begin(_)
        | Command::Withdraw { .. }
        | Command::Release
        | Command::DeadlinePassed
        | Command::Fault { .. } => false,
    }
}
