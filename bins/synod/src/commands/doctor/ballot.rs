use std::sync::Arc;

use synod_agents::AgentFactory;
use synod_debate_engine::Participant;
use synod_debate_protocol::{CallEnd, Command, Debate, NextStep, Step};
use synod_domain::{
    AgentId, CallMeta, DebateConfig, Event, ParticipantProfile, Persona, Purpose, Recorded, Rung,
    Timestamp,
};
use synod_inference::{Flow, Gateway, ModelInfo};

use super::reply::{NoReply, reply};

/// The question of the trial debate. The schemas of the two kinds differ, because a ballot of an open
/// question may propose an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// With given options.
    Closed,
    /// The answers of the openings become the options.
    Open,
}

/// Asks a model for the first ballot of a trial debate. Returns how the ballot was read.
///
/// # Errors
/// [`NoReply`] if there is no valid ballot.
pub(super) async fn probe(
    info: &ModelInfo,
    gateway: &Arc<Gateway>,
    question: Question,
) -> Result<Rung, NoReply> {
    let mut debate = trial_debate(info, question)?;
    let step = first_ballot(&mut debate)?;
    let factory = AgentFactory::new(Arc::clone(gateway) as _);
    let agent = factory.agent(debate.asked(&step), Flow::default().attended());
    let ballot = |progress| agent.ballot(debate.brief(&step), progress);
    let reply = reply(ballot, info, gateway).await?;

    record(&mut debate, Command::Begin(step))?;
    let call = debate.open_calls().next().ok_or("no call is open")?.call;
    let (text, cut, meta) = (reply.text, reply.cut, reply.meta);
    let events =
        record(&mut debate, Command::Ended { call, how: CallEnd::Replied { cut }, text, meta })?;
    match events.into_iter().next() {
        Some(Event::BallotRecorded(ballot)) => {
            ballot.via.ok_or_else(|| "the ballot is empty".into())
        }
        Some(Event::CallVoided(voided)) => Err(voided.detail.clone().unwrap_or_default().into()),
        other => Err(format!("unexpected event: {other:?}").into()),
    }
}

/// Creates a debate between two participants with this model.
pub(super) fn trial_debate(info: &ModelInfo, question: Question) -> Result<Debate, String> {
    let ids = ["first", "second"].map(AgentId::new).into_iter().collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(to_string)?;
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
    let profiles = ids.into_iter().map(profile).collect();
    let config = config.validate().map_err(to_string)?;
    let setup = Debate::initialize(config, profiles, None, None).map_err(to_string)?;
    let first = Recorded::new(
        "00000000-0000-7000-8000-000000000000".parse().map_err(to_string)?,
        1,
        Timestamp::default(),
        Event::DebateInitialized(Arc::new(setup)),
    );
    Debate::open(&first).map_err(to_string)
}

/// Plays the openings and the list of options. Returns the step of the first ballot.
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
                    Command::Ended { call, how: CallEnd::Replied { cut: false }, text, meta },
                )?;
            }
            NextStep::Done => return Err("the trial debate ended early".to_owned()),
        }
    }
}

/// Executes a command and applies its events.
pub(super) fn record(debate: &mut Debate, command: Command) -> Result<Vec<Event>, String> {
    let at = Timestamp::default();
    let events = debate.decide(command, at).map_err(to_string)?;
    for event in &events {
        let (debate_id, seq) = (debate.id(), debate.seq() + 1);
        let event = event.clone();
        debate.apply(&Recorded::new(debate_id, seq, at, event));
    }
    Ok(events)
}

fn to_string(error: impl std::fmt::Display) -> String {
    error.to_string()
}
