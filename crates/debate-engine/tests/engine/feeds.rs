use std::{collections::HashMap, sync::Arc};

use futures_util::{FutureExt, StreamExt};
use proptest::{prelude::*, test_runner::TestRunner};
use synod_debate_engine::{
    CallPhase, DebateHandle, Feed, FeedItem, TurnDelta,
    test_util::{ScriptedTurn, fitting},
};
use synod_domain::{Event, Recorded};
use tokio::time::sleep;

use crate::harness::*;

/// Statements come in pieces, a tenth of a second after one another.
fn in_pieces() -> EngineHarness {
    EngineHarness::new(|agent, brief| {
        let text = fitting(brief, choice(agent));
        let pieces = text.split_inclusive(' ').map(str::to_owned).collect::<Vec<_>>();
        ScriptedTurn::say("").in_pieces(pieces, SECOND / 10)
    })
}

/// Everything a feed brings, with what a watcher makes of the deltas.
#[derive(Default)]
struct Watched {
    events: Vec<Arc<Recorded>>,
    /// By call.
    texts: HashMap<u32, String>,
    deltas: Vec<TurnDelta>,
}

impl Watched {
    /// Takes an item in, checking what holds at every moment.
    fn take(&mut self, item: FeedItem) {
        match item {
            FeedItem::Event(recorded) => {
                if let Event::TurnEnded(ended) = &recorded.event
                    && let Some(text) = self.texts.get(&ended.call.0)
                {
                    assert!(ended.text.starts_with(text.trim()), "{text:?} is no beginning");
                }
                self.events.push(recorded);
            }
            FeedItem::Delta(delta) => {
                assert!(self.is_open(delta.call.0), "a delta of a call that is not open");
                let last = self.deltas.iter().rfind(|before| before.call == delta.call);
                let text = self.texts.entry(delta.call.0).or_default();
                if delta.whole {
                    text.clone_from(&delta.text);
                    assert!(last.is_none_or(|last| last.index < delta.index));
                } else {
                    text.push_str(&delta.text);
                    assert_eq!(delta.index, last.map_or(0, |last| last.index + 1));
                }
                self.deltas.push(delta);
            }
            FeedItem::Thought(thought) => {
                assert!(self.is_open(thought.call.0), "a thought of a call that is not open");
            }
            FeedItem::Phase(progress) => {
                assert!(self.is_open(progress.call.0), "a phase of a call that is not open");
            }
        }
    }

    /// As far as this watcher knows; one that joined later knows less.
    fn is_open(&self, call: u32) -> bool {
        let is = |no: Option<u32>| no == Some(call);
        let ended = self.events.iter().any(|r| is(r.event.ends_call().map(|no| no.0)));
        let joined_later = self.events.first().is_none_or(|first| first.seq > 1);
        let begun = self.events.iter().any(|r| begins_call(call)(&r.event));
        !ended && (begun || joined_later)
    }

    fn seqs(&self) -> impl Iterator<Item = u64> {
        self.events.iter().map(|recorded| recorded.seq)
    }
}

async fn to_the_end(mut feed: Feed) -> Watched {
    let mut watched = Watched::default();
    while let Some(item) = feed.next().await {
        watched.take(item.expect("no error"));
    }
    watched
}

#[tokio::test(start_paused = true)]
async fn a_watcher_from_the_start_sees_every_event_and_every_piece() {
    let harness = in_pieces();
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    let watcher = tokio::spawn(to_the_end(debate.watch(0)));
    debate.start().await.unwrap();
    verdict_of(&debate).await;
    let watched = watcher.await.unwrap();
    assert_eq!(watched.events, audited(&debate).await);
    assert!(watched.deltas.iter().all(|delta| !delta.whole));
    for recorded in &watched.events {
        if let Event::TurnEnded(ended) = &recorded.event {
            assert_eq!(watched.texts[&ended.call.0], *ended.text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn late_watchers_get_the_log_and_whole_open_turns() {
    let harness = in_pieces();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND / 4).await;
    let mut feed = debate.watch(0);
    let mut items = Vec::new();
    while let Some(Some(item)) = feed.next().now_or_never() {
        items.push(item.unwrap());
    }
    let events = items.iter().take_while(|item| matches!(item, FeedItem::Event(_))).count();
    assert_eq!(events, 5, "two events and three calls come first");
    let wholes = items[events..].iter().filter_map(|item| match item {
        FeedItem::Delta(delta) => Some((delta.turn.0, delta.whole, delta.index, &*delta.text)),
        FeedItem::Event(_) | FeedItem::Phase(_) | FeedItem::Thought(_) => None,
    });
    let wholes = wholes.collect::<Vec<_>>();
    let (yes, no) = ("Answer: Yes\nThat is ", "Answer: No\nThat is ");
    assert_eq!(wholes, [(1, true, 2, yes), (2, true, 2, no), (3, true, 2, yes)]);
    let phases = items.iter().filter_map(|item| match item {
        FeedItem::Phase(progress) => Some(progress.phase),
        FeedItem::Event(_) | FeedItem::Delta(_) | FeedItem::Thought(_) => None,
    });
    assert!(phases.eq([CallPhase::Generating; 3]));

    let next = feed.next().await.unwrap().unwrap();
    let FeedItem::Delta(delta) = next else { panic!("{next:?}") };
    assert_eq!((delta.whole, delta.index, &*delta.text), (false, 3, "what "));
}

/// Resuming after any event brings the rest, once and in order.
#[tokio::test(start_paused = true)]
async fn resuming_after_any_event_loses_nothing() {
    let harness = in_pieces();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    for after in 0..=log.len() {
        let watched = to_the_end(debate.watch(after as u64)).await;
        assert_eq!(watched.events, log[after..]);
        assert!(watched.deltas.is_empty(), "the debate is over");
    }
}

/// Watchers that join, leave and resume at random moments of a running debate.
#[tokio::test(start_paused = true)]
async fn reconnecting_watchers_see_the_same_debate() {
    let mut runner = TestRunner::deterministic();
    let visits = proptest::collection::vec((0..60_u32, 1..40_usize), 1..12);
    for _ in 0..40 {
        use proptest::strategy::ValueTree;
        let visits = visits.new_tree(&mut runner).unwrap().current();
        let harness = in_pieces();
        let hub = harness.hub();
        let debate = opened(&hub, three()).await;
        let watcher = tokio::spawn(come_and_go(debate.clone(), visits.clone()));
        debate.start().await.unwrap();
        let seen = watcher.await.unwrap();
        assert_eq!(seen, audited(&debate).await, "{visits:?}");
    }
}

/// Stays for some items, away for some tenths of a second, and resumes where it left.
async fn come_and_go(debate: DebateHandle, visits: Vec<(u32, usize)>) -> Vec<Arc<Recorded>> {
    let mut seen: Vec<Arc<Recorded>> = Vec::new();
    for (away, items) in visits.into_iter().chain([(0, usize::MAX)]) {
        sleep(SECOND / 10 * away).await;
        let mut feed = debate.watch(seen.last().map_or(0, |last| last.seq));
        let mut watched = Watched::default();
        for _ in 0..items {
            let Some(item) = feed.next().await else { break };
            watched.take(item.expect("no error"));
        }
        let from = seen.len() as u64 + 1;
        assert!(watched.seqs().eq(from..from + watched.events.len() as u64));
        seen.extend(watched.events);
    }
    seen
}

/// A watcher that looks once in ten seconds: deltas are lost to it, replaced by whole texts; no
/// event is, and the debate takes as long as ever.
#[tokio::test(start_paused = true)]
async fn slow_watchers_miss_only_deltas_and_delay_no_one() {
    let harness = EngineHarness::new(|agent, brief| {
        if let Some(turn) = brief.turn {
            // No turn repeats another: a copy is a pass, and a pass of copies ends the round.
            let pieces = (0..200).map(|i| format!("{}.{i} ", turn.0));
            ScriptedTurn::say("").in_pieces(pieces, SECOND / 10)
        } else {
            ScriptedTurn::say(fitting(brief, choice(agent)))
        }
    });
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    let (slow, fast) = (debate.watch(0), debate.watch(0));
    let fast = tokio::spawn(to_the_end(fast));
    let slow = tokio::spawn(async move {
        let (mut slow, mut watched) = (slow, Watched::default());
        while let Some(item) = slow.next().await {
            let is_delta = matches!(item, Ok(FeedItem::Delta(_)));
            watched.take(item.unwrap());
            if is_delta {
                sleep(10 * SECOND).await;
            }
        }
        watched
    });
    let began = tokio::time::Instant::now();
    debate.start().await.unwrap();
    verdict_of(&debate).await;
    // An opening and four passes of two hundred pieces each.
    assert_eq!(began.elapsed().as_secs(), 5 * 20);
    let (fast, slow) = (fast.await.unwrap(), slow.await.unwrap());
    assert_eq!(fast.events, slow.events);
    assert_eq!(fast.deltas.len(), 15 * 200);
    assert!(fast.deltas.iter().all(|delta| !delta.whole));
    assert!(slow.deltas.len() < 500, "{}", slow.deltas.len());
    assert!(slow.deltas.iter().any(|delta| delta.whole));
}

#[tokio::test(start_paused = true)]
async fn a_feed_of_another_process_has_the_events() {
    let harness = in_pieces();
    let (first, second) = (harness.hub_of("first"), harness.hub_of("second"));
    let debate = started(&first, three()).await;
    let elsewhere = second.get(debate.id()).await.unwrap();
    let watched = to_the_end(elsewhere.watch(0)).await;
    assert_eq!(watched.events, audited(&debate).await);
    assert!(watched.deltas.is_empty());
}

#[tokio::test(start_paused = true)]
async fn deltas_of_ballots_are_not_shown() {
    let harness = in_pieces();
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    let watcher = tokio::spawn(to_the_end(debate.watch(0)));
    debate.start().await.unwrap();
    let watched = watcher.await.unwrap();
    for call in those!(watched.events, Event::BallotRecorded(ballot) => ballot.call.0) {
        assert!(!watched.texts.contains_key(&call));
    }
}
