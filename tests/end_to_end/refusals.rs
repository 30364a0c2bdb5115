//! Debates on hosts that refuse an optional parameter.

use std::sync::Arc;

use synod_agents::{Registry, assign_models};
use synod_debate_engine::SystemClock;
use synod_debate_protocol::Debate;
use synod_domain::{AgentId, DebateConfig, Event, Rung};
use synod_event_log::{EventLog, MemoryLog};
use synod_inference::{HostName, ModelHost, OpenAiHost};
use synod_openai_client::Client;
use synod_tests::{FakeOllama, Refusal, Settings as Pace};

use crate::test_system::{Process, ollama, sound_log};

/// Runs a debate of three on an open question, on one host with this model. Returns the refused requests.
async fn debate_on(host: Arc<dyn ModelHost>, fake: &FakeOllama, what: &str) -> usize {
    let clock = Arc::new(SystemClock::new());
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new(Arc::clone(&clock) as _));
    let process = Process::on(vec![host], &log, &clock);
    let agents = ["analyst", "critic", "pragmatist"].map(|id| AgentId::new(id).unwrap());
    let mut config = DebateConfig::structured("What should the town do?", agents.to_vec());
    config.max_rounds = 2;
    config.debate_rules.run_off = false;
    config.debate_rules.seed = Some(3);
    let seats =
        assign_models(&config, &Registry::built_in(), &[], process.synod.models()).await.unwrap();
    let setup =
        Debate::initialize(config.validate().unwrap(), seats.participants, seats.moderator, None)
            .unwrap();
    let debate = process.synod.debates().open(setup).await.unwrap();
    debate.start().await.unwrap();
    let log = sound_log(&debate).await;
    let Event::DebateClosed(verdict) = &log.last().unwrap().event else { panic!("no verdict") };
    let panel = verdict.panel.as_ref().unwrap();
    let voices = panel.answered + panel.abstained;
    assert_eq!((voices, panel.failed), (panel.asked, 0), "{what}: {verdict:?}");
    let ballots = log.iter().filter_map(|recorded| {
        let Event::BallotRecorded(ballot) = &recorded.event else { return None };
        Some(ballot.via)
    });
    let ballots: Vec<_> = ballots.collect();
    assert!(ballots.len() >= 3 && ballots.iter().all(|via| *via == Some(Rung::Strict)), "{what}");
    fake.stats().failed
}

fn pace(word: &str) -> Pace {
    Pace { models: vec![format!("any:{word}")], ..Pace::default() }
}

/// Refusals of something optional: the model is served without it.
fn of_options() -> impl Iterator<Item = (&'static str, Refusal)> {
    let is_whole = |refusal| matches!(refusal, Refusal::NoChat | Refusal::NoLoad | Refusal::Crash);
    Refusal::ALL.into_iter().filter(move |(_, refusal)| !is_whole(*refusal))
}

#[tokio::test]
async fn refusals_of_an_ollama_cost_no_vote() {
    for (word, refusal) in of_options() {
        let fake = FakeOllama::start(pace(word)).await.unwrap();
        let refused = debate_on(Arc::new(ollama("hall", &fake)), &fake, word).await;
        let is_met =
            matches!(refusal, Refusal::NoSystem | Refusal::NoSchema | Refusal::NoUnionSchema);
        assert!(refused >= usize::from(is_met) && refused <= 3, "{word}: {refused} refused");
    }
}

#[tokio::test]
async fn refusals_in_openais_protocol_cost_no_vote() {
    for (word, refusal) in of_options() {
        let fake = FakeOllama::start(pace(word)).await.unwrap();
        let client = Client::new(&format!("{}/v1", fake.url())).unwrap();
        let host = OpenAiHost::new(HostName::new("hall").unwrap(), client);
        let refused = debate_on(Arc::new(host), &fake, word).await;
        let is_met = refusal != Refusal::FourStops;
        assert!(refused >= usize::from(is_met) && refused <= 3, "{word}: {refused} refused");
    }
}
