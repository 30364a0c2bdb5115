//! Answers that end well, and what was asked for them.

use serde_json::json;
use serde_json::value::RawValue;
use synod_openai_client::{
    BaseUrl, ChatRequest, Client, EmbedRequest, FinishReason, JsonSchema, Message, Model, Role,
    Usage,
};

use crate::server::{Answer, Server};
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

#[tokio::test]
async fn a_server_that_insists_on_the_other_limit_is_asked_again_once() {
    let refusal = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#;
    let well = || stream([DONE.as_bytes()]);
    let server = Server::start([Answer::json(400, refusal), well(), well()]).await;
    let client = client(&server);
    let request = ChatRequest { max_tokens: Some(9), ..request() };
    for _ in 0..2 {
        client.chat_stream(&request).await.unwrap().collect().await.unwrap();
    }
    let sent: Vec<_> = server.requests().iter().map(|seen| seen.json().unwrap()).collect();
    assert_eq!((sent.len(), &sent[0]["max_tokens"]), (3, &json!(9)));
    for sent in &sent[1..] {
        assert_eq!((&sent["max_completion_tokens"], sent.get("max_tokens")), (&json!(9), None));
    }
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
