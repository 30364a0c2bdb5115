use std::time::Duration;

use futures_util::StreamExt;
use synod_debate_engine::{
    EngineError, Settings,
    test_util::{ScriptedTurn, fitting, setup},
};
use synod_domain::{Event, Outcome, PauseReason, VoidCause};
use synod_event_log::{IdempotencyKey, ListQuery, LogError, Takeover};
use tokio::time::{Instant, sleep};

use crate::harness::*;

/// A crash at every half second, that is between and within all groups of calls.
#[tokio::test(start_paused = true)]
async fn after_a_crash_only_calls_in_flight_are_made_again() {
    for halves in 0..16 {
        let harness = EngineHarness::of_one_second_calls();
        let hub = harness.hub();
        let debate = started(&hub, three()).await;
        sleep(SECOND * halves / 2).await;
        drop(hub);
        sleep(5 * SECOND).await;
        let asked_before = harness.asked_in_all();
        let crashed = audited(&debate).await;
        assert_eq!(harness.asked_in_all(), asked_before, "no call is made after a crash");

        let hub = harness.hub();
        assert_eq!(hub.recover().await.unwrap(), 1);
        let verdict = verdict_of(&debate).await;
        assert_eq!(verdict.outcome, Outcome::Deadlock);
        let log = audited(&debate).await;
        assert_eq!(log[..crashed.len()], crashed[..]);
        assert_eq!(log[crashed.len()].event, Event::DebateRecovered);
        let begun = those!(crashed, Event::CallStarted(started) => started.call).count();
        let ended = crashed.iter().filter(|r| r.event.ends_call().is_some()).count();
        let in_flight = begun - ended;
        let voided = those!(log, Event::CallVoided(voided) => voided.cause);
        assert!(voided.eq(vec![VoidCause::Lost; in_flight]));
        assert_eq!(usize::try_from(verdict.calls.begun).unwrap(), 24 + in_flight);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_call_keeps_its_text_so_far() {
    let harness = EngineHarness::new(|agent, brief| {
        let said = ScriptedTurn::say(fitting(brief, choice(agent)));
        if agent == "bob" {
            return said.after(SECOND);
        }
        ScriptedTurn::hang().in_pieces(["one ", "two "], SECOND)
    });
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND * 3 / 2).await;
    drop(hub);
    let hub = harness.hub();
    hub.recover().await.unwrap();
    sleep(SECOND / 2).await;
    let log = audited(&debate).await;
    let voided = those!(log, Event::CallVoided(voided) => (voided.cause, &*voided.text));
    assert!(voided.eq([(VoidCause::Lost, "one two"); 2]));
    let kept = harness.log.partials(debate.id()).await.unwrap();
    assert!(kept.keys().map(|call| call.0).eq([4, 5]), "only that of the calls made again");
}

#[tokio::test(start_paused = true)]
async fn a_message_to_a_debate_that_waits_for_a_request_is_no_request() {
    let harness = EngineHarness::of_one_second_calls();
    let terminal = Settings { takeover: Takeover::OnRequest, ..Settings::default() };
    let hub = harness.hub_with(terminal);
    let debate = started(&hub, three()).await;
    sleep(SECOND / 2).await;
    drop(hub);
    let server = harness.hub_of("server");
    let elsewhere = server.get(debate.id()).await.unwrap();
    elsewhere.interject("Think of the cost.", None).await.unwrap();
    elsewhere.call_vote().await.unwrap();
    sleep(100 * SECOND).await;
    assert_eq!(harness.asked_in_all(), 3, "the server drives it unasked");
    elsewhere.resume().await.unwrap();
    verdict_of(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn a_step_that_is_lost_three_times_pauses_the_debate() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND).await;
    let mut hub = Some(hub);
    for crash in 0..3 {
        drop(hub.take());
        sleep(SECOND).await;
        let next = harness.hub();
        next.recover().await.unwrap();
        sleep(SECOND).await;
        hub = Some(next);
        assert_eq!(harness.asked_in_all(), [6, 9, 9][crash], "crash {crash}");
    }
    let log = audited(&debate).await;
    let last = &log.last().unwrap().event;
    assert!(matches!(last, Event::DebatePaused(paused) if paused.reason == PauseReason::Poison));

    debate.resume().await.unwrap();
    sleep(SECOND).await;
    assert_eq!(harness.asked_in_all(), 12, "a person may try it again");
}

#[tokio::test(start_paused = true)]
async fn closing_aborts_calls_and_leaves_debates_to_others() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let (debate, idle) = (started(&hub, three()).await, opened(&hub, three()).await);
    sleep(SECOND / 2).await;
    let began = Instant::now();
    hub.close().await;
    assert!(began.elapsed().is_zero());
    assert_eq!(harness.dropped(), 3);
    let refused = hub.open(setup(three())).await;
    assert!(matches!(refused, Err(EngineError::Closing)), "{refused:?}");
    let log = audited(&debate).await;
    let aborted = |r: &&std::sync::Arc<synod_domain::Recorded>| matches!(&r.event, Event::CallVoided(voided) if voided.cause == VoidCause::Aborted);
    assert_eq!(log.iter().filter(aborted).count(), 3);
    assert_eq!(kinds(&audited(&idle).await), ["debate_initialized"]);

    // Under another name, with no lease to wait for.
    let hub = harness.hub_of("next");
    assert_eq!(hub.recover().await.unwrap(), 1, "one was not started");
    let verdict = verdict_of(&debate).await;
    assert_eq!((verdict.outcome, verdict.calls.begun), (Outcome::Deadlock, 27));
    idle.start().await.unwrap();
    assert_eq!(verdict_of(&idle).await.outcome, Outcome::Deadlock);
}

#[tokio::test(start_paused = true)]
async fn a_debate_is_driven_by_the_process_that_starts_it() {
    let harness = EngineHarness::of_one_second_calls();
    let (first, second) = (harness.hub_of("first"), harness.hub_of("second"));
    let debate = opened(&first, three()).await;
    // Renewals and looks for what others have left, many times over.
    sleep(Duration::from_secs(100)).await;
    second.get(debate.id()).await.unwrap().start().await.unwrap();
    drop(first);
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::Deadlock);
    let log = audited(&debate).await;
    assert!(log.iter().all(|r| r.event != Event::DebateRecovered), "it was taken from somebody");
    assert_eq!((harness.dropped(), harness.asked_in_all()), (0, 24));
}

#[tokio::test(start_paused = true)]
async fn a_debate_whose_process_dies_at_its_start_is_recovered() {
    let harness = EngineHarness::of_one_second_calls();
    let first = harness.hub_of("first");
    let debate = opened(&first, three()).await;
    drop(first);
    debate.start().await.unwrap();
    sleep(Duration::from_secs(3_600)).await;
    let second = harness.hub_of("second");
    assert_eq!(second.recover().await.unwrap(), 1);
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.outcome, Outcome::Deadlock);
    assert!(verdict.running_ms < 60_000, "the hour without a process was none of its time");
    audited(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn another_process_takes_over_when_the_lease_has_run_out() {
    let harness = EngineHarness::of_one_second_calls();
    let (first, second) = (harness.hub_of("first"), harness.hub_of("second"));
    let debate = started(&first, three()).await;
    sleep(SECOND / 2).await;
    assert_eq!(second.recover().await.unwrap(), 0, "it is the first one's");
    drop(first);
    let began = Instant::now();
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.outcome, Outcome::Deadlock);
    assert!(began.elapsed() < Duration::from_secs(15 + 5 + 10), "{:?}", began.elapsed());
    let log = audited(&debate).await;
    assert!(log.iter().any(|r| r.event == Event::DebateRecovered));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_keeps_its_lease_is_left_alone() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let (first, second) = (harness.hub_of("first"), harness.hub_of("second"));
    let debate = started(&first, three()).await;
    sleep(Duration::from_secs(200)).await;
    assert_eq!(second.recover().await.unwrap(), 0);
    assert!(!kinds(&audited(&debate).await).contains(&"debate_recovered"));
}

/// A process that was claimed over stops its calls and writes nothing more.
#[tokio::test(start_paused = true)]
async fn a_zombie_stops_quietly() {
    let harness = EngineHarness::of_one_second_calls();
    let zombie = harness.hub_of("same");
    let debate = started(&zombie, three()).await;
    sleep(SECOND / 2).await;
    // Under the same name, so that the lease is no hindrance.
    let heir = harness.hub_of("same");
    assert_eq!(heir.recover().await.unwrap(), 1);
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.outcome, Outcome::Deadlock);
    let log = audited(&debate).await;
    let stored = harness.log.read(debate.id(), 1, usize::MAX).await.unwrap();
    let recovered = log.iter().position(|r| r.event == Event::DebateRecovered).unwrap();
    assert!(stored[recovered..].iter().all(|stored| stored.epoch.0 == 2));
    assert_eq!(harness.dropped(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_repeated_opens_one_debate() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let key = IdempotencyKey::new("k", "body");
    let first = hub.open_once(setup(three()), &key).await.unwrap();
    let second = hub.open_once(setup(three()), &key).await.unwrap();
    assert!(matches!(second, synod_debate_engine::Opened::Existing(_)));
    assert_eq!(first.handle().id(), second.handle().id());
    let other = hub.open_once(setup(three()), &IdempotencyKey::new("k", "other")).await;
    assert!(matches!(other, Err(EngineError::Log(LogError::KeyReused))), "{other:?}");
    assert_eq!(hub.list(&ListQuery::default(), 10).await.unwrap().debates.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_purged_debate_ends_its_calls_and_its_feeds() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND).await;
    let mut feed = debate.watch(5);
    assert!(feed.next().await.unwrap().is_ok(), "a phase");
    hub.purge(debate.id()).await.unwrap();
    while let Some(item) = feed.next().await {
        if let Err(error) = item {
            assert!(matches!(error, EngineError::Log(LogError::Purged(_))), "{error:?}");
            break;
        }
    }
    assert!(feed.next().await.is_none());
    sleep(SECOND).await;
    assert_eq!(harness.dropped(), 3);
    let gone = hub.get(debate.id()).await;
    assert!(matches!(gone, Err(EngineError::Log(LogError::Purged(_)))), "{gone:?}");
}

#[tokio::test(start_paused = true)]
async fn debates_are_announced_as_they_are_opened() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let first = opened(&hub, three()).await.id();
    let mut entered = Box::pin(hub.entered());
    assert_eq!(entered.next().await, Some(first));
    let second = opened(&hub, three()).await.id();
    let third = opened(&hub, three()).await.id();
    assert_eq!((entered.next().await, entered.next().await), (Some(second), Some(third)));
}

#[tokio::test(start_paused = true)]
async fn a_debate_of_a_terminal_is_taken_over_on_request() {
    let harness = EngineHarness::of_one_second_calls();
    let terminal = harness.hub_with(Settings {
        worker: "terminal".to_owned(),
        takeover: Takeover::OnRequest,
        ..Settings::default()
    });
    let id = started(&terminal, three()).await.id();
    sleep(SECOND / 2).await;
    drop(terminal);
    let server = harness.hub_of("server");
    assert_eq!(server.recover().await.unwrap(), 0);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(harness.asked_in_all(), 3);

    let debate = server.get(id).await.unwrap();
    debate.resume().await.unwrap();
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::Deadlock);
    audited(&debate).await;
}
