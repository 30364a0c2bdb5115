mod access;
mod graceful_stop;
mod host_waits;
mod keyboard;
mod line_editor;
mod menu;
mod menu_choice;
mod open;
mod slow_calls;

use std::time::Duration;

use futures_util::StreamExt;
use synod_debate_engine::{DebateHandle, EngineError, Feed, FeedItem};
use synod_domain::{Event, Outcome};
use synod_inference::LoadStatistics;
use synod_transcript::Failures;
use tokio::time::{Instant, MissedTickBehavior};

use crate::{
    CliError,
    args::DebateArgs,
    config::Config,
    environment::Environment,
    error::DebateFailure,
    interrupts::{Interrupt, Interrupts},
    job_control::{self, JobControl, JobSignal},
    keys::Key,
    output::{self, Output},
};
use access::Access;
use graceful_stop::GracefulStop;
use host_waits::HostWaits;
use keyboard::Keyboard;
use menu::Menu;
use menu_choice::MenuChoice;
use open::OpenDebate;
use slow_calls::SlowCalls;

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
    let OpenDebate { handle, synod, store, gateway, access } = tokio::select! {
        opened = open::open_debate(args, config, environment) => opened?,
        _ = interrupts.next() => return Err(CliError::Debate(DebateFailure::Interrupted)),
    };
    let mut output = output::of(args.output_options(draws));
    let run = run_to_end(&handle, &access, &mut interrupts, &mut *output, !args.quiet);
    let ended = tokio::select! {
        ended = run => ended,
        error = store.failed() => Err(error),
        never = store.pause_when_full(synod.debates()) => match never {},
    };
    let finished = output.finish();
    synod.close().await;
    if !args.quiet && store.kept.is_some() {
        report_kept(&handle, ended.is_ok());
    }
    let Ended { outcome, failures, slow_calls, host_failure } = ended?;
    finished?;
    if !args.quiet {
        if !failures.is_empty() {
            output::say(&failures.to_string());
        }
        if let Some(advice) = slow_calls.advice(outcome) {
            output::say(&advice);
        }
        gateway.loads().iter().filter_map(loads_message).for_each(|text| output::say(&text));
    }
    match host_failure {
        Some(why) => Err(CliError::NoHost(why)),
        None => check_outcome(outcome, args.require_consensus, &slow_calls),
    }
}

/// Says how to show the debate again, or how to go on with it.
fn report_kept(handle: &DebateHandle, has_ended: bool) {
    let id = handle.id();
    output::say(&if has_ended {
        format!("The debate is kept: `synod show {id}` shows it again.")
    } else {
        format!("The debate is kept: `synod resume {id}` goes on with it.")
    });
}

/// How a debate ended.
struct Ended {
    outcome: Outcome,
    /// The calls that failed.
    failures: Failures,
    slow_calls: SlowCalls,
    /// Why the debate was stopped early: all hosts refuse this user, or no host accepts calls and no user
    /// is at the terminal to decide.
    host_failure: Option<String>,
}

/// Runs the debate to its end and shows it. `reports_waits`: without a status line, waits for hosts are
/// reported on stderr.
async fn run_to_end(
    handle: &DebateHandle,
    access: &Access,
    interrupts: &mut Interrupts,
    output: &mut dyn Output,
    reports_waits: bool,
) -> Result<Ended, CliError> {
    let (mut failures, mut slow_calls) = (Failures::default(), SlowCalls::default());
    let (mut host_waits, mut host_failure) = (HostWaits::default(), None);
    let mut feed = handle.watch(0);
    let mut graceful_stop = GracefulStop::default();
    let mut menu = Menu::default();
    let mut job_control = JobControl::listen().map_err(CliError::Write)?;
    let mut keyboard = Keyboard::new();
    handle.start().await?;
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
            signal = job_control.next() => {
                if signal == JobSignal::Suspend {
                    output.suspend()?;
                }
                keyboard.release();
                if signal == JobSignal::Suspend {
                    job_control::stop()?;
                }
                output.resume()?;
                None
            }
            interrupt = interrupts.next() => Some(interrupt),
            key = keyboard.key(menu.is_open()) => if key == Key::Interrupt {
                Some(interrupts.next_from_key().await.map_err(CliError::Write)?)
            } else {
                if let Some(choice) = menu.press(key, output)? {
                    menu.close(output)?;
                    if !matches!(choice, MenuChoice::Stop | MenuChoice::StopPaused(_)) {
                        interrupts.reset();
                    }
                    match choice {
                        MenuChoice::Continue => {}
                        MenuChoice::Resume => drop(handle.resume().await?),
                        MenuChoice::Interject(text) => {
                            output.message(&menu_choice::interject(handle, &text).await?)?;
                        }
                        MenuChoice::CallVote => output.message(&menu_choice::call_vote(handle).await?)?,
                        MenuChoice::Stop => graceful_stop.begin(handle).await?,
                        MenuChoice::StopPaused(why) => {
                            host_failure = Some(why);
                            stop_for_hosts(handle).await?;
                        }
                    }
                }
                None
            },
            item = next(&mut feed) => {
                match item? {
                    FeedItem::Event(recorded) => {
                        output.on_event(&recorded)?;
                        failures.note(&recorded.event);
                        slow_calls.note(&recorded.event);
                        let pause = host_waits.pauses(&recorded.event, || access.refusals());
                        if let Some(why) = pause.filter(|_| host_failure.is_none())
                            && !menu.open_paused(&why, &mut keyboard, output)?
                        {
                            host_failure = Some(why);
                            stop_for_hosts(handle).await?;
                        }
                        if host_failure.is_none()
                            && recorded.event.meta().is_some_and(|meta| meta.failure.is_some())
                            && let Some(why) = access.refusal()
                        {
                            host_failure = Some(why);
                            if !matches!(recorded.event, Event::DebateClosed(_)) {
                                stop_for_hosts(handle).await?;
                            }
                        }
                        if let Event::DebateClosed(verdict) = &recorded.event {
                            let outcome = verdict.outcome;
                            return Ok(Ended { outcome, failures, slow_calls, host_failure });
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
        match interrupt {
            None => {}
            Some(Interrupt::Drain) if menu.open(&mut keyboard, output)? => {}
            Some(Interrupt::Drain) => graceful_stop.begin(handle).await?,
            Some(Interrupt::Now) if interrupts.was_ctrl_c() && menu.cancel_message(output)? => {
                interrupts.undo_last();
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

async fn stop(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("interrupted".to_owned())).await.map(drop)
}

/// Stops a paused debate, which lives in this process only and cannot be resumed later.
async fn stop_for_hosts(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("no model host accepts calls".to_owned())).await.map(drop)
}

/// Returns the failure that an outcome is, if any.
fn check_outcome(
    outcome: Outcome,
    consensus: bool,
    slow_calls: &SlowCalls,
) -> Result<(), CliError> {
    let failure = match outcome {
        Outcome::Consensus => return Ok(()),
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds if !consensus => {
            return Ok(());
        }
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds => DebateFailure::NoConsensus,
        Outcome::Budget => DebateFailure::Budget,
        Outcome::Deadline => DebateFailure::Deadline,
        Outcome::Stopped => DebateFailure::Interrupted,
        Outcome::QuorumLost => slow_calls.failure().unwrap_or(DebateFailure::FailedCalls),
        Outcome::Failed => DebateFailure::FailedCalls,
    };
    Err(CliError::Debate(failure))
}
