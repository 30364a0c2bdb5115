mod access;
mod draft;
mod draining;
mod hosts_away;
mod menu;
mod opening;

use std::time::Duration;

use futures_util::StreamExt;
use synod_debate_engine::{DebateHandle, EngineError, Feed, FeedItem};
use synod_domain::{Event, Outcome};
use synod_inference::Loads;
use synod_transcript::Failures;
use tokio::time::MissedTickBehavior;

use crate::{
    CliError,
    args::DebateArgs,
    config_file::ConfigFile,
    environment::Environment,
    error::Shortfall,
    interrupts::{Interrupt, Interrupts},
    output::{self, Output},
};
use access::Access;
use draining::Draining;
use hosts_away::HostsAway;
use menu::{Menu, Wish};
use opening::Opened;

/// How often it is shown that time goes on.
const TICK: Duration = Duration::from_millis(100);

/// Holds a debate.
pub(super) async fn run(
    args: &DebateArgs,
    config: ConfigFile,
    environment: &Environment,
    mut interrupts: Interrupts,
    draws: bool,
) -> Result<(), CliError> {
    let Opened { handle, hub: _hub, gateway, access } = tokio::select! {
        opened = opening::open(args, config, environment) => opened?,
        _ = interrupts.next() => return Err(CliError::Ended(Shortfall::Interrupted)),
    };
    let mut output = output::of(args, draws);
    let ended = hold(&handle, &access, &mut interrupts, &mut *output).await;
    let finished = output.finish();
    let Ended { outcome, failures, without_hosts } = ended?;
    finished?;
    if !args.quiet {
        if !failures.is_empty() {
            output::say(&failures.to_string());
        }
        gateway.loads().iter().filter_map(loads_in_words).for_each(|told| output::say(&told));
    }
    match without_hosts {
        Some(why) => Err(CliError::NoHost(why)),
        None => required(outcome, args.require_consensus),
    }
}

/// How a debate ended.
struct Ended {
    outcome: Outcome,
    /// The calls that brought nothing.
    failures: Failures,
    /// It was stopped since no host took its calls and nobody could be asked, or since all of them
    /// refuse the user.
    without_hosts: Option<String>,
}

/// Runs the debate to its end and shows it.
async fn hold(
    handle: &DebateHandle,
    access: &Access,
    interrupts: &mut Interrupts,
    output: &mut dyn Output,
) -> Result<Ended, CliError> {
    let mut failures = Failures::default();
    let (mut hosts_away, mut without_hosts) = (HostsAway::default(), None);
    let mut feed = handle.watch(0);
    let mut draining = Draining::default();
    let mut menu = Menu::default();
    handle.start().await?;
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = ticks.tick() => output.tick()?,
            interrupt = interrupts.next() => match interrupt {
                Interrupt::Drain => {
                    if !menu.open(output)? {
                        draining.begin(handle).await?;
                    }
                }
                Interrupt::Now => {
                    menu.close(output)?;
                    stop(handle).await?;
                }
                Interrupt::Abandon => return Err(CliError::Ended(Shortfall::Interrupted)),
            },
            key = menu.key() => if let Some(wish) = menu.press(key?, output)? {
                let refused = match &wish {
                    Wish::GoOn => None,
                    Wish::Resume => {
                        handle.resume().await?;
                        None
                    }
                    Wish::Interject(text) => interject(handle, text).await?,
                    Wish::Vote => vote(handle).await?,
                    Wish::Stop => draining.begin(handle).await.map(|()| None)?,
                };
                match refused {
                    Some(why) => menu.refuse(why, output)?,
                    None => menu.close(output)?,
                }
                if wish != Wish::Stop && !menu.is_open() {
                    interrupts.forget();
                }
            },
            item = next(&mut feed) => match item? {
                FeedItem::Event(recorded) => {
                    output.event(&recorded)?;
                    failures.note(&recorded.event);
                    if hosts_away.pauses(&recorded.event) {
                        let why = hosts_away.in_words();
                        if !menu.open_paused(&why, output)? {
                            without_hosts = Some(why);
                            stop_without_hosts(handle).await?;
                        }
                    }
                    if without_hosts.is_none()
                        && !failures.is_empty()
                        && let Some(why) = access.refusal()
                    {
                        without_hosts = Some(why);
                        if !matches!(recorded.event, Event::DebateClosed(_)) {
                            stop_without_hosts(handle).await?;
                        }
                    }
                    if let Event::DebateClosed(verdict) = &recorded.event {
                        return Ok(Ended { outcome: verdict.outcome, failures, without_hosts });
                    }
                    draining.follow(&recorded, handle).await?;
                }
                FeedItem::Delta(delta) => output.delta(&delta)?,
                FeedItem::Thought(thought) => output.thought(&thought)?,
                FeedItem::Phase(progress) => {
                    hosts_away.reach(&progress);
                    output.phase(&progress)?;
                }
            },
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

/// Says something to all participants; why not, if the rules refuse it.
async fn interject(handle: &DebateHandle, text: &str) -> Result<Option<String>, EngineError> {
    match handle.interject(text, None).await {
        Ok(_) => Ok(None),
        Err(EngineError::Rejected(rejection)) => Ok(Some(format!("{rejection}."))),
        Err(error) => Err(error),
    }
}

/// Calls the vote; why not, if there is nothing to end by one.
async fn vote(handle: &DebateHandle) -> Result<Option<String>, EngineError> {
    match handle.call_vote().await {
        Ok(done) if done.recorded => Ok(None),
        Ok(_) => Ok(Some("A vote is called already, or nothing is being discussed.".to_owned())),
        Err(EngineError::Rejected(rejection)) => Ok(Some(format!("{rejection}."))),
        Err(error) => Err(error),
    }
}

async fn stop(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("interrupted".to_owned())).await.map(drop)
}

/// The debate lives in this process, so that nobody can resume it.
async fn stop_without_hosts(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("no host of its models takes calls".to_owned())).await.map(drop)
}

/// What the outcome means for the exit code.
fn required(outcome: Outcome, consensus: bool) -> Result<(), CliError> {
    let shortfall = match outcome {
        Outcome::Consensus => return Ok(()),
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds if !consensus => {
            return Ok(());
        }
        Outcome::Deadlock | Outcome::Oscillation | Outcome::MaxRounds => Shortfall::Consensus,
        Outcome::Budget => Shortfall::Budget,
        Outcome::Deadline => Shortfall::Deadline,
        Outcome::Stopped => Shortfall::Interrupted,
        Outcome::QuorumLost | Outcome::Failed => Shortfall::Panel,
    };
    Err(CliError::Ended(shortfall))
}
