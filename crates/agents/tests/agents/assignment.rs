//! Assignment of models to the agents of a configuration.

use std::sync::Arc;

use synod_agents::{AssignedProfiles, AssignmentError, Registry, assign_models};
use synod_domain::{AgentId, DebateConfig, DebateMode, HostName, ModelName, Scale};
use synod_inference::{
    ChatError, Gateway, GatewaySettings, RequestedModel, ResolveError, ScriptedHost, ScriptedModel,
    ScriptedReply,
};

fn id(text: &str) -> AgentId {
    AgentId::new(text).unwrap()
}

fn wanted(model: &str) -> RequestedModel {
    RequestedModel { host: None, model: Some(ModelName::new(model).unwrap()) }
}

fn gateway() -> Gateway {
    let sized = |name: &str, parameters| {
        ScriptedModel::new(name).with_info(|info| {
            info.parameters = Some(parameters);
            info.digest = Some(format!("digest of {name}"));
            info.family = Some(name.to_owned());
        })
    };
    let host = ScriptedHost::new("local")
        .with(sized("one", 8_000_000_000))
        .with(sized("two", 1_500_000_000))
        .with(sized("three", 135_000_000));
    Gateway::new(vec![Arc::new(host)], GatewaySettings::default())
}

fn config(agents: &[&str]) -> DebateConfig {
    let mut config =
        DebateConfig::structured("Why?", agents.iter().map(|agent| id(agent)).collect());
    config.debate_mode = DebateMode::Autonomous;
    config
}

fn models(seats: &AssignedProfiles) -> Vec<&str> {
    let all = seats.participants.iter().chain(&seats.moderator).chain(&seats.judge);
    all.map(|profile| profile.model.as_str()).collect()
}

#[tokio::test]
async fn agents_get_the_models_they_require() {
    let registry = Registry::built_in()
        .with_file(
            "[agents.critic]\nmodel = 'three'\n[agents.moderator]\nmodel = 'two'\nhost = 'local'",
        )
        .unwrap();
    let mut config = config(&["critic", "analyst"]);
    config.debate_rules.moderator = Some(id("moderator"));
    config.debate_rules.judge = Some(id("skeptic"));
    let seats = assign_models(&config, &registry, &[], &gateway()).await.unwrap();
    let critic = &seats.participants[0];
    assert_eq!(critic.model.as_str(), "three");
    assert_eq!(critic.scale, Scale::Tiny);
    assert_eq!(critic.digest.as_deref(), Some("digest of three"));
    assert_eq!(&*critic.name, "Critic");
    assert_eq!(seats.participants[1].agent_id, id("analyst"));
    assert_eq!(seats.moderator.unwrap().model.as_str(), "two");
    assert_eq!(seats.judge.unwrap().agent_id, id("skeptic"));
}

#[tokio::test]
async fn models_of_the_caller_override_and_rotate() {
    let registry = Registry::built_in().with_file("[agents.critic]\nmodel = 'three'").unwrap();
    let mut config = config(&["critic", "analyst", "visionary"]);
    config.debate_rules.judge = Some(id("skeptic"));
    let both = [wanted("one"), wanted("two")];
    let seats = assign_models(&config, &registry, &both, &gateway()).await.unwrap();
    assert_eq!(models(&seats), ["one", "two", "one", "two"]);
    assert_eq!(seats.moderator, None);
    let seats = assign_models(&config, &registry, &both[..1], &gateway()).await.unwrap();
    assert_eq!(models(&seats), ["one"; 4]);
}

#[tokio::test]
async fn named_models_that_cannot_chat_are_refused() {
    let (host, model) = (HostName::new("gpu").unwrap(), ModelName::new("xyz").unwrap());
    let refusal = ChatError::ModelNotFound { host: host.clone(), model: model.clone() };
    let unknown = |name: &str, reply| {
        let model = ScriptedModel::new(name).with_info(|info| info.guessed = true);
        model.always(reply)
    };
    let xyz = unknown("xyz", ScriptedReply::fails(refusal));
    let good = unknown("good", ScriptedReply::text("Yes."));
    let host = ScriptedHost::new("gpu").with(xyz.clone()).with(good.clone());
    let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
    let (config, registry) = (config(&["critic", "analyst"]), Registry::built_in());
    let both = [wanted("good"), wanted("xyz")];
    let error = assign_models(&config, &registry, &both, &gateway).await;
    let Err(AssignmentError::Unresolved(error)) = error else { panic!("{error:?}") };
    assert_eq!(error.to_string(), "xyz on gpu cannot chat: gpu has no model xyz");
    let [tried] = &good.record().requests[..] else { panic!("one trial") };
    assert_eq!(tried.sampling.max_output_tokens, 1);
    let seats = assign_models(&config, &registry, &both[..1], &gateway).await.unwrap();
    assert_eq!(models(&seats), ["good", "good"]);
    assert_eq!(good.record().calls, 1, "the result of the trial is remembered");
}

#[tokio::test]
async fn unknown_agents_and_models_are_refused() {
    let error =
        assign_models(&config(&["critic", "analist"]), &Registry::built_in(), &[], &gateway())
            .await;
    assert_eq!(
        error.unwrap_err().to_string(),
        "there is no agent `analist`; did you mean `analyst`?"
    );
    let missing = [wanted("four")];
    let error =
        assign_models(&config(&["critic", "analyst"]), &Registry::built_in(), &missing, &gateway())
            .await;
    assert!(matches!(error, Err(AssignmentError::Unresolved(ResolveError::ModelNotFound { .. }))));
}
