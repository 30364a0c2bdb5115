//! Whose turn it is on a host that says how many models it holds.

use super::*;

#[tokio::test(start_paused = true)]
async fn openings_load_each_model_once() {
    let harness = Harness::holding(1);
    let took = harness.ask("a b c a b c").await;
    assert_eq!(took, (LOAD + REPLY * 2) * 3 + IDLE_GRACE * 2);
    assert_eq!(harness.loads_seen(), 3);
    assert_eq!(harness.made_and_avoided(), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn ballots_begin_with_the_model_that_is_resident() {
    let harness = Harness::holding(1);
    harness.ask("a b c a b c").await;
    let took = harness.ask("a b c a b c").await;
    assert_eq!(took, (REPLY * 2) * 3 + LOAD * 2 + IDLE_GRACE * 2);
    assert_eq!(harness.loads_seen(), 5);
    assert_eq!(harness.made_and_avoided(), (5, 7), "one after another it is 12");
}

#[tokio::test(start_paused = true)]
async fn where_two_fit_the_next_is_loaded_while_the_last_speaks() {
    let harness = Harness::holding(2);
    // The second model speaks for 20 s; the third takes the room of the first after 2 s.
    let took = harness.ask("a b c a b c b b b b b b b b b b b b b b b b b b").await;
    assert_eq!(took, LOAD + REPLY * 20);
    assert_eq!(harness.loads_seen(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_holds_all_is_not_slowed() {
    let order = "a b c a b c b b b c";
    let unknown = Harness::of(ScriptedHost::new("desk"), ["a", "b", "c"].map(slow).to_vec());
    for harness in [unknown, Harness::holding(3), Harness::holding(9)] {
        assert_eq!(harness.ask(order).await, LOAD + REPLY * 5);
        assert_eq!(harness.made_and_avoided(), (3, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_another_model_learns_its_position() {
    let harness = Harness::holding(1);
    let (mut first, mut second) = (harness.call("a").await, harness.call("b").await);
    assert!(matches!(poll(&mut first)[..], [Ok(ChatEvent::Phase(Phase::Loading))]));
    let events = poll(&mut second);
    assert!(
        matches!(events[..], [Ok(ChatEvent::Phase(Phase::Queued { ahead: 0, .. }))]),
        "{events:?}"
    );
    let mut third = harness.call("a").await;
    poll(&mut third);
    let events = poll(&mut second);
    assert!(
        matches!(events[..], [Ok(ChatEvent::Phase(Phase::Queued { ahead: 1, .. }))]),
        "{events:?}"
    );
    let (_, events, _) = tokio::join!(whole(first), whole(second), whole(third));
    let Some(Ok(ChatEvent::Finished(completion))) = events.last() else { panic!("{events:?}") };
    let timings = completion.timings;
    assert_eq!(timings.queued_ms, Some(12_050), "the clock does not run while it waits");
    assert_eq!((timings.load_ms, timings.first_token_ms), (Some(10_000), Some(1_000)));
}

#[tokio::test(start_paused = true)]
async fn the_wait_for_a_model_has_the_limit_of_the_queue() {
    let settings = GatewaySettings { queue_limit: seconds(7), ..GatewaySettings::default() };
    let one = 1.try_into().unwrap();
    let host = ScriptedHost::new("desk").holding(one).with_models_at_once(one);
    let host = host.with(slow("a")).with(slow("b"));
    let gateway = Gateway::new(vec![Arc::new(host)], settings);
    let harness = Harness { gateway, models: Vec::new() };
    let mut first = harness.call("a").await;
    poll(&mut first);
    let begun = Instant::now();
    let events = whole(harness.call("b").await).await;
    assert_eq!(begun.elapsed(), seconds(7));
    assert!(matches!(events.last(), Some(Err(ChatError::Busy { .. }))), "{events:?}");
}

/// Asks a model again and again; when it was answered.
async fn stream_of(harness: &Harness, name: &str, calls: usize) -> Vec<Duration> {
    let begun = Instant::now();
    let mut ended = Vec::new();
    for _ in 0..calls {
        whole(harness.call(name).await).await;
        ended.push(begun.elapsed());
    }
    ended
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_calls_for_one_model_starves_no_other() {
    let harness = Harness::holding(1);
    // Two of each, so that one waits whenever one is served.
    let (a, _, b, _) = tokio::join!(
        stream_of(&harness, "a", 60),
        stream_of(&harness, "a", 60),
        stream_of(&harness, "b", 3),
        stream_of(&harness, "b", 3),
    );
    // The turn of the first began when it was loaded, and lasts 30 s; then its call ends.
    let first = LOAD + seconds(30) + LOAD + REPLY;
    assert!((first..first + REPLY * 2).contains(&b[0]), "{:?}", b[0]);
    assert!(b[2] < b[0] + REPLY * 6, "its calls are served in one go: {b:?}");
    assert_eq!(harness.loads_seen(), 3);
    assert_eq!(a.len(), 60);
}

#[tokio::test(start_paused = true)]
async fn two_that_always_wait_share_the_time_in_long_turns() {
    let harness = Harness::holding(1);
    let streams = ["a", "a", "b", "b"].map(|name| stream_of(&harness, name, 60));
    join_all(streams).await;
    // 120 s of speaking each, in turns of 30 s.
    assert!((8..=9).contains(&harness.loads_seen()), "{}", harness.loads_seen());
}

#[tokio::test(start_paused = true)]
async fn a_slow_load_makes_turns_longer() {
    let models = ["a", "b"].map(|name| {
        ScriptedModel::new(name)
            .loading_takes(seconds(60))
            .always(ScriptedReply::text("I agree.").first_after(REPLY))
    });
    let one = 1.try_into().unwrap();
    let host = ScriptedHost::new("desk").holding(one).with_models_at_once(one);
    let harness = Harness::of(host, models.to_vec());
    let (_, _, b) = tokio::join!(
        stream_of(&harness, "a", 200),
        stream_of(&harness, "a", 200),
        stream_of(&harness, "b", 1)
    );
    let first = seconds(60 + 120 + 60) + REPLY;
    assert!((first..first + REPLY * 2).contains(&b[0]), "{:?}", b[0]);
}

#[tokio::test(start_paused = true)]
async fn an_urgent_call_has_its_model_next() {
    let harness = Harness::holding(1);
    let ordinary = harness.ask("a a a a a a b b");
    let urgent = async {
        tokio::time::sleep(LOAD + REPLY / 2).await;
        let begun = Instant::now();
        whole(harness.call_of("c", AdmissionClass::Urgent).await).await;
        begun.elapsed()
    };
    let (_, urgent) = tokio::join!(ordinary, urgent);
    assert_eq!(urgent, REPLY / 2 + LOAD + REPLY, "after the reply that was under way");
    assert_eq!(harness.loads_seen(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_rises_past_another_at_the_last_moment_is_served() {
    let long = ScriptedReply::text("I agree.").first_after(Duration::from_millis(79_980));
    let one = 1.try_into().unwrap();
    let host = ScriptedHost::new("desk").holding(one).with_models_at_once(one);
    let harness = Harness::of(host, vec![slow("a").then(long), slow("b"), slow("c")]);
    let begun = Instant::now();
    let low = async {
        whole(harness.call_of("c", AdmissionClass::Low).await).await;
        begun.elapsed()
    };
    let normal = async {
        tokio::time::sleep(seconds(1)).await;
        whole(harness.call("b").await).await;
        begun.elapsed()
    };
    // The low one rises at 90 s, between the end of the reply and that of the pause after it.
    let (_, low, normal) = tokio::join!(harness.ask("a"), low, normal);
    assert!(low < normal, "{low:?}, {normal:?}");
    assert!(normal < seconds(90) + (LOAD + REPLY + IDLE_GRACE * 2) * 2, "{normal:?}");
}

#[tokio::test(start_paused = true)]
async fn a_load_that_fails_holds_up_nobody() {
    let gone = ChatError::Failed {
        host: HostName::new("desk").unwrap(),
        detail: "no memory".into(),
        retry_after: None,
        source: None,
    };
    let models =
        vec![slow("a").failing_to_load(gone.clone()).failing_to_load(gone), slow("b"), slow("c")];
    let one = 1.try_into().unwrap();
    let harness =
        Harness::of(ScriptedHost::new("desk").holding(one).with_models_at_once(one), models);
    let took = harness.ask("a b c a b c").await;
    // During the pause of the first the second is loaded.
    assert!(took <= LOAD + (LOAD + REPLY * 2) * 3 + LOAD + seconds(1), "{took:?}");
    assert_eq!(harness.loads_seen(), 5, "two failed");
    assert_eq!(harness.made_and_avoided(), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_leaves_frees_what_it_waited_for() {
    let harness = Harness::holding(1);
    let mut calls = Vec::new();
    for name in ["a", "b", "c"] {
        calls.push(harness.call(name).await);
    }
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let [first, second, third] = calls.try_into().ok().unwrap();
    drop(second);
    pass(LOAD / 2).await;
    // The load continues although no call waits for it.
    drop(first);
    let begun = Instant::now();
    whole(third).await;
    assert_eq!(begun.elapsed(), LOAD / 2 + IDLE_GRACE + LOAD + REPLY);
    assert_eq!(harness.loads_seen(), 2);
    assert_eq!(harness.made_and_avoided(), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn embeddings_and_warm_ups_take_their_turn() {
    let one = 1.try_into().unwrap();
    let host = ScriptedHost::new("desk").holding(one).with_models_at_once(one);
    let harness = Harness::of(host, vec![slow("a"), slow("b").embedding_takes(REPLY), slow("c")]);
    let infos = harness.gateway.models().await.remove(0).models.unwrap();
    let begun = Instant::now();
    let embed = async || {
        let embedder = harness
            .gateway
            .embedder(&infos[1], AdmissionClass::Normal, &Flow::default(), |_| ())
            .await
            .unwrap();
        embedder.embed(vec!["tea".to_owned()], seconds(60)).await.unwrap();
        begun.elapsed()
    };
    let (warm, first) = (harness.model("c").await, harness.call("a").await);
    let second = async {
        tokio::time::sleep(seconds(1)).await;
        harness.ask("a").await;
        begun.elapsed()
    };
    let (_, one, other, warmed, second) =
        tokio::join!(whole(first), embed(), embed(), warm.warm_up(), second);
    warmed.unwrap();
    assert_eq!(second, LOAD + REPLY * 2, "before the others");
    assert_eq!(one, second + IDLE_GRACE + LOAD + REPLY);
    assert_eq!(other, one + REPLY);
    assert_eq!(begun.elapsed(), other + IDLE_GRACE + LOAD);
    assert_eq!(harness.loads_seen(), 3);
    assert_eq!(harness.made_and_avoided(), (3, 1));
}
