//! The order in which calls are admitted.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_dropped_call_gives_its_place_to_the_next_at_once() {
    let model = ScriptedModel::new("a").then(ScriptedReply::hangs());
    let gated = gated(&model);
    let (mut first, mut second) = (gated.chat(request()), gated.chat(request()));
    poll(&mut first);
    poll(&mut second);
    drop(first);
    assert_eq!(text(&poll(&mut second)), "I agree.");
    assert_eq!(model.record().cancelled, 1);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_that_is_dropped_is_skipped() {
    let model = ScriptedModel::new("a").then(ScriptedReply::hangs());
    let gated = gated(&model);
    let mut calls = [(); 3].map(|()| gated.chat(request()));
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let [first, second, mut third] = calls;
    drop(second);
    drop(first);
    assert_eq!(text(&poll(&mut third)), "I agree.");
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_between_grant_and_poll_frees_its_slot() {
    let model = ScriptedModel::new("a").then(ScriptedReply::hangs());
    let gated = gated(&model);
    let mut calls = [(); 3].map(|()| gated.chat(request()));
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let [first, second, mut third] = calls;
    drop(first);
    drop(second);
    assert_eq!(text(&poll(&mut third)), "I agree.");
}

#[tokio::test(start_paused = true)]
async fn the_urgent_go_first_and_waiters_rise() {
    let slow = ScriptedReply::text("Done.").first_after(seconds(8));
    let model = ScriptedModel::new("a").always(slow);
    let gated = gated(&model);
    let call = |class, seed| {
        let mut request = ChatRequest { class, ..request() };
        request.sampling.seed = Some(seed);
        let call = gated.chat(request);
        async move { drop(call.collect::<Vec<_>>().await) }
    };
    // A place is free every 8 s.
    let normal = (10..30).map(|seed| call(AdmissionClass::Normal, seed));
    tokio::join!(
        call(AdmissionClass::Normal, 0),
        call(AdmissionClass::Low, 1),
        futures_util::future::join_all(normal),
        call(AdmissionClass::Urgent, 2),
    );
    let order: Vec<_> = model.record().requests.iter().map(|r| r.sampling.seed.unwrap()).collect();
    assert_eq!(order[..3], [0, 2, 10]);
    // The normal ones rise too and stay ahead, until at 96 s all are urgent and arrival counts.
    let place = order.iter().position(|seed| *seed == 1).unwrap();
    assert_eq!(place, 12);
}

/// The reported numbers of calls that go first, in order.
fn ahead(events: &Events) -> Vec<usize> {
    let ahead = |event: &Result<ChatEvent, ChatError>| match event {
        Ok(ChatEvent::Phase(Phase::Queued { ahead, .. })) => Some(*ahead),
        Ok(_) | Err(_) => None,
    };
    events.iter().filter_map(ahead).collect()
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_learns_when_fewer_or_more_go_first() {
    let model = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let gated = gated(&model);
    let mut calls = [(); 4].map(|()| gated.chat(request()));
    let first_reports = calls.each_mut().map(|call| ahead(&poll(call)));
    assert_eq!(first_reports, [vec![], vec![0], vec![1], vec![2]]);
    let [first, second, third, mut last] = calls;
    drop(third);
    assert_eq!(ahead(&poll(&mut last)), [1], "one left");
    drop(first);
    assert_eq!(ahead(&poll(&mut last)), [0], "one was admitted");
    let mut urgent = gated.chat(ChatRequest { class: AdmissionClass::Urgent, ..request() });
    assert_eq!(ahead(&poll(&mut urgent)), [0]);
    assert_eq!(ahead(&poll(&mut last)), [1], "one overtook it");
    drop((second, urgent));
    assert!(ahead(&poll(&mut last)).is_empty(), "it is admitted");
    assert_eq!(gated.own().traffic().in_service, 1);
}

#[tokio::test(start_paused = true)]
async fn news_of_the_queue_do_not_lengthen_the_wait() {
    let model = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let settings = GatewaySettings { queue_limit: seconds(7), ..GatewaySettings::default() };
    let gated = gated_with(&model, settings);
    let mut calls = [(); 3].map(|()| gated.chat(request()));
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let [_first, second, mut last] = calls;
    let begun = Instant::now();
    advance(seconds(5)).await;
    drop(second);
    let events: Events = last.by_ref().collect().await;
    assert_eq!(begun.elapsed(), seconds(7));
    assert_eq!(ahead(&events), [0]);
    assert!(matches!(error(events), ChatError::Busy { .. }));
}

#[tokio::test(start_paused = true)]
async fn more_than_may_wait_are_busy() {
    let model = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let gated = gated(&model);
    let mut calls: Vec<_> = (0..257).map(|_| gated.chat(request())).collect();
    calls.iter_mut().for_each(|call| drop(poll(call)));
    let busy = error(poll(&mut gated.chat(request())));
    assert!(matches!(busy, ChatError::Busy { waiting: 256, .. }), "{busy:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_too_long_is_busy_and_not_sent_again() {
    let model = ScriptedModel::new("a").always(ScriptedReply::hangs());
    let settings = GatewaySettings { queue_limit: seconds(7), ..GatewaySettings::default() };
    let gated = gated_with(&model, settings);
    let mut first = gated.chat(request());
    poll(&mut first);
    let begun = Instant::now();
    let late = error(whole(&gated).await);
    assert_eq!(begun.elapsed(), seconds(7));
    assert!(matches!(late, ChatError::Busy { .. }), "{late:?}");
    assert_eq!(gated.own().traffic().waiting, 0);
}

/// A refusal would lose a turn of a debate that was acknowledged.
#[tokio::test(start_paused = true)]
async fn calls_of_accepted_work_wait_in_a_full_queue() {
    let model = ScriptedModel::new("a").then(ScriptedReply::hangs());
    let settings = GatewaySettings { waiting_calls: 1, ..GatewaySettings::default() };
    let longer = settings.queue_limit + seconds(60);
    let gated = gated_with(&model, settings);
    let hanging = ChatRequest { time_limit: 2 * longer, ..request() };
    let mut first = gated.chat(hanging);
    let mut second = gated.chat(ChatRequest { flow: Flow::named("a").accepted(), ..request() });
    let mut third = gated.chat(ChatRequest { flow: Flow::named("b").accepted(), ..request() });
    poll(&mut first);
    assert_eq!((ahead(&poll(&mut second)), ahead(&poll(&mut third))), (vec![0], vec![1]));
    assert!(matches!(error(poll(&mut gated.chat(request()))), ChatError::Busy { .. }));
    advance(longer).await;
    assert_eq!(text(&poll(&mut third)), "", "it still waits");
    drop((first, second));
    assert_eq!(text(&poll(&mut third)), "I agree.");
}
