//! A paused debate that another process drives.

use std::sync::Arc;

use synod_debate_engine::{DebateHandle, EngineError, Feed, FeedItem};
use synod_domain::{DebateId, Event, Outcome, Recorded};
use synod_event_log::{IdPrefix, Summary};
use synod_inference::{Gateway, GatewaySettings};
use synod_runtime::Synod;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{
    ConductOptions, LOOK_INTERVAL, TICK, check_outcome, driving::Loss, host_waits::HostWaits,
    keyboard::Keyboard, lost_calls::LostCalls, next, resume, stuck_pause::StuckPause,
};
use crate::{
    CliError,
    error::DebateFailure,
    interrupts::Interrupts,
    job_control::JobControl,
    kept::{Kept, KeptStatus, driven_elsewhere},
    keys::Key,
    output::{self, Output, OutputOptions, say},
};

/// After how many looks without one the debate counts as left: another server may take it over.
const LOOKS: u32 = 3;

/// Resumes a paused debate at the process that drives it, whose description is `driver`, and shows it to its
/// end. This process makes no calls and holds nothing.
///
/// # Errors
/// Those of [`conduct`](super::conduct).
pub(in crate::commands) async fn resume_elsewhere(
    kept: &Kept,
    summary: &Summary,
    driver: &str,
    options: ConductOptions,
    mut interrupts: Interrupts,
) -> Result<(), CliError> {
    let ConductOptions { output, require_consensus, accepts_models, .. } = options;
    let is_quiet = output.quiet;
    let short = kept.short_id(summary.id).await?;
    let past = kept.events(summary.id).await?;
    let handle = handle(kept, summary.id).await?;
    let mut output = output::of(OutputOptions { has_menu: false, ..output });
    output.catch_up(&past)?;
    let feed = handle.watch(past.last().map_or(0, |last| last.seq));
    let mut followed = Followed::new(kept, summary.id, feed, &past);
    resume(&handle, accepts_models).await?;
    if !is_quiet {
        say(&format!("debate {short} is resumed at {driver}; Ctrl-C leaves it there"));
    }
    followed.show(driver, require_consensus, &mut interrupts, &mut *output).await
}

/// A debate that was shown here, and that this process no longer drives.
pub(super) struct Shown<'a> {
    pub(super) kept: &'a Kept,
    pub(super) handle: &'a DebateHandle,
    pub(super) is_quiet: bool,
    pub(super) require_consensus: bool,
}

impl Shown<'_> {
    /// Says who drives the debate instead, and shows it to its end unless the user has left it. `past` are the events
    /// before it was resumed.
    ///
    /// # Errors
    /// Those of [`conduct`](super::conduct).
    pub(super) async fn after(
        &self,
        loss: Loss,
        past: &[Arc<Recorded>],
        interrupts: &mut Interrupts,
        output: &mut dyn Output,
    ) -> Result<(), CliError> {
        let Self { kept, handle, is_quiet, require_consensus } = *self;
        let id = handle.id();
        let short = kept.short_id(id).await?;
        match loss {
            Loss::Refused(driver) => {
                output.finish()?;
                Err(driven_elsewhere(&short, &driver))
            }
            Loss::LeftTo(driver) => {
                output.finish()?;
                goes_on(kept, &short, &driver)
            }
            Loss::Paused => {
                output.finish()?;
                let resume = kept.command(format_args!("resume {short}"));
                Err(CliError::Failed(format!(
                    "debate {short} was taken over by another process, which left it paused; {resume} continues it"
                )))
            }
            Loss::TakenOver(driver, seen) => {
                if !is_quiet {
                    say(&format!(
                        "debate {short} is driven by {driver} now and is shown here to its end; Ctrl-C leaves it there"
                    ));
                }
                let feed = handle.watch(seen);
                let mut followed = Followed::new(kept, id, feed, past);
                followed.show(&driver, require_consensus, interrupts, output).await
            }
        }
    }
}

/// Ends a command whose debate goes on at another process.
fn goes_on(kept: &Kept, short: &str, driver: &str) -> Result<(), CliError> {
    let show = kept.command(format_args!("show {short}"));
    say(&format!("debate {short} goes on at {driver}; {show} shows it"));
    Err(CliError::Debate(DebateFailure::Interrupted))
}

/// A handle for commands and events. Its hub is gone, so that this process never drives the debate.
async fn handle(kept: &Kept, id: DebateId) -> Result<DebateHandle, EngineError> {
    let gateway = Gateway::new(Vec::new(), GatewaySettings::default());
    let synod = Synod::builder(gateway).with_log(Arc::clone(&kept.log)).build();
    let handle = synod.debates().get(id).await?;
    synod.close().await;
    Ok(handle)
}

/// A debate that is shown while another process drives it.
struct Followed<'a> {
    kept: &'a Kept,
    id: DebateId,
    feed: Feed,
    host_waits: HostWaits,
    lost_calls: LostCalls,
}

/// Why a debate is no longer shown.
enum End {
    /// It has a verdict.
    Closed(Outcome),
    /// It is paused until someone acts.
    Paused(StuckPause),
    /// No process drives it any more.
    Orphaned,
    /// The user does not want to see it any more.
    Left,
}

impl<'a> Followed<'a> {
    fn new(kept: &'a Kept, id: DebateId, feed: Feed, past: &[Arc<Recorded>]) -> Self {
        let (mut host_waits, mut lost_calls) = (HostWaits::default(), LostCalls::default());
        for recorded in past {
            lost_calls.note(&recorded.event);
            // A pause of the past is over.
            drop(host_waits.pauses(&recorded.event, || None));
        }
        Self { kept, id, feed, host_waits, lost_calls }
    }

    /// Shows the debate to its end.
    async fn show(
        &mut self,
        driver: &str,
        require_consensus: bool,
        interrupts: &mut Interrupts,
        output: &mut dyn Output,
    ) -> Result<(), CliError> {
        let end = match self.follow(interrupts, output).await {
            Err(CliError::ClosedPipe) => return Err(CliError::Debate(DebateFailure::NoReader)),
            end => end?,
        };
        output.finish()?;
        let short = self.kept.short_id(self.id).await?;
        match end {
            End::Closed(Outcome::Stopped) => Err(CliError::Debate(DebateFailure::StoppedElsewhere)),
            End::Closed(outcome) => check_outcome(outcome, require_consensus, &self.lost_calls),
            End::Paused(pause) => Err(pause.into_error()),
            End::Orphaned => Err(CliError::Failed(format!(
                "{driver} no longer drives debate {short}; {} continues it",
                self.kept.command(format_args!("resume {short}"))
            ))),
            End::Left => goes_on(self.kept, &short, driver),
        }
    }

    async fn follow(
        &mut self,
        interrupts: &mut Interrupts,
        output: &mut dyn Output,
    ) -> Result<End, CliError> {
        let mut job_control = JobControl::listen().map_err(CliError::Write)?;
        let mut keyboard = Keyboard::new();
        let began = Instant::now();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let (mut looks, mut orphaned) = (interval(LOOK_INTERVAL), 0);
        loop {
            tokio::select! {
                _ = interrupts.next() => return Ok(End::Left),
                key = keyboard.key(false) => if key == Key::Interrupt {
                    return Ok(End::Left);
                },
                signal = job_control.next() => keyboard.follow(signal, output)?,
                _ = ticks.tick() => {
                    keyboard.acquire();
                    output.tick(began.elapsed())?;
                }
                _ = looks.tick() => {
                    orphaned = if self.is_orphaned().await? { orphaned + 1 } else { 0 };
                    if orphaned == LOOKS {
                        return Ok(End::Orphaned);
                    }
                }
                item = next(&mut self.feed) => {
                    if let Some(end) = self.show_item(item?, output)? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    fn show_item(
        &mut self,
        item: FeedItem,
        output: &mut dyn Output,
    ) -> Result<Option<End>, CliError> {
        match item {
            FeedItem::Event(recorded) => {
                output.on_event(&recorded)?;
                self.lost_calls.note(&recorded.event);
                if let Some(pause) = self.host_waits.pauses(&recorded.event, || None) {
                    return Ok(Some(End::Paused(pause)));
                }
                if let Event::DebateClosed(verdict) = &recorded.event {
                    return Ok(Some(End::Closed(verdict.outcome)));
                }
            }
            FeedItem::Delta(delta) => output.on_delta(&delta)?,
            FeedItem::Thought(thought) => output.on_thought(&thought)?,
            FeedItem::Phase(progress) => output.on_phase(&progress)?,
        }
        Ok(None)
    }

    /// Whether the debate is unfinished and no process drives it.
    async fn is_orphaned(&self) -> Result<bool, CliError> {
        const WHOLE: usize = 32;
        let list = self.kept.log.list(&IdPrefix::of(self.id, WHOLE).query(), 1).await?;
        Ok(list
            .debates
            .iter()
            .any(|found| found.worker.is_none() && !KeptStatus::of(found).is_finished()))
    }
}
