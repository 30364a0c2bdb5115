//! A host that fails is left alone, and comes back.

use super::*;

fn avoided(two: &Two) -> Vec<bool> {
    two.gateway.hosts().iter().map(|host| host.is_circuit_open).collect()
}

#[tokio::test(start_paused = true)]
async fn calls_pass_over_a_host_that_rests() {
    let (near, _) = dead("near");
    let two = Two::new(near, model("far")).await;
    let model = two.pooled().await;
    for _ in 0..3 {
        let far = begun(&model);
        drop(far);
    }
    assert_eq!(two.near.record().calls, 1, "it is not called while it is avoided");
    assert_eq!(avoided(&two), [true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_host_comes_back_after_its_rest() {
    let (near, is_up) = dead("near");
    let two = Two::new(near, model("far")).await;
    let model = two.pooled().await;
    ask(&model).await;
    is_up.store(true, Ordering::Relaxed);
    advance(seconds(1)).await;
    let probe = begun(&model);
    let [other, another] = [begun(&model), begun(&model)];
    assert_eq!(two.calls(), (2, 2), "one call is let through, the others go elsewhere");
    assert_eq!(outcome(probe).await.text, "from near");
    assert_eq!(avoided(&two), [false, false]);
    assert_eq!(ask(&model).await.text, "from near");
    drop((other, another));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_fails_costs_its_call_nothing() {
    let (near, _) = dead("near");
    let two = Two::new(near, model("far")).await;
    let model = two.pooled().await;
    for calls in 1..=3 {
        let came = ask(&model).await;
        assert_eq!(came.text, "from far");
        assert_eq!(two.near.record().calls, calls);
        advance(seconds(60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pinned_call_tries_a_host_that_rests() {
    let (near, is_up) = dead("near");
    let two = Two::new(near, model("far")).await;
    drop(begun(&two.pooled().await));
    assert_eq!(avoided(&two), [true, false]);
    is_up.store(true, Ordering::Relaxed);
    let pinned = two.gateway.chat_model(&host("near"), &same()).await.unwrap();
    assert_eq!(ask(&pinned).await.text, "from near");
    assert_eq!(avoided(&two), [false, false], "it shows that the host is back");
}

#[tokio::test(start_paused = true)]
async fn a_call_with_nowhere_else_to_go_tries_a_host_that_rests() {
    let (near, near_is_up) = dead("near");
    let (far, _) = dead("far");
    let two = Two::new(near, far).await;
    let model = two.pooled().await;
    assert!(ask(&model).await.end.is_err());
    assert!(avoided(&two).contains(&true));
    near_is_up.store(true, Ordering::Relaxed);
    assert_eq!(ask(&model).await.text, "from near");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_pauses_goes_elsewhere_as_soon_as_it_can() {
    let (near, _) = dead("near");
    let (far, far_is_up) = dead("far");
    let two = Two::new(near, far).await;
    let far_only = two.gateway.chat_model(&host("far"), &same()).await.unwrap();
    drop(begun(&far_only));
    let call = begun(&two.pooled().await);
    assert_eq!(two.calls(), (1, 1), "it pauses, since the other host is avoided");
    far_is_up.store(true, Ordering::Relaxed);
    let came = outcome(call).await;
    assert_eq!((came.text.as_str(), came.at), ("from far", vec!["far".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn waiting_calls_leave_a_host_that_begins_to_fail() {
    let hangs = ScriptedReply::fails(unreachable("near")).first_after(seconds(5));
    let near = ScriptedModel::new("same").always(hangs);
    let two = Two::new(near, model("far")).await;
    let model = two.pooled().await;
    let calls: Vec<_> = (0..6).map(|_| begun(&model)).collect();
    assert_eq!(two.calls(), (1, 1));
    let began = Instant::now();
    let came = futures_util::future::join_all(calls.into_iter().map(outcome)).await;
    assert!(came.iter().all(|came| came.text == "from far"), "{came:?}");
    assert_eq!(two.near.record().calls, 1, "those behind it did not try");
    assert_eq!(began.elapsed(), seconds(5 + 3), "three of its own by then, three more after");
}

/// The probe itself keeps others away, and must not be driven from host to host by that.
#[tokio::test(start_paused = true)]
async fn a_probe_waits_for_its_place() {
    let busy = |name: &str| {
        ScriptedModel::new("same")
            .then(ScriptedReply::hangs())
            .then(ScriptedReply::fails(unreachable(name)))
            .then(ScriptedReply::hangs())
    };
    let (near, far) = (busy("near"), busy("far"));
    let two_at_a_time = std::num::NonZeroUsize::new(2).unwrap();
    let hosts = [("near", &near), ("far", &far)];
    let gateway =
        gateway(hosts.map(|(name, model)| {
            ScriptedHost::new(name).with(model.clone()).serving(two_at_a_time)
        }));
    gateway.models().await;
    let mut under_way = Vec::new();
    for name in ["near", "far"] {
        let pinned = gateway.chat_model(&host(name), &same()).await.unwrap();
        // A call that does not wait for hosts that are away.
        let attended = || ChatRequest { flow: Flow::named("talk").attended(), ..request() };
        under_way.push(begun_with(&pinned, attended()));
        drop(begun_with(&pinned, attended()));
        under_way.push(begun_with(&pinned, attended()));
    }
    assert!(gateway.hosts().iter().all(|host| host.is_circuit_open));
    advance(seconds(1)).await;
    let probes = [begun(&pooled(&gateway).await), begun(&pooled(&gateway).await)];
    assert!(gateway.hosts().iter().all(|host| host.is_circuit_open && host.calls_moved_away == 0));
    drop(under_way);
    for probe in probes {
        assert!(outcome(probe).await.end.is_ok());
    }
    assert!(gateway.hosts().iter().all(|host| !host.is_circuit_open));
}

#[tokio::test(start_paused = true)]
async fn a_host_whose_replies_keep_breaking_off_rests() {
    let breaks_off = ScriptedReply::text("Well").then_fails(broke_off("near"));
    let near = ScriptedModel::new("same").loading_takes(seconds(1)).always(breaks_off);
    let two = Two::new(near, model("far").loading_takes(seconds(1))).await;
    let model = two.pooled().await;
    for _ in 0..2 {
        assert!(ask(&model).await.end.is_err());
    }
    assert_eq!(ask(&model).await.text, "from far", "output alone is no success, nor is a load");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_counts_against_a_host_if_another_serves() {
    let near = ScriptedModel::new("same").always(ScriptedReply::fails(refused("near")));
    let two = Two::new(near, model("far")).await;
    let model = two.pooled().await;
    for _ in 0..2 {
        assert_eq!(ask(&model).await.text, "from far");
    }
    assert_eq!(avoided(&two), [true, false]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_all_hosts_blames_none() {
    let refusing =
        |name: &str| ScriptedModel::new("same").always(ScriptedReply::fails(refused(name)));
    let two = Two::new(refusing("near"), refusing("far")).await;
    let model = two.pooled().await;
    for _ in 0..5 {
        let error = ask(&model).await.end.unwrap_err();
        assert!(!error.is_transient(), "{error}");
    }
    assert_eq!(avoided(&two), [false, false]);
}

#[tokio::test(start_paused = true)]
async fn a_host_without_the_model_is_skipped_until_it_lists_it() {
    let missing = ChatError::ModelNotFound { host: host("near"), model: same() };
    let near = model("near").then(ScriptedReply::fails(missing));
    let two = Two::new(near, model("far")).await;
    let model = two.pooled().await;
    for _ in 0..3 {
        assert_eq!(ask(&model).await.text, "from far");
    }
    assert_eq!(two.near.record().calls, 1);
    assert_eq!(avoided(&two), [false, false]);
    two.gateway.models().await;
    assert_eq!(ask(&model).await.text, "from near");
}

#[tokio::test(start_paused = true)]
async fn deadlines_and_cancelled_calls_are_not_held_against_a_host() {
    let near = ScriptedModel::new("same").always(ScriptedReply::hangs());
    let two = Two::new(near, model("far")).await;
    let pinned = two.gateway.chat_model(&host("near"), &same()).await.unwrap();
    for _ in 0..3 {
        drop(begun(&pinned));
        assert!(matches!(ask(&pinned).await.end, Err(ChatError::Deadline { .. })));
    }
    assert_eq!(avoided(&two), [false, false]);
}
