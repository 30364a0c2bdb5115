//! A debate among three hand-written participants, on the engine alone: no model, no network, no server.

mod participants;

use std::{error::Error, sync::Arc};

use synod_debate_engine::{DebateHub, Participant, ParticipantFactory, Settings, SystemClock};
use synod_debate_protocol::Debate;
use synod_domain::{
    DebateConfig, DebateId, Event, HostName, InvalidId, ParticipantProfile, Verdict,
};
use synod_event_log::MemoryLog;

use crate::participants::{Advocate, Listener};

const DAYS: [&str; 2] = ["Monday", "Thursday"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(SystemClock::new());
    let log = Arc::new(MemoryLog::new(clock.clone()));
    let hub = DebateHub::new(log, clock, Arc::new(Team), Settings::default());

    let participants = vec![profile("ann")?, profile("bob")?, profile("cleo")?];
    let agents = participants.iter().map(|profile| profile.agent_id.clone()).collect();
    let mut config = DebateConfig::structured("On which day should the team meet?", agents);
    config.debate_rules.options = Some(DAYS.map(str::to_owned).to_vec());
    config.consensus_threshold = 0.6;
    config.max_iterations_per_round = 1;

    let debate =
        hub.open(Debate::initialize(config.validate()?, participants, None, None)?).await?;
    debate.start().await?;
    let verdict = debate.finished().await?;
    for recorded in debate.events(1, usize::MAX).await? {
        if let Event::TurnEnded(turn) = &recorded.event {
            println!("round {}, {}: {}", turn.round, turn.agent_id, turn.text);
        }
    }
    print_verdict(&verdict);
    hub.close().await;
    Ok(())
}

fn print_verdict(verdict: &Verdict) {
    let &Verdict { votes, needs, of, outcome, .. } = verdict;
    let answer = verdict.answer.as_ref().map_or("none", |option| &option.text);
    println!("verdict: {answer} ({}; {votes} of {of} votes, {needs} needed)", outcome.as_str());
}

/// Creates the participants.
struct Team;

impl ParticipantFactory for Team {
    fn participant(&self, _: DebateId, profile: &Arc<ParticipantProfile>) -> Arc<dyn Participant> {
        match profile.agent_id.as_str() {
            "ann" => {
                Arc::new(Advocate { day: DAYS[0], reason: "on Mondays everyone is in the office" })
            }
            "bob" => Arc::new(Advocate { day: DAYS[1], reason: "by then the week is known" }),
            _ => Arc::new(Listener),
        }
    }
}

fn profile(agent: &str) -> Result<ParticipantProfile, InvalidId> {
    Ok(ParticipantProfile::new(agent.parse()?, HostName::new("this-program")?, "none".parse()?))
}
