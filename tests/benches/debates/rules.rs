//! The rules alone: no runtime, no model.

use std::{sync::Arc, time::Duration};

use synod_debate_protocol::{CallEnd, Command, Debate, NextStep};
use synod_domain::{
    AgentId, CallMeta, DebateConfig, DebateId, Event, HostName, ModelName, ParticipantProfile,
    Persona, Recorded, Timestamp,
};
use tokio::time::Instant;

/// Runs debates without an engine. Returns the time per event, from the command to the next state.
pub(crate) fn time_per_event(debates: usize) -> Duration {
    let (mut events, begun) = (0, Instant::now());
    for _ in 0..debates {
        events += hold();
    }
    begun.elapsed() / u32::try_from(events).expect("a few thousand")
}

/// Runs a debate of five agents, five rounds and two passes. Returns the number of events.
fn hold() -> u64 {
    let model = ModelName::new("some-model").expect("a name");
    let seat = |id: &str| {
        let host = HostName::new("local").expect("a name");
        ParticipantProfile::new(AgentId::new(id).expect("an id"), host, model.clone())
            .with_persona(Persona::new("a careful reader"))
    };
    let seats: Vec<_> = ["a", "b", "c", "d", "e"].map(seat).to_vec();
    let agents = seats.iter().map(|seat| seat.agent_id.clone()).collect();
    let mut config = DebateConfig::structured("Should the town ban cars?", agents);
    config.max_iterations_per_round = 2;
    config.debate_rules.min_rounds = 5;
    config.debate_rules.options = Some(vec!["Yes".to_owned(), "No".to_owned()]);
    let first =
        Debate::initialize(config.validate().expect("valid"), seats, None, None).expect("it holds");

    let at = Timestamp::default();
    let debate_id = DebateId::from_uuid(Default::default());
    let record = |seq, event| Recorded::new(debate_id, seq, at, event);
    let opened = record(1, Event::DebateInitialized(Arc::new(first)));
    let mut debate = Debate::open(&opened).expect("it opens");
    let carry_out = |debate: &mut Debate, command| {
        for event in debate.decide(command, at).expect("it is allowed") {
            debate.apply(&record(debate.seq() + 1, event));
        }
    };
    carry_out(&mut debate, Command::Start);
    while let NextStep::Begin(steps) = debate.next_step() {
        let brief = debate.brief(&steps[0]);
        carry_out(&mut debate, Command::Begin(steps[0]));
        let text = match (brief.turn, brief.call.0 % 2) {
            (Some(_), _) => "A statement of some length, with a reason or two in it.".repeat(6),
            (None, 0) => "Yes".to_owned(),
            (None, _) => "No".to_owned(),
        };
        let meta = CallMeta::of(model.clone());
        carry_out(
            &mut debate,
            Command::Ended { call: brief.call, how: CallEnd::Replied { cut: false }, text, meta },
        );
    }
    debate.seq()
}
