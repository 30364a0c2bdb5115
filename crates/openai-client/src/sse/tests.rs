use proptest::prelude::*;

use super::*;

fn events(pieces: &[&[u8]]) -> (Vec<String>, Option<String>) {
    let mut events = Events::default();
    let mut found = Vec::new();
    let text = |event: SseEvent| String::from_utf8(event.data).unwrap();
    for piece in pieces {
        events.push(Bytes::copy_from_slice(piece));
        while let Some(event) = events.next_event().unwrap() {
            found.push(text(event));
        }
    }
    (found, events.rest().unwrap().map(text))
}

fn whole(body: &str) -> Vec<String> {
    let (events, rest) = events(&[body.as_bytes()]);
    assert_eq!(rest, None, "{body:?}");
    events
}

#[test]
fn lines_end_with_cr_lf_or_both() {
    for end in ["\n", "\r", "\r\n"] {
        let body = ["data: a", "", "data: b", "", ""].join(end);
        assert_eq!(whole(&body), ["a", "b"], "{end:?}");
    }
}

#[test]
fn a_crlf_split_between_pieces_is_one_line_end() {
    let (found, rest) = events(&[b"data: a\r", b"\ndata: b\r\n\r", b"\n"]);
    assert_eq!((found, rest), (vec!["a\nb".to_owned()], None));
}

#[test]
fn comments_and_other_fields_are_ignored() {
    assert_eq!(whole(": ping\n\nevent: x\nid: 7\nretry: 1\ndata:a\n\n\n\nevent: y\n\n"), ["a"]);
    assert_eq!(whole("data\n\ndata:\n\n"), Vec::<String>::new());
    assert_eq!(whole("database: x\n\n"), Vec::<String>::new());
}

#[test]
fn data_lines_are_joined_and_lose_one_leading_space() {
    assert_eq!(whole("data: {\ndata:  \"a\":1\ndata:}\n\n"), ["{\n \"a\":1\n}"]);
}

#[test]
fn objects_without_a_blank_line_between_are_events_of_their_own() {
    let body = "data: {\"a\":1}\ndata: {\"b\":\ndata: [{}\ndata: ]}\ndata: [DONE]\n\n";
    assert_eq!(whole(body), ["{\"a\":1}", "{\"b\":\n[{}\n]}", "[DONE]"]);
}

#[test]
fn byte_order_mark_and_old_error_fields_are_accepted() {
    assert_eq!(whole("\u{feff}data: a\n\nerror: {\"code\":500}\n\n"), ["a", "{\"code\":500}"]);
}

#[test]
fn events_that_report_an_error_are_marked() {
    let body = "event: error\ndata: a\n\ndata: b\n\nerror: c\n\nevent: ping\ndata: d\n\n";
    let mut events = Events::default();
    events.push(Bytes::from_static(body.as_bytes()));
    let mut marked = Vec::new();
    while let Some(event) = events.next_event().unwrap() {
        marked.push(event.is_error);
    }
    assert_eq!(marked, [true, false, true, false]);
}

#[test]
fn a_body_of_one_object_is_one_event_at_its_end() {
    let body = "\u{feff}\r\n {\n  \"a\": 1\n}\n\n";
    for at in 0..body.len() {
        let bytes = body.as_bytes();
        let (found, rest) = events(&[&bytes[..at], &bytes[at..]]);
        assert_eq!((found, rest.as_deref()), (vec![], Some("{\n  \"a\": 1\n}\n\n")), "{at}");
    }
}

#[test]
fn white_space_ahead_of_events_is_examined_once() {
    let mut events = Events::default();
    for _ in 0..4 {
        events.push(Bytes::from(vec![b'\n'; 1024 * 1024]));
        events.detect();
        assert!(events.piece.is_empty(), "examined again by the next call");
        assert_eq!(events.next_event(), Ok(None));
        assert!(!events.has_begun());
    }
    events.push(Bytes::from_static(b"\r\n \tdata: a\n\n"));
    assert_eq!(events.next_event().unwrap().unwrap().data, b"a");
}

#[test]
fn an_event_without_its_blank_line_is_the_rest() {
    assert_eq!(
        events(&[b"data: a\n\ndata: [DO", b"NE]"]),
        (vec!["a".into()], Some("[DONE]".into()))
    );
}

#[test]
fn the_event_limit_holds_for_one_line_and_many() {
    let mut one = Events::default();
    one.push(vec![b'x'; MAX_EVENT + 1].into());
    assert_eq!(one.next_event(), Err(EventTooLong));
    let mut many = Events::default();
    let line = [b"data: ".as_slice(), &vec![b'x'; MAX_EVENT / 2], b"\n"].concat();
    many.push(line.clone().into());
    assert_eq!(many.next_event(), Ok(None));
    many.push(line.into());
    assert_eq!(many.next_event(), Err(EventTooLong));
}

const BODY: &str =
    ": hi\r\n\r\ndata: é\r\ndata: b\r\n\r\ndata: 🦀\n\ndata: c\r\rdata: [DONE]\r\n\r\n";

proptest! {
    #[test]
    fn events_do_not_depend_on_how_the_body_is_cut(at in 0..BODY.len(), then in 0..BODY.len()) {
        let bytes = BODY.as_bytes();
        let (first, second) = (at.min(then), at.max(then));
        let (found, rest) = events(&[&bytes[..first], &bytes[first..second], &bytes[second..]]);
        prop_assert_eq!(found, ["é\nb", "🦀", "c", "[DONE]"]);
        prop_assert_eq!(rest, None);
    }
}
