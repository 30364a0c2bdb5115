//! Which host a call goes to.

use futures_util::future::join_all;

use super::*;

#[tokio::test(start_paused = true)]
async fn two_hosts_share_six_calls_evenly() {
    let two = Two::well().await;
    let model = two.pooled().await;
    let begun = Instant::now();
    let came = join_all((0..6).map(|_| ask(&model))).await;
    assert!(came.iter().all(|came| came.end.is_ok()), "{came:?}");
    assert_eq!(two.calls(), (3, 3));
    assert_eq!((two.near.record().most_in_flight, two.far.record().most_in_flight), (1, 1));
    assert_eq!(begun.elapsed(), seconds(3), "side by side");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_serves_more_at_a_time_gets_more() {
    let (near, far) = (model("near"), model("far"));
    let gateway = gateway([
        ScriptedHost::new("near").with(near.clone()),
        ScriptedHost::new("far").with(far.clone()).serving(std::num::NonZeroUsize::new(3).unwrap()),
    ]);
    gateway.models().await;
    let model = pooled(&gateway).await;
    join_all((0..8).map(|_| ask(&model))).await;
    assert_eq!((near.record().calls, far.record().calls), (2, 6));
}

#[tokio::test(start_paused = true)]
async fn the_own_host_wins_a_tie() {
    let two = Two::well().await;
    let model = two.pooled().await;
    for _ in 0..3 {
        let came = ask(&model).await;
        assert_eq!((came.at.len(), came.text.as_str()), (0, "from near"));
    }
    let model = two.gateway.pooled_model(&host("far"), &same(), None).await.unwrap();
    assert_eq!(ask(&model).await.text, "from far");
}

#[tokio::test(start_paused = true)]
async fn a_moved_call_reports_its_host() {
    let two = Two::well().await;
    let model = two.pooled().await;
    let first = begun(&model);
    let came = ask(&model).await;
    assert_eq!((came.at, came.text.as_str()), (vec!["far".to_owned()], "from far"));
    assert_eq!(outcome(first).await.text, "from near");
}

#[tokio::test(start_paused = true)]
async fn a_replica_is_loaded_only_if_the_other_host_is_busy() {
    let two = Two::new(model("near"), model("far").loading_takes(seconds(1))).await;
    let model = two.pooled().await;
    let calls: Vec<_> = (0..6).map(|_| begun(&model)).collect();
    let traffic = |name: &str| {
        let traffic = two.gateway.traffic();
        traffic.iter().find(|of| of.host == host(name)).map(|of| of.in_service + of.waiting)
    };
    assert_eq!((traffic("near"), traffic("far")), (Some(5), Some(1)));
    drop(calls);
}

#[tokio::test(start_paused = true)]
async fn a_model_loaded_by_a_call_counts_as_loaded() {
    let (near, far) = (model("near"), model("far"));
    let (near, far) = (near.loading_takes(seconds(5)), far.loading_takes(seconds(5)));
    let two = Two::new(near, far).await;
    let far_first = two.gateway.pooled_model(&host("far"), &same(), None).await.unwrap();
    ask(&far_first).await;
    assert_eq!(ask(&two.pooled().await).await.text, "from far");
    assert_eq!(two.near.record().loads, 0);
}

#[tokio::test(start_paused = true)]
async fn hosts_are_not_asked_for_each_call() {
    let two = Two::well().await;
    let model = two.pooled().await;
    for _ in 0..5 {
        ask(&model).await;
    }
    assert_eq!((two.near.record().checks, two.far.record().checks), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_pinned_call_waits_for_its_host() {
    let two = Two::well().await;
    let model = two.gateway.chat_model(&host("near"), &same()).await.unwrap();
    let came = join_all((0..4).map(|_| ask(&model))).await;
    assert!(came.iter().all(|came| came.text == "from near" && came.at.is_empty()));
    assert_eq!(two.calls(), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_named_model_is_resolved_on_the_host_with_less_to_do() {
    let two = Two::well().await;
    let wanted = crate::RequestedModel { host: None, model: Some(same()) };
    let wanted = std::slice::from_ref(&wanted);
    assert_eq!(two.gateway.resolve(wanted).await.unwrap()[0].host, host("near"));
    let busy = begun(&two.pooled().await);
    assert_eq!(two.gateway.resolve(wanted).await.unwrap()[0].host, host("far"));
    drop(busy);
    assert_eq!(two.gateway.resolve(wanted).await.unwrap()[0].host, host("near"));
}
