//! Replies that fail.

use std::time::Duration;

use synod_openai_client::{BaseUrl, Client, Error, ErrorKind, Retryable, TimeLimit, TimeLimits};

use crate::{client, delta, request};
use synod_http_transport::test_util::{Ending, ScriptedResponse, ScriptedServer, refusing_address};

/// The error of a call, and the text before the error.
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
    panic!("the call succeeded: {text}");
}

async fn fails_with(answer: ScriptedResponse) -> (Error, String) {
    fails(&client(&ScriptedServer::in_order([answer]).await)).await
}

#[tokio::test]
async fn a_reply_without_an_end_is_truncated() {
    for (body, retryable) in [
        (delta("x"), Retryable::ByCaller),
        (delta("x") + "data: {\"choi", Retryable::ByCaller),
        (delta("x") + delta("y").trim_end(), Retryable::ByCaller),
        (String::new(), Retryable::Yes),
        (delta(""), Retryable::Yes),
    ] {
        let (error, text) = fails_with(ScriptedResponse::events([body.as_bytes()])).await;
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Truncated, retryable), "{body}");
        assert!("x".starts_with(&text), "{text}");
    }
}

#[tokio::test]
async fn an_error_within_a_stream_is_read_in_every_shape() {
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
        let (error, text) = fails_with(ScriptedResponse::events([body.as_bytes()])).await;
        assert_eq!(error.kind(), ErrorKind::StreamError, "{report}");
        assert_eq!((error.message(), error.retryable()), ("boom", Retryable::ByCaller), "{report}");
        // The status that the error carries, else that of the response.
        let carried = [500, 502].into_iter().find(|code| report.contains(&code.to_string()));
        assert_eq!(
            (text.as_str(), error.status()),
            ("x", Some(carried.unwrap_or(200))),
            "{report}"
        );
    }
}

#[tokio::test]
async fn a_finish_reason_of_error_or_abort_is_an_error() {
    for reason in ["error", "abort"] {
        let end = format!(
            "data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\ndata: [DONE]\n\n"
        );
        let body = delta("x") + &end;
        let (error, text) = fails_with(ScriptedResponse::events([body.as_bytes()])).await;
        assert_eq!((error.kind(), text.as_str()), (ErrorKind::StreamError, "x"));
        assert!(error.message().contains(reason), "{error}");
    }
}

/// Some servers send a reason with every piece, where it means nothing.
#[tokio::test]
async fn a_finish_reason_before_more_text_does_not_complete() {
    let piece = |text: &str| {
        format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":\"stop\"}}]}}\n\n"
        )
    };
    let (error, text) =
        fails_with(ScriptedResponse::events([(piece("x") + &piece("y")).as_bytes()])).await;
    assert_eq!((error.kind(), text.as_str()), (ErrorKind::Truncated, "xy"));
}

#[tokio::test]
async fn data_that_is_not_json_is_an_error() {
    let body = delta("x") + "data: <html>\n\n" + &delta("y") + "data: [DONE]\n\n";
    let (error, text) = fails_with(ScriptedResponse::events([body.as_bytes()])).await;
    assert_eq!((error.kind(), text.as_str()), (ErrorKind::Protocol, "x"));
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_replaced() {
    let half = b"data: {\"choices\":[{\"delta\":{\"content\":\"\xE2\x82\"}}]}\n\n";
    let (error, text) = fails_with(ScriptedResponse::events([&half[..]])).await;
    assert_eq!((error.kind(), text.as_str()), (ErrorKind::Truncated, "\u{FFFD}"));
}

#[tokio::test]
async fn responses_that_cannot_be_used_are_named() {
    let gzip = ScriptedResponse::text(200, "\u{1f}").header("content-encoding", "gzip");
    for (response, message) in
        [(gzip, "it is compressed (gzip)"), (ScriptedResponse::text(204, ""), "it has no content")]
    {
        let (error, _) = fails_with(response).await;
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Unusable, Retryable::No));
        assert!(error.message().starts_with(message), "{error}");
    }
    let (error, _) = fails_with(ScriptedResponse::text(200, " \n")).await;
    assert_eq!((error.kind(), error.message()), (ErrorKind::Truncated, "it has no content"));
}

#[tokio::test]
async fn a_list_without_end_is_refused_by_its_size() {
    let part = r#"{"id":"m"},"#.repeat(10_000).into_bytes();
    let mut endless = ScriptedResponse::text(200, "{\"data\":[").then_silence();
    endless.pieces.extend(std::iter::repeat_n((Duration::ZERO, part), 90));
    let server = ScriptedServer::in_order([endless]).await;
    let error = client(&server).models().await.unwrap_err();
    assert_eq!(error.to_string(), "the response cannot be used: the list is longer than 8 MiB");
}

#[tokio::test]
async fn a_line_beyond_the_limit_is_an_error() {
    let piece = vec![b'x'; 1 << 19];
    let (error, _) = fails_with(ScriptedResponse::events([&piece[..]; 4])).await;
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("1 MiB"), "{error}");
}

#[tokio::test]
async fn the_message_of_the_server_is_kept() {
    let refusal = r#"{"error":{"message":"Invalid schema for response_format 'reply'","type":"invalid_request_error","code":null}}"#;
    let (error, _) = fails_with(ScriptedResponse::text(400, refusal)).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::BadRequest, Retryable::No));
    let said =
        "the server refused the request (status 400): Invalid schema for response_format 'reply'";
    assert_eq!(error.to_string(), said);
}

#[tokio::test]
async fn a_busy_server_reports_when_to_retry() {
    for status in [429, 503] {
        let busy = ScriptedResponse::text(status, r#"{"error":{"message":"slow down"}}"#);
        let (error, _) = fails_with(busy.header("retry-after", "7")).await;
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::Busy, Retryable::Yes));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}

#[tokio::test]
async fn a_context_overflow_has_its_figures() {
    let long = r#"{"error":{"code":400,"message":"the request exceeds the available context size. try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#;
    let (error, _) = fails_with(ScriptedResponse::text(400, long)).await;
    assert_eq!(error.kind(), ErrorKind::ContextOverflow);
    let figures = error.context_overflow().unwrap();
    assert_eq!((figures.prompt_tokens, figures.context_length), (Some(9_000), 4_096));
}

#[tokio::test]
async fn responses_of_other_protocols_are_errors() {
    let page = || ScriptedResponse {
        headers: vec![("content-type".into(), "text/html; charset=utf-8".into())],
        ..ScriptedResponse::events([&b"<html>"[..]])
    };
    assert_eq!(fails_with(page()).await.0.kind(), ErrorKind::Protocol);
    for other in [r#"{"response":"x"}"#, "{}", r#"{"choices":7}"#] {
        assert_eq!(
            fails_with(ScriptedResponse::text(200, other)).await.0.kind(),
            ErrorKind::Protocol
        );
    }
    let cut = r#"{"choices":[{"message":{"content":"x"#;
    assert_eq!(fails_with(ScriptedResponse::text(200, cut)).await.0.kind(), ErrorKind::Truncated);
    let report = ScriptedResponse::text(200, r#"{"error":{"message":"boom"}}"#);
    assert_eq!(fails_with(report).await.0.kind(), ErrorKind::StreamError);
}

#[tokio::test]
async fn redirects_are_reported_and_get_no_key() {
    let elsewhere = ScriptedServer::in_order([ScriptedResponse::text(200, "{}")]).await;
    let target = format!("http://{}/v1/models", elsewhere.address);
    let server =
        ScriptedServer::in_order([ScriptedResponse::text(307, "").header("location", &target)])
            .await;
    let base = BaseUrl::parse(&server.address).unwrap();
    let client = Client::builder(base).api_key("s3cret").build().unwrap();
    let error = client.models().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Protocol, Some(307)));
    assert!(error.message().contains(&target) && !format!("{error:?}").contains("s3cret"));
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn redirects_to_tls_and_to_a_sign_in_say_so() {
    for (path, kind, says) in [
        ("/v1/models", ErrorKind::Tls, "let the base URL begin with https://"),
        ("/oauth2/start?rd=%2Fv1%2Fmodels", ErrorKind::Forbidden, "asks to sign in at https://"),
        ("/ui/", ErrorKind::Protocol, "the server points to"),
    ] {
        let server = ScriptedServer::start().await;
        let target = format!("https://127.0.0.1{path}");
        let redirect = ScriptedResponse::text(302, "<html>").header("location", &target);
        let server = server.answering("/v1/models", redirect);
        let error = client(&server).models().await.unwrap_err();
        assert_eq!((error.kind(), error.retryable()), (kind, Retryable::No), "{path}");
        assert!(error.message().contains(says), "{error}");
    }
}

#[tokio::test]
async fn only_a_reset_before_the_response_is_retried_once() {
    let well = delta("x") + "data: [DONE]\n\n";
    let server = ScriptedServer::in_order([
        ScriptedResponse::reset(),
        ScriptedResponse::events([well.as_bytes()]),
    ])
    .await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");

    let server =
        ScriptedServer::in_order([ScriptedResponse::reset(), ScriptedResponse::reset()]).await;
    let (error, _) = fails(&client(&server)).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Transport, Retryable::Yes));
    assert_eq!(server.received().len(), 2);

    let cut = ScriptedResponse {
        ending: Ending::Reset,
        ..ScriptedResponse::events([delta("x").as_bytes()])
    };
    let server = ScriptedServer::in_order([cut, ScriptedResponse::events([well.as_bytes()])]).await;
    let (error, text) = fails(&client(&server)).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Transport, Retryable::ByCaller));
    assert_eq!((text.as_str(), server.received().len()), ("x", 1));
}

#[tokio::test]
async fn a_refused_connection_is_a_transport_error() {
    let address = refusing_address().await.to_string();
    let (error, _) = fails(&Client::new(&address).unwrap()).await;
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Transport, Retryable::Yes));
}

#[tokio::test]
async fn a_silent_server_is_left_after_the_limit() {
    let short = Some(Duration::from_millis(50));
    let none = TimeLimits { first_byte: None, idle: None, total: None };
    for (limits, limit, begins) in [
        (TimeLimits { first_byte: short, ..none }, TimeLimit::FirstByte, false),
        (TimeLimits { idle: short, ..none }, TimeLimit::Idle, true),
        (TimeLimits { total: short, ..none }, TimeLimit::Total, true),
    ] {
        let mut answer = ScriptedResponse {
            ending: Ending::Stall,
            ..ScriptedResponse::events([delta("x").as_bytes()])
        };
        if !begins {
            answer.pieces[0].0 = Duration::from_secs(20);
        }
        let server = ScriptedServer::in_order([answer]).await;
        let (error, _) = fails(&client(&server).with_limits(limits)).await;
        assert_eq!((error.kind(), error.time_limit()), (ErrorKind::Timeout, Some(limit)));
        assert!(server.left_soon().await.is_some(), "its connection is closed");
    }
}

#[tokio::test]
async fn a_dropped_stream_closes_its_connection() {
    let endless = ScriptedResponse {
        ending: Ending::Stall,
        ..ScriptedResponse::events([delta("x").as_bytes()])
    };
    let server = ScriptedServer::in_order([endless]).await;
    let mut answer = client(&server).chat_stream(&request()).await.unwrap();
    answer.next().await.unwrap().unwrap();
    drop(answer);
    assert!(server.left_soon().await.is_some());
}
