//! Which models are the same.

use super::*;
use crate::{HostError, ModelInfo, ResolveError};

async fn serves_beside(change: impl FnOnce(&mut ModelInfo)) -> bool {
    let (near, _) = dead("near");
    let near = near.with_info(|info| {
        info.digest = Some("one".to_owned());
        info.window = Some(4_096);
    });
    let two = Two::new(near, model("far").with_info(change)).await;
    let came = ask(&two.pooled().await).await;
    assert_eq!(came.end.is_ok(), two.far.record().calls > 0);
    came.end.is_ok()
}

#[tokio::test(start_paused = true)]
async fn only_the_same_model_stands_in() {
    assert!(serves_beside(|_| ()).await, "it does not report its digest");
    assert!(serves_beside(|info| info.digest = Some("one".to_owned())).await);
    assert!(!serves_beside(|info| info.digest = Some("two".to_owned())).await);
    assert!(!serves_beside(|info| info.model = ModelName::new("other").unwrap()).await);
    assert!(!serves_beside(|info| info.remote = true).await, "text would leave the network");
    assert!(!serves_beside(|info| info.demo = true).await);
}

#[tokio::test(start_paused = true)]
async fn a_window_must_hold_what_the_own_one_holds_or_the_call() {
    assert!(serves_beside(|info| info.window = Some(8_192)).await);
    assert!(serves_beside(|info| info.window = Some(512)).await, "400 tokens and a short prompt");
    assert!(!serves_beside(|info| info.window = Some(256)).await);
}

#[tokio::test(start_paused = true)]
async fn a_remote_model_is_not_replaced() {
    let (near, _) = dead("near");
    let two = Two::new(near.with_info(|info| info.remote = true), model("far")).await;
    assert!(ask(&two.pooled().await).await.end.is_err());
    assert_eq!(two.far.record().calls, 0);
}

#[tokio::test(start_paused = true)]
async fn the_digest_of_the_debate_counts() {
    let near = model("near").with_info(|info| info.digest = Some("two".to_owned()));
    let far = model("far").with_info(|info| info.digest = Some("one".to_owned()));
    let two = Two::new(near, far).await;
    let model = two.gateway.pooled_model(&host("near"), &same(), Some("one")).await.unwrap();
    let busy = begun(&model);
    assert_eq!(ask(&model).await.text, "from far", "it has what the debate began with");
    drop(busy);
}

fn away() -> HostError {
    let source = Arc::new(std::io::Error::other("refused"));
    HostError::Unreachable { address: "http://near".to_owned(), source }
}

#[tokio::test(start_paused = true)]
async fn another_host_takes_the_place_of_one_that_is_away() {
    let far = model("far");
    let gateway = gateway([
        ScriptedHost::new("near").failing(away()),
        ScriptedHost::new("far").with(far.clone()),
    ]);
    let model = gateway.pooled_model(&host("near"), &same(), None).await.unwrap();
    assert_eq!(model.info().host, host("far"));
    assert_eq!(ask(&model).await.text, "from far");
    let unknown = gateway.pooled_model(&host("attic"), &same(), None).await.unwrap();
    assert_eq!(unknown.info().host, host("far"), "it was in the configuration once");
    let pinned = gateway.chat_model(&host("near"), &same()).await.map(|_| ()).unwrap_err();
    assert!(matches!(pinned, ResolveError::HostUnavailable { .. }), "{pinned}");
    let other = gateway.pooled_model(&host("near"), &same(), Some("one")).await;
    assert!(other.is_ok(), "a host that reports no digest is accepted");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_no_host_has_is_missing() {
    let gateway = gateway([ScriptedHost::new("near"), ScriptedHost::new("far")]);
    let error = gateway.pooled_model(&host("near"), &same(), None).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, ResolveError::ModelNotFound { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_hangs_holds_up_the_first_call_only() {
    let gateway =
        gateway([ScriptedHost::new("near").hanging(), ScriptedHost::new("far").with(model("far"))]);
    let begun = Instant::now();
    let limit = GatewaySettings::default().listing_limit;
    pooled(&gateway).await;
    // Once for all hosts, and once more for the own one, of which nothing is known.
    assert_eq!(begun.elapsed(), limit * 2);
    pooled(&gateway).await;
    assert_eq!(begun.elapsed(), limit * 2, "it rests now");
}
