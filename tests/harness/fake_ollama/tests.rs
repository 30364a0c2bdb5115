use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

/// A connection that has sent one chat request.
async fn asking(ollama: &FakeOllama, model: &str, format: Option<Value>) -> TcpStream {
    let mut body = json!({"model": model, "messages": [{"role": "user", "content": "Tea?"}]});
    if let Some(format) = format {
        body["format"] = format;
    }
    let body = body.to_string();
    let head = format!("POST /api/chat HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(ollama.addr).await.unwrap();
    stream.write_all((head + &body).as_bytes()).await.unwrap();
    stream
}

/// All bytes up to the end of the body or the connection, and the end of the connection.
async fn heard(mut stream: TcpStream) -> (Vec<u8>, io::Result<()>) {
    let mut bytes = vec![];
    loop {
        match stream.read_buf(&mut bytes).await {
            Ok(0) => return (bytes, Ok(())),
            Ok(_) if bytes.ends_with(b"\r\n0\r\n\r\n") || is_whole(&bytes) => {
                return (bytes, Ok(()));
            }
            Ok(_) => {}
            Err(error) => return (bytes, Err(error)),
        }
    }
}

/// Whether the response has as many bytes as its head states.
fn is_whole(answer: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(answer) else { return false };
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    length.is_some_and(|length| length.parse() == Ok(body.len()))
}

async fn heard_of(model: &str, format: Option<Value>) -> (String, io::Result<()>) {
    let ollama = FakeOllama::start(Settings::default()).await.unwrap();
    let (bytes, end) = heard(asking(&ollama, model, format).await).await;
    (String::from_utf8_lossy(&bytes).into_owned(), end)
}

fn content(reply: &str) -> String {
    let lines = reply.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
    lines.filter_map(|l| Some(l["message"]["content"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn a_reply_is_streamed_as_lines_and_ends_with_done() {
    let (reply, end) = heard_of("good", None).await;
    assert!(end.is_ok());
    assert_eq!(content(&reply).split_whitespace().count(), 20, "{reply}");
    assert_eq!(reply.matches("\"done\":true").count(), 1, "{reply}");
}

#[tokio::test]
async fn replies_conform_to_a_schema_unless_the_tag_is_prose() {
    let schema = json!({"type": "object", "properties": {"choice": {"enum": ["x", "y"]}},
        "required": ["choice"]});
    let (reply, _) = heard_of("good", Some(schema.clone())).await;
    let ballot: Value = serde_json::from_str(&content(&reply)).unwrap();
    assert!(ballot["choice"] == "x" || ballot["choice"] == "y", "{ballot}");
    let (reply, _) = heard_of("any:prose", Some(schema)).await;
    assert!(!content(&reply).contains('{'), "{reply}");
}

#[tokio::test]
async fn tags_select_failures() {
    let (reply, _) = heard_of("any:error-line", None).await;
    assert!(reply.starts_with("HTTP/1.1 200") && reply.contains("{\"error\""), "{reply}");
    let (reply, end) = heard_of("any:eof", None).await;
    assert!(end.is_ok() && !reply.contains("\"done\":true"), "{reply}");
    let (_, end) = heard_of("any:reset", None).await;
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    let (reply, _) = heard_of("any:empty", None).await;
    assert_eq!(content(&reply), "");
    assert!(reply.contains("\"done\":true"), "{reply}");
    let (reply, _) = heard_of("any:megabyte", None).await;
    assert!(reply.lines().any(|line| line.len() > 1_000_000));
    let (reply, _) = heard_of("any:split-utf8", None).await;
    assert!(reply.contains("0\r\n\r\n"), "{reply}");
}

#[tokio::test]
async fn tags_select_thought_in_the_content() {
    for (model, begin) in [
        ("any:think-in-content", "<think>\nSecretly"),
        ("any:open-thought", "Secretly"),
        ("any:endless-thought", "<think>\nSecretly"),
        ("any:channels", "<|channel|>analysis<|message|>Secretly"),
    ] {
        let (reply, _) = heard_of(model, None).await;
        assert!(content(&reply).starts_with(begin), "{reply}");
    }
}

#[tokio::test]
async fn the_tag_load_replies_to_the_second_call() {
    let ollama = FakeOllama::start(Settings::default()).await.unwrap();
    let (first, _) = heard(asking(&ollama, "any:load", None).await).await;
    assert!(String::from_utf8_lossy(&first).contains("\"done_reason\":\"load\""));
    let (second, _) = heard(asking(&ollama, "any:load", None).await).await;
    assert!(!content(&String::from_utf8_lossy(&second)).is_empty());
}

#[tokio::test]
async fn half_a_character_is_sent_unchanged() {
    let ollama = FakeOllama::start(Settings::default()).await.unwrap();
    let (bytes, _) = heard(asking(&ollama, "any:half-utf8", None).await).await;
    assert!(String::from_utf8(bytes).is_err());
}

#[tokio::test]
async fn a_disconnected_client_counts_as_cancelled() {
    let settings = Settings { ttft_ms: 3_600_000.0, ..Settings::default() };
    let ollama = FakeOllama::start(settings).await.unwrap();
    let stream = asking(&ollama, "good", None).await;
    while ollama.stats().active == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(stream);
    while ollama.stats().active == 1 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // The end of the connection is recorded once its task has ended.
    while ollama.stats().connections[0].closed_ms.is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(ollama.stats().cancelled, 1);
    assert_eq!(ollama.chats()[0].prompt, "<|user|>\nTea?<|end|>\n<|assistant|>\n");
}

#[tokio::test]
async fn dropping_the_fake_cuts_calls_in_service() {
    let settings = Settings { itl_ms: 3_600_000.0, ..Settings::default() };
    let ollama = FakeOllama::start(settings).await.unwrap();
    let mut stream = asking(&ollama, "good", None).await;
    assert!(stream.read(&mut [0; 64]).await.unwrap() > 0);
    drop(ollama);
    let (reply, _) = heard(stream).await;
    assert!(!String::from_utf8_lossy(&reply).contains("\"done\":true"));
}

#[test]
fn the_error_names_a_mistyped_setting() {
    let set = |name: &str, value: &str| Settings::from_vars([(name.to_owned(), value.to_owned())]);
    assert_eq!(set("SIM_TOKENS", "7").unwrap().tokens, 7);
    assert_eq!(set("PATH", "/bin").unwrap(), Settings::default());
    assert!(set("SIM_ITL_MS", "-1").is_err());
    let refused = set("SIM_IDL_MS", "7").unwrap_err();
    assert!(refused.to_string().contains("SIM_IDL_MS"));
}

#[tokio::test]
async fn models_think_unless_the_request_disables_it() {
    let ollama = FakeOllama::start(Settings { think: 3, ..Settings::default() }).await.unwrap();
    let (bytes, _) = heard(asking(&ollama, "good", None).await).await;
    let reply = String::from_utf8(bytes).unwrap();
    let lines = reply.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let lines: Vec<_> = lines.filter(|line| line["message"].is_object()).collect();
    let thinks = |line: &Value| line["message"]["thinking"].is_string();
    assert!(lines[..3].iter().all(|line| thinks(line) && line["message"]["content"] == ""));
    assert!(!lines[3..].iter().any(thinks), "{reply}");
    assert_eq!(lines.last().unwrap()["eval_count"], 23);
    assert!(!content(&reply).contains("pondering"), "{reply}");
}
