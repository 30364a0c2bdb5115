//! Answers that end well, and what was asked for them.

use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;
use synod_openai_client::{
    BaseUrl, ChatRequest, Client, EmbedRequest, FinishReason, JsonSchema, Message, Model, Role,
    Usage,
};

use crate::server::{Answer, Close, Server};
use crate::{client, delta, request, stream};

const DONE: &str = "data: [DONE]\n\n";

/// As llama.cpp's server streams it: role first, usage on a piece of its own.
const LLAMA_CPP: &str = concat!(
    r#"data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1,"id":"c","model":"m","object":"chat.completion.chunk"}"#,
    "\n\n",
    r#"data: {"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"Hm."}}]}"#,
    "\n\n",
    r#"data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Té 🦀"}}]}"#,
    "\n\n",
    r#"data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}]}"#,
    "\n\n",
    r#"data: {"choices":[],"usage":{"completion_tokens":4,"prompt_tokens":21,"total_tokens":25},"timings":{"prompt_n":21}}"#,
    "\n\n",
    "data: [DONE]\n\n",
);

#[tokio::test]
async fn a_stream_is_text_reasoning_reason_and_usage_however_tcp_cuts_it() {
    for size in [1, 7, 4_096] {
        let server = Server::start([stream(LLAMA_CPP.as_bytes().chunks(size))]).await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        assert_eq!((reply.content.as_str(), reply.reasoning.as_str()), ("Té 🦀", "Hm."));
        assert_eq!(reply.finish_reason, Some(FinishReason::Length));
        assert_eq!(reply.usage, Some(Usage { prompt_tokens: 21, completion_tokens: 4 }));
    }
}

#[tokio::test]
async fn a_call_is_sent_as_servers_take_it() {
    let server = Server::start([stream([DONE.as_bytes()])]).await;
    let schema = RawValue::from_string(r#"{"type":"object"}"#.to_owned()).unwrap();
    let request = ChatRequest {
        schema: Some(JsonSchema { name: "reply".to_owned(), schema, strict: true }),
        max_tokens: Some(400),
        temperature: Some(0.7),
        seed: Some(42),
        stop: vec!["[".to_owned()],
        ..ChatRequest::new("m", [Message::new(Role::System, "Be brief."), Message::user("Tea?")])
    };
    client(&server).chat_stream(&request).await.unwrap().collect().await.unwrap();
    let seen = &server.requests()[0];
    assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(
        seen.json().unwrap(),
        json!({
            "model": "m",
            "messages": [{"role": "system", "content": "Be brief."},
                         {"role": "user", "content": "Tea?"}],
            "stream": true, "stream_options": {"include_usage": true},
            "response_format": {"type": "json_schema", "json_schema":
                {"name": "reply", "strict": true, "schema": {"type": "object"}}},
            "max_tokens": 400, "temperature": 0.7, "seed": 42, "stop": ["["],
        })
    );
}

#[tokio::test]
async fn a_stream_read_to_its_end_leaves_its_connection_to_the_next_call() {
    let body = delta("x") + DONE;
    let server = Server::start([stream([body.as_bytes()]), stream([body.as_bytes()])]).await;
    let client = client(&server);
    for _ in 0..2 {
        client.chat_stream(&request()).await.unwrap().collect().await.unwrap();
    }
    let connections: Vec<_> = server.requests().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0]);
}

#[tokio::test]
async fn an_end_without_its_blank_line_is_an_end() {
    let body = delta("x") + "data: [DONE]";
    let server = Server::start([stream([body.as_bytes()])]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");
}

/// The last piece, with its reason.
const STOP: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

#[tokio::test]
async fn text_and_a_reason_are_an_end_without_done() {
    let usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":21,\"completion_tokens\":4}}\n\n";
    for end in [
        STOP.to_owned(),
        STOP.trim_end().to_owned(),
        STOP.to_owned() + usage,
        STOP.to_owned() + usage.trim_end(),
        STOP.to_owned() + ": keep-alive\n\n",
        STOP.to_owned() + "data: {\"choi",
    ] {
        let body = delta("x") + &end;
        let server = Server::start([stream([body.as_bytes()])]).await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        assert_eq!((reply.content.as_str(), reply.finish_reason), ("x", Some(FinishReason::Stop)));
        let counted = end.contains("usage").then_some(21);
        assert_eq!(reply.usage.map(|usage| usage.prompt_tokens), counted, "{end}");
    }
    let body = delta("x") + STOP;
    let reset = Answer { close: Close::Reset, ..stream([body.as_bytes()]) };
    let server = Server::start([reset]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_ends_its_body_is_not_waited_for() {
    let body = delta("x") + STOP;
    let open = Answer { close: Close::Stall, ..stream([body.as_bytes()]) };
    let server = Server::start([open]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    let started = tokio::time::Instant::now();
    assert_eq!(answer.collect().await.unwrap().content, "x");
    assert!(started.elapsed() <= Duration::from_secs(11));
}

#[tokio::test]
async fn what_is_no_piece_of_the_answer_is_skipped() {
    let noise = [
        "data: {}\n\n",
        "data: null\n\n",
        "data: []\n\n",
        "data: \n\n",
        ": ping\n\n",
        "\n\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "id: 7\nretry: 9\n\n",
        "data: {\"choices\":null}\n\n",
        "data: {\"choices\":[]}\n\n",
        "data: {\"choices\":[{\"delta\":null}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":null}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}],\"usage\":{\"completion_tokens\":-1}}\n\n",
        "data: {\"object\":\"prompt.progress\",\"progress\":0.5}\n\n",
    ];
    for end in ["\n", "\r\n", "\r"] {
        let mut body = "\u{feff}".to_owned();
        for noise in noise {
            body += noise;
            body += &delta("x");
        }
        let body = (body + STOP + DONE).replace('\n', end);
        let server = Server::start([stream([body.as_bytes()])]).await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        assert_eq!((reply.content, reply.usage), ("x".repeat(noise.len()), None));
    }
}

#[tokio::test]
async fn usage_that_comes_in_parts_is_put_together() {
    let body = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\
                \"usage\":{\"prompt_tokens\":21,\"completion_tokens\":4}}\n\n\
                data: {\"choices\":[],\"usage\":{\"prompt_tokens\":22,\"completion_tokens\":null}}\n\n";
    let server = Server::start([stream([body.as_bytes()])]).await;
    let reply = client(&server).chat_stream(&request()).await.unwrap().collect().await.unwrap();
    assert_eq!(reply.usage, Some(Usage { prompt_tokens: 22, completion_tokens: 4 }));
}

#[tokio::test]
async fn an_answer_in_one_piece_to_a_request_for_a_stream_is_an_answer() {
    let body = r#"{
      "object": "chat.completion",
      "choices": [{"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"Tea"},
        {"type":"text","text":"."}]},"finish_reason":"stop"}],
      "usage": {"prompt_tokens":3,"completion_tokens":null}
    }"#;
    let as_events = stream(body.as_bytes().chunks(7));
    for answer in [Answer::json(200, body), as_events] {
        let server = Server::start([answer]).await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        let usage = Some(Usage { prompt_tokens: 3, completion_tokens: 0 });
        assert_eq!((reply.content.as_str(), reply.usage), ("Tea.", usage));
        assert_eq!(reply.finish_reason, Some(FinishReason::Stop));
    }
    let events = delta("x") + DONE;
    let length = ("content-type".to_owned(), "application/json".to_owned());
    let mislabelled = Answer { headers: vec![length], ..stream([events.as_bytes()]) };
    let server = Server::start([mislabelled]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");
}

#[tokio::test]
async fn what_a_server_refuses_is_told_with_its_words_and_the_key() {
    let refusal = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#;
    let server = Server::start([Answer::json(400, refusal)]).await;
    let request = ChatRequest { max_tokens: Some(9), ..request() };
    let error = client(&server).chat_stream(&request).await.unwrap_err();
    assert_eq!((error.status(), error.param()), (Some(400), Some("max_tokens")));
    assert!(error.message().starts_with("Unsupported parameter"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_asked_for_the_whole() {
    let body = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Tea."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
    let server = Server::start([Answer::json(200, body)]).await;
    let request = ChatRequest { whole: true, ..request() };
    let reply = client(&server).chat_stream(&request).await.unwrap().collect().await.unwrap();
    assert_eq!((reply.content.as_str(), reply.finish_reason), ("Tea.", Some(FinishReason::Stop)));
    assert_eq!(reply.usage.unwrap().completion_tokens, 2);
    let sent = server.requests()[0].json().unwrap();
    assert_eq!((&sent["stream"], sent.get("stream_options")), (&json!(false), None));
}

#[tokio::test]
async fn an_answer_in_one_piece_is_read_too() {
    let body = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Tea."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
    let server = Server::start([Answer::json(200, body)]).await;
    let reply = client(&server).chat(&request()).await.unwrap();
    assert_eq!((reply.content.as_str(), reply.finish_reason), ("Tea.", Some(FinishReason::Stop)));
    assert_eq!(server.requests()[0].json().unwrap()["stream"], false);
}

#[tokio::test]
async fn models_are_listed_with_what_each_server_tells_of_them() {
    let llama = r#"{"models":[{"name":"q"}],"object":"list","data":[{"id":"q","object":"model","owned_by":"llamacpp","meta":{"vocab_type":2,"n_ctx":8192,"n_ctx_train":40960,"n_embd":2560,"n_params":4022468096,"size":2489909760}}]}"#;
    let vllm = r#"{"object":"list","data":[{"id":"q","object":"model","owned_by":"vllm","root":"q","max_model_len":32768,"permission":[]}]}"#;
    let bare = r#"{"data":[{"id":"q"}]}"#;
    let server = Server::start([llama, vllm, bare, "{}"].map(|body| Answer::json(200, body))).await;
    let client = client(&server);
    let llama = Model {
        id: "q".to_owned(),
        owned_by: "llamacpp".to_owned(),
        context_length: Some(8_192),
        trained_context_length: Some(40_960),
        parameters: Some(4_022_468_096),
        size: Some(2_489_909_760),
        purposes: Vec::new(),
    };
    assert_eq!(client.models().await.unwrap(), [llama]);
    assert_eq!(client.models().await.unwrap()[0].context_length, Some(32_768));
    let bare = Model { id: "q".to_owned(), ..Model::default() };
    assert_eq!(client.models().await.unwrap(), [bare]);
    assert_eq!(client.models().await.unwrap(), []);
    assert_eq!(server.requests()[0].path, "/v1/models");
}

#[tokio::test]
async fn what_is_odd_in_a_list_of_models_costs_no_other_model() {
    let odd = r#"{"data":[{"id":"a","max_model_len":"8192"},null,{"id":7},{"owned_by":"x"},{"id":"b","max_model_len":-1,"meta":{"n_ctx":[1]}}]}"#;
    let array = r#"[{"id":"a","type":"chat","context_length":8192},{"id":"b"}]"#;
    let server = Server::start([odd, array, "[]"].map(|body| Answer::json(200, body))).await;
    let client = client(&server);
    let models = client.models().await.unwrap();
    let told: Vec<_> = models.iter().map(|model| (&*model.id, model.context_length)).collect();
    assert_eq!(told, [("a", Some(8_192)), ("b", None)]);
    assert_eq!(client.models().await.unwrap().len(), 2);
    assert_eq!(client.models().await.unwrap(), []);
}

#[tokio::test]
async fn texts_are_embedded() {
    let body = r#"{"object":"list","data":[{"index":0,"embedding":[0.5,1]}],"usage":{"prompt_tokens":2,"total_tokens":2}}"#;
    let server = Server::start([Answer::json(200, body)]).await;
    let request = EmbedRequest { model: "m".to_owned(), input: vec!["hi".to_owned()] };
    let reply = client(&server).embed(&request).await.unwrap();
    assert_eq!((reply.embeddings, reply.prompt_tokens), (vec![vec![0.5, 1.0]], Some(2)));
    assert_eq!(server.requests()[0].path, "/v1/embeddings");
}

#[tokio::test]
async fn the_key_goes_with_every_request_and_the_path_is_kept() {
    let server = Server::start([Answer::json(200, "{}"), stream([DONE.as_bytes()])]).await;
    let base = BaseUrl::parse(&format!("http://{}/llm/", server.host())).unwrap();
    let client = Client::builder(base).api_key("s3cret").build().unwrap();
    client.models().await.unwrap();
    client.chat_stream(&request()).await.unwrap().collect().await.unwrap();
    for seen in server.requests() {
        assert_eq!(seen.header("authorization"), Some("Bearer s3cret"));
        assert!(seen.path.starts_with("/llm/v1/"), "{}", seen.path);
    }
}
