use std::collections::BTreeMap;

use futures_util::FutureExt;
use proptest::{collection::vec, prelude::*};
use synod_debate_protocol::{CallEnd, Command};
use synod_domain::{CallMeta, Event, Interjected, ModelName, Timestamp};

use super::*;
use crate::{
    CallPhase, FeedItem, Report,
    live::tests::{carry_out, opened},
};

/// An item as it is, with the length of a message as its size.
#[derive(Debug)]
struct Item(FeedItem);

impl BacklogEntry for Item {
    fn of_event(event: Arc<Recorded>) -> Self {
        Self(FeedItem::Event(event))
    }

    fn of_delta(delta: &TurnDelta) -> Self {
        Self(FeedItem::Delta(delta.clone()))
    }

    fn of_phase(_: DebateId, progress: &CallProgress) -> Self {
        Self(FeedItem::Phase(progress.clone()))
    }

    fn of_thought(_: DebateId, thought: &Thought) -> Self {
        Self(FeedItem::Thought(thought.clone()))
    }

    fn size(&self) -> usize {
        match &self.0 {
            FeedItem::Event(recorded) => {
                let Event::Interjected(message) = &recorded.event else { return 0 };
                message.text.len()
            }
            FeedItem::Delta(_) | FeedItem::Thought(_) | FeedItem::Phase(_) => 0,
        }
    }
}

/// A debate of three, and its backlog.
struct Fixture {
    live: Arc<LiveDebate>,
    backlog: Backlog<Item>,
    /// Events of the debate that the backlog does not have yet.
    ahead: VecDeque<Arc<Recorded>>,
}

impl Fixture {
    /// A debate whose openings, calls 1 to 3, have begun with events 3 to 5. The backlog has all of it.
    fn speaking() -> Self {
        let live = Arc::new(opened(&["ann", "bob", "cleo"]));
        let backlog = Backlog::of(Arc::clone(&live), 1);
        let mut fixture = Self { live, backlog, ahead: VecDeque::new() };
        fixture.command(&Command::Start);
        fixture.begin_due();
        fixture.add_all();
        fixture
    }

    fn command(&mut self, command: &Command) {
        self.ahead.extend(carry_out(&self.live, command));
    }

    fn begin_due(&mut self) {
        while let Some(step) = self.live.due().first().copied() {
            self.command(&Command::Begin(step));
        }
    }

    fn add_all(&mut self) {
        self.ahead.drain(..).for_each(|event| self.backlog.add(event));
    }

    /// Interjects a text, and adds the event.
    fn interject(&mut self, text: &str) {
        self.command(&Command::Interject { text: text.to_owned(), author: None });
        self.add_all();
    }

    fn say(&self, call: u32, piece: &str) {
        self.live.report(CallNo(call), Report::Delta(piece.to_owned()));
    }

    fn end(&mut self, call: u32) {
        let (how, meta) =
            (CallEnd::Replied { cut: false }, CallMeta::of(ModelName::new("m").unwrap()));
        let text = self.live.partial(CallNo(call));
        self.command(&Command::Ended { call: CallNo(call), how, text, meta });
    }

    fn read(&self, cursor: &mut Cursor) -> Vec<FeedItem> {
        read(&self.backlog, cursor)
    }
}

/// Everything that a watcher has not read.
fn read(backlog: &Backlog<Item>, cursor: &mut Cursor) -> Vec<FeedItem> {
    let items = std::iter::from_fn(|| match backlog.read(cursor, LiveContent::deltas(true)) {
        Unread::Entry(item) => Some(item.0.clone()),
        Unread::Nothing | Unread::Over => None,
        Unread::InLog { until } => panic!("events before {until} are gone"),
    });
    items.collect()
}

/// Call, index, whether whole, and text of deltas.
fn deltas(items: &[FeedItem]) -> Vec<(u32, u32, bool, &str)> {
    let deltas = items.iter().filter_map(|item| match item {
        FeedItem::Delta(delta) => Some((delta.call.0, delta.index, delta.whole, &*delta.text)),
        FeedItem::Event(_) | FeedItem::Thought(_) | FeedItem::Phase(_) => None,
    });
    deltas.collect()
}

fn seqs(items: &[FeedItem]) -> Vec<u64> {
    let seqs = items.iter().filter_map(|item| match item {
        FeedItem::Event(recorded) => Some(recorded.seq),
        FeedItem::Delta(_) | FeedItem::Thought(_) | FeedItem::Phase(_) => None,
    });
    seqs.collect()
}

#[test]
fn joining_watchers_get_whole_texts_and_then_pieces() {
    let fixture = Fixture::speaking();
    ["a", "b", "c"].iter().for_each(|piece| fixture.say(2, piece));
    let (mut early, mut late) = (Cursor::after(3), Cursor::after(5));
    for (cursor, events) in [(&mut early, vec![4, 5]), (&mut late, vec![])] {
        let items = fixture.read(cursor);
        assert_eq!(seqs(&items), events);
        assert_eq!(deltas(&items), [(2, 2, true, "abc")]);
    }
    fixture.say(2, "d");
    assert_eq!(deltas(&fixture.read(&mut late)), [(2, 3, false, "d")]);
    assert_eq!(fixture.read(&mut late), []);
}

#[test]
fn events_come_before_deltas_and_ended_turns_have_none() {
    let mut fixture = Fixture::speaking();
    let mut cursor = Cursor::after(5);
    assert_eq!(fixture.read(&mut cursor), []);
    fixture.say(1, "a");
    fixture.say(2, "b");
    fixture.interject("go");
    fixture.end(1);
    fixture.add_all();
    let items = fixture.read(&mut cursor);
    assert!(matches!(items[..], [FeedItem::Event(_), FeedItem::Event(_), FeedItem::Delta(_)]));
    assert_eq!(deltas(&items), [(2, 0, false, "b")]);
}

#[test]
fn deltas_wait_for_events_that_are_not_added_yet() {
    let mut fixture = Fixture::speaking();
    let mut cursor = Cursor::after(5);
    fixture.end(1);
    fixture.say(2, "b");
    assert_eq!(fixture.read(&mut cursor), []);
    fixture.add_all();
    let items = fixture.read(&mut cursor);
    assert!(matches!(items[..], [FeedItem::Event(_), FeedItem::Delta(_)]), "{items:?}");
}

#[test]
fn deltas_are_readable_once_the_debate_has_caught_up() {
    let fixture = Fixture::speaking();
    let mut cursor = Cursor::after(5);
    fixture.say(1, "a");
    let message = Command::Interject { text: "go".to_owned(), author: None };
    let batch = fixture.live.decide(&message, Timestamp::default()).unwrap().unwrap();
    let (_, event) = &batch.events()[0];
    fixture.backlog.add(Arc::clone(event));
    let mut caught_up = Box::pin(fixture.backlog.caught_up());
    assert!(matches!(fixture.read(&mut cursor)[..], [FeedItem::Event(_)]));
    assert!((&mut caught_up).now_or_never().is_none());
    fixture.live.apply(event);
    assert!(caught_up.now_or_never().is_some());
    assert_eq!(deltas(&fixture.read(&mut cursor)), [(1, 0, true, "a")]);
}

#[test]
fn watchers_may_read_phases_and_thoughts() {
    let fixture = Fixture::speaking();
    fixture.live.report(CallNo(1), Report::Phase(CallPhase::Loading));
    fixture.live.report(CallNo(2), Report::Thought("Hm.".to_owned()));
    let wanted = LiveContent { phases: true, thoughts: true, ..LiveContent::NONE };
    let (mut cursor, mut plain) = (Cursor::after(5), Cursor::after(5));
    let mut next = || match fixture.backlog.read(&mut cursor, wanted) {
        Unread::Entry(entry) => Some(entry.0.clone()),
        Unread::Nothing | Unread::InLog { .. } | Unread::Over => None,
    };
    let Some(FeedItem::Phase(progress)) = next() else { panic!("no phase") };
    assert_eq!((progress.call, progress.phase), (CallNo(1), CallPhase::Loading));
    let Some(FeedItem::Thought(thought)) = next() else { panic!("no thought") };
    assert_eq!((thought.call, thought.text.as_str()), (CallNo(2), "Hm."));
    assert_eq!(next(), None);
    assert_eq!(fixture.read(&mut plain), [], "who does not ask gets none");
}

#[test]
fn watchers_may_do_without_deltas() {
    let fixture = Fixture::speaking();
    fixture.say(1, "a");
    let mut cursor = Cursor::after(5);
    assert!(matches!(fixture.backlog.read(&mut cursor, LiveContent::NONE), Unread::Nothing));
}

#[test]
fn each_entry_is_made_once_for_all_watchers() {
    let fixture = Fixture::speaking();
    let mut cursors = [Cursor::after(4), Cursor::after(4)];
    let mut entries = || {
        cursors.each_mut().map(|cursor| {
            let read = fixture.backlog.read(cursor, LiveContent::deltas(true));
            let Unread::Entry(entry) = read else { panic!("{read:?}") };
            entry
        })
    };
    let [one, other] = entries();
    assert!(Arc::ptr_eq(&one, &other), "an event");
    for piece in ["a", "b"] {
        fixture.say(1, piece);
        let [one, other] = entries();
        assert!(Arc::ptr_eq(&one, &other), "a whole text, then a piece");
    }
}

/// A message with this number, of a debate that is not driven here.
fn message(seq: u64, text: &str) -> Arc<Recorded> {
    let debate_id = "01939b3e-0000-7000-8000-000000000000".parse().unwrap();
    let event = Event::Interjected(Interjected { text: text.into(), author: None });
    Arc::new(Recorded::new(debate_id, seq, Timestamp::default(), event))
}

#[test]
fn watchers_too_far_behind_are_sent_to_the_log() {
    let backlog = Backlog::<Item>::of(Arc::default(), 0);
    let (mut slow, mut quick) = (Cursor::after(0), Cursor::after(0));
    let most = Backlog::<Item>::MOST_EVENTS as u64;
    for seq in 1..=most {
        backlog.add(message(seq, "go"));
        assert_eq!(read(&backlog, &mut quick).len(), 1);
    }
    let Unread::Entry(first) = backlog.read(&mut slow, LiveContent::deltas(true)) else {
        panic!("nothing")
    };
    assert_eq!(seqs(std::slice::from_ref(&first.0)), [1]);
    backlog.add(message(most + 1, "go"));
    backlog.add(message(most + 2, "go"));
    assert!(matches!(
        backlog.read(&mut slow, LiveContent::deltas(true)),
        Unread::InLog { until: 3 }
    ));
    slow.advance_to(2);
    assert!(seqs(&read(&backlog, &mut slow)).into_iter().eq(3..=most + 2));
}

#[test]
fn large_events_are_kept_by_their_size() {
    let backlog = Backlog::<Item>::of(Arc::default(), 0);
    let large = "x".repeat(200 << 10);
    for seq in 1..=40 {
        backlog.add(message(seq, &large));
    }
    let kept = backlog.kept.lock();
    assert!(kept.bytes <= MOST_BYTES && kept.events.len() == 10, "{}", kept.events.len());
}

#[test]
fn the_end_comes_after_everything() {
    let mut fixture = Fixture::speaking();
    let mut cursor = Cursor::after(5);
    fixture.interject("go");
    fixture.backlog.end();
    assert_eq!(fixture.read(&mut cursor).len(), 1);
    assert!(matches!(fixture.backlog.read(&mut cursor, LiveContent::deltas(true)), Unread::Over));
}

#[test]
fn few_deltas_are_kept_and_one_whole_text_per_call() {
    let fixture = Fixture::speaking();
    let mut cursor = Cursor::after(5);
    for _ in 0..300 {
        fixture.say(1, ".");
        fixture.read(&mut cursor);
        fixture.read(&mut Cursor::after(5));
    }
    let kept = fixture.backlog.kept.lock();
    assert!(kept.deltas.0.len() <= LatestDeltas::<Item>::MOST);
    assert_eq!(kept.deltas.0.iter().filter(|(key, _)| key.whole).count(), 1);
}

/// As many as the rules accept.
const MOST_MESSAGES: usize = 32;

#[derive(Clone, Debug)]
enum Act {
    Interject,
    Piece(u32, String),
    Replace(u32, String),
    End(u32),
    Add,
    Read,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => Just(Act::Interject),
        30 => (0_u32..3, "[a-z]{1,3}").prop_map(|(call, text)| Act::Piece(call, text)),
        1 => (0_u32..3, "[a-z]{0,9}").prop_map(|(call, text)| Act::Replace(call, text)),
        1 => (0_u32..3).prop_map(Act::End),
        3 => Just(Act::Add),
        2 => Just(Act::Read),
    ];
    vec(act, 0..400)
}

proptest! {
    /// A watcher that reads at any times gets every event once and in order, and assembles the texts of
    /// the open turns.
    #[test]
    fn reading_at_any_times_loses_nothing(acts in acts()) {
        let mut fixture = Fixture::speaking();
        let mut cursor = Cursor::after(5);
        // The open turns: call and text; and what the watcher has of them.
        let mut said: Vec<(u32, String)> = (1..=3).map(|call| (call, String::new())).collect();
        let (mut heard, mut messages) = (BTreeMap::<u32, String>::new(), 0);
        for act in acts.into_iter().chain([Act::Add, Act::Read]) {
            match act {
                // The debate closes if every opening was empty.
                Act::Interject if messages == MOST_MESSAGES || said.is_empty() => {}
                Act::Interject => {
                    messages += 1;
                    let (text, author) = ("go".to_owned(), None);
                    fixture.command(&Command::Interject { text, author });
                }
                Act::Piece(place, piece) => {
                    let Some((call, text)) = said.get_mut(place as usize) else { continue };
                    text.push_str(&piece);
                    fixture.say(*call, &piece);
                }
                Act::Replace(place, whole) => {
                    let Some((call, text)) = said.get_mut(place as usize) else { continue };
                    text.clone_from(&whole);
                    fixture.live.report(CallNo(*call), Report::Whole(whole));
                }
                Act::End(place) => {
                    if (place as usize) < said.len() {
                        fixture.end(said.remove(place as usize).0);
                    }
                }
                Act::Add => fixture.add_all(),
                Act::Read => {
                    let before = cursor.seq();
                    let items = fixture.read(&mut cursor);
                    prop_assert!(seqs(&items).into_iter().eq(before + 1..=cursor.seq()));
                    for (call, _, whole, text) in deltas(&items) {
                        let heard = heard.entry(call).or_default();
                        if whole {
                            heard.clear();
                        }
                        heard.push_str(text);
                    }
                    if !fixture.ahead.is_empty() {
                        continue;
                    }
                    for (call, text) in said.iter().filter(|(_, text)| !text.is_empty()) {
                        prop_assert_eq!(heard.get(call), Some(text));
                    }
                }
            }
        }
    }
}
