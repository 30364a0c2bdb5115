//! Replies that succeed, and the requests for them.

use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;
use synod_openai_client::{
    BaseUrl, ChatRequest, Client, EmbedRequest, FinishReason, JsonSchema, Message, Model, Role,
    Usage,
};

use crate::{client, delta, request};
use synod_http_transport::test_util::{Ending, ScriptedResponse, ScriptedServer};

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
async fn a_stream_has_text_reasoning_reason_and_usage() {
    for size in [1, 7, 4_096] {
        let server =
            ScriptedServer::in_order([ScriptedResponse::events(LLAMA_CPP.as_bytes().chunks(size))])
                .await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        assert_eq!((reply.content.as_str(), reply.reasoning.as_str()), ("Té 🦀", "Hm."));
        assert_eq!(reply.finish_reason, Some(FinishReason::Length));
        assert_eq!(
            reply.usage,
            Some(Usage { prompt_tokens: 21, completion_tokens: 4, reasoning_tokens: 0 })
        );
    }
}

#[tokio::test]
async fn a_request_has_the_fields_of_the_protocol() {
    let server = ScriptedServer::in_order([ScriptedResponse::events([DONE.as_bytes()])]).await;
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
    let seen = &server.received()[0];
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
async fn a_stream_read_to_its_end_frees_its_connection() {
    let body = delta("x") + DONE;
    let server = ScriptedServer::in_order([
        ScriptedResponse::events([body.as_bytes()]),
        ScriptedResponse::events([body.as_bytes()]),
    ])
    .await;
    let client = client(&server);
    for _ in 0..2 {
        client.chat_stream(&request()).await.unwrap().collect().await.unwrap();
    }
    let connections: Vec<_> = server.received().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0]);
}

#[tokio::test]
async fn done_without_its_blank_line_ends_the_reply() {
    let body = delta("x") + "data: [DONE]";
    let server = ScriptedServer::in_order([ScriptedResponse::events([body.as_bytes()])]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");
}

/// The last piece, with its reason.
const STOP: &str =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

#[tokio::test]
async fn a_finish_reason_completes_the_reply_without_done() {
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
        let server = ScriptedServer::in_order([ScriptedResponse::events([body.as_bytes()])]).await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        assert_eq!((reply.content.as_str(), reply.finish_reason), ("x", Some(FinishReason::Stop)));
        let counted = end.contains("usage").then_some(21);
        assert_eq!(reply.usage.map(|usage| usage.prompt_tokens), counted, "{end}");
    }
    let body = delta("x") + STOP;
    let reset =
        ScriptedResponse { ending: Ending::Reset, ..ScriptedResponse::events([body.as_bytes()]) };
    let server = ScriptedServer::in_order([reset]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_closed_after_the_reply() {
    let body = delta("x") + STOP;
    let open =
        ScriptedResponse { ending: Ending::Stall, ..ScriptedResponse::events([body.as_bytes()]) };
    let server = ScriptedServer::in_order([open]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    let started = tokio::time::Instant::now();
    assert_eq!(answer.collect().await.unwrap().content, "x");
    assert!(started.elapsed() <= Duration::from_secs(1));
}

#[tokio::test]
async fn events_without_a_piece_are_skipped() {
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
        let server = ScriptedServer::in_order([ScriptedResponse::events([body.as_bytes()])]).await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        assert_eq!((reply.content, reply.usage), ("x".repeat(noise.len()), None));
    }
}

#[tokio::test]
async fn partial_usage_is_combined() {
    let body = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\
                \"usage\":{\"prompt_tokens\":21,\"completion_tokens\":4}}\n\n\
                data: {\"choices\":[],\"usage\":{\"prompt_tokens\":22,\"completion_tokens\":null}}\n\n";
    let server = ScriptedServer::in_order([ScriptedResponse::events([body.as_bytes()])]).await;
    let reply = client(&server).chat_stream(&request()).await.unwrap().collect().await.unwrap();
    assert_eq!(
        reply.usage,
        Some(Usage { prompt_tokens: 22, completion_tokens: 4, reasoning_tokens: 0 })
    );
}

#[tokio::test]
async fn one_json_object_in_place_of_a_stream_is_a_reply() {
    let body = r#"{
      "object": "chat.completion",
      "choices": [{"index":0,"message":{"role":"assistant","content":[{"type":"text","text":"Tea"},
        {"type":"text","text":"."}]},"finish_reason":"stop"}],
      "usage": {"prompt_tokens":3,"completion_tokens":null}
    }"#;
    let as_events = ScriptedResponse::events(body.as_bytes().chunks(7));
    for answer in [ScriptedResponse::text(200, body), as_events] {
        let server = ScriptedServer::in_order([answer]).await;
        let answer = client(&server).chat_stream(&request()).await.unwrap();
        let reply = answer.collect().await.unwrap();
        let usage = Some(Usage { prompt_tokens: 3, completion_tokens: 0, reasoning_tokens: 0 });
        assert_eq!((reply.content.as_str(), reply.usage), ("Tea.", usage));
        assert_eq!(reply.finish_reason, Some(FinishReason::Stop));
    }
    let events = delta("x") + DONE;
    let length = ("content-type".to_owned(), "application/json".to_owned());
    let mislabelled =
        ScriptedResponse { headers: vec![length], ..ScriptedResponse::events([events.as_bytes()]) };
    let server = ScriptedServer::in_order([mislabelled]).await;
    let answer = client(&server).chat_stream(&request()).await.unwrap();
    assert_eq!(answer.collect().await.unwrap().content, "x");
}

#[tokio::test]
async fn a_refusal_has_the_message_and_the_parameter() {
    let refusal = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#;
    let server = ScriptedServer::in_order([ScriptedResponse::text(400, refusal)]).await;
    let request = ChatRequest { max_tokens: Some(9), ..request() };
    let error = client(&server).chat_stream(&request).await.unwrap_err();
    assert_eq!((error.status(), error.param()), (Some(400), Some("max_tokens")));
    assert!(error.message().starts_with("Unsupported parameter"), "{error}");
}

#[tokio::test]
async fn a_whole_reply_is_requested_without_streaming() {
    let body = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Tea."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
    let server = ScriptedServer::in_order([ScriptedResponse::text(200, body)]).await;
    let request = ChatRequest { whole: true, ..request() };
    let reply = client(&server).chat_stream(&request).await.unwrap().collect().await.unwrap();
    assert_eq!((reply.content.as_str(), reply.finish_reason), ("Tea.", Some(FinishReason::Stop)));
    assert_eq!(reply.usage.unwrap().completion_tokens, 2);
    let sent = server.received()[0].json().unwrap();
    assert_eq!((&sent["stream"], sent.get("stream_options")), (&json!(false), None));
}

#[tokio::test]
async fn a_reply_in_one_piece_is_read() {
    let body = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Tea."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;
    let server = ScriptedServer::in_order([ScriptedResponse::text(200, body)]).await;
    let reply = client(&server).chat(&request()).await.unwrap();
    assert_eq!((reply.content.as_str(), reply.finish_reason), ("Tea.", Some(FinishReason::Stop)));
    assert_eq!(server.received()[0].json().unwrap()["stream"], false);
}

#[tokio::test]
async fn models_have_the_facts_that_each_server_reports() {
    let llama = r#"{"models":[{"name":"q"}],"object":"list","data":[{"id":"q","object":"model","owned_by":"llamacpp","meta":{"vocab_type":2,"n_ctx":8192,"n_ctx_train":40960,"n_embd":2560,"n_params":4022468096,"size":2489909760}}]}"#;
    let vllm = r#"{"object":"list","data":[{"id":"q","object":"model","owned_by":"vllm","root":"q","max_model_len":32768,"permission":[]}]}"#;
    let bare = r#"{"data":[{"id":"q"}]}"#;
    let server = ScriptedServer::in_order(
        [llama, vllm, bare, "{}"].map(|body| ScriptedResponse::text(200, body)),
    )
    .await;
    let client = client(&server);
    let llama = Model {
        id: "q".to_owned(),
        owned_by: "llamacpp".to_owned(),
        context_length: Some(8_192),
        trained_context_length: Some(40_960),
        parameters: Some(4_022_468_096),
        size: Some(2_489_909_760),
        ..Model::default()
    };
    assert_eq!(client.models().await.unwrap(), [llama]);
    assert_eq!(client.models().await.unwrap()[0].context_length, Some(32_768));
    let bare = Model { id: "q".to_owned(), ..Model::default() };
    assert_eq!(client.models().await.unwrap(), [bare]);
    assert_eq!(client.models().await.unwrap(), []);
    assert_eq!(server.received()[0].path, "/v1/models");
}

#[tokio::test]
async fn invalid_entries_of_a_model_list_are_skipped() {
    let odd = r#"{"data":[{"id":"a","max_model_len":"8192"},null,{"id":7},{"owned_by":"x"},{"id":"b","max_model_len":-1,"meta":{"n_ctx":[1]}}]}"#;
    let array = r#"[{"id":"a","type":"chat","context_length":8192},{"id":"b"}]"#;
    let server =
        ScriptedServer::in_order([odd, array, "[]"].map(|body| ScriptedResponse::text(200, body)))
            .await;
    let client = client(&server);
    let models = client.models().await.unwrap();
    let listed: Vec<_> = models.iter().map(|model| (&*model.id, model.context_length)).collect();
    assert_eq!(listed, [("a", Some(8_192)), ("b", None)]);
    assert_eq!(client.models().await.unwrap().len(), 2);
    assert_eq!(client.models().await.unwrap(), []);
}

/// As proxies and small servers list their models, some without `data` and some with names only.
#[tokio::test]
async fn lists_of_other_shapes_are_read() {
    for body in [
        r#"["q"]"#,
        r#"{"data":["q"]}"#,
        r#"{"data":[{"name":"q"}]}"#,
        r#"{"data":[{"model":"q"}]}"#,
        r#"{"data":[{"id":null,"name":"q"}]}"#,
        r#"{"models":[{"name":"q","model":"q"}]}"#,
        r#"{"models":["q"],"data":[]}"#,
        r#"{"models":7,"data":[{"id":"q","name":"A fine model"},{"id":"q"}]}"#,
    ] {
        let server = ScriptedServer::in_order([ScriptedResponse::text(200, body)]).await;
        let models = client(&server).models().await.unwrap();
        assert_eq!(models, [Model { id: "q".to_owned(), ..Model::default() }], "{body}");
    }
}

#[tokio::test]
async fn entries_without_an_id_lose_no_other_model() {
    let odd =
        r#"{"id":null},{},null,7,[],{"id":7},{"id":""},{"id":{"name":"x"}},{"object":"model"}"#;
    for body in [
        format!(r#"[{odd},{{"id":"q"}},{odd}]"#),
        format!(r#"{{"object":"list","data":[{odd},{{"id":"q"}}]}}"#),
        format!(r#"{{"models":[{odd},{{"name":"q"}}]}}"#),
        // Only one of the two lists can be read.
        format!(r#"{{"data":[{odd}],"models":[{{"name":"q"}}]}}"#),
        format!(r#"{{"models":[{odd}],"data":[{{"id":"q"}}]}}"#),
        r#"{"data":{},"models":["q"]}"#.to_owned(),
    ] {
        let server = ScriptedServer::in_order([ScriptedResponse::text(200, &body)]).await;
        let models = client(&server).models().await.unwrap();
        assert_eq!(models, [Model { id: "q".to_owned(), ..Model::default() }], "{body}");
    }
}

/// Entries of LM Studio, Mistral, Groq, OpenRouter and TabbyAPI.
#[tokio::test]
async fn windows_and_abilities_are_read_by_each_name() {
    for (entry, window, lacks_chat) in [
        (r#"{"id":"q","context_length":8192}"#, Some(8_192), false),
        (r#"{"id":"q","context_window":8192,"active":true}"#, Some(8_192), false),
        (r#"{"id":"q","context_window":448,"active":false}"#, Some(448), true),
        (
            r#"{"id":"q","max_context_length":8192,"capabilities":{"completion_chat":false}}"#,
            Some(8_192),
            true,
        ),
        (r#"{"id":"q","parameters":{"max_seq_len":8192}}"#, Some(8_192), false),
        (
            r#"{"id":"q","state":"loaded","max_context_length":8192,"loaded_context_length":2048}"#,
            Some(2_048),
            false,
        ),
        (r#"{"id":"q","state":"not-loaded","max_context_length":8192}"#, None, false),
        (r#"{"id":"q","architecture":{"output_modalities":["image"]}}"#, None, true),
        (r#"{"id":"q","architecture":{"output_modalities":["text","image"]}}"#, None, false),
        (r#"{"id":"q","owned_by":7,"meta":"x","parameters":[1],"active":null}"#, None, false),
    ] {
        let body = format!(r#"{{"data":[{entry}]}}"#);
        let server = ScriptedServer::in_order([ScriptedResponse::text(200, &body)]).await;
        let model = client(&server).models().await.unwrap().remove(0);
        assert_eq!((model.context_length, model.lacks_chat), (window, lacks_chat), "{entry}");
    }
}

#[tokio::test]
async fn texts_are_embedded() {
    let body = r#"{"object":"list","data":[{"index":0,"embedding":[0.5,1]}],"usage":{"prompt_tokens":2,"total_tokens":2}}"#;
    let server = ScriptedServer::in_order([ScriptedResponse::text(200, body)]).await;
    let request = EmbedRequest { model: "m".to_owned(), input: vec!["hi".to_owned()] };
    let reply = client(&server).embed(&request).await.unwrap();
    assert_eq!((reply.embeddings, reply.prompt_tokens), (vec![vec![0.5, 1.0]], Some(2)));
    assert_eq!(server.received()[0].path, "/v1/embeddings");
}

#[tokio::test]
async fn every_request_has_the_key_and_the_base_path() {
    let server = ScriptedServer::in_order([
        ScriptedResponse::text(200, "{}"),
        ScriptedResponse::events([DONE.as_bytes()]),
    ])
    .await;
    let base = BaseUrl::parse(&format!("http://{}/llm/", server.address)).unwrap();
    let client = Client::builder(base).api_key("s3cret").build().unwrap();
    client.models().await.unwrap();
    client.chat_stream(&request()).await.unwrap().collect().await.unwrap();
    for seen in server.received() {
        assert_eq!(seen.header("authorization"), Some("Bearer s3cret"));
        assert!(seen.path.starts_with("/llm/v1/"), "{}", seen.path);
    }
}
