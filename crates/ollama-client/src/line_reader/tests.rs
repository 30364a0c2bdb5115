use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use proptest::prelude::*;
use synod_http_transport::{Body, ErrorKind, Retryable, TimeLimits};
use tokio::time::Instant;

use super::*;
use crate::chat::{ChatChunk, ChatStream};

const ANSWER: &str = concat!(
    r#"{"message":{"content":"The"},"done":false}"#,
    "\n",
    r#"{"message":{"content":" sky é"},"done":false}"#,
    "\n",
    r#"{"message":{"content":"."},"done":true}"#,
    "\n",
);

/// Valid and invalid lines.
const PARTS: &[&[u8]] = &[
    b"{\"message\":{\"content\":\"x\"},\"done\":false}\n",
    b"{\"done\":true}\n",
    b"{\"error\":\"x\"}\n",
    b"{\"error\":",
    b"\n",
    b"{}",
    b"[]\n",
    b"null\n",
    b"\xff\xfe",
    b"{\"done\":7}\n",
    b"{\"message\":[]}\n",
    b"\"\\ud800\"\n",
];

/// A stream over pieces that are available at once, and the number of those taken.
fn stream_of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (ChatStream, Arc<AtomicUsize>) {
    let pieces: Vec<Bytes> = pieces.into_iter().map(Bytes::copy_from_slice).collect();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let pieces = stream::iter(pieces).map(move |piece| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(piece)
    });
    let body = Body::new(pieces.boxed(), &TimeLimits::default(), Instant::now());
    (ChatStream::new(body, LineReader::default()), taken)
}

/// All items of a stream that never waits.
fn items(mut stream: ChatStream) -> Vec<Result<ChatChunk>> {
    std::iter::from_fn(|| stream.next().now_or_never().expect("all pieces are available")).collect()
}

fn text(items: &[Result<ChatChunk>]) -> String {
    items.iter().flatten().map(|chunk| chunk.content.as_str()).collect()
}

#[test]
fn nothing_is_read_ahead_of_the_caller() {
    let line = br#"{"message":{"content":"x"},"done":false}
"#;
    let (mut stream, taken) = stream_of(std::iter::repeat_n(&line[..], 400));
    assert_eq!(taken.load(Ordering::Relaxed), 0);
    for read in 1..=400 {
        stream.next().now_or_never().unwrap().unwrap().unwrap();
        assert_eq!(taken.load(Ordering::Relaxed), read);
    }
}

#[test]
fn lines_of_one_piece_are_returned_one_by_one() {
    let (mut stream, _) = stream_of([ANSWER.as_bytes()]);
    let mut texts = Vec::new();
    while let Some(chunk) = stream.next().now_or_never().unwrap() {
        texts.push(chunk.unwrap().content);
    }
    assert_eq!(texts, ["The", " sky é", "."]);
}

#[test]
fn a_cut_reply_is_retryable_only_before_output() {
    let retryable = |body: &str| {
        let (stream, _) = stream_of([body.as_bytes()]);
        let error = items(stream).pop().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Truncated);
        error.retryable()
    };
    assert_eq!(retryable(""), Retryable::Yes);
    assert_eq!(retryable(r#"{"message":{"cont"#), Retryable::Yes);
    assert_eq!(retryable("{\"message\":{\"content\":\"\"},\"done\":false}\n"), Retryable::Yes);
    let thought = "{\"message\":{\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}\n";
    assert_eq!(retryable(thought), Retryable::ByCaller);
}

#[test]
fn lines_without_a_piece_are_skipped() {
    for noise in [
        "{}",
        "null",
        "[]",
        "5",
        "true",
        "\"x\"",
        r#"{"status":"loading"}"#,
        r#"{"message":null}"#,
        "\u{feff}{}",
        r#"{"error":null}"#,
    ] {
        let body = format!("{noise}\n{ANSWER}");
        let (stream, _) = stream_of([body.as_bytes()]);
        let items = items(stream);
        assert!(items.iter().all(Result::is_ok), "{noise}: {items:?}");
        assert_eq!(text(&items), "The sky \u{e9}.", "{noise}");
        let (stream, _) = stream_of([noise.as_bytes(), b"\n"]);
        assert!(self::items(stream).pop().unwrap().is_err(), "{noise} is no reply");
    }
    let (stream, _) = stream_of([br#"{"error parsing tool call":"x"}"#.as_slice()]);
    let error = items(stream).pop().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("tool call"), "{error}");
}

#[test]
fn the_last_value_of_a_repeated_key_counts() {
    let line = r#"{"model":"a","message":{"content":null,"content":"x"},"done":true,"model":"b"}"#;
    let (stream, _) = stream_of([line.as_bytes()]);
    let chunk = items(stream).pop().unwrap().unwrap();
    assert_eq!((&*chunk.content, &*chunk.model, chunk.end.is_some()), ("x", "b", true));
    let error = r#"{"message":{"content":"x"},"done":true,"done":true,"error":"no"}"#;
    let (stream, _) = stream_of([error.as_bytes()]);
    assert_eq!(items(stream).pop().unwrap().unwrap_err().message(), "no");
}

#[test]
fn halves_of_a_character_are_joined_across_lines() {
    let line = |text: &str| format!("{{\"message\":{{\"content\":\"{text}\"}},\"done\":false}}\n");
    let end = "{\"message\":{\"content\":\"\"},\"done\":true}\n";
    let body = line("a\\ud83d") + &line("\\ude00b") + &line("\\ud83d") + end;
    let (stream, _) = stream_of([body.as_bytes()]);
    assert_eq!(text(&items(stream)), "a\u{1F600}b\u{FFFD}");
    let invalid =
        [line("a").as_bytes(), b"{\"message\":{\"content\":\"\xff\"}}\n", end.as_bytes()].concat();
    let (stream, _) = stream_of([&*invalid]);
    assert_eq!(text(&items(stream)), "a\u{FFFD}");
}

#[test]
fn parts_of_reasoning_are_thinking() {
    let line = r#"{"message":{"content":[{"type":"reasoning","text":"hm"},{"type":"text","text":"x"}]},"done":true}"#;
    let (stream, _) = stream_of([line.as_bytes()]);
    let chunk = items(stream).pop().unwrap().unwrap();
    assert_eq!((&*chunk.content, &*chunk.thinking), ("x", "hm"));
}

proptest! {
    #[test]
    fn a_reply_cut_anywhere_is_truncated(end in 0..ANSWER.len() - 2) {
        let (stream, _) = stream_of([&ANSWER.as_bytes()[..end]]);
        let items = items(stream);
        let error = items.last().unwrap().as_ref().unwrap_err();
        prop_assert_eq!(error.kind(), ErrorKind::Truncated);
        prop_assert!("The sky é.".starts_with(&text(&items)));
    }

    #[test]
    fn a_reply_does_not_depend_on_how_it_is_cut(at in 0..ANSWER.len(), then in 0..ANSWER.len()) {
        let bytes = ANSWER.as_bytes();
        let (first, second) = (at.min(then), at.max(then));
        let (stream, _) = stream_of([&bytes[..first], &bytes[first..second], &bytes[second..]]);
        let items = items(stream);
        prop_assert!(items.iter().all(Result::is_ok));
        prop_assert_eq!(text(&items), "The sky é.");
    }

    #[test]
    fn any_body_ends_with_a_last_piece_or_one_error(
        body in proptest::collection::vec(proptest::sample::select(PARTS), 0..12),
    ) {
        let (stream, _) = stream_of(body);
        let items = items(stream);
        let (last, before) = items.split_last().expect("an end or an error");
        prop_assert!(before.iter().all(|item| item.as_ref().is_ok_and(|c| c.end.is_none())));
        prop_assert!(last.as_ref().map_or(true, |chunk| chunk.end.is_some()));
    }
}
