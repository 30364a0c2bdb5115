//! Answers that do not end well.

use std::time::Duration;

use synod_openai_client::{BaseUrl, Client, Error, ErrorKind, Limits, Retryable, TimeLimit};

use crate::server::{Answer, Close, Server, refusing_address};
use crate::{client, delta, request, stream};

/// The error of a call, wherever it comes, and the text before it.
async fn fails(client: &Client) -> (Error, String) {
    let mut text = String::new();
    let mut answer = match client.chat_stream(&request()).await {
        Ok(answer) => answer,
        Err(error) => return (error, text),
    };
    while let Some(chunk) = answer.next().await {
        match chunk {
            Ok(chunk) => text += &chunk.content,
            Err(error) => {
                assert!(answer.next().await.is_none(), "nothing follows an error");
                return (error, text);
            }
        }
    }
    panic!("it ended well: {text}");
}

async fn fails_with(answer: Answer) -> (Error, String) {
    fails(&client(&Server::start([answer]).await)).await
}

#[tokio::test]
async fn an_answer_without_its_end_is_no_answer() {
    for (body, retryable) in [
        (delta("x"), Retryable::ByCaller),
        (delta("x") + "data: {\"choi", Retryable::ByCaller),
        (delta("x") + delta("y").trim_end(), Retryable::ByCaller),
        (String::new(), Retryable::Yes),
        (delta(""), Retryable::Yes),
    ] {
        let (error, text) = fails_with(stream([body.as_bytes()])).await;
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Truncated, retryable), "{body}");
        assert!("x".starts_with(&text), "{text}");
    }
}

#[tokio::test]
async fn a_report_in_mid_stream_is_an_error_in_every_shape() {
    for report in [
        "data: {\"error\":{\"code\":500,\"message\":\"boom\",\"type\":\"server_error\"}}\n\n",
        "error: {\"code\":500,\"message\":\"boom\",\"type\":\"server_error\"}\n\n",
        "event: error\ndata: {\"error\":{\"message\":\"boom\"}}\n\n",
        "data: {\"object\":\"error\",\"message\":\"boom\",\"code\":500}\n\n",
        "data: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"boom\"}}\n\n",
        "data: {\"error\":\"boom\",\"error_type\":\"generation\"}\n\n",
        "data: {\"code\":500,\"message\":\"boom\"}\n\n",
        "data: {\"errors\":[{\"message\":\"boom\"}]}\n\n",
        "data: {\"detail\":\"boom\"}\n\n",
        "event: error\ndata: {\"message\":\"boom\"}\n\n",
        "event: error\ndata: boom\n\n",
        "data: {\"error\":{\"code\":502,\"message\":\"boom\"},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n",
    ] {
        let body = delta("x") + report;
        let (error, text) = fails_with(stream([body.as_bytes()])).await;
        assert_eq!(error.kind(), ErrorKind::StreamError, "{report}");
        assert_eq!((error.message(), error.retryable()), ("boom", Retryable::ByCaller), "{report}");
        assert_eq!((text.as_str(), error.status()), ("x", Some(200)));
    }
}

#[tokio::test]
async fn an_answer_that_the_server_gave_up_is_no_answer() {
    for reason in ["error", "abort"] {
        let end = format!(
            "data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\ndata: [DONE]\n\n"
        );
        let body = delta("x") + &end;
        let (error, text) = fails_with(stream([body.as_bytes()])).await;
        assert_eq!((error.kind(), text.as_str()), (ErrorKind::StreamError, "x"));
        assert!(error.message().contains(reason), "{error}");
    }
}

/// Some servers send a reason with every piece: there it tells nothing.
#[tokio::test]
async fn a_reason_that_more_text_follows_is_no_end() {
    let piece = |text: &str| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":\"stop\"}}]}}\n\n"
        )
    };
    let (error, text) = fails_with(stream([(piece("x") + &piece("y")).as_bytes()])).await;
    assert_eq!((error.kind(), text.as_str()), (ErrorKind::Truncated, "xy"));
}

#[tokio::test]
async fn what_is_not_json_is_not_skipped() {
    let body = delta("x") + "data: <html>\n\n" + &delta("y") + "data: [DONE]\n\n";
    let (error, text) = fails_with(stream([body.as_bytes()])).await;
    assert_eq!((error.kind(), text.as_str()), (ErrorKind::Protocol, "x"));
}

#[tokio::test]
async fn half_a_character_is_no_text() {
    let half = b"data: {\"choices\":[{\"delta\":{\"content\":\"\xE2\x82\"}}]}\n\n";
    let (error, _) = fails_with(stream([&half[..]])).await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_line_without_end_is_given_up() {
    let piece = vec![b'x'; 1 << 19];
    let (error, _) = fails_with(stream([&piece[..]; 4])).await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("1 MiB"), "{error}");
}

#[tokio::test]
async fn the_servers_own_sentence_is_kept() {
    let refusal = r#"{"error":{"message":"Invalid schema for response_format 'reply'","type":"invalid_request_error","code":null}}"#;
    let (error, _) = fails_with(Answer::json(400, refusal)).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::BadRequest, Retryable::No));
    let said =
        "the server refused the request (status 400): Invalid schema for response_format 'reply'";
    assert_eq!(error.to_string(), said);
}

#[tokio::test]
async fn an_overloaded_server_says_when_to_come_back() {
    for status in [429, 503] {
        let busy = Answer::json(status, r#"{"error":{"message":"slow down"}}"#);
        let (error, _) = fails_with(busy.with_header("retry-after", "7")).await;
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Busy, Retryable::Yes));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}

#[tokio::test]
async fn too_long_a_prompt_is_told_with_its_figures() {
    let long = r#"{"error":{"code":400,"message":"the request exceeds the available context size. try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#;
    let (error, _) = fails_with(Answer::json(400, long)).await;
    assert_eq!(error.kind(), ErrorKind::ContextOverflow);
    let figures = error.context_overflow().unwrap();
    assert_eq!((figures.prompt_tokens, figures.context_length), (Some(9_000), 4_096));
}

#[tokio::test]
async fn what_answers_in_another_way_is_no_such_server() {
    let page = || Answer {
        headers: vec![("content-type".into(), "text/html; charset=utf-8".into())],
        ..stream([&b"<html>"[..]])
    };
    assert_eq!(fails_with(page()).await.0.kind(), ErrorKind::Protocol);
    for other in [r#"{"response":"x"}"#, "{}", r#"{"choices":7}"#] {
        assert_eq!(fails_with(Answer::json(200, other)).await.0.kind(), ErrorKind::Protocol);
    }
    let cut = r#"{"choices":[{"message":{"content":"x"#;
    assert_eq!(fails_with(Answer::json(200, cut)).await.0.kind(), ErrorKind::Truncated);
    let report = Answer::json(200, r#"{"error":{"message":"boom"}}"#);
    assert_eq!(fails_with(report).await.0.kind(), ErrorKind::StreamError);
}

#[tokio::test]
async fn redirects_are_reported_and_no_key_follows_them() {
    let elsewhere = Server::start([Answer::json(200, "{}")]).await;
    let target = format!("http://{}/v1/models", elsewhere.host());
    let server = Server::start([Answer::json(307, "").with_header("location", &target)]).await;
    let base = BaseUrl::parse(&server.host()).unwrap();
    let client = Client::builder(base).api_key("s3cret").build().unwrap();
    let error = client.models().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Protocol, Some(307)));
    assert!(error.message().contains(&target) && !format!("{error:?}").contains("s3cret"));
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_reset_before_the_answer_is_tried_again_once_and_nothing_else_is() {
    let well = delta("x") + "data: [DONE]\n\n";
    let server = Server::start([Answer::reset(), stream([well.as_bytes()])]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");

    let server = Server::start([Answer::reset(), Answer::reset()]).await;
    let (error, _) = fails(&client(&server)).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Transport, Retryable::Yes));
    assert_eq!(server.requests().len(), 2);

    let cut = Answer { close: Close::Reset, ..stream([delta("x").as_bytes()]) };
    let server = Server::start([cut, stream([well.as_bytes()])]).await;
    let (error, text) = fails(&client(&server)).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Transport, Retryable::ByCaller));
    assert_eq!((text.as_str(), server.requests().len()), ("x", 1));
}

#[tokio::test]
async fn nobody_there_is_told_at_once() {
    let address = refusing_address().await.to_string();
    let (error, _) = fails(&Client::new(&address).unwrap()).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Transport, Retryable::Yes));
}

#[tokio::test]
async fn a_silent_server_is_left_after_its_limit() {
    let short = Some(Duration::from_millis(50));
    let none = Limits { first_byte: None, idle: None, total: None };
    for (limits, limit, begins) in [
        (Limits { first_byte: short, ..none }, TimeLimit::FirstByte, false),
        (Limits { idle: short, ..none }, TimeLimit::Idle, true),
        (Limits { total: short, ..none }, TimeLimit::Total, true),
    ] {
        let mut answer = Answer { close: Close::Stall, ..stream([delta("x").as_bytes()]) };
        if !begins {
            answer.pieces[0].0 = Duration::from_secs(20);
        }
        let server = Server::start([answer]).await;
        let (error, _) = fails(&client(&server).with_limits(limits)).await;
        assert_eq!((error.kind(), error.time_limit()), (ErrorKind::Timeout, Some(limit)));
        assert!(server.disconnect().await.is_some(), "its connection is closed");
    }
}

#[tokio::test]
async fn a_dropped_stream_closes_its_connection() {
    let endless = Answer { close: Close::Stall, ..stream([delta("x").as_bytes()]) };
    let server = Server::start([endless]).await;
    let mut answer = client(&server).chat_stream(&request()).await.unwrap();
    answer.next().await.unwrap().unwrap();
    drop(answer);
    assert!(server.disconnect().await.is_some());
}
