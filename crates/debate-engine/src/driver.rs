mod calls;
mod models;
mod pause_notice;
mod recording;
mod seats;
mod unserved;
mod withdrawal;

use std::{convert::Infallible, sync::Arc};

use futures_util::{StreamExt, future::OptionFuture};
use synod_debate_protocol::{Addressee, CallEnd, Command, Partials, Status, Step};
use synod_domain::{Brief, CallMeta, Clock, FailureCause, Timestamp};
use synod_event_log::{Claim, EventLog, LogError, Stored, Subscription};
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use self::{
    calls::{Calls, Ended, HowEnded},
    models::ModelCheck,
    recording::{Attempt, Stall},
    seats::Seats,
    unserved::UnservedCalls,
};
use crate::{
    CallFailure, DebateHandle, EngineError, HubLink, ParticipantFactory, Progress, Reply, Settings,
    halt::Halt,
    live::LiveDebate,
    partial_texts::{self, PartialTextWriter},
    replay,
};

pub(crate) use self::models::ServedModels;

/// A debate to drive, and its dependencies.
pub(crate) struct DriverJob {
    pub(crate) claim: Claim,
    /// Another process may have left calls open.
    pub(crate) taken_over: bool,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) factory: Arc<dyn ParticipantFactory>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) live: Arc<LiveDebate>,
    pub(crate) hub: HubLink,
    /// Asks to let go of the debate.
    pub(crate) release: CancellationToken,
}

impl DriverJob {
    /// The debate, for clients' commands.
    pub(crate) fn handle(&self) -> DebateHandle {
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        let (live, hub) = (Arc::clone(&self.live), HubLink::clone(&self.hub));
        DebateHandle::new(self.claim.id, log, clock, live, hub)
    }

    /// The time of an event that is decided now.
    fn now(&self) -> Timestamp {
        self.live.now(&*self.clock)
    }
}

/// Drives a debate until it closes or another process claims it: makes the calls that are due and
/// records their results.
///
/// This is the single task of the debate and the only place where its calls are made. Clients reach
/// it through the log.
pub(crate) async fn drive(work: &DriverJob) -> Halt {
    // Futures are boxed here and below, because a debate mostly waits and should not keep the memory
    // that its actions need.
    let mut driver = match Box::pin(Driver::new(work)).await {
        Ok(driver) => driver,
        Err(error) => return Halt::Failed(error),
    };
    let halt = match driver.run().await {
        Ok(never) => match never {},
        Err(halt) => halt,
    };
    match halt {
        Halt::Closed | Halt::Released | Halt::Failed(EngineError::Log(LogError::Purged(_))) => {
            Box::pin(driver.texts.clear(&*work.log, work.claim.id)).await;
        }
        // Another process keeps the text of its calls.
        Halt::Fenced | Halt::Failed(_) => {}
    }
    halt
}

struct Driver<'a> {
    work: &'a DriverJob,
    seats: Seats,
    events: Subscription,
    calls: Calls,
    /// Boxed, like other rare states: a debate keeps the space for it while it waits.
    stall: Option<Box<Stall>>,
    unserved: UnservedCalls,
    models: ModelCheck,
    texts: PartialTextWriter,
}

/// The inputs of a driver.
enum Input {
    Release,
    Event(Option<Result<Stored, LogError>>),
    Ended(Ended),
    /// The hosts have reported their models.
    Models(ServedModels),
    /// A call of a paused debate made progress: it may wait for its host again.
    Progress,
    /// The log may be tried again, or the debate's running time is used up.
    Alarm,
    /// While calls are open, at times: their text may have grown, and one may be overdue.
    Text,
}

impl<'a> Driver<'a> {
    async fn new(work: &'a DriverJob) -> Result<Self, EngineError> {
        let debate = replay::fold(&*work.log, work.claim.id).await?;
        let seats = Seats::take(work.claim.id, debate.setup(), &*work.factory);
        let events = work.log.subscribe(work.claim.id, debate.seq() + 1);
        let left_open = if work.taken_over {
            partial_texts::kept(&*work.log, work.claim.id).await
        } else {
            Partials::new()
        };
        let texts = PartialTextWriter::new(&left_open);
        work.live.enter(debate, left_open);
        let (calls, unserved) = (Calls::default(), UnservedCalls::default());
        let models = ModelCheck::default();
        Ok(Self { work, seats, events, calls, stall: None, unserved, models, texts })
    }

    async fn run(&mut self) -> Result<Infallible, Halt> {
        Box::pin(self.begin()).await?;
        loop {
            if self.work.live.read(|debate| debate.status()) == Some(Status::Closed) {
                return Err(Halt::Closed);
            }
            let input = self.input().await;
            Box::pin(self.react(input)).await?;
        }
    }

    async fn begin(&mut self) -> Result<(), Halt> {
        if self.work.taken_over {
            self.models = ModelCheck::Due;
            self.carry_out(Command::Recover).await?;
        }
        self.begin_what_is_due().await
    }

    async fn react(&mut self, input: Input) -> Result<(), Halt> {
        match input {
            Input::Event(event) => self.take(event).await?,
            Input::Ended(ended) => self.end(ended).await?,
            Input::Models(served) => self.compare(&served).await?,
            Input::Progress => {}
            Input::Text => {
                self.texts.keep(&self.work.live, &*self.work.log, self.work.claim.id).await;
                match self.calls.overdue() {
                    Some(overdue) => self.end(overdue).await?,
                    None => return Ok(()),
                }
            }
            Input::Alarm if self.stall.is_some() => self.retry().await?,
            Input::Alarm => self.carry_out(Command::DeadlinePassed).await?,
            Input::Release => return Err(self.let_go().await?),
        }
        self.withdraw_waiting_calls().await?;
        // A due repair may still succeed: unserved calls are settled only when no call is open or due.
        self.begin_what_is_due().await?;
        self.settle_unserved().await?;
        self.begin_what_is_due().await
    }

    /// Records the end of a call, together with those that have ended by now.
    async fn end(&mut self, ended: Ended) -> Result<(), Halt> {
        let (mut ends, mut next) = (Vec::new(), Some(ended));
        while let Some(ended) = next {
            if let Some(why) = ended.no_service() {
                self.unserved.add(ended, why);
            } else {
                self.unserved.answers(&ended.profile);
                ends.push(self.command_of(ended));
            }
            next = self.calls.ended();
        }
        self.record_ends(ends).await
    }

    /// Records ends of calls, and begins the steps that are then due in the same append.
    async fn record_ends(&mut self, ends: Vec<Command>) -> Result<(), Halt> {
        while !ends.is_empty() {
            match self.advance(&ends).await {
                // Each fits by itself.
                Err(Halt::Failed(EngineError::Log(LogError::TooLarge { .. }))) => {
                    for end in ends {
                        self.carry_out(end).await?;
                    }
                    return Ok(());
                }
                attempt => match attempt? {
                    Attempt::Recorded | Attempt::Nothing | Attempt::Rejected(_) => return Ok(()),
                    Attempt::Outdated => {}
                    Attempt::Stalled(error) => return self.stall(ends, error).await,
                },
            }
        }
        Ok(())
    }

    /// Begins due steps until none is left: all that are due at a time in one append.
    async fn begin_what_is_due(&mut self) -> Result<(), Halt> {
        while self.stall.is_none() && self.are_models_checked() {
            for step in self.work.live.due() {
                if self.has_changed_model(step.asked) {
                    return self.pause_for_known_changes().await;
                }
            }
            match self.advance(&[]).await? {
                Attempt::Recorded | Attempt::Outdated => {}
                Attempt::Nothing | Attempt::Rejected(_) => break,
                Attempt::Stalled(error) => self.stall(None, error).await?,
            }
        }
        Ok(())
    }

    /// Appends these ends of calls and the beginnings of the calls that are then due, and makes those.
    async fn advance(&mut self, ends: &[Command]) -> Result<Attempt, Halt> {
        let may_begin = |step: &Step| {
            self.stall.is_none() && self.models.is_done() && !self.has_changed_model(step.asked)
        };
        let advance = match self.work.live.advance(ends, may_begin, self.work.now()) {
            Ok(Some(advance)) => advance,
            Ok(None) => return Ok(Attempt::Nothing),
            Err(EngineError::Rejected(rejection)) => return Ok(Attempt::Rejected(rejection)),
            Err(error) => return Err(Halt::Failed(error)),
        };
        let attempt = self.append(&advance.batch).await?;
        if let Attempt::Recorded = attempt {
            for (step, brief) in advance.begun {
                self.call(step.asked, brief);
            }
        }
        Ok(attempt)
    }

    /// Makes the call that just began, unless the budget closed the debate instead.
    fn call(&mut self, asked: Addressee, mut brief: Brief) {
        let (call, live) = (brief.call, Arc::clone(&self.work.live));
        if !live.is_open(call) {
            return;
        }
        live.read(|debate| debate.share_transcript(&mut brief));
        let (participant, profile) = self.seats.asked(asked);
        let most = brief.time_limit + self.work.settings.call_grace;
        let progress = Progress::to(move |report| live.report(call, report));
        self.calls.begin(participant, profile, brief, progress, most);
    }

    async fn input(&mut self) -> Input {
        let work = &self.work;
        let alarm = match &self.stall {
            Some(stall) => Some(sleep_until(stall.until())),
            None => work.live.time_left(work.now()).map(sleep),
        };
        // These waits are boxed because they are rare.
        let alarm = OptionFuture::from(alarm.map(Box::pin));
        let may_have_text = !self.calls.is_idle() || !self.texts.is_empty();
        let text = OptionFuture::from(may_have_text.then(|| sleep_until(self.texts.due())));
        // Created before the calls are looked at, so that no change in between is missed.
        let progress = self.may_withdraw().then(|| Box::pin(work.live.changed()));
        if progress.is_some() && !work.live.waiting_calls().is_empty() {
            return Input::Progress;
        }
        let progress = OptionFuture::from(progress);
        let seq = work.live.read(|debate| debate.seq()).unwrap_or_default();
        tokio::select! { biased;
            () = work.release.cancelled() => Input::Release,
            event = next_after(&mut self.events, seq) => Input::Event(event),
            ended = self.calls.next() => Input::Ended(ended),
            served = self.models.result() => Input::Models(served),
            Some(()) = progress => Input::Progress,
            Some(()) = alarm => Input::Alarm,
            Some(()) = text => Input::Text,
        }
    }

    /// The command for the end of a call.
    fn command_of(&self, ended: Ended) -> Command {
        let Ended { call, profile, how } = ended;
        let (how, text, meta) = match how {
            HowEnded::Answered(Ok(Reply { text, cut, meta })) => {
                (CallEnd::Replied { cut }, text, meta)
            }
            HowEnded::Answered(Err(CallFailure {
                cause: FailureCause::Invalid,
                text,
                meta,
                ..
            })) => (CallEnd::Unreadable("the reply could not be read".to_owned()), text, meta),
            HowEnded::Answered(Err(CallFailure { cause, text, meta, .. })) => {
                (CallEnd::Failed(cause), text, meta)
            }
            HowEnded::Panicked | HowEnded::Hung => {
                let failed = CallEnd::Failed(FailureCause::ModelError);
                (failed, self.work.live.partial(call), CallMeta::of(profile.model.clone()))
            }
        };
        Command::Ended { call, how, text, meta }
    }
}

/// The next event after number `seq`. The subscription also returns the driver's own events.
async fn next_after(events: &mut Subscription, seq: u64) -> Option<Result<Stored, LogError>> {
    loop {
        match events.next().await {
            Some(Ok(stored)) if stored.recorded.seq <= seq => {}
            event => return event,
        }
    }
}
