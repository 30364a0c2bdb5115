mod fair;
mod scheduling;

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, TryFutureExt, future::BoxFuture};

use super::*;
use crate::{HostError, ScriptedHost, ScriptedModel, ScriptedReply};

fn gateway(hosts: impl IntoIterator<Item = ScriptedHost>) -> Gateway {
    let hosts = hosts.into_iter().map(|host| Arc::new(host) as Arc<dyn ModelHost>).collect();
    Gateway::new(hosts, GatewaySettings::default())
}

fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

fn model(text: &str) -> ModelName {
    ModelName::new(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_host_that_hangs_does_not_hold_up_the_others() {
    let unreadable =
        HostError::Unreadable { address: "http://desk:1".into(), detail: "not JSON".into() };
    let gateway = gateway([
        ScriptedHost::new("hangs").hanging(),
        ScriptedHost::new("fails").failing(unreadable),
        ScriptedHost::new("works").with(ScriptedModel::new("a")),
    ]);
    let begun = tokio::time::Instant::now();
    let listings = gateway.models().await;
    assert_eq!(begun.elapsed(), GatewaySettings::default().listing_limit);
    assert!(matches!(listings[0].models, Err(HostError::TimedOut { .. })));
    assert!(matches!(listings[1].models, Err(HostError::Unreadable { .. })));
    assert_eq!(listings[2].models.as_ref().unwrap()[0].model, model("a"));
}

#[tokio::test(start_paused = true)]
async fn only_the_hosts_that_the_requests_allow_are_asked() {
    let gateway = gateway([
        ScriptedHost::new("hangs").hanging(),
        ScriptedHost::new("works").with(ScriptedModel::new("a")),
    ]);
    let request = RequestedModel { host: Some(name("works")), model: None };
    let infos = gateway.resolve(&[request]).now_or_never().unwrap().unwrap();
    assert_eq!(infos[0].model, model("a"));
}

#[tokio::test]
async fn an_unknown_host_is_named_with_those_there_are() {
    let gateway = gateway([ScriptedHost::new("desk"), ScriptedHost::new("shelf")]);
    let request = RequestedModel { host: Some(name("attic")), model: None };
    let error = gateway.resolve(&[request]).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no host attic, only desk, shelf");
    let error = gateway.chat_model(&name("attic"), &model("a")).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, ResolveError::UnknownHost { .. }));
}

#[tokio::test]
async fn a_missing_model_comes_with_what_to_do() {
    let gateway = gateway([ScriptedHost::new("desk")]);
    let error = gateway.chat_model(&name("desk"), &model("a")).await.map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "no model a on desk; try `script a`");
}

#[tokio::test]
async fn a_model_is_found_by_its_implied_tag() {
    let gateway = gateway([ScriptedHost::new("desk").with(ScriptedModel::new("a:latest"))]);
    let found = gateway.chat_model(&name("desk"), &model("a")).await.unwrap();
    assert_eq!(found.info().model, model("a:latest"));
}

#[tokio::test(start_paused = true)]
async fn all_calls_for_a_model_share_one_queue() {
    let slow = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let gateway = gateway([ScriptedHost::new("desk").with(slow.clone())]);
    let mut calls = Vec::new();
    for _ in 0..3 {
        let model = gateway.chat_model(&name("desk"), &model("a")).await.unwrap();
        let mut call = model.chat(call::tests::request());
        while call.next().now_or_never().is_some() {}
        calls.push(call);
        gateway.models().await;
    }
    assert_eq!(slow.record().in_flight, 1);
    let expected =
        ModelTraffic { host: name("desk"), model: model("a"), in_service: 1, waiting: 2 };
    assert_eq!(gateway.traffic(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_pulled_anew_keeps_its_queue() {
    /// A host whose model has another digest each time it is asked.
    struct Changing(ScriptedHost, AtomicU32);
    impl ModelHost for Changing {
        fn name(&self) -> &HostName {
            self.0.name()
        }
        fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
            let digest = Some(self.1.fetch_add(1, Ordering::Relaxed).to_string());
            let repulled = move |info| ModelInfo { digest: digest.clone(), ..info };
            let models = self.0.models();
            models.map_ok(move |infos| infos.into_iter().map(repulled).collect()).boxed()
        }
        fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel> {
            self.0.chat_model(info)
        }
    }
    let slow = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let host = Changing(ScriptedHost::new("desk").with(slow.clone()), AtomicU32::new(1));
    let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
    let mut calls = Vec::new();
    for digest in ["1", "2"] {
        gateway.models().await;
        let model = gateway.chat_model(&name("desk"), &model("a")).await.unwrap();
        assert_eq!(model.info().digest.as_deref(), Some(digest));
        let mut call = model.chat(call::tests::request());
        while call.next().now_or_never().is_some() {}
        calls.push(call);
    }
    assert_eq!(slow.record().in_flight, 1);
}

#[tokio::test(start_paused = true)]
async fn a_host_may_serve_more_than_one_call_of_a_model() {
    let model = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let host = ScriptedHost::new("desk").with(model.clone()).serving(2.try_into().unwrap());
    let gateway = gateway([host]);
    let chat = gateway.chat_model(&name("desk"), &self::model("a")).await.unwrap();
    let mut calls: Vec<_> = (0..3).map(|_| chat.chat(call::tests::request())).collect();
    for call in &mut calls {
        while call.next().now_or_never().is_some() {}
    }
    assert_eq!(model.record().in_flight, 2);
}

#[tokio::test(start_paused = true)]
async fn a_load_of_another_model_on_the_host_casts_doubt_once() {
    let both =
        ["a", "b"].map(|name| ScriptedModel::new(name).loading_takes(Duration::from_secs(9)));
    let [a, b] = both.clone();
    let gateway = gateway([ScriptedHost::new("desk").with(a).with(b)]);
    for name in ["a", "a", "b", "b", "a", "a", "b"] {
        let model = gateway.chat_model(&self::name("desk"), &model(name)).await.unwrap();
        model.chat(call::tests::request()).collect::<Vec<_>>().await;
    }
    // The load of b caused a check of a; a check costs no load and causes no other check.
    let [a, b] = both.map(|model| model.record());
    assert_eq!((a.loads, a.checks), (1, 2));
    assert_eq!((b.loads, b.checks), (1, 1));
}

async fn only_model(gateway: &Gateway) -> ModelInfo {
    gateway.models().await.remove(0).models.unwrap().remove(0)
}

#[tokio::test(start_paused = true)]
async fn embeddings_wait_their_turn_by_class() {
    let scripted = ScriptedModel::new("a").embedding_takes(Duration::from_secs(1));
    let gateway = Arc::new(gateway([ScriptedHost::new("desk").with(scripted.clone())]));
    let info = only_model(&gateway).await;
    let embed = |text: &str, class| {
        let (gateway, info, texts) = (Arc::clone(&gateway), info.clone(), vec![text.to_owned()]);
        async move {
            let embedder = gateway.embedder(&info, class, &Flow::default(), |_| {}).await.unwrap();
            embedder.embed(texts, Duration::from_secs(9)).await.unwrap().vectors
        }
    };
    let (first, low, left, urgent) = tokio::join!(
        embed("four", AdmissionClass::Low),
        embed("low", AdmissionClass::Low),
        tokio::time::timeout(Duration::from_millis(500), embed("left", AdmissionClass::High)),
        embed("urgent", AdmissionClass::Urgent),
    );
    assert_eq!((first, low, urgent), (vec![vec![4., 1.]], vec![vec![3., 1.]], vec![vec![6., 1.]]));
    assert!(left.is_err(), "it was given up while it waited");
    assert_eq!(scripted.record().embedded, [["four"], ["urgent"], ["low"]]);
    assert_eq!(gateway.traffic()[0].in_service, 0);
}

#[tokio::test(start_paused = true)]
async fn an_embedding_has_a_clock_and_a_full_queue_refuses_it() {
    let slow = ScriptedModel::new("a").embedding_takes(Duration::from_mins(1));
    let settings = GatewaySettings { waiting_calls: 0, ..GatewaySettings::default() };
    let host = ScriptedHost::new("desk").with(slow);
    let gateway = Gateway::new(vec![Arc::new(host)], settings);
    let info = only_model(&gateway).await;
    let embedder =
        gateway.embedder(&info, AdmissionClass::Normal, &Flow::default(), |_| {}).await.unwrap();
    let full = gateway
        .embedder(&info, AdmissionClass::Urgent, &Flow::default(), |_| {})
        .await
        .unwrap_err();
    assert!(matches!(full, ChatError::Busy { waiting: 0, .. }), "{full:?}");
    let limit = Duration::from_secs(5);
    let late = embedder.embed(vec!["a".to_owned()], limit).await.unwrap_err();
    assert!(matches!(late, ChatError::Deadline { .. }), "{late:?}");
    assert!(
        gateway.embedder(&info, AdmissionClass::Low, &Flow::default(), |_| {}).await.is_ok(),
        "the place is free"
    );
}

#[tokio::test]
async fn chat_models_refuse_to_embed_and_embedding_models_to_chat() {
    let embeds =
        ScriptedModel::new("b").with_info(|info| (info.chats, info.embeds) = (false, true));
    let host = ScriptedHost::new("desk").with(ScriptedModel::new("a")).with(embeds);
    let gateway = gateway([host]);
    let infos = gateway.models().await.remove(0).models.unwrap();
    let embedder = gateway
        .embedder(&infos[0], AdmissionClass::Normal, &Flow::default(), |_| {})
        .await
        .unwrap();
    assert!(embedder.embed(vec!["a".to_owned()], Duration::MAX).await.is_err());
    drop(
        gateway
            .embedder(&infos[1], AdmissionClass::Normal, &Flow::default(), |_| {})
            .await
            .unwrap(),
    );
    let error = gateway.chat_model(&name("desk"), &model("b")).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, ResolveError::CannotChat { .. }), "{error:?}");
}

#[tokio::test]
async fn models_are_chosen_from_earlier_listings() {
    let gateway = gateway([ScriptedHost::new("desk").with(ScriptedModel::new("a"))]);
    let listings = gateway.models().await;
    let request = |host: &str| RequestedModel { host: Some(name(host)), model: Some(model("a")) };
    let infos = gateway.resolve_among(&listings, &[request("desk")]).unwrap();
    assert_eq!(infos[0].model, model("a"));
    let error = gateway.resolve_among(&listings, &[request("attic")]).unwrap_err();
    assert!(matches!(error, ResolveError::UnknownHost { .. }));
    let error = gateway.resolve_among(&[], &[request("desk")]).unwrap_err();
    assert!(matches!(error, ResolveError::ModelNotFound { .. }));
}
