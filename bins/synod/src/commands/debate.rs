use std::{collections::BTreeSet, io::Write};

use futures_util::StreamExt;
use synod_agents::seat;
use synod_debate_engine::{DebateHandle, DebateHub, EngineError, Feed, FeedItem};
use synod_debate_protocol::Debate;
use synod_domain::{CallNo, Event, HostName, Initialized, Outcome, PausePolicy, Recorded};
use synod_inference::Wanted;

use crate::{
    CliError,
    args::DebateArgs,
    compose::{self, Embedded, Reach, reach},
    config_file::ConfigFile,
    context,
    environment::Environment,
    error::Shortfall,
    interrupts::{Interrupt, Interrupts},
    output::{self, Output},
    panel,
};

/// The host of the model in this process.
const EMBEDDED: &str = "embedded";

/// Holds a debate.
pub(super) async fn run(
    args: &DebateArgs,
    config: ConfigFile,
    environment: &Environment,
    mut interrupts: Interrupts,
    logs: bool,
) -> Result<(), CliError> {
    // The hub drives the debate as long as it is there.
    let (_hub, handle) = tokio::select! {
        opened = open(args, config, environment) => opened?,
        _ = interrupts.next() => return Err(CliError::Ended(Shortfall::Interrupted)),
    };
    let mut output = output::of(args, logs);
    let ended = hold(&handle, &mut interrupts, &mut *output).await;
    let finished = output.finish();
    let outcome = ended?;
    finished?;
    required(outcome, args.require_consensus)
}

/// Finds participants and models, and opens the debate among them.
async fn open(
    args: &DebateArgs,
    mut config: ConfigFile,
    environment: &Environment,
) -> Result<(DebateHub, DebateHandle), CliError> {
    let participants = panel::participants(args, &mut config.registry)?;
    let rules = args.config(participants, context::read(args.context.is_some()).await?)?;
    for agent in rules.selected_agents.iter().chain(&rules.debate_rules.judge) {
        config.registry.get(agent)?;
    }
    let reach = reach(&config, environment, embedded(args)).await?;
    let models = models(args, &reach)?;
    let seats = seat(&rules, &config.registry, &models, &reach.gateway).await?;
    let setup = Debate::initialize(rules, seats.participants, seats.moderator, seats.judge)
        .map_err(|invalid| CliError::Usage(invalid.to_string()))?;
    if !args.quiet {
        tell_models(&reach, &setup);
    }
    let hub = compose::hub(&reach.gateway);
    let handle = hub.open(setup).await?;
    Ok((hub, handle))
}

/// The models named, on the hosts there are.
fn models(args: &DebateArgs, reach: &Reach) -> Result<Vec<Wanted>, CliError> {
    let mut hosts = reach.hosts();
    hosts.extend(HostName::new(EMBEDDED).ok());
    let models = args.models.iter().map(|model| model.among(&hosts));
    models.collect::<Result<_, _>>().map_err(|error| CliError::Usage(error.to_string()))
}

/// Whether the model in this process may be asked.
fn embedded(args: &DebateArgs) -> Embedded {
    if args.models.iter().any(|model| model.names_host(EMBEDDED)) {
        Embedded::Named
    } else if args.models.is_empty() {
        Embedded::IfNeeded
    } else {
        Embedded::Never
    }
}

/// Runs the debate to its end and shows it.
async fn hold(
    handle: &DebateHandle,
    interrupts: &mut Interrupts,
    output: &mut dyn Output,
) -> Result<Outcome, CliError> {
    let mut feed = handle.watch(0);
    let mut draining = Draining::default();
    handle.start().await?;
    loop {
        tokio::select! {
            interrupt = interrupts.next() => match interrupt {
                Interrupt::Drain => draining.begin(handle).await?,
                Interrupt::Now => stop(handle).await?,
                Interrupt::Abandon => return Err(CliError::Ended(Shortfall::Interrupted)),
            },
            item = next(&mut feed) => match item? {
                FeedItem::Event(recorded) => {
                    output.event(&recorded)?;
                    if let Event::DebateClosed(verdict) = &recorded.event {
                        return Ok(verdict.outcome);
                    }
                    draining.follow(&recorded, handle).await?;
                }
                FeedItem::Delta(delta) => output.delta(&delta)?,
                FeedItem::Phase(progress) => output.phase(&progress)?,
            },
        }
    }
}

async fn next(feed: &mut Feed) -> Result<FeedItem, CliError> {
    let item = feed.next().await;
    Ok(item.ok_or_else(|| CliError::Failed("the debate broke off".to_owned()))??)
}

async fn stop(handle: &DebateHandle) -> Result<(), EngineError> {
    handle.stop(Some("interrupted".to_owned())).await.map(drop)
}

/// Stops a debate as soon as its calls in flight have ended.
#[derive(Default)]
struct Draining {
    is_on: bool,
    is_paused: bool,
    open: BTreeSet<CallNo>,
}

impl Draining {
    async fn begin(&mut self, handle: &DebateHandle) -> Result<(), EngineError> {
        self.is_on = true;
        match handle.pause(PausePolicy::Drain).await {
            // What cannot be paused is over, or has not begun: the next event tells.
            Ok(_) | Err(EngineError::Rejected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Takes note of an event that was shown. The pause itself is one, so it is noticed here if no
    /// call is open.
    async fn follow(
        &mut self,
        recorded: &Recorded,
        handle: &DebateHandle,
    ) -> Result<(), EngineError> {
        if let Event::CallStarted(call) = &recorded.event {
            self.open.insert(call.call);
        }
        if let Some(call) = recorded.event.ends_call() {
            self.open.remove(&call);
        }
        self.is_paused |= self.is_on && matches!(recorded.event, Event::DebatePaused(_));
        if self.is_paused && self.open.is_empty() { stop(handle).await } else { Ok(()) }
    }
}

/// Says on stderr whose models speak, and why.
fn tell_models(reach: &Reach, setup: &Initialized) {
    let mut stderr = anstream::stderr();
    let embedded = setup.participants.iter().any(|p| p.host.as_str() == EMBEDDED);
    let text = match reach.why_embedded.as_deref().filter(|_| embedded) {
        Some("") => "the embedded demo model speaks: real, and weak".to_owned(),
        Some(why) => format!(
            "the embedded demo model speaks, real and weak, since no Ollama can: {why}; with \
             Ollama, `ollama pull llama3.2:3b` makes better debates"
        ),
        None => {
            let at = |name: &HostName| {
                let server = reach.servers.iter().find(|server| server.name == *name)?;
                Some(format!("{name} at {}", server.client.base_url()))
            };
            let mut hosts: Vec<_> = setup.participants.iter().filter_map(|p| at(&p.host)).collect();
            hosts.sort();
            hosts.dedup();
            format!("models of {}", hosts.join(" and "))
        }
    };
    writeln!(stderr, "synod: {text}").unwrap_or_default();
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
