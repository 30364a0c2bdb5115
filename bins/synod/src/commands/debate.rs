mod access;
mod draft;
mod draining;
mod hosts_away;
mod keyboard;
mod menu;
mod opening;
mod slow_calls;
mod wish;

use std::time::Duration;

use futures_util::StreamExt;
use synod_debate_engine::{DebateHandle, EngineError, Feed, FeedItem};
use synod_domain::{Event, Outcome};
use synod_inference::Loads;
use synod_transcript::Failures;
use tokio::time::{Instant, MissedTickBehavior};

use crate::{
    CliError,
    args::DebateArgs,
    config::Config,
    environment::Environment,
    error::Shortfall,
    interrupts::{Interrupt, Interrupts},
    job_control::{self, JobControl, JobSignal},
    keys::Key,
    output::{self, Output},
};
use access::Access;
use draining::Draining;
use hosts_away::HostsAway;
use keyboard::Keyboard;
use menu::Menu;
use opening::Opened;
use slow_calls::SlowCalls;
use wish::Wish;

/// The interval at which the clock is redrawn.
const TICK: Duration = Duration::from_millis(100);

/// Holds a debate.
pub(super) async fn run(
    args: &DebateArgs,
    config: Config,
    environment: &Environment,
    mut interrupts: Interrupts,
    draws: bool,
) -> Result<(), CliError> {
    let args = &args.with_defaults(&config.debate)?;
    let Opened { handle, synod: _synod, gateway, access } = tokio::select! {
        opened = opening::open(args, config, environment) => opened?,
        _ = interrupts.next() => return Err(CliError::Ended(Shortfall::Interrupted)),
    };
    let mut output = output::of(args.output_options(draws));
    let ended = hold(&handle, &access, &mut interrupts, &mut *output, !args.quiet).await;
    let finished = output.finish();
    let Ended { outcome, failures, slow_calls, without_hosts } = ended?;
    finished?;
    if !args.quiet {
        if !failures.is_empty() {
            output::say(&failures.to_string());
        }
        if let Some(advice) = slow_calls.advice(outcome) {
            output::say(&advice);
        }
        gateway.loads().iter().filter_map(loads_in_words).for_each(|told| output::say(&told));
    }
    match without_hosts {
        Some(why) => Err(CliError::NoHost(why)),
        None => required(outcome, args.require_consensus, &slow_calls),
    }
}

/// How a debate ended.
struct Ended {
    outcome: Outcome,
    /// The calls that brought nothing.
    failures: Failures,
    slow_calls: SlowCalls,
    /// Why it was stopped early: all hosts refuse this user, or none takes calls and no user is at the
    /// terminal to decide.
    without_hosts: Option<String>,
}

/// Runs the debate to its end and shows it. `is_told`: where there is no status line, waits for hosts
/// are reported on stderr.
async fn hold(
    handle: &DebateHandle,
    access: &Access,
    interrupts: &mut Interrupts,
    output: &mut dyn Output,
    is_told: bool,
) -> Result<Ended, CliError> {
    let (mut failures, mut slow_calls) = (Failures::default(), SlowCalls::default());
    let (mut hosts_away, mut without_hosts) = (HostsAway::default(), None);
    let mut feed = handle.watch(0);
    let mut draining = Draining::default();
    let mut menu = Menu::default();
    let mut job_control = JobControl::listen().map_err(CliError::Write)?;
    let mut keyboard = Keyboard::new();
    handle.start().await?;
    let began = Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let interrupt = tokio::select! {
            _ = ticks.tick() => {
                // A shell brings a process to the foreground without a signal.
                keyboard.take();
                output.tick(began.elapsed())?;
                None
            }
            signal = job_control.next() => {
                if signal == JobSignal::Suspend {
                    output.leave()?;
                }
                keyboard.release();
                if signal == JobSignal::Suspend {
                    job_control::stop()?;
                }
                output.come_back()?;
                None
            }
            interrupt = interrupts.next() => Some(interrupt),
            key = keyboard.key(menu.is_open()) => if key == Key::Interrupt {
                Some(interrupts.typed().await.map_err(CliError::Write)?)
            } else {
                if let Some(wish) = menu.press(key, output)? {
                    menu.close(output)?;
                    if !matches!(wish, Wish::Stop | Wish::GiveUp(_)) {
                        interrupts.forget();
                    }
                    match wish {
                        Wish::GoOn => {}
                        Wish::Resume => drop(handle.resume().await?),
                        Wish::Interject(text) => {
                            output.tell(&wish::interject(handle, &text).await?)?;
                        }
                        Wish::Vote => output.tell(&wish::vote(handle).await?)?,
                        Wish::Stop => draining.begin(handle).await?,
                        Wish::GiveUp(why) => {
                            without_hosts = Some(why);
                            stop_without_hosts(handle).await?;
                        }
                    }
                }
                None
            },
            item = next(&mut feed) => {
                match item? {
                    FeedItem::Event(recorded) => {
                        output.event(&recorded)?;
                        failures.note(&recorded.event);
                        slow_calls.note(&recorded.event);
                        let pause = hosts_away.pauses(&recorded.event, || access.refusals());
                        if let Some(why) = pause.filter(|_| without_hosts.is_none())
                            && !menu.open_paused(&why, &mut keyboard, output)?
                        {
                            without_hosts = Some(why);
                            stop_without_hosts(handle).await?;
                        }
                        if without_hosts.is_none()
                            && recorded.event.meta().is_some_and(|meta| meta.failure.is_some())
                            && let Some(why) = access.refusal()
                        {
                            without_hosts = Some(why);
                            if !matches!(recorded.event, Event::DebateClosed(_)) {
                                stop_without_hosts(handle).await?;
                            }
                        }
                        if let Event::DebateClosed(verdict) = &recorded.event {
                            let outcome = verdict.outcome;
                            return Ok(Ended { outcome, failures, slow_calls, without_hosts });
                        }
                        draining.follow(&recorded, handle).await?;
                    }
                    FeedItem::Delta(delta) => output.delta(&delta)?,
                    FeedItem::Thought(thought) => output.thought(&thought)?,
                    FeedItem::Phase(progress) => {
                        let wait = hosts_away.reach(&progress);
                        if let Some(wait) = wait.filter(|_| is_told && !output.can_ask()) {
                            output::say(&wait);
                        }
                        output.phase(&progress)?;
                    }
                }
                None
            }
        };
        match interrupt {
            None => {}
            Some(Interrupt::Drain) if menu.open(&mut keyboard, output)? => {}
            Some(Interrupt::Drain) => draining.begin(handle).await?,
            Some(Interrupt::Now) if interrupts.was_ctrl_c() && menu.cancel_line(output)? => {
                interrupts.take_back();
            }
            Some(Interrupt::Now) => {
                menu.close(output)?;
                stop(handle).await?;
            }
            Some(Interrupt::Abandon) => return Err(CliError::Ended(Shortfall::Interrupted)),
        }
    }
}

/// What it has brought that calls were grouped by model, if anything.
fn loads_in_words(loads: &Loads) -> Option<String> {
    let Loads { host, made, avoided, .. } = loads;
    let s = if *made == 1 { "" } else { "s" };
    (*avoided > 0).then(|| {
        format!("{host} made {made} load{s}; to group calls by model has avoided {avoided} more")
    })
}

async fn next(feed: &mut Feed) -> Result<FeedItem, CliError> {
    let item = feed.next().await;
    Ok(item.ok_or_else(|| CliError::Failed("the debate broke off".to_owned()))??)
}

async fn stop(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("interrupted".to_owned())).await.map(drop)
}

/// The debate lives in this process and cannot be resumed.
async fn stop_without_hosts(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("no host of its models takes calls".to_owned())).await.map(drop)
}

/// What the outcome means for the exit code.
fn required(outcome: Outcome, consensus: bool, slow_calls: &SlowCalls) -> Result<(), CliError> {
    let shortfall = match outcome {
        Outcome::Consensus => return Ok(()),
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds if !consensus => {
            return Ok(());
        }
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds => Shortfall::Consensus,
        Outcome::Budget => Shortfall::Budget,
        Outcome::Deadline => Shortfall::Deadline,
        Outcome::Stopped => Shortfall::Interrupted,
        Outcome::QuorumLost => slow_calls.shortfall().unwrap_or(Shortfall::Panel),
        Outcome::Failed => Shortfall::Panel,
    };
    Err(CliError::Ended(shortfall))
}
