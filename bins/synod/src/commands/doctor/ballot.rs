use std::{sync::Arc, time::Duration};

use synod_agents::AgentCast;
use synod_debate_engine::{Participant, Progress};
use synod_debate_protocol::{Asked, CallEnd, Command, Debate, NextStep, Step};
use synod_domain::{
    AgentId, CallMeta, DebateConfig, Event, FailureCause, ParticipantProfile, Persona, Purpose,
    Recorded, Rung, Timestamp,
};
use synod_inference::{Flow, Gateway, ModelCard};

/// How long one model may take, its loading included.
pub(super) const LIMIT: Duration = Duration::from_secs(90);

/// Asks a model for the first ballot of two small debates, one with given options and one that
/// asks an open question, and says how the rules understood them.
///
/// # Errors
/// Why there is no ballot, in words.
pub(super) async fn probe(card: &ModelCard, gateway: &Arc<Gateway>) -> Result<String, String> {
    let options = ["An apple", "A hammer"].map(str::to_owned).to_vec();
    let closed = ask(card, gateway, Some(options)).await?;
    let open = ask(card, gateway, None).await;
    let open = open.map_err(|error| format!("to an open question: {error}"))?;
    Ok(if open == closed { closed } else { format!("{closed}; to an open question {open}") })
}

async fn ask(
    card: &ModelCard,
    gateway: &Arc<Gateway>,
    options: Option<Vec<String>>,
) -> Result<String, String> {
    let mut debate = rehearsal(card, options)?;
    let step = first_ballot(&mut debate)?;
    let cast = AgentCast::new(Arc::clone(gateway) as _);
    let agent = cast.agent(debate.asked(&step), Flow::default());
    let ballot = agent.ballot(debate.brief(&step), Progress::unheard());
    let reply = tokio::time::timeout(LIMIT, ballot)
        .await
        .map_err(|_| format!("no answer within {} s", LIMIT.as_secs()))?
        .map_err(|failure| without_reply(failure.cause).to_owned())?;

    record(&mut debate, Command::Begin(step))?;
    let call = debate.open_calls().next().ok_or("no call is open")?.call;
    let (text, cut, meta) = (reply.text, reply.cut, reply.meta);
    let events =
        record(&mut debate, Command::Ended { call, how: CallEnd::Whole { cut }, text, meta })?;
    match events.into_iter().next() {
        Some(Event::BallotRecorded(ballot)) => match ballot.via {
            Some(Rung::Strict) => Ok("as it should be".to_owned()),
            Some(Rung::Embedded) => Ok("with words around it".to_owned()),
            Some(Rung::Bare) => Ok("by a bare name".to_owned()),
            None => Err("it is empty".to_owned()),
        },
        Some(Event::CallVoided(voided)) => Err(voided.detail.clone().unwrap_or_default()),
        other => Err(format!("the rules made nothing of it: {other:?}")),
    }
}

/// What to say of a call that brought no reply.
pub(super) const fn without_reply(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Deadline => "the reply did not end in time",
        FailureCause::ModelError => "the call failed; `synod -v doctor` tells why",
        FailureCause::Empty => "the reply is empty",
        FailureCause::Invalid => "the reply could not be read",
        FailureCause::Context => "the prompt does not fit the model's window",
        FailureCause::AllThought => "the model thinks up to its limit and says nothing",
    }
}

/// A debate between two of the model, in which nothing has happened yet.
pub(super) fn rehearsal(card: &ModelCard, options: Option<Vec<String>>) -> Result<Debate, String> {
    let ids = ["first", "second"].map(AgentId::new).into_iter().collect::<Result<Vec<_>, _>>();
    let ids = ids.map_err(in_words)?;
    let mut config = DebateConfig::structured("Which of these is a fruit?", ids.clone());
    config.debate_rules.options = options;
    let profile = |agent_id: AgentId| ParticipantProfile {
        name: agent_id.as_str().into(),
        agent_id,
        host: card.host.clone(),
        model: card.model.clone(),
        digest: card.digest.as_deref().map(Into::into),
        pooled: false,
        scale: card.scale(),
        persona: Persona { expertise: "a gardener".into(), voice: "".into() },
    };
    let seats = ids.into_iter().map(profile).collect();
    let setup = Debate::initialize(config, seats, None, None).map_err(in_words)?;
    let first = Recorded {
        v: Recorded::VERSION,
        debate_id: "00000000-0000-7000-8000-000000000000".parse().map_err(in_words)?,
        seq: 1,
        at: Timestamp::default(),
        event: Event::DebateInitialized(Arc::new(setup)),
    };
    Debate::open(&first).map_err(in_words)
}

/// Lets the openings be said, and their answers be listed; the step that is due then.
fn first_ballot(debate: &mut Debate) -> Result<Step, String> {
    record(debate, Command::Start)?;
    loop {
        match debate.next_step() {
            NextStep::Begin(steps) => match steps[..] {
                [step, ..] => match said(&step) {
                    Some(text) => {
                        record(debate, Command::Begin(step))?;
                        let call = debate.open_calls().next().ok_or("no call is open")?.call;
                        let meta = CallMeta::of(debate.setup().participants[0].model.clone());
                        let (how, text) = (CallEnd::Whole { cut: false }, text.to_owned());
                        record(debate, Command::Ended { call, how, text, meta })?;
                    }
                    None => return Ok(step),
                },
                [] => return Err("no step is due".to_owned()),
            },
            NextStep::Wait => return Err("no step is due".to_owned()),
            NextStep::Done => return Err("the rehearsal is over".to_owned()),
        }
    }
}

/// What is said before the first ballot.
fn said(step: &Step) -> Option<&'static str> {
    match step.purpose {
        Purpose::Opening if step.asked == Asked::Participant(0) => {
            Some("Answer: An apple\nIt grows on a tree and is sweet.")
        }
        Purpose::Opening => Some("Answer: A hammer\nIt is hard and drives nails."),
        Purpose::Options => Some(r#"{"options": ["An apple", "A hammer"]}"#),
        Purpose::Argument | Purpose::Move | Purpose::Ballot | Purpose::RunOff | Purpose::Judge => {
            None
        }
    }
}

pub(super) fn record(debate: &mut Debate, command: Command) -> Result<Vec<Event>, String> {
    let at = Timestamp::default();
    let events = debate.decide(command, at).map_err(in_words)?;
    for event in &events {
        let (debate_id, seq) = (debate.id(), debate.seq() + 1);
        let event = event.clone();
        debate.apply(&Recorded { v: Recorded::VERSION, debate_id, seq, at, event });
    }
    Ok(events)
}

fn in_words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
