use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use serde_json::Value;
use synod_domain::{AgentId, DebateId, Event, Interjected, Recorded, Timestamp, TurnNo, VoidCause};
use uuid::Uuid;

use super::*;

fn id() -> DebateId {
    DebateId::from_uuid(Uuid::nil())
}

fn event(seq: u64, event: Event) -> FeedItem {
    let (v, at) = (Recorded::VERSION, Timestamp::default());
    FeedItem::Event(Arc::new(Recorded { v, debate_id: id(), seq, at, event }))
}

fn said(seq: u64, text: &str) -> FeedItem {
    event(seq, Event::Interjected(Interjected { text: text.into(), author: None }))
}

fn delta(call: u32, index: u32, whole: bool, text: &str) -> FeedItem {
    FeedItem::Delta(TurnDelta {
        debate_id: id(),
        call: CallNo(call),
        turn: TurnNo(call),
        agent_id: AgentId::new("critic").unwrap(),
        index,
        whole,
        text: text.to_owned(),
    })
}

fn ended(seq: u64, call: u32) -> FeedItem {
    let cause = VoidCause::Aborted;
    let (call, detail, text, meta) = (CallNo(call), None, "".into(), None);
    event(
        seq,
        Event::CallVoided(Arc::new(synod_domain::CallVoided { call, cause, detail, text, meta })),
    )
}

/// Everything a watcher finds now.
fn read(board: &mut Backlog, cursor: &mut Cursor) -> Vec<Value> {
    let mut read = Vec::new();
    loop {
        match board.look(cursor, true) {
            ReadResult::Frame(frame) => read.push(serde_json::from_str(frame.json()).unwrap()),
            ReadResult::Nothing | ReadResult::Over => return read,
            ReadResult::Behind(first) => panic!("behind {first}"),
        }
    }
}

#[test]
fn whoever_joins_gets_the_whole_of_what_is_being_said_and_then_pieces() {
    let mut board = Backlog::after(0);
    board.put(said(1, "go"));
    for (index, piece) in ["a", "b", "c"].into_iter().enumerate() {
        board.put(delta(7, u32::try_from(index).unwrap(), false, piece));
    }
    let (mut early, mut late) = (Cursor::after(0), Cursor::after(1));
    for (cursor, events) in [(&mut early, 1), (&mut late, 0)] {
        let read = read(&mut board, cursor);
        assert_eq!(read.len(), events + 1);
        let whole = &read[events]["data"];
        assert_eq!((&whole["text"], &whole["whole"]), (&"abc".into(), &true.into()));
        assert_eq!(whole["index"], 2);
    }
    board.put(delta(7, 3, false, "d"));
    let piece = &read(&mut board, &mut late)[0]["data"];
    assert_eq!((&piece["text"], &piece["whole"]), (&"d".into(), &false.into()));
    assert_eq!(read(&mut board, &mut late), Vec::<Value>::new());
}

#[test]
fn events_go_before_deltas_and_what_ended_is_said_no_more() {
    let mut board = Backlog::after(0);
    let mut cursor = Cursor::after(0);
    assert!(read(&mut board, &mut cursor).is_empty());
    board.put(delta(1, 0, false, "a"));
    board.put(delta(2, 0, false, "b"));
    board.put(said(1, "go"));
    board.put(ended(2, 1));
    let read: Vec<_> =
        read(&mut board, &mut cursor).into_iter().map(|v| v["type"].clone()).collect();
    assert_eq!(read, ["interjected", "call_voided", "turn_delta"]);
}

#[test]
fn whoever_is_too_far_behind_is_sent_to_the_log() {
    let mut board = Backlog::after(0);
    let (mut slow, mut quick) = (Cursor::after(0), Cursor::after(0));
    let most = MOST_EVENTS as u64;
    for seq in 1..=most {
        board.put(said(seq, "go"));
        assert_eq!(read(&mut board, &mut quick).len(), 1);
    }
    let ReadResult::Frame(first) = board.look(&mut slow, true) else { panic!("nothing") };
    assert!(first.json().contains(r#""seq":1,"#));
    board.put(said(most + 1, "go"));
    board.put(said(most + 2, "go"));
    assert!(matches!(board.look(&mut slow, true), ReadResult::Behind(3)));
    slow.seq = 2;
    assert_eq!(read(&mut board, &mut slow).len(), MOST_EVENTS);
}

#[test]
fn large_events_are_kept_by_their_size() {
    let mut board = Backlog::after(0);
    let large = "x".repeat(200 << 10);
    for seq in 1..=40 {
        board.put(said(seq, &large));
    }
    assert!(board.bytes <= MOST_BYTES && board.events.len() == 10, "{}", board.events.len());
}

#[test]
fn the_end_comes_after_everything() {
    let mut board = Backlog::after(4);
    let mut cursor = Cursor::after(4);
    board.put(said(5, "go"));
    board.end();
    assert_eq!(read(&mut board, &mut cursor).len(), 1);
    assert!(matches!(board.look(&mut cursor, true), ReadResult::Over));
}

#[derive(Clone, Debug)]
enum Act {
    Event,
    Piece(u32, String),
    Replace(u32, String),
    End(u32),
    ReadResult,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => Just(Act::Event),
        30 => (1_u32..4, "[a-z]{1,3}").prop_map(|(call, text)| Act::Piece(call, text)),
        1 => (1_u32..4, "[a-z]{0,9}").prop_map(|(call, text)| Act::Replace(call, text)),
        1 => (1_u32..4).prop_map(Act::End),
        2 => Just(Act::ReadResult),
    ];
    vec(act, 0..400)
}

proptest! {
    /// However seldom a watcher looks, it has every event once and in order, and what it puts
    /// together of the open turns is what was said.
    #[test]
    fn a_watcher_at_any_pace_has_everything(acts in acts()) {
        let (mut board, mut cursor) = (Backlog::after(0), Cursor::after(0));
        let (mut seq, mut saying) = (0, BTreeMap::<u32, (u32, String)>::new());
        let (mut seen, mut heard) = (0, BTreeMap::<u64, String>::new());
        // A call number is not used again after its end.
        let mut generation = BTreeMap::<u32, u32>::new();
        for act in acts.into_iter().chain([Act::ReadResult]) {
            let number = |generation: &BTreeMap<u32, u32>, call: u32| {
                call + 10 * generation.get(&call).copied().unwrap_or_default()
            };
            match act {
                Act::Event => {
                    seq += 1;
                    board.put(said(seq, "go"));
                }
                Act::Piece(call, text) => {
                    let call = number(&generation, call);
                    let (next, so_far) = saying.entry(call).or_default();
                    so_far.push_str(&text);
                    board.put(delta(call, *next, false, &text));
                    *next += 1;
                }
                Act::Replace(call, text) => {
                    let call = number(&generation, call);
                    let (next, so_far) = saying.entry(call).or_default();
                    so_far.clone_from(&text);
                    board.put(delta(call, *next, true, &text));
                    *next += 1;
                }
                Act::End(call) => {
                    let ended_call = number(&generation, call);
                    if saying.remove(&ended_call).is_some() {
                        seq += 1;
                        board.put(ended(seq, ended_call));
                        heard.remove(&u64::from(ended_call));
                        *generation.entry(call).or_default() += 1;
                    }
                }
                Act::ReadResult => {
                    for frame in read(&mut board, &mut cursor) {
                        if let Some(number) = frame["seq"].as_u64() {
                            prop_assert_eq!(number, seen + 1);
                            seen = number;
                            continue;
                        }
                        let data = &frame["data"];
                        let text = data["text"].as_str().unwrap();
                        let heard = heard.entry(data["call"].as_u64().unwrap()).or_default();
                        if data["whole"] == true {
                            heard.clear();
                        }
                        heard.push_str(text);
                    }
                    prop_assert_eq!(seen, seq);
                    let said = saying.iter().filter(|(_, (_, text))| !text.is_empty());
                    for (call, (_, text)) in said {
                        prop_assert_eq!(heard.get(&u64::from(*call)), Some(text));
                    }
                }
            }
        }
    }
}
