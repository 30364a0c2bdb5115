use std::sync::Arc;

use synod_domain::TurnNo;

use super::*;
use crate::{
    CallPhase,
    test_util::{closed_question, setup},
};

const AT: Timestamp = Timestamp::from_unix_ms(0);

/// A debate of these agents that has just been opened.
pub(crate) fn opened(agents: &[&str]) -> LiveDebate {
    let setup = setup(closed_question(agents, &["Yes", "No"]));
    let event = Event::DebateInitialized(Arc::new(setup));
    let debate_id = "01939b3e-0000-7000-8000-000000000000".parse().unwrap();
    let first = Recorded::new(debate_id, 1, AT, event);
    let live = LiveDebate::default();
    live.enter(Debate::open(&first).unwrap(), Partials::new());
    live
}

/// Applies a command, and returns its events.
pub(crate) fn carry_out(live: &LiveDebate, command: &Command) -> Vec<Arc<Recorded>> {
    let batch = live.decide(command, AT).unwrap().unwrap();
    let events: Vec<_> = batch.events().iter().map(|(_, recorded)| Arc::clone(recorded)).collect();
    events.iter().for_each(|recorded| live.apply(recorded));
    events
}

/// A debate of two whose first opening, call 1, has just begun with event 3.
fn live() -> LiveDebate {
    let live = opened(&["ann", "bob"]);
    carry_out(&live, &Command::Start);
    carry_out(&live, &Command::Begin(live.due()[0]));
    live
}

fn say(live: &LiveDebate, piece: &str) {
    live.report(CallNo(1), Report::Delta(piece.to_owned()));
}

/// All unread progress of a watcher.
fn progress(live: &LiveDebate, cursor: &mut Cursor) -> Vec<FeedItem> {
    std::iter::from_fn(|| live.next_progress(cursor)).collect()
}

/// Index, whether whole, and text of each unread delta of a watcher.
fn deltas(live: &LiveDebate, cursor: &mut Cursor) -> Vec<(u32, bool, String)> {
    let deltas = progress(live, cursor).into_iter().filter_map(|item| match item {
        FeedItem::Delta(delta) => {
            assert_eq!((delta.call, delta.turn), (CallNo(1), TurnNo(1)));
            Some((delta.index, delta.whole, delta.text))
        }
        FeedItem::Event(_) | FeedItem::Thought(_) | FeedItem::Phase(_) => None,
    });
    deltas.collect()
}

#[test]
fn only_a_watcher_at_the_last_event_gets_progress() {
    let live = live();
    say(&live, "Well");
    // The log was read before or after the state was brought up to date.
    assert_eq!(deltas(&live, &mut Cursor::after(2)), []);
    assert_eq!(deltas(&live, &mut Cursor::after(4)), []);
    assert_eq!(deltas(&live, &mut Cursor::after(3)), [(0, true, "Well".to_owned())]);
}

#[test]
fn watchers_get_pieces_and_lagging_ones_the_whole_text() {
    let live = live();
    let mut cursor = Cursor::after(3);
    assert_eq!(deltas(&live, &mut cursor), []);
    say(&live, "Well");
    say(&live, ", then");
    let two = [(0, false, "Well".to_owned()), (1, false, ", then".to_owned())];
    assert_eq!(deltas(&live, &mut cursor), two);
    assert_eq!(deltas(&live, &mut cursor), []);
    for _ in 0..65 {
        say(&live, ".");
    }
    let whole = format!("Well, then{}", ".".repeat(65));
    assert_eq!(deltas(&live, &mut cursor), [(66, true, whole)]);
    say(&live, " So");
    assert_eq!(deltas(&live, &mut cursor), [(67, false, " So".to_owned())]);
    live.report(CallNo(1), Report::Whole("Anew".to_owned()));
    assert_eq!(deltas(&live, &mut cursor), [(68, true, "Anew".to_owned())]);
}

#[test]
fn each_phase_is_sent_once_and_only_the_latest() {
    let live = live();
    let mut cursor = Cursor::after(3);
    for phase in
        [CallPhase::Queued { ahead: 2, wait: None }, CallPhase::Queued { ahead: 1, wait: None }]
    {
        live.report(CallNo(1), Report::Phase(phase));
    }
    let mut items = progress(&live, &mut cursor);
    live.report(CallNo(1), Report::Phase(CallPhase::Queued { ahead: 1, wait: None }));
    items.extend(progress(&live, &mut cursor));
    let [FeedItem::Phase(progress)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(progress.phase, CallPhase::Queued { ahead: 1, wait: None });
    assert_eq!(progress.agent_id.as_str(), "ann");
}

#[test]
fn thinking_is_sent_once_and_is_not_part_of_the_reply() {
    let live = live();
    let mut cursor = Cursor::after(3);
    let think = |piece: &str| live.report(CallNo(1), Report::Thought(piece.to_owned()));
    let mut thoughts = |live: &LiveDebate| -> Vec<(bool, String)> {
        let thoughts = progress(live, &mut cursor).into_iter().map(|item| match item {
            FeedItem::Thought(thought) => {
                assert_eq!((thought.call, thought.turn), (CallNo(1), Some(TurnNo(1))));
                (thought.whole, thought.text)
            }
            FeedItem::Event(_) | FeedItem::Delta(_) | FeedItem::Phase(_) => panic!("{item:?}"),
        });
        thoughts.collect()
    };
    think("Hm, ");
    think("well");
    assert_eq!(thoughts(&live), [(false, "Hm, well".to_owned())]);
    assert_eq!(thoughts(&live), []);
    for _ in 0..65 {
        think(".");
    }
    assert_eq!(thoughts(&live), [(true, format!("Hm, well{}", ".".repeat(65)))]);
    assert_eq!(live.partial(CallNo(1)), "");
}

#[test]
fn ended_calls_have_no_progress() {
    let live = live();
    say(&live, "Well");
    assert_eq!(live.partial(CallNo(1)), "Well");
    carry_out(&live, &Command::Release);
    say(&live, ", then");
    assert!(!live.is_open(CallNo(1)));
    assert_eq!(live.partial(CallNo(1)), "");
    assert_eq!(deltas(&live, &mut Cursor::after(4)), []);
}

#[test]
fn undriven_debates_have_no_progress() {
    let live = live();
    say(&live, "Well");
    live.leave();
    assert_eq!(deltas(&live, &mut Cursor::after(3)), []);
    assert!(live.read(Debate::seq).is_none() && live.due().is_empty());
    assert!(live.decide(&Command::Resume, AT).unwrap().is_none());
}
