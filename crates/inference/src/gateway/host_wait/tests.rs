//! Hosts that load or are away, and the calls that wait for them.

mod crashed;
mod only_calls_fail;
mod requested_wait;

use std::sync::Arc;

use futures_util::{StreamExt, future::join_all};

use super::*;
use crate::{
    ChatEvent, ChatModel, ChatRequest, Completion, Flow, Gateway, GatewaySettings, HostError,
    HostName, ModelHost, ModelName, ScriptedHost, ScriptedModel, ScriptedReply,
    gateway::call::tests::request,
};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn unreachable(name: &str) -> ChatError {
    let source = Arc::new(std::io::Error::other("refused"));
    ChatError::Unreachable { host: host(name), source }
}

fn loading(name: &str) -> ChatError {
    let detail = "Loading model".to_owned();
    ChatError::Loading { host: host(name), detail, retry_after: None, source: None }
}

/// A model that fails like this for so long from now on, and then answers after a second.
fn failing(model: &str, error: ChatError, time: Duration) -> ScriptedModel {
    let end = Instant::now().checked_add(time);
    ScriptedModel::new(model).answering(move |_| {
        if end.is_none_or(|end| Instant::now() < end) {
            ScriptedReply::fails(error.clone())
        } else {
            ScriptedReply::text("Here.").first_after(seconds(1))
        }
    })
}

fn gateway(hosts: impl IntoIterator<Item = ScriptedHost>) -> Gateway {
    let hosts = hosts.into_iter().map(|host| Arc::new(host) as Arc<dyn ModelHost>).collect();
    Gateway::new(hosts, GatewaySettings::default())
}

/// The model of a host that has no other.
async fn only(model: &ScriptedModel) -> Arc<dyn ChatModel> {
    let gateway = gateway([ScriptedHost::new("near").with(model.clone())]);
    pinned_model(&gateway, "near", "a").await
}

async fn pinned_model(gateway: &Gateway, name: &str, model: &str) -> Arc<dyn ChatModel> {
    gateway.chat_model(&host(name), &ModelName::new(model).unwrap()).await.unwrap()
}

async fn pooled(gateway: &Gateway) -> Arc<dyn ChatModel> {
    gateway.models().await;
    gateway.pooled_model(&host("near"), &ModelName::new("a").unwrap(), None).await.unwrap()
}

/// What came of a call.
struct Came {
    phases: Vec<Phase>,
    end: Result<Completion, ChatError>,
    took: Duration,
}

async fn ask(model: &Arc<dyn ChatModel>) -> Came {
    ask_for(model, request()).await
}

async fn ask_for(model: &Arc<dyn ChatModel>, request: ChatRequest) -> Came {
    let (begun, mut phases, mut end) = (Instant::now(), Vec::new(), None);
    let mut call = model.chat(request);
    while let Some(event) = call.next().await {
        match event {
            Ok(ChatEvent::Phase(phase)) => phases.push(phase),
            Ok(ChatEvent::Finished(completion)) => end = Some(Ok(completion)),
            Ok(
                ChatEvent::Moved(_)
                | ChatEvent::Thinking(_)
                | ChatEvent::Delta(_)
                | ChatEvent::Corrected { .. },
            ) => {}
            Err(error) => end = Some(Err(error)),
        }
    }
    Came { phases, end: end.unwrap(), took: begun.elapsed() }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_loads_is_waited_for_with_the_clock_stopped() {
    for load in [10, 120, 590] {
        let model = failing("a", loading("near"), seconds(load));
        let came = ask(&only(&model).await).await;
        let timings = came.end.unwrap().timings;
        assert_eq!(
            timings.first_token_ms,
            Some(1_000),
            "the load does not count against the clock"
        );
        let waited = timings.load_ms.unwrap();
        assert!((load * 1_000..load * 1_000 + 5_000).contains(&waited), "{load}: {waited} ms");
        assert!(came.phases.contains(&Phase::Loading), "{:?}", came.phases);
        assert!(came.took < seconds(load + 7));
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_loads_is_given_up_at_the_load_limit() {
    let model = failing("a", loading("near"), Duration::MAX);
    let came = ask(&only(&model).await).await;
    assert_eq!(came.took, seconds(600));
    let error = came.end.unwrap_err();
    assert_eq!(error.to_string(), "no host was ready within 600 s: near is loading: Loading model");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_away_is_waited_for_and_that_is_shown() {
    for away in [6, 115] {
        let model = failing("a", unreachable("near"), seconds(away));
        let came = ask(&only(&model).await).await;
        let timings = came.end.unwrap().timings;
        assert_eq!(timings.first_token_ms, Some(1_000), "the clock stood still");
        let shown: Vec<_> = came
            .phases
            .iter()
            .filter_map(|phase| match phase {
                Phase::Away { waited, next_try } => Some((waited.as_secs(), *next_try)),
                Phase::Queued { .. } | Phase::Loading | Phase::Prompting | Phase::Generating => {
                    None
                }
            })
            .collect();
        assert!(shown.len() >= 2 && shown.is_sorted_by_key(|(waited, _)| *waited), "{shown:?}");
        assert!(shown.iter().all(|(_, next_try)| *next_try <= seconds(5)), "{shown:?}");
        assert!(model.record().calls < 30, "{}", model.record().calls);
        assert!(came.took < seconds(away + 7));
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_host_is_given_up_the_next_calls_wait_less() {
    let model = failing("a", unreachable("near"), Duration::MAX);
    let model = only(&model).await;
    let came = ask(&model).await;
    assert_eq!(came.took, seconds(120));
    let Err(ChatError::NoHostReady { waited, failures }) = came.end else { panic!("no end") };
    assert_eq!((waited, failures.len()), (seconds(120), 1));
    let next = ask(&model).await;
    assert!(next.took <= seconds(10), "{:?}", next.took);
    assert!(matches!(next.end, Err(ChatError::NoHostReady { .. })));
}

#[tokio::test(start_paused = true)]
async fn one_call_tries_while_all_others_wait() {
    for error in [unreachable("near"), loading("near")] {
        let names = ["a", "b", "c"];
        let models = names.map(|name| failing(name, error.clone(), seconds(60)));
        let four = std::num::NonZeroUsize::new(4).unwrap();
        let host = ScriptedHost::new("near").serving(four);
        let gateway = gateway([models.iter().cloned().fold(host, ScriptedHost::with)]);
        let a = pinned_model(&gateway, "near", "a").await;
        let came = join_all((0..6).map(|_| ask(&a))).await;
        assert!(came.iter().all(|came| came.end.is_ok()));
        let calls = models[0].record().calls;
        assert!(calls <= 4 + 16 + 6, "four that began together, the tries, and the six: {calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_of_all_models_share_the_tries_of_a_host_that_is_away() {
    let models = ["a", "b", "c"].map(|name| failing(name, unreachable("near"), seconds(60)));
    let host = ScriptedHost::new("near");
    let gateway = gateway([models.iter().cloned().fold(host, ScriptedHost::with)]);
    let mut pinned_models = Vec::new();
    for name in ["a", "b", "c"] {
        pinned_models.push(pinned_model(&gateway, "near", name).await);
    }
    let came = join_all(pinned_models.iter().map(ask)).await;
    assert!(came.iter().all(|came| came.end.is_ok()));
    let calls: usize = models.iter().map(|model| model.record().calls).sum();
    assert!(calls <= 3 + 16 + 3, "{calls}");
}

/// It is reached now and then and never serves: that uses up the limit as well.
#[tokio::test(start_paused = true)]
async fn a_host_that_flaps_does_not_keep_a_call_for_ever() {
    let mut tries = 0_u32;
    let model = ScriptedModel::new("a").answering(move |_| {
        tries += 1;
        let error = match tries % 3 {
            0 => ChatError::Failed {
                host: host("near"),
                detail: "boom".into(),
                retry_after: None,
                source: None,
            },
            1 => loading("near"),
            _ => unreachable("near"),
        };
        ScriptedReply::fails(error).first_after(seconds(1))
    });
    let came = ask(&only(&model).await).await;
    assert!(came.end.is_err());
    assert!(came.took < seconds(800), "{:?}", came.took);
}

#[tokio::test(start_paused = true)]
async fn a_call_is_served_by_the_first_of_its_hosts_that_comes_back() {
    let near = failing("a", unreachable("near"), Duration::MAX);
    let far = failing("a", unreachable("far"), seconds(40));
    let gateway = gateway([
        ScriptedHost::new("near").with(near.clone()),
        ScriptedHost::new("far").with(far.clone()),
    ]);
    let came = ask(&pooled(&gateway).await).await;
    assert!(came.end.is_ok());
    assert!(came.took < seconds(50), "{:?}", came.took);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_when_all_of_its_hosts_stay_away() {
    let near = failing("a", unreachable("near"), Duration::MAX);
    let far = failing("a", unreachable("far"), Duration::MAX);
    let gateway =
        gateway([ScriptedHost::new("near").with(near), ScriptedHost::new("far").with(far)]);
    let error = ask(&pooled(&gateway).await).await.end.unwrap_err();
    let message = error.to_string();
    let (limit, hosts) = message.split_once(": ").unwrap();
    assert_eq!(limit, "no host was ready within 120 s");
    // Their order depends on which of them was tried last.
    let hosts: std::collections::BTreeSet<_> = hosts.split("; ").collect();
    assert_eq!(hosts, ["near cannot be reached", "far cannot be reached"].into());
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_a_loading_host_if_the_other_refuses() {
    let near = failing("a", loading("near"), seconds(30));
    let refused = ChatError::Refused { host: host("far"), detail: "no".into(), source: None };
    let far = ScriptedModel::new("a").always(ScriptedReply::fails(refused));
    let gateway =
        gateway([ScriptedHost::new("near").with(near), ScriptedHost::new("far").with(far.clone())]);
    let came = ask(&pooled(&gateway).await).await;
    assert!(came.end.is_ok(), "{:?}", came.end);
    assert_eq!(far.record().calls, 1, "it is not asked again");
}

#[tokio::test(start_paused = true)]
async fn an_attended_call_fails_soon() {
    let model = failing("a", unreachable("near"), Duration::MAX);
    let attended = ChatRequest { flow: Flow::named("talk").attended(), ..request() };
    let came = ask_for(&only(&model).await, attended).await;
    assert!(matches!(came.end, Err(ChatError::Unreachable { .. })));
    assert_eq!(model.record().calls, 4);
    assert!(came.took < seconds(10), "{:?}", came.took);
}

#[tokio::test(start_paused = true)]
async fn a_host_says_how_long_it_is_waited_for() {
    for (limit, took) in [(seconds(30), seconds(30)), (seconds(300), seconds(300))] {
        let model = failing("a", unreachable("near"), Duration::MAX);
        let gateway = gateway([ScriptedHost::new("near").with(model).waited_for(limit)]);
        assert_eq!(ask(&pinned_model(&gateway, "near", "a").await).await.took, took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_was_away_is_asked_again_what_is_in_its_memory() {
    let end = Instant::now() + seconds(30);
    let model = ScriptedModel::new("a").then(ScriptedReply::text("First.")).answering(move |_| {
        if Instant::now() < end {
            ScriptedReply::fails(unreachable("near"))
        } else {
            ScriptedReply::text("Second.")
        }
    });
    let asked = only(&model).await;
    assert!(ask(&asked).await.end.is_ok());
    model.evict();
    assert!(ask(&asked).await.end.is_ok());
    let seen = model.record();
    assert!(seen.loads >= 1 && seen.loads_by_chats == 0, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_leaves_nothing_behind() {
    let model = failing("a", unreachable("near"), seconds(20));
    let asked = only(&model).await;
    let mut call = asked.chat(request());
    while let Ok(Some(_)) = tokio::time::timeout(seconds(10), call.next()).await {
        if model.record().calls > 3 {
            break;
        }
    }
    drop(call);
    assert!(ask(&asked).await.end.is_ok());
}

#[tokio::test(start_paused = true)]
async fn models_of_a_host_that_loads_are_waited_for() {
    let error =
        HostError::Loading { address: "http://near".into(), detail: "Loading model".into() };
    let near = ScriptedHost::new("near").with(ScriptedModel::new("a"));
    let gateway = self::gateway([
        near.failing_for(seconds(30), error.clone()),
        ScriptedHost::new("far").with(ScriptedModel::new("b")),
    ]);
    let begun = Instant::now();
    let mut reported = Vec::new();
    let listings = gateway.models_when_loaded(|hosts, _| reported.push(hosts.to_vec())).await;
    assert!(listings.iter().all(|listing| listing.models.is_ok()));
    assert!((30..33).contains(&begun.elapsed().as_secs()));
    assert!(
        reported.len() > 3 && reported.iter().all(|hosts| *hosts == [host("near")]),
        "{reported:?}"
    );

    let gateway = self::gateway([ScriptedHost::new("near").failing(error)]);
    let begun = Instant::now();
    let listings = gateway.models_when_loaded(|_, _| {}).await;
    assert_eq!(begun.elapsed(), seconds(600));
    assert!(listings[0].is_loading());
}

/// As llama-swap and LM Studio do, which load a model when the first call for it comes.
#[tokio::test(start_paused = true)]
async fn a_silent_host_counts_as_loading_until_its_first_reply() {
    let reply = |wait| ScriptedReply::pieces(["Tea", "."]).first_after(seconds(wait));
    let model = ScriptedModel::new("a")
        .not_reporting_residency()
        .then(reply(150).then_every(seconds(8)))
        .then(ScriptedReply::hangs());
    let asked = only(&model).await;
    let came = ask(&asked).await;
    assert_eq!(came.phases, [Phase::Prompting, Phase::Loading, Phase::Generating]);
    let timings = came.end.unwrap().timings;
    assert_eq!((timings.load_ms, timings.first_token_ms), (Some(150_000), Some(0)));
    assert_eq!(timings.generation_ms, Some(8_000));
    let came = ask(&asked).await;
    assert!(matches!(came.end, Err(ChatError::Deadline { .. })), "it has answered before");
    assert_eq!(came.took, seconds(10));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_stays_silent_is_given_up_once() {
    let hangs = ScriptedModel::new("a").not_reporting_residency().always(ScriptedReply::hangs());
    let asked = only(&hangs).await;
    let came = ask(&asked).await;
    assert_eq!(came.took, seconds(600));
    assert!(matches!(came.end, Err(ChatError::NoHostReady { .. })));
    assert_eq!(ask(&asked).await.took, seconds(10));
}

#[tokio::test(start_paused = true)]
async fn the_wait_in_a_queue_is_no_wait_for_a_host() {
    let end = Instant::now() + seconds(250);
    let dies = ScriptedReply::fails(unreachable("near")).first_after(seconds(200));
    let model = ScriptedModel::new("a").then(dies).answering(move |_| {
        if Instant::now() < end {
            ScriptedReply::fails(unreachable("near"))
        } else {
            ScriptedReply::text("Here.")
        }
    });
    let asked = only(&model).await;
    let long = || ChatRequest { time_limit: seconds(1_000), ..request() };
    let first = ChatRequest { flow: Flow::named("talk").attended(), ..long() };
    let came = futures_util::join!(ask_for(&asked, first), ask_for(&asked, long()));
    assert!(came.1.end.is_ok(), "{:?}", came.1.end);
}
