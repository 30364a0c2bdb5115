use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use synod_agents::AgentFactory;
use synod_debate_engine::{CallFailure, Participant, Progress, Reply, Report};
use synod_debate_protocol::{CallEnd, Command, Debate, NextStep, Step};
use synod_domain::{
    AgentId, CallMeta, DebateConfig, Event, FailureCause, ParticipantProfile, Persona, Purpose,
    Recorded, Rung, Timestamp,
};
use synod_inference::{Flow, Gateway, ModelInfo};

use super::no_reply::NoReply;

/// How long one model may take, its loading included.
const LIMIT: Duration = Duration::from_secs(90);

/// How often it is looked whether its host takes calls at all.
const LOOK: Duration = Duration::from_secs(5);

/// What the debate is about that a ballot is asked for. The two make different schemas: a ballot of
/// an open question may propose an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Its options are given.
    Closed,
    /// Its options are the answers of the openings.
    Open,
}

/// Asks a model for the first ballot of a small debate; how the rules understood it.
///
/// # Errors
/// Why there is no ballot.
pub(super) async fn probe(
    info: &ModelInfo,
    gateway: &Arc<Gateway>,
    question: Question,
) -> Result<Rung, NoReply> {
    let mut debate = rehearsal(info, question)?;
    let step = first_ballot(&mut debate)?;
    let factory = AgentFactory::new(Arc::clone(gateway) as _);
    let agent = factory.agent(debate.asked(&step), Flow::default().attended());
    let ballot = |progress| agent.ballot(debate.brief(&step), progress);
    let reply = reply(ballot, info, gateway).await?;

    record(&mut debate, Command::Begin(step))?;
    let call = debate.open_calls().next().ok_or("no call is open")?.call;
    let (text, cut, meta) = (reply.text, reply.cut, reply.meta);
    let events =
        record(&mut debate, Command::Ended { call, how: CallEnd::Whole { cut }, text, meta })?;
    match events.into_iter().next() {
        Some(Event::BallotRecorded(ballot)) => {
            ballot.via.ok_or_else(|| "the ballot is empty".into())
        }
        Some(Event::CallVoided(voided)) => Err(voided.detail.clone().unwrap_or_default().into()),
        other => Err(format!("the rules made nothing of it: {other:?}").into()),
    }
}

/// Waits for a reply, and gives up early if the host takes no calls.
///
/// # Errors
/// Why there is no reply.
pub(super) async fn reply<F: Future<Output = Result<Reply, CallFailure>>>(
    call: impl FnOnce(Progress) -> F,
    info: &ModelInfo,
    gateway: &Gateway,
) -> Result<Reply, NoReply> {
    let heard = Arc::new(AtomicBool::new(false));
    let ear = Arc::clone(&heard);
    let progress = Progress::to(move |report| match report {
        Report::Delta(_) | Report::Whole(_) | Report::Thought(_) => {
            ear.store(true, Ordering::Relaxed);
        }
        Report::Phase(_) => {}
    });
    let call = tokio::time::timeout(LIMIT, call(progress));
    tokio::pin!(call);
    loop {
        tokio::select! {
            reply = &mut call => {
                let is_silent = !heard.load(Ordering::Relaxed);
                let reply = reply.map_err(|_| {
                    NoReply { why: format!("no answer within {} s", LIMIT.as_secs()), is_silent }
                })?;
                return reply.map_err(|failure| NoReply {
                    is_silent: is_silent && failure.cause == FailureCause::Deadline,
                    why: without_reply(failure),
                });
            }
            () = tokio::time::sleep(LOOK) => if let Some(error) = gateway.outage(info) {
                return Err(error.reason().into());
            }
        }
    }
}

/// What to say of a call that brought no reply.
fn without_reply(failure: CallFailure) -> String {
    if let Some(reason) = failure.meta.failure {
        return reason.into();
    }
    match failure.cause {
        FailureCause::Deadline => "the reply did not end in time",
        FailureCause::ModelError => "the call failed; `synod -v doctor` shows why",
        FailureCause::Empty => "the reply is empty",
        FailureCause::Invalid => "the reply could not be read",
        FailureCause::Context => "the prompt does not fit the model's window",
        FailureCause::AllThought => "the model thinks up to its limit and says nothing",
    }
    .to_owned()
}

/// A debate between two of the model, in which nothing has happened yet.
pub(super) fn rehearsal(info: &ModelInfo, question: Question) -> Result<Debate, String> {
    let ids = ["first", "second"].map(AgentId::new).into_iter().collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(in_words)?;
    let mut config = DebateConfig::structured("Which of these is a fruit?", ids.clone());
    if question == Question::Closed {
        config.debate_rules.options = Some(vec!["An apple".to_owned(), "A hammer".to_owned()]);
    }
    let profile = |agent_id: AgentId| ParticipantProfile {
        digest: info.digest.as_deref().map(Into::into),
        ..ParticipantProfile::new(agent_id, info.host.clone(), info.model.clone())
            .with_scale(info.scale())
            .with_persona(Persona::new("a gardener"))
    };
    let seats = ids.into_iter().map(profile).collect();
    let config = config.validate().map_err(in_words)?;
    let setup = Debate::initialize(config, seats, None, None).map_err(in_words)?;
    let first = Recorded::new(
        "00000000-0000-7000-8000-000000000000".parse().map_err(in_words)?,
        1,
        Timestamp::default(),
        Event::DebateInitialized(Arc::new(setup)),
    );
    Debate::open(&first).map_err(in_words)
}

/// Lets the openings be said and the options be listed; the step that is due then.
fn first_ballot(debate: &mut Debate) -> Result<Step, String> {
    record(debate, Command::Start)?;
    let mut openings = ["An apple", "A hammer"].into_iter().cycle();
    let mut purpose = Purpose::Opening;
    loop {
        match debate.next_step() {
            NextStep::Begin(steps) => match steps[..] {
                [step, ..] if matches!(step.purpose, Purpose::Opening | Purpose::Options) => {
                    purpose = step.purpose;
                    record(debate, Command::Begin(step))?;
                }
                [step, ..] => return Ok(step),
                [] => return Err("no step is due".to_owned()),
            },
            NextStep::Wait => {
                let call = debate.open_calls().next().ok_or("no call is open")?.call;
                let text = match (purpose, openings.next()) {
                    (Purpose::Options, _) | (_, None) => {
                        r#"{"options":["An apple","A hammer"]}"#.to_owned()
                    }
                    (_, Some(answer)) => format!("Answer: {answer}\nOne knows it at once."),
                };
                let meta = CallMeta::of(debate.setup().participants[0].model.clone());
                record(
                    debate,
                    Command::Ended { call, how: CallEnd::Whole { cut: false }, text, meta },
                )?;
            }
            NextStep::Done => return Err("the rehearsal is over".to_owned()),
        }
    }
}

pub(super) fn record(debate: &mut Debate, command: Command) -> Result<Vec<Event>, String> {
    let at = Timestamp::default();
    let events = debate.decide(command, at).map_err(in_words)?;
    for event in &events {
        let (debate_id, seq) = (debate.id(), debate.seq() + 1);
        let event = event.clone();
        debate.apply(&Recorded::new(debate_id, seq, at, event));
    }
    Ok(events)
}

fn in_words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
