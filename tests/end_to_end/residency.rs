//! Debates on hosts that cannot hold the models of all participants at the same time.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use serde_json::{Map, Value, json};
use synod_agents::{Registry, assign_models};
use synod_debate_protocol::Debate;
use synod_domain::{AgentId, DebateConfig, HostName, ModelName};
use synod_inference::{
    Gateway, GatewaySettings, HostLimits, LoadStatistics, ModelHost, OllamaHost, ReplyForm,
    RequestedModel, ScriptedHost, ScriptedModel, ScriptedReply,
};
use synod_ollama_client::Client;
use synod_runtime::Synod;
use synod_tests::{FakeOllama, Settings as Pace};
use tokio::time::Instant;

use crate::test_system::sound_log;

/// The models, of two participants each.
const MODELS: [&str; 3] = ["a:latest", "b:latest", "c:latest"];

/// The groups of parallel calls in a debate of one round: openings, ballots, statements, ballots.
const GROUPS: u64 = 4;

/// The loads of a debate of six participants, in the order a b c a b c, on this host.
async fn debate_on(host: Arc<dyn ModelHost>) -> LoadStatistics {
    let gateway = Arc::new(Gateway::new(vec![host], GatewaySettings::default()));
    let agents = ["analyst", "critic", "pragmatist", "skeptic", "visionary", "moderator"];
    let agents = agents.map(|id| AgentId::new(id).unwrap());
    let mut config = DebateConfig::structured("Should the town ban cars?", agents.to_vec());
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    config.debate_rules.options = Some(vec!["Yes".to_owned(), "No".to_owned()]);
    config.debate_rules.run_off = false;
    let models =
        MODELS.map(|model| RequestedModel { host: None, model: ModelName::new(model).ok() });
    let seats = assign_models(&config, &Registry::built_in(), &models, &gateway).await.unwrap();
    let models: Vec<_> = seats.participants.iter().map(|seat| seat.model.as_str()).collect();
    assert_eq!(models, [MODELS, MODELS].concat());
    let setup =
        Debate::initialize(config.validate().unwrap(), seats.participants, None, None).unwrap();
    let synod = Synod::builder(Arc::clone(&gateway)).build();
    let debate = synod.debates().open(setup).await.unwrap();
    debate.start().await.unwrap();
    let log = sound_log(&debate).await;
    let calls = log.iter().filter(|recorded| recorded.event.ends_call().is_some()).count();
    assert_eq!(calls, 24, "six in each group");
    gateway.loads().remove(0)
}

/// A value that is valid under the schema.
fn fill(schema: &Value) -> Value {
    if let Some(first) = schema["anyOf"].as_array().or(schema["enum"].as_array()) {
        return if schema["enum"].is_array() { first[0].clone() } else { fill(&first[0]) };
    }
    match schema["properties"].as_object() {
        Some(properties) => {
            let filled = properties.iter().map(|(key, value)| (key.clone(), fill(value)));
            filled.collect::<Map<_, _>>().into()
        }
        None => json!("because of the noise"),
    }
}

/// A model that loads in 20 s and replies in 2 s.
fn slow(name: &str) -> ScriptedModel {
    let model = ScriptedModel::new(name).loading_takes(Duration::from_secs(20));
    model.answering(|request| {
        let text = match &request.form {
            ReplyForm::Text => "Cars are noisy.".to_owned(),
            ReplyForm::Json(schema) => {
                fill(&serde_json::from_str(schema.get()).unwrap()).to_string()
            }
        };
        ScriptedReply::text(text).first_after(Duration::from_secs(2))
    })
}

fn scripted(holds: usize, says_so: bool) -> (Arc<ScriptedHost>, [ScriptedModel; 3]) {
    let holds = NonZeroUsize::new(holds).unwrap();
    let models = MODELS.map(slow);
    let host = models.iter().cloned().fold(ScriptedHost::new("hall"), ScriptedHost::with);
    let host = host.holding(holds).loading_one_at_a_time();
    (Arc::new(if says_so { host.with_models_at_once(holds) } else { host }), models)
}

#[tokio::test(start_paused = true)]
async fn each_group_begins_with_the_loaded_model_and_loads_once() {
    for says_so in [true, false] {
        let (host, models) = scripted(1, says_so);
        let begun = Instant::now();
        let loads = debate_on(host).await;
        let seen: usize = models.iter().map(|model| model.record().loads).sum();
        // The first of the models is loaded before the debate. If the host does not say how many it holds,
        // the second one is loaded as well, which displaces the first.
        let learning = usize::from(!says_so);
        assert_eq!(seen, 9 + learning, "three, and two for each group after the openings");
        assert_eq!(loads.made, seen as u64);
        if says_so {
            // In order of arrival each call is a load, except for the last ballots: the second of the
            // three begins the round, so that the last to speak is the first to vote.
            assert_eq!(loads.avoided, 23 - 9);
            // A model serves two calls of a group, and stays for 50 ms more.
            let speaking = Duration::from_secs(2) * 24;
            let linger = Duration::from_millis(50) * 8;
            assert_eq!(begun.elapsed(), Duration::from_secs(20) * 9 + speaking + linger);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_of_two_models_loads_the_next_during_calls() {
    let (host, models) = scripted(2, true);
    let loads = debate_on(host).await;
    let seen: usize = models.iter().map(|model| model.record().loads).sum();
    assert_eq!((seen as u64, loads.made), (3 + (GROUPS - 1), 3 + (GROUPS - 1)));
    // In order of arrival, two statements and one ballot find their model loaded.
    assert_eq!(loads.avoided, 21 - loads.made);
}

#[tokio::test(start_paused = true)]
async fn a_host_of_all_models_loads_each_once() {
    let (host, models) = scripted(3, false);
    let begun = Instant::now();
    let loads = debate_on(host).await;
    let seen: usize = models.iter().map(|model| model.record().loads).sum();
    assert_eq!((seen, loads.made, loads.avoided), (3, 3, 0));
    // The last model is loaded after 60 s and serves two calls; then all serve calls in parallel.
    assert_eq!(begun.elapsed(), Duration::from_secs(60 + 4 + 3 * 4));
}

#[tokio::test]
async fn an_ollama_of_one_model_loads_once_per_group() {
    for models_at_once in [NonZeroUsize::new(1), None] {
        let pace = Pace {
            models: MODELS.map(str::to_owned).to_vec(),
            load_ms: 100,
            max_loaded_models: 1,
            ..Pace::default()
        };
        let ollama = FakeOllama::start(pace).await.unwrap();
        let client = Client::new(&ollama.url()).unwrap();
        let limits = HostLimits { models_at_once, ..HostLimits::default() };
        let host = OllamaHost::new(HostName::new("hall").unwrap(), client).with_limits(limits);
        let loads = debate_on(Arc::new(host)).await;
        let seen = ollama.stats().loads;
        // On a busy machine, calls that begin together may arrive apart.
        assert!((9..=14).contains(&seen), "{seen} loads of 24, models_at_once: {models_at_once:?}");
        assert_eq!(loads.models_at_once, NonZeroUsize::new(1), "it was learnt");
    }
}
