mod access;
mod control;
mod driving;
mod elsewhere;
mod ended;
mod graceful_stop;
mod host_waits;
mod keyboard;
mod line_editor;
mod long_prompts;
mod lost_calls;
mod menu;
mod menu_choice;
mod open;
mod stuck_pause;

use std::{io, sync::Arc, time::Duration};

use futures_util::StreamExt;
use synod_debate_engine::{DebateHandle, Feed, FeedItem};
use synod_debate_protocol::Status;
use synod_domain::{DebateId, Event, Outcome, Recorded};
use synod_event_log_sqlite::SqliteStore;
use synod_inference::LoadStatistics;
use synod_transcript::Failures;
use tokio::time::{Instant, MissedTickBehavior};

use crate::{
    CliError,
    args::DebateArgs,
    config::Config,
    data_args::DataArgs,
    environment::Environment,
    error::DebateFailure,
    interrupts::{Interrupt, Interrupts},
    job_control::JobControl,
    kept::Kept,
    keys::Key,
    output::{self, Output, OutputOptions},
};
use access::Access;
use control::{INTERRUPTED, begin, client_pause, resume, stop, stop_for_hosts, stop_paused};
use driving::{Driver, Driving, Loss};
use elsewhere::Shown;
pub(super) use elsewhere::resume_elsewhere;
use ended::{Ended, check_outcome, without_reader};
use graceful_stop::GracefulStop;
use host_waits::HostWaits;
pub(super) use keyboard::Keyboard;
use lost_calls::LostCalls;
use menu::Menu;
use menu_choice::MenuChoice;
pub(super) use open::{OpenDebate, reopen};

/// How often to look whether this process still drives the debate.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// The interval at which the clock is redrawn.
const TICK: Duration = Duration::from_millis(100);

/// Runs a debate.
pub(super) async fn run(
    args: &DebateArgs,
    config: Config,
    environment: &Environment,
    mut interrupts: Interrupts,
    draws: bool,
) -> Result<(), CliError> {
    let args = &args.with_defaults(&config.debate);
    let data = args.keep.data.or_configured(&config.log);
    let opened = tokio::select! {
        opened = open::open_debate(args, config, environment) => opened?,
        _ = interrupts.next() => return Err(CliError::Debate(DebateFailure::Interrupted)),
    };
    let options = ConductOptions {
        output: args.output_options(draws),
        require_consensus: args.require_consensus,
        accepts_models: false,
        data,
    };
    conduct(opened, &[], options, interrupts).await
}

/// How a debate is shown, and when it counts as failed.
pub(super) struct ConductOptions {
    pub(super) output: OutputOptions,
    pub(super) require_consensus: bool,
    /// Whether a resumed debate continues with models that have changed.
    pub(super) accepts_models: bool,
    /// The data directory that a flag or the configuration has named.
    pub(super) data: DataArgs,
}

/// Starts a debate, or resumes it after these events, and shows it to its end.
///
/// # Errors
/// [`CliError::Debate`] if it did not end as required, [`CliError::NoHost`] if the hosts served no calls,
/// and those of the engine, the store and the output.
pub(super) async fn conduct(
    opened: OpenDebate,
    past: &[Arc<Recorded>],
    options: ConductOptions,
    mut interrupts: Interrupts,
) -> Result<(), CliError> {
    let OpenDebate { handle, synod, store, gateway, access, worker } = opened;
    let ConductOptions { output, require_consensus, accepts_models, data } = options;
    let is_quiet = output.quiet;
    let mut output = output::of(output);
    let scene = Scene {
        handle: &handle,
        access: &access,
        reports_waits: !is_quiet,
        is_kept: store.kept.is_some(),
        accepts_models,
    };
    let mut driving = Driving::new(Arc::clone(&store.log), handle.id(), worker);
    let run = run_to_end(&scene, past, &mut driving, &mut interrupts, &mut *output);
    let ended = tokio::select! {
        ended = run => ended,
        error = store.failed() => Err(error),
        never = store.pause_when_full(synod.debates()) => match never {},
    };
    let ended = match ended {
        Err(CliError::ClosedPipe) => without_reader(&handle).await,
        ended => ended,
    };
    if let (Ok(Ended { loss: Some(loss), .. }), Some(kept)) = (&ended, &store.kept) {
        synod.close().await;
        if let Some(error) = store.failure() {
            return Err(error);
        }
        let kept = Kept::of(kept.clone(), &data);
        let shown = Shown { kept: &kept, handle: &handle, is_quiet, require_consensus };
        return shown.after(loss.clone(), past, &mut interrupts, &mut *output).await;
    }
    let finished = output.finish();
    synod.close().await;
    // The engine reports a store that has stopped by errors of its own, and closing writes as well.
    let ended = store.failure().map_or(ended, Err);
    match store.kept {
        Some(kept) if !is_quiet => report_kept(kept, handle.id(), &data).await,
        None if !is_quiet => output::say("The debate is not kept, because it is ephemeral."),
        Some(_) | None => {}
    }
    let Ended { outcome, failures, lost_calls, failure, loss: _ } = ended?.explained(&access).await;
    match finished {
        // The debate has ended, and its exit code tells how.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        finished => finished?,
    }
    if !is_quiet {
        if !failures.is_empty() {
            output::say(&failures.to_string());
        }
        let advice = outcome.map(|outcome| lost_calls.advice(outcome));
        advice.iter().flatten().for_each(|text| output::say(text));
        gateway.loads().iter().filter_map(loads_message).for_each(|text| output::say(&text));
    }
    match (failure, outcome) {
        (Some(error), _) => Err(error),
        (None, Some(outcome)) => check_outcome(outcome, require_consensus, &lost_calls),
        (None, None) => Err(CliError::Debate(DebateFailure::Interrupted)),
    }
}

/// Says how to show the debate again, or how to continue it. After an error of the store, which is
/// reported, nothing is said.
async fn report_kept(store: SqliteStore, id: DebateId, data: &DataArgs) {
    let kept = Kept::of(store, data);
    let Ok(short) = kept.short_id(id).await else { return };
    let Ok(events) = kept.events(id).await else { return };
    let is_closed = events.iter().any(|r| matches!(r.event, Event::DebateClosed(_)));
    let dir = kept.dir.display();
    output::say(&if is_closed {
        let show = kept.command(format_args!("show {short}"));
        format!("The debate is kept in {dir}: {show} shows it again.")
    } else {
        let resume = kept.command(format_args!("resume {short}"));
        format!("The debate is kept in {dir} and is unfinished: {resume} continues it.")
    });
}

/// The debate that a terminal or a pipe shows.
struct Scene<'a> {
    handle: &'a DebateHandle,
    access: &'a Access,
    /// Without a status line, waits for hosts are reported on stderr.
    reports_waits: bool,
    /// Whether the debate can be resumed later.
    is_kept: bool,
    /// Whether it is resumed with models that have changed.
    accepts_models: bool,
}

/// Runs the debate to its end and shows it. `past` are the events before it was resumed.
async fn run_to_end(
    scene: &Scene<'_>,
    past: &[Arc<Recorded>],
    driving: &mut Driving,
    interrupts: &mut Interrupts,
    output: &mut dyn Output,
) -> Result<Ended, CliError> {
    let Scene { handle, access, reports_waits, is_kept, accepts_models } = *scene;
    let (mut failures, mut lost_calls) = (Failures::default(), LostCalls::default());
    let (mut host_waits, mut failure) = (HostWaits::default(), None);
    for recorded in past {
        failures.note(&recorded.event);
        lost_calls.note(&recorded.event);
        // A pause of the past is over.
        drop(host_waits.pauses(&recorded.event, || None));
    }
    output.catch_up(past)?;
    let mut feed = handle.watch(past.last().map_or(0, |last| last.seq));
    let mut graceful_stop = GracefulStop::default();
    let mut menu = Menu::of(is_kept);
    let mut job_control = JobControl::listen().map_err(CliError::Write)?;
    let mut keyboard = Keyboard::new();
    begin(handle, accepts_models).await?;
    if !past.is_empty()
        && let Some(driver) = driving.elsewhere().await?
    {
        return Ok(Ended::lost(Loss::Refused(driver)));
    }
    let mut seen = past.last().map_or(0, |last| last.seq);
    let mut looks = tokio::time::interval(LOOK_INTERVAL);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let began = Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        keyboard.expect_text(menu.is_writing());
        let interrupt = tokio::select! {
            _ = ticks.tick() => {
                // A shell can bring the process to the foreground without a signal.
                keyboard.acquire();
                output.tick(began.elapsed())?;
                None
            }
            _ = looks.tick(), if is_kept => {
                if let Some(loss) = driving.look(handle, seen).await? {
                    menu.close(output)?;
                    return Ok(Ended::lost(loss));
                }
                None
            }
            signal = job_control.next() => {
                keyboard.follow(signal, output)?;
                None
            }
            interrupt = interrupts.next() => Some(interrupt),
            key = keyboard.key(menu.is_open()) => if key == Key::Interrupt {
                Some(interrupts.next_from_key().await.map_err(CliError::Write)?)
            } else {
                if let Some(choice) = menu.press(key, output)? {
                    menu.close(output)?;
                    if choice.ends_driving()
                        && let Some(driver) = driving.elsewhere().await?
                    {
                        return Ok(Ended::lost(Loss::TakenOver(driver, seen)));
                    }
                    if !matches!(choice, MenuChoice::Stop | MenuChoice::StopPaused(_) | MenuChoice::Leave) {
                        interrupts.reset();
                    }
                    match choice {
                        MenuChoice::Continue => {}
                        MenuChoice::Resume { accepts_models } => resume(handle, accepts_models).await?,
                        MenuChoice::Interject(text) => {
                            output.message(&menu_choice::interject(handle, &text).await?)?;
                        }
                        MenuChoice::CallVote => output.message(&menu_choice::call_vote(handle).await?)?,
                        MenuChoice::Stop => graceful_stop.begin(handle).await?,
                        MenuChoice::StopPaused(pause) => {
                            failure = Some(stop_paused(handle, pause).await?);
                        }
                        MenuChoice::Leave => {
                            if menu_choice::leave(handle).await? {
                                return Ok(Ended { outcome: None, failures, lost_calls, failure, loss: None });
                            }
                        }
                    }
                }
                None
            },
            item = next(&mut feed) => {
                match item? {
                    FeedItem::Event(recorded) => {
                        seen = recorded.seq;
                        output.on_event(&recorded)?;
                        if reports_waits
                            && !output.can_show_menu()
                            && !graceful_stop.is_on()
                            && let Some(message) = client_pause(&recorded.event)
                        {
                            output::say(message);
                        }
                        failures.note(&recorded.event);
                        lost_calls.note(&recorded.event);
                        let pause = host_waits.pauses(&recorded.event, || access.refusals());
                        if let Some(pause) = pause.filter(|_| failure.is_none())
                            && !menu.open_paused(&pause, &mut keyboard, output)?
                        {
                            if is_kept {
                                let failure = Some(pause.into_error());
                                return Ok(Ended { outcome: None, failures, lost_calls, failure, loss: None });
                            }
                            failure = Some(stop_paused(handle, pause).await?);
                        }
                        if failure.is_none()
                            && recorded.event.meta().is_some_and(|meta| meta.failure.is_some())
                            && let Some(why) = access.refusal()
                        {
                            failure = Some(CliError::NoHost(why));
                            if !matches!(recorded.event, Event::DebateClosed(_)) {
                                stop_for_hosts(handle).await?;
                            }
                        }
                        if let Event::DebateClosed(verdict) = &recorded.event {
                            let outcome = Some(verdict.outcome);
                            if verdict.outcome == Outcome::Stopped
                                && verdict.reason.as_deref() != Some(INTERRUPTED)
                                && failure.is_none()
                            {
                                failure = Some(CliError::Debate(DebateFailure::StoppedElsewhere));
                            }
                            return Ok(Ended { outcome, failures, lost_calls, failure, loss: None });
                        }
                        graceful_stop.on_event(&recorded, handle).await?;
                    }
                    FeedItem::Delta(delta) => output.on_delta(&delta)?,
                    FeedItem::Thought(thought) => output.on_thought(&thought)?,
                    FeedItem::Phase(progress) => {
                        let cause = |host: &_, model: &_| access.outage(host, model);
                        let message = host_waits.on_phase(&progress, cause);
                        if let Some(message) = message.filter(|_| reports_waits && !output.can_show_menu()) {
                            output::say(&message);
                        }
                        output.on_phase(&progress)?;
                    }
                }
                None
            }
        };
        if interrupt.is_some() && is_kept {
            match driving.driver().await? {
                Driver::Here => {}
                Driver::Elsewhere(driver) => {
                    menu.close(output)?;
                    return Ok(Ended::lost(Loss::LeftTo(driver)));
                }
                Driver::Nowhere => {
                    let is_over = handle.snapshot().await?.status() == Status::Closed;
                    // Whoever claims it next finds it as it is.
                    if !is_over && !interrupts.was_ctrl_c() {
                        menu.close(output)?;
                        let failure = Some(CliError::Debate(DebateFailure::Interrupted));
                        return Ok(Ended {
                            outcome: None,
                            failures,
                            lost_calls,
                            failure,
                            loss: None,
                        });
                    }
                }
            }
        }
        match interrupt {
            None => {}
            Some(Interrupt::Drain) if menu.open(&mut keyboard, output)? => {}
            Some(Interrupt::Drain) => graceful_stop.begin(handle).await?,
            Some(Interrupt::Now) if interrupts.was_ctrl_c() && menu.cancel_message(output)? => {
                interrupts.undo_last();
            }
            Some(Interrupt::Now) if !interrupts.was_ctrl_c() && is_kept => {
                menu.close(output)?;
                if menu_choice::leave(handle).await? {
                    return Ok(Ended { outcome: None, failures, lost_calls, failure, loss: None });
                }
            }
            Some(Interrupt::Now) => {
                menu.close(output)?;
                stop(handle).await?;
            }
            Some(Interrupt::Abandon) => return Err(CliError::Debate(DebateFailure::Interrupted)),
        }
    }
}

/// Describes the model loads of a host, if grouping calls by model avoided any.
fn loads_message(loads: &LoadStatistics) -> Option<String> {
    let LoadStatistics { host, made, avoided, .. } = loads;
    let s = if *made == 1 { "" } else { "s" };
    (*avoided > 0).then(|| {
        format!("{host}: {made} model load{s}; grouping calls by model avoided {avoided} more")
    })
}

async fn next(feed: &mut Feed) -> Result<FeedItem, CliError> {
    let item = feed.next().await;
    Ok(item.ok_or_else(|| CliError::Failed("the debate ended without a verdict".to_owned()))??)
}
