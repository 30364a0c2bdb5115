//! Hosts that do not say how many models they hold.

use super::*;

fn holding(models: usize) -> ScriptedHost {
    ScriptedHost::new("desk").holding(models.try_into().unwrap())
}

fn learnt(harness: &Harness) -> Option<usize> {
    harness.loads().models_at_once.map(Into::into)
}

#[tokio::test(start_paused = true)]
async fn a_model_that_was_pushed_out_tells_how_many_fit() {
    for models in [1, 2] {
        let harness = Harness::of(holding(models), ["a", "b", "c"].map(slow).to_vec());
        harness.ask("a b c a b c").await;
        assert_eq!(learnt(&harness), Some(models));
        let before = harness.loads_seen();
        harness.ask("a b c a b c").await;
        assert_eq!(harness.loads_seen() - before, 3 - models, "what is resident begins");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_loads_one_at_a_time_is_asked_for_one_at_a_time() {
    let harness =
        Harness::of(holding(1).loading_one_at_a_time(), ["a", "b", "c"].map(slow).to_vec());
    let took = harness.ask("a b c a b c").await;
    assert_eq!(harness.loads_seen(), 3, "the first has spoken by the time the second is loaded");
    assert_eq!(learnt(&harness), Some(1));
    assert_eq!(took, LOAD * 3 + REPLY * 4 + IDLE_GRACE);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_learnt_where_all_fit_or_stayed_too_long() {
    let models = ["a", "b", "c"].map(|name| slow(name).with_keep_alive(seconds(300)));
    let harness = Harness::of(ScriptedHost::new("desk"), models.to_vec());
    for _ in 0..3 {
        harness.ask("a b c a b c").await;
        pass(seconds(250)).await;
        harness.models[1].evict();
    }
    assert_eq!(learnt(&harness), None, "it was due to leave");
    assert_eq!(harness.made_and_avoided(), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_leaves_without_a_load_tells_nothing() {
    let harness = Harness::of(ScriptedHost::new("desk"), ["a", "b", "c"].map(slow).to_vec());
    harness.ask("a b c").await;
    // It was unloaded from outside, and its failing call makes the gateway check.
    harness.models[0].evict();
    let gone = ChatError::Failed {
        host: HostName::new("desk").unwrap(),
        detail: "gone".into(),
        retry_after: None,
        source: None,
    };
    drop(harness.models[0].clone().then(ScriptedReply::fails(gone)));
    harness.ask("a").await;
    assert_eq!(harness.loads_seen(), 4);
    assert_eq!((learnt(&harness), harness.made_and_avoided()), (None, (4, 0)));
}

#[tokio::test(start_paused = true)]
async fn learnt_capacity_grows_when_the_host_holds_more() {
    let host = holding(1);
    let harness = Harness::of(host.clone(), ["a", "b", "c"].map(slow).to_vec());
    harness.ask("a b c a b c").await;
    assert_eq!(learnt(&harness), Some(1));
    // Another program has given up its memory.
    drop(host.holding(3.try_into().unwrap()));
    harness.ask("a b c").await;
    harness.ask("a b c").await;
    assert_eq!(learnt(&harness), Some(3));
    let before = harness.loads_seen();
    assert_eq!(harness.ask("a b c a b c").await, REPLY * 2, "side by side again");
    assert_eq!(harness.loads_seen(), before);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_comes_to_hold_fewer_is_noticed() {
    let host = holding(3);
    let harness = Harness::of(host.clone(), ["a", "b", "c"].map(slow).to_vec());
    harness.ask("a b c").await;
    assert_eq!(learnt(&harness), None);
    drop(host.holding(1.try_into().unwrap()));
    for _ in 0..4 {
        harness.ask("a b c").await;
    }
    let before = harness.loads_seen();
    harness.ask("a b c a b c").await;
    assert_eq!((learnt(&harness), harness.loads_seen() - before), (Some(1), 2));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_what_it_holds_is_believed() {
    let host = holding(1).with_models_at_once(2.try_into().unwrap());
    let harness = Harness::of(host, ["a", "b", "c"].map(slow).to_vec());
    harness.ask("a b c a b c").await;
    assert_eq!(learnt(&harness), Some(2));
}
