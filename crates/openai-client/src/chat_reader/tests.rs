use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use synod_http_transport::{Body, TimeLimit, TimeLimits};
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::chat::FinishReason;

const TEXT: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Yes.\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n";
const PING: &str = ": ping\n\n";
const NO_LIMITS: TimeLimits = TimeLimits { first_byte: None, idle: None, total: None };

/// A reply whose pieces come after these delays; after the last, nothing comes.
fn reply(pieces: impl IntoIterator<Item = (Duration, String)>, limits: TimeLimits) -> ChatStream {
    let pieces: Vec<_> = pieces.into_iter().collect();
    let pieces = stream::iter(pieces).then(|(delay, piece)| async move {
        sleep(delay).await;
        Ok(Bytes::from(piece))
    });
    let body = Body::new(pieces.chain(stream::pending()).boxed(), &limits, Instant::now());
    ChatStream::new(body, ChatReader::default())
}

fn at_once(pieces: &[&str]) -> Vec<(Duration, String)> {
    pieces.iter().map(|piece| (Duration::ZERO, (*piece).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_finished_reply_waits_half_a_second_for_usage_and_not_at_all_after_it() {
    let pings = || std::iter::repeat_n((Duration::from_millis(200), PING.to_owned()), 100);
    for (pieces, most) in [
        (at_once(&[TEXT, STOP]), 500),
        (at_once(&[TEXT, STOP]).into_iter().chain(pings()).collect(), 500),
        (at_once(&[TEXT, STOP, USAGE]), 100),
        (at_once(&[TEXT, STOP, USAGE]).into_iter().chain(pings()).collect(), 100),
        (at_once(&[TEXT, STOP, "data: [DONE]\n\n"]), 100),
    ] {
        let begin = Instant::now();
        let reply = reply(pieces.clone(), NO_LIMITS).collect().await.unwrap();
        assert_eq!((&*reply.content, reply.finish_reason), ("Yes.", Some(FinishReason::Stop)));
        assert_eq!(reply.usage.is_some(), pieces.iter().any(|(_, piece)| piece == USAGE));
        assert!(begin.elapsed() <= Duration::from_millis(most), "{:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_finished_reply_is_delivered_before_the_deadline() {
    let limit = Duration::from_secs(10);
    let limits = TimeLimits { total: Some(limit), ..NO_LIMITS };
    for finish in [0, 8_000, 9_500, 9_900, 9_999] {
        let pieces = [(Duration::from_millis(finish), TEXT.to_owned() + STOP)];
        let begin = Instant::now();
        let reply = reply(pieces, limits).collect().await.unwrap();
        assert_eq!(reply.content, "Yes.");
        assert!(begin.elapsed() < limit, "{:?}", begin.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn events_without_a_piece_do_not_outlast_the_limit() {
    let limits = TimeLimits { total: Some(Duration::from_secs(10)), ..NO_LIMITS };
    for noise in ["\n", PING, "data: {}\n\n", "data: null\n\n"] {
        let noise = std::iter::repeat_n((Duration::from_millis(100), noise.repeat(50)), 1_000);
        let begin = Instant::now();
        let error = reply(noise, limits).collect().await.unwrap_err();
        assert_eq!(error.time_limit(), Some(TimeLimit::Total));
        assert_eq!(begin.elapsed(), Duration::from_secs(10));
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_leaves_room_for_clocks_and_other_tasks() {
    for noise in ["\n", PING, "data: {}\n\n", "data: {\"choices\":[{\"delta\":{}}]}\n\n"] {
        let noise = Bytes::from(noise.repeat(5_000));
        let flood = stream::repeat_with(move || Ok(noise.clone()));
        let body = Body::new(flood.boxed(), &NO_LIMITS, Instant::now());
        let reading = ChatStream::new(body, ChatReader::default()).collect();
        let reading = tokio::spawn(timeout(Duration::from_secs(1), reading));
        // Time stands still unless another task is served.
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(reading.await.unwrap().is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn halves_of_a_character_are_joined_across_events() {
    let delta = |field: &str, text: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"{field}\":\"{text}\"}}}}]}}\n\n")
    };
    let text = [
        delta("content", "a\\ud83d"),
        delta("reasoning", "b\\ud83d"),
        delta("content", "\\ude00"),
        delta("reasoning", "c"),
        delta("content", "d\\ud83d"),
        STOP.to_owned(),
    ];
    let reply = reply([(Duration::ZERO, text.concat())], NO_LIMITS).collect().await.unwrap();
    assert_eq!((&*reply.content, &*reply.reasoning), ("a\u{1F600}d\u{FFFD}", "b\u{FFFD}c"));
}
