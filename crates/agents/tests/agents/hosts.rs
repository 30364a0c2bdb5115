//! Calls that several hosts may serve.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use synod_agents::{AgentDirectory, AgentFactory, AgentStatus, Registry, assign_models};
use synod_debate_engine::{CallFailure, NoService, Participant, Progress, Reply, Unserved};
use synod_domain::{AgentId, DebateConfig, FailureCause, ParticipantProfile, Persona};
use synod_event_log::MemoryRecords;
use synod_inference::{
    ChatError, Flow, Gateway, GatewaySettings, HostError, HostName, RequestedModel, ScriptedHost,
    ScriptedModel, ScriptedReply,
};
use tokio::time::Instant;

use crate::{
    briefs,
    task_harness::{id, on_model},
};

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn gone() -> std::io::Error {
    std::io::Error::other("refused")
}

fn unreachable(name: &str) -> ScriptedHost {
    let error = ChatError::Unreachable { host: host(name), source: Arc::new(gone()) };
    ScriptedHost::new(name).with(model(ScriptedReply::fails(error)))
}

fn not_there() -> HostError {
    HostError::Unreachable { address: "http://near".to_owned(), source: Arc::new(gone()) }
}

fn away(name: &str) -> ScriptedHost {
    ScriptedHost::new(name).failing(not_there())
}

fn model(reply: ScriptedReply) -> ScriptedModel {
    ScriptedModel::new("same").always(reply)
}

fn healthy(name: &str) -> ScriptedHost {
    let model = model(ScriptedReply::text(format!("As {name} says.")));
    ScriptedHost::new(name).with(model.with_info(|info| info.digest = Some("one".to_owned())))
}

fn gateway(hosts: impl IntoIterator<Item = ScriptedHost>) -> Arc<Gateway> {
    let hosts = hosts.into_iter().map(|host| Arc::new(host) as _).collect();
    Arc::new(Gateway::new(hosts, GatewaySettings::default()))
}

fn profile(pooled: bool) -> ParticipantProfile {
    let profile = ParticipantProfile::new(
        AgentId::new("ada").unwrap(),
        host("near"),
        "same".parse().unwrap(),
    );
    let profile = profile.named("Ada").with_persona(Persona::new("a critic"));
    if pooled { profile.pooled() } else { profile }
}

async fn ask(gateway: &Arc<Gateway>, pooled: bool) -> Result<Reply, CallFailure> {
    let factory = AgentFactory::new(Arc::clone(gateway) as _);
    factory
        .agent(&profile(pooled), Flow::default())
        .speak(briefs::argument(), Progress::to(|_| ()))
        .await
}

#[tokio::test(start_paused = true)]
async fn replies_record_the_host_that_served_them() {
    let reply = ask(&gateway([unreachable("near"), healthy("far")]), true).await.unwrap();
    assert_eq!(reply.text, "As far says.");
    assert_eq!(reply.meta.host.as_deref(), Some(&host("far")));
    assert_eq!(reply.meta.digest.as_deref(), Some("one"));

    let reply = ask(&gateway([healthy("near"), healthy("far")]), true).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.meta.host), ("As near says.", None));
}

#[tokio::test(start_paused = true)]
async fn failures_record_the_host_that_failed() {
    let broke_off =
        ChatError::Interrupted { host: host("far"), detail: "no power".to_owned(), source: None };
    let far = ScriptedReply::text("It is").then_fails(broke_off);
    let far = ScriptedHost::new("far").with(model(far));
    let failure = ask(&gateway([unreachable("near"), far]), true).await.unwrap_err();
    assert_eq!((failure.cause, failure.text.as_str()), (FailureCause::ModelError, "It is"));
    assert_eq!(failure.meta.host.as_deref(), Some(&host("far")));
}

/// Like a host whose process is killed in mid-reply and restarted by hand.
#[tokio::test(start_paused = true)]
async fn calls_wait_for_a_host_that_crashed_in_mid_reply() {
    let (begun, calls) = (Instant::now(), AtomicUsize::new(0));
    let is_down = move || (1..90).contains(&begun.elapsed().as_secs());
    let model = ScriptedModel::new("same").answering(move |_| {
        let source = Arc::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        if calls.fetch_add(1, Ordering::Relaxed) == 0 {
            let (host, detail) = (host("near"), "reset".to_owned());
            let lost = ChatError::Interrupted { host, detail, source: Some(source) };
            ScriptedReply::text("As ne").then_fails(lost)
        } else if begun.elapsed() < Duration::from_secs(90) {
            ScriptedReply::fails(ChatError::Unreachable { host: host("near"), source })
        } else {
            ScriptedReply::text("As near says.")
        }
    });
    let near =
        ScriptedHost::new("near").with(model).failing_when(move || is_down().then(not_there));
    let reply = ask(&gateway([near]), false).await.unwrap();
    assert_eq!(reply.text, "As near says.");
    assert!(begun.elapsed() < Duration::from_secs(100), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn calls_of_bound_seats_do_not_move() {
    let failure = ask(&gateway([unreachable("near"), healthy("far")]), false).await.unwrap_err();
    assert_eq!((failure.cause, failure.meta.host), (FailureCause::ModelError, None));
}

#[tokio::test(start_paused = true)]
async fn unserved_calls_state_the_reason_and_hosts() {
    let failure = ask(&gateway([unreachable("near"), unreachable("far")]), true).await.unwrap_err();
    let unserved = failure.unserved.unwrap();
    assert_eq!((unserved.why, unserved.hosts.len()), (NoService::Away, 2));
    let failure = ask(&gateway([unreachable("near"), healthy("far")]), false).await.unwrap_err();
    let bound = Unserved { why: NoService::Away, hosts: vec![host("near")] };
    assert_eq!(failure.unserved, Some(bound), "bound to the host that is away");
    let refused = ChatError::Refused { host: host("near"), detail: "no".into(), source: None };
    let refusing = ScriptedHost::new("near").with(model(ScriptedReply::fails(refused)));
    let failure = ask(&gateway([refusing]), true).await.unwrap_err();
    assert_eq!(failure.unserved, None, "the call itself is refused");
    let detail = "server busy".to_owned();
    let busy =
        ChatError::Overloaded { host: host("near"), detail, retry_after: None, source: None };
    let busy = ScriptedHost::new("near").with(model(ScriptedReply::fails(busy)));
    let failure = ask(&gateway([busy]), true).await.unwrap_err();
    assert_eq!(failure.unserved.map(|unserved| unserved.why), Some(NoService::Busy));
}

/// The host lists its models meanwhile.
#[tokio::test(start_paused = true)]
async fn a_model_that_never_replied_pauses_no_debate() {
    let lost = || {
        let source = Arc::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
        ScriptedReply::fails(ChatError::Unreachable { host: host("near"), source })
    };
    let never = ScriptedHost::new("near").with(ScriptedModel::new("same").always(lost()));
    let failure = ask(&gateway([never]), false).await.unwrap_err();
    assert_eq!(failure.unserved, None);
    let reason = failure.meta.failure.unwrap();
    assert!(reason.starts_with("near lists its models, but all calls to same fail: "), "{reason}");
    let once = ScriptedModel::new("same").then(ScriptedReply::text("Tea.")).always(lost());
    let gateway = gateway([ScriptedHost::new("near").with(once)]);
    ask(&gateway, false).await.unwrap();
    let failure = ask(&gateway, false).await.unwrap_err();
    let expected = Unserved { why: NoService::NotReady, hosts: vec![host("near")] };
    assert_eq!(failure.unserved, Some(expected));
}

#[tokio::test(start_paused = true)]
async fn pooled_calls_move_when_their_host_is_gone() {
    // Like after a restart: no models are listed yet.
    let reply = ask(&gateway([away("near"), healthy("far")]), true).await.unwrap();
    assert_eq!(reply.meta.host.as_deref(), Some(&host("far")));
    let reply = ask(&gateway([healthy("far")]), true).await.unwrap();
    assert_eq!(reply.meta.host.as_deref(), Some(&host("far")), "the host is not configured");
    assert!(ask(&gateway([away("near"), healthy("far")]), false).await.is_err());
}

#[tokio::test]
async fn agents_that_name_a_host_are_bound_to_it() {
    let registry = Registry::built_in()
        .with_file("[agents.critic]\nhost = 'near'\n[agents.analyst]\nmodel = 'same'")
        .unwrap();
    let agents = ["critic", "analyst", "skeptic"].map(id).to_vec();
    let config = DebateConfig::structured("Why?", agents);
    let pooled = async |gateway: &Gateway, models: &[RequestedModel]| {
        let seats = assign_models(&config, &registry, models, gateway).await.unwrap();
        seats.participants.iter().map(|seat| seat.pooled).collect::<Vec<_>>()
    };
    let two = gateway([healthy("near"), healthy("far")]);
    assert_eq!(pooled(&two, &[]).await, [false, true, true]);
    let named = RequestedModel { host: Some(host("far")), model: None };
    assert_eq!(pooled(&two, &[named]).await, [false; 3]);
    assert_eq!(pooled(&gateway([healthy("near")]), &[]).await, [false; 3], "the only host");
    let remote = |name: &str| {
        let model = ScriptedModel::new("same").with_info(|info| info.remote = true);
        ScriptedHost::new(name).with(model)
    };
    let any = RequestedModel { host: None, model: Some("same".parse().unwrap()) };
    let beyond = gateway([remote("near"), remote("far")]);
    assert_eq!(
        pooled(&beyond, &[any]).await,
        [false; 3],
        "models of remote services are not pooled"
    );
}

#[tokio::test(start_paused = true)]
async fn agents_are_available_if_any_host_has_their_model() {
    let status = async |hosts: [ScriptedHost; 2]| {
        let gateway = gateway(hosts);
        let factory = AgentFactory::new(Arc::clone(&gateway) as _);
        let records = Arc::new(MemoryRecords::default());
        let directory = AgentDirectory::new(Registry::built_in(), &factory, gateway, records);
        directory.change(&id("critic"), on_model("same")).await.unwrap();
        directory.report(&id("critic")).await.unwrap().status
    };
    assert_eq!(status([away("near"), healthy("far")]).await, AgentStatus::Idle);
    assert_eq!(status([healthy("near"), away("far")]).await, AgentStatus::Idle);
    assert_eq!(status([away("near"), away("far")]).await, AgentStatus::Unavailable);
}
