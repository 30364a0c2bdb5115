//! Servers that refuse something optional, with the bytes that they send.

use super::*;
use crate::Limitation;

/// What a kind of server answers to requests that ask for too much, and nothing else.
type Refusing = fn(&Value) -> Option<Answer>;

fn said(status: u16, body: &str) -> Option<Answer> {
    Some(Answer::text(status, body))
}

fn has(request: &Value, key: &str) -> bool {
    !request[key].is_null()
}

fn has_system(request: &Value) -> bool {
    request["messages"].as_array().unwrap().iter().any(|message| message["role"] == "system")
}

fn schema(request: &Value) -> &Value {
    &request["response_format"]["json_schema"]["schema"]
}

fn vllm_gemma(request: &Value) -> Option<Answer> {
    let body = r#"{"object":"error","message":"System role not supported","type":"BadRequestError","param":null,"code":400}"#;
    has_system(request).then(|| Answer::text(400, body))
}

fn llama_gemma(request: &Value) -> Option<Answer> {
    let body = r#"{"error":{"code":500,"message":"\n------------\nWhile executing CallExpression at line 1, column 69 in source:\n...raise_exception('System role not supported')...\nError: Jinja Exception: System role not supported","type":"server_error"}}"#;
    has_system(request).then(|| Answer::text(500, body))
}

/// It has begun its stream before it looks at the messages.
fn late_gemma(request: &Value) -> Option<Answer> {
    let body = "data: {\"error\":{\"message\":\"Conversation roles must alternate user/assistant/user/assistant/...\",\"type\":\"BadRequestError\",\"code\":400}}\n\n";
    has_system(request).then(|| Answer::text(200, body))
}

fn old_vllm(request: &Value) -> Option<Answer> {
    let body = r#"{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted', 'input': {'include_usage': True}}]","type":"BadRequestError","param":null,"code":400}"#;
    has(request, "stream_options").then(|| Answer::text(400, body))
}

fn mistral(request: &Value) -> Option<Answer> {
    let body = r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{"include_usage":true}}]},"type":"invalid_request_error","param":null,"code":null}"#;
    has(request, "stream_options").then(|| Answer::text(422, body))
}

fn azure(request: &Value) -> Option<Answer> {
    let body = r#"{"error":{"message":"Unrecognized request argument supplied: stream_options","type":"invalid_request_error","param":null,"code":null}}"#;
    has(request, "stream_options").then(|| Answer::text(400, body))
}

fn no_seed(request: &Value) -> Option<Answer> {
    let body = r#"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":42}]}"#;
    has(request, "seed").then(|| Answer::text(422, body))
}

fn reasoning(request: &Value) -> Option<Answer> {
    let body = r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}"#;
    has(request, "temperature").then(|| Answer::text(400, body))
}

fn counting(request: &Value) -> Option<Answer> {
    let body = r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#;
    has(request, "max_tokens").then(|| Answer::text(400, body))
}

fn no_stops(request: &Value) -> Option<Answer> {
    let body = r#"{"error":{"message":"Unsupported parameter: 'stop' is not supported with this model.","type":"invalid_request_error","param":"stop","code":"unsupported_parameter"}}"#;
    has(request, "stop").then(|| Answer::text(400, body))
}

/// SGLang hides what a template refuses.
fn hiding(request: &Value) -> Option<Answer> {
    has_system(request).then(|| Answer::text(500, "Internal Server Error"))
}

fn mute(request: &Value) -> Option<Answer> {
    has(request, "seed").then(|| Answer::text(400, r#"{"error":{"message":"bad request"}}"#))
}

async fn served_after(refusing: Refusing, answer: Answer) -> FakeServer {
    serving(answer).await.refusing(CHAT, refusing)
}

fn whole_text(events: &[Result<ChatEvent, ChatError>]) -> String {
    let deltas = events.iter().filter_map(|event| match event {
        Ok(ChatEvent::Delta(text)) => Some(text.as_str()),
        _ => None,
    });
    deltas.collect()
}

fn is_finished(events: &[Result<ChatEvent, ChatError>]) -> bool {
    matches!(events.last(), Some(Ok(ChatEvent::Finished(_))))
}

#[tokio::test]
async fn refused_fields_are_omitted_from_then_on() {
    let cases: [(Refusing, Limitation); 10] = [
        (vllm_gemma, Limitation::SystemMessages),
        (llama_gemma, Limitation::SystemMessages),
        (late_gemma, Limitation::SystemMessages),
        (old_vllm, Limitation::StreamUsage),
        (mistral, Limitation::StreamUsage),
        (azure, Limitation::StreamUsage),
        (no_seed, Limitation::Seed),
        (reasoning, Limitation::Temperature),
        (counting, Limitation::MaxTokens),
        (no_stops, Limitation::StopTexts { max: 0 }),
    ];
    for (refusing, limitation) in cases {
        let fake = served_after(refusing, tea("stop")).await;
        let model = only(&fake).await;
        assert_eq!(model.limitations(), []);
        for _ in 0..2 {
            let events = whole(&model).await;
            assert_eq!(whole_text(&events), "Té", "{limitation}: {events:?}");
        }
        assert_eq!(model.limitations(), [limitation]);
        assert_eq!(fake.requests(CHAT).len(), 3, "{limitation}: one request was refused");
    }
}

#[tokio::test]
async fn system_text_stands_before_the_users() {
    let fake = served_after(vllm_gemma, tea("stop")).await;
    whole(&only(&fake).await).await;
    let expected = json!([{"role": "user", "content": "Be brief.\n\nTea or coffee?"}]);
    assert_eq!(fake.requests(CHAT)[1]["messages"], expected);
}

#[tokio::test]
async fn two_successive_refusals_are_both_honoured() {
    let refusing: Refusing = |request| vllm_gemma(request).or_else(|| counting(request));
    let fake = served_after(refusing, tea("stop")).await;
    let model = only(&fake).await;
    for _ in 0..2 {
        assert!(is_finished(&whole(&model).await));
    }
    assert_eq!(model.limitations(), [Limitation::SystemMessages, Limitation::MaxTokens]);
    let sent = fake.requests(CHAT);
    assert_eq!((sent.len(), &sent[3]["max_completion_tokens"]), (4, &json!(400)));
}

#[tokio::test]
async fn a_refusal_that_names_nothing_is_found_out() {
    let fake = served_after(mute, tea("stop")).await;
    let model = only(&fake).await;
    assert!(is_finished(&whole(&model).await));
    assert_eq!(model.limitations(), [Limitation::Seed], "and nothing of what was tried before");
    let found_out = fake.requests(CHAT).len();
    whole(&model).await;
    let sent = fake.requests(CHAT);
    assert_eq!(sent.len(), found_out + 1);
    let last = sent.last().unwrap();
    assert!(has_system(last) && has(last, "stream_options") && has(last, "stop"), "{last}");
}

#[tokio::test]
async fn an_unexplained_refusal_is_not_investigated_twice() {
    let refusing: Refusing = |_| said(400, r#"{"error":{"message":"bad request"}}"#);
    let fake = served_after(refusing, tea("stop")).await;
    let model = only(&fake).await;
    let error = whole(&model).await.pop().unwrap().unwrap_err();
    assert!(matches!(&error, ChatError::Refused { detail, .. } if detail.contains("bad request")));
    let tried = fake.requests(CHAT).len();
    assert!(tried <= 12, "{tried}");
    whole(&model).await;
    assert_eq!(fake.requests(CHAT).len(), tried + 1);
    assert_eq!(model.limitations(), []);
}

#[tokio::test]
async fn a_refusal_of_required_fields_is_an_error_at_once() {
    for (status, message) in [
        (401, "Invalid API key"),
        (400, "The model does not support Chat Completions API"),
        (
            400,
            "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens",
        ),
    ] {
        let body = json!({"error": {"message": message, "type": "invalid_request_error"}});
        let fake = serving(Answer::status(status, &body)).await;
        assert!(whole(&only(&fake).await).await.pop().unwrap().is_err());
        assert_eq!(fake.requests(CHAT).len(), 1, "{message}");
    }
}

#[tokio::test]
async fn a_failure_that_says_nothing_is_suspected_when_it_comes_again() {
    let fake = served_after(hiding, tea("stop")).await;
    let model = only(&fake).await;
    let first = whole(&model).await;
    assert!(matches!(first[..], [Err(ChatError::Failed { .. })]), "it may pass: {first:?}");
    assert!(is_finished(&whole(&model).await));
    assert_eq!(model.limitations(), [], "once may have been chance");
    assert!(is_finished(&whole(&model).await));
    assert_eq!(model.limitations(), [Limitation::SystemMessages]);
    let found_out = fake.requests(CHAT).len();
    assert!(is_finished(&whole(&model).await));
    assert_eq!(fake.requests(CHAT).len(), found_out + 1);
}

#[tokio::test]
async fn concurrent_calls_meet_the_same_refusal_once_each() {
    for refusing in [vllm_gemma as Refusing, mute] {
        let fake = served_after(refusing, tea("stop")).await;
        let model = only(&fake).await;
        let calls = (0..4).map(|_| whole(&model));
        let events = futures_util::future::join_all(calls).await;
        assert!(events.iter().all(|events| is_finished(events)), "{events:?}");
        let refused = fake.requests(CHAT).iter().filter(|sent| refusing(sent).is_some()).count();
        // Of the guesses that one of them made, all but the last were refused as well.
        assert!(refused <= 4 + 3, "{refused}");
    }
}

mod stops {
    use super::*;

    fn saying(pieces: &[&str]) -> Answer {
        let pieces: Vec<_> = pieces.iter().map(|text| delta(&json!({"content": text}))).collect();
        events(&pieces, "").then_silence()
    }

    fn stopping_at(stops: &[&str]) -> ChatRequest {
        let mut request = request(ReplyForm::Text);
        request.sampling.stop = stops.iter().map(|stop| (*stop).to_owned()).collect();
        request
    }

    #[tokio::test]
    async fn no_more_than_four_are_sent_and_the_others_end_the_reply_here() {
        let fake = serving(saying(&["We wait.", "\n", "Ans", "wer: no"])).await;
        let stops = ["\n\n", "\n[Speaker", "\nSpeaker", "\nQuestion", "\nAnswer"];
        let model = only(&fake).await;
        let events: Vec<_> = model.chat(stopping_at(&stops)).collect().await;
        assert_eq!(fake.requests(CHAT)[0]["stop"], json!(stops[..4]));
        assert_eq!(whole_text(&events), "We wait.");
        let Some(Ok(ChatEvent::Finished(completion))) = events.last() else { panic!("{events:?}") };
        assert_eq!((completion.reason, completion.usage), (StopReason::Stop, Usage::default()));
        fake.left().await;
    }

    #[tokio::test]
    async fn where_fewer_are_taken_fewer_are_sent() {
        let refusing: Refusing = |request| {
            let sent = request["stop"].as_array().map_or(0, Vec::len);
            let body = r#"{"error":{"message":"Invalid 'stop': array too long. Expected an array with maximum length 1, but got an array with length 2 instead.","type":"invalid_request_error","param":"stop","code":"array_above_max_length"}}"#;
            (sent > 1).then(|| Answer::text(400, body))
        };
        let fake = served_after(refusing, saying(&["a", "c", "b"])).await;
        let model = only(&fake).await;
        let events: Vec<_> = model.chat(stopping_at(&["[", "b"])).collect().await;
        assert_eq!(whole_text(&events), "ac");
        assert_eq!(fake.requests(CHAT)[1]["stop"], json!(["["]));
        assert_eq!(model.limitations(), [Limitation::StopTexts { max: 1 }]);
    }

    #[tokio::test]
    async fn held_back_text_is_sent_when_the_reply_ends_otherwise() {
        let end = json!({"choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": "length"}]});
        let pieces = events(&[delta(&json!({"content": "a\n"})), end], "data: [DONE]\n\n");
        let fake = serving(pieces).await;
        let stops = ["1", "2", "3", "4", "\nb!"];
        let events: Vec<_> = only(&fake).await.chat(stopping_at(&stops)).collect().await;
        assert_eq!(whole_text(&events), "a\nb");
        let Some(Ok(ChatEvent::Finished(completion))) = events.last() else { panic!("{events:?}") };
        assert_eq!(completion.reason, StopReason::Length);
    }
}

mod forms {
    use super::*;

    fn closed() -> ReplyForm {
        ReplyForm::json(&json!({"type": "object", "required": ["choice"],
            "properties": {"choice": {"enum": ["Tea", "Coffee"]}}, "additionalProperties": false}))
    }

    fn open() -> ReplyForm {
        let filled = |choice: Value, new: Value| {
            let mut properties = json!({"choice": choice});
            if !new.is_null() {
                properties["new_option"] = new;
            }
            let required: Vec<_> = properties.as_object().unwrap().keys().cloned().collect();
            json!({"type": "object", "required": required, "properties": properties,
                "additionalProperties": false})
        };
        let text = json!({"type": "string", "maxLength": 200});
        let existing = filled(json!({"enum": ["Tea", "Coffee"]}), Value::Null);
        ReplyForm::json(&json!({"anyOf": [existing, filled(json!({"enum": ["new"]}), text)]}))
    }

    const ONLY_WITH_NEW: &str = "\"new_option\" must be null unless \"choice\" is \"new\".";

    fn ballot() -> Answer {
        let content = delta(&json!({"content": "{\"choice\": \"Tea\"}"}));
        let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
        events(&[content, end], "data: [DONE]\n\n")
    }

    fn no_union_root(sent: &Value) -> Option<Answer> {
        let body = r#"{"error":{"message":"Invalid schema for response_format 'reply': schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.","type":"invalid_request_error","param":"response_format","code":null}}"#;
        has(schema(sent), "anyOf").then(|| Answer::text(400, body))
    }

    fn no_schemas(sent: &Value) -> Option<Answer> {
        let body = r#"{"error":{"code":500,"message":"response_format type must be one of \"text\" or \"json_object\", but got: json_schema","type":"server_error"}}"#;
        (sent["response_format"]["type"] == "json_schema").then(|| Answer::text(500, body))
    }

    fn no_formats(sent: &Value) -> Option<Answer> {
        let body = r#"{"error":{"message":"Unrecognized request argument supplied: response_format","type":"invalid_request_error","param":null,"code":null}}"#;
        has(sent, "response_format").then(|| Answer::text(400, body))
    }

    fn no_grammar_of_the_open(sent: &Value) -> Option<Answer> {
        let body = r#"{"error":{"code":400,"message":"Failed to initialize samplers: failed to parse grammar","type":"invalid_request_error"}}"#;
        let has_new = has(&schema(sent)["properties"], "new_option");
        (has(schema(sent), "anyOf") || has_new).then(|| Answer::text(400, body))
    }

    /// Its dialect has no properties without a type.
    fn typed_only(sent: &Value) -> Option<Answer> {
        let body = r#"{"error":{"message":"Invalid schema for response_format 'reply': In context=('properties', 'choice'), schema must have a 'type' key.","type":"invalid_request_error","param":"response_format","code":null}}"#;
        let choice = &schema(sent)["properties"]["choice"];
        (!schema(sent).is_null() && choice["type"].is_null()).then(|| Answer::text(400, body))
    }

    async fn asked(model: &Arc<dyn ChatModel>, form: ReplyForm) {
        let events: Vec<_> = model.chat(request(form)).collect().await;
        assert_eq!(whole_text(&events), "{\"choice\": \"Tea\"}", "{events:?}");
    }

    fn last(fake: &FakeServer) -> Value {
        fake.requests(CHAT).pop().unwrap()
    }

    fn end_of_prompt(sent: &Value) -> &str {
        sent["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap()
    }

    /// A crash while the grammar is made, as JSON with a type that may say whose fault it is.
    fn crash_on_format(sent: &Value, kind: &str) -> Option<Answer> {
        let body =
            json!({"error": {"message": "list index out of range", "type": kind, "code": 500}});
        has(sent, "response_format").then(|| Answer::status(500, &body))
    }

    #[tokio::test]
    async fn a_failure_that_callers_do_not_repeat_is_suspected_at_once() {
        let fake =
            served_after(|sent| crash_on_format(sent, "invalid_request_error"), ballot()).await;
        let model = only(&fake).await;
        for _ in 0..3 {
            asked(&model, closed()).await;
        }
    }

    /// A text may be of another debate.
    #[tokio::test]
    async fn a_reply_without_a_schema_clears_no_failure_with_one() {
        let fake =
            served_after(|sent| crash_on_format(sent, "InternalServerError"), ballot()).await;
        let model = only(&fake).await;
        let first: Vec<_> = model.chat(request(closed())).collect().await;
        assert!(matches!(first[..], [Err(ChatError::Failed { .. })]), "it may pass: {first:?}");
        asked(&model, ReplyForm::Text).await;
        asked(&model, closed()).await;
    }

    #[tokio::test]
    async fn a_union_at_the_root_becomes_an_object() {
        let fake = served_after(no_union_root, ballot()).await;
        let model = only(&fake).await;
        asked(&model, closed()).await;
        asked(&model, open()).await;
        asked(&model, open()).await;
        assert_eq!(fake.requests(CHAT).len(), 4);
        let properties = json!({"choice": {"enum": ["Tea", "Coffee", "new"]},
            "new_option": {"type": ["null", "string"], "maxLength": 200,
                "description": ONLY_WITH_NEW}});
        assert_eq!(schema(&last(&fake))["properties"], properties);
        assert_eq!(end_of_prompt(&last(&fake)), format!("Tea or coffee?\n\n{ONLY_WITH_NEW}"));
        assert_eq!(model.limitations(), [Limitation::UnionSchemas]);
    }

    #[tokio::test]
    async fn without_schemas_any_json_is_requested_and_described() {
        let fake = served_after(no_schemas, ballot()).await;
        let model = only(&fake).await;
        asked(&model, closed()).await;
        asked(&model, open()).await;
        assert_eq!(fake.requests(CHAT).len(), 3);
        assert_eq!(last(&fake)["response_format"], json!({"type": "json_object"}));
        let words = "Tea or coffee?\n\nReply with one JSON object and nothing else, with these keys in this order:\n\"choice\": one of \"Tea\", \"Coffee\", \"new\"\n\"new_option\": a text of at most 200 characters where \"choice\" is \"new\", else null";
        assert_eq!(end_of_prompt(&last(&fake)), words);
        assert_eq!(model.limitations(), [Limitation::Schemas]);
    }

    #[tokio::test]
    async fn where_there_are_no_formats_the_prompt_asks_for_json() {
        let fake = served_after(no_formats, ballot()).await;
        let model = only(&fake).await;
        for form in [closed(), open(), closed()] {
            asked(&model, form).await;
        }
        assert_eq!(fake.requests(CHAT).len(), 4);
        assert!(!has(&last(&fake), "response_format"));
        assert!(end_of_prompt(&last(&fake)).contains("\"choice\": one of \"Tea\", \"Coffee\""));
        assert_eq!(model.limitations(), [Limitation::ReplyFormats]);
    }

    /// Routers say so with the status of what is missing: OpenAI, OpenRouter, and one that takes the
    /// request for another.
    #[tokio::test]
    async fn a_status_of_what_is_missing_may_refuse_an_option() {
        let cases: [Refusing; 3] = [
            |sent| {
                let body = r#"{"error":{"message":"'response_format' is not supported with this model","type":"invalid_request_error","param":"response_format"}}"#;
                has(sent, "response_format").then(|| Answer::text(404, body))
            },
            |sent| {
                let body = r#"{"error":{"message":"No endpoints found that support response_format json_schema","code":404}}"#;
                has(sent, "response_format").then(|| Answer::text(404, body))
            },
            |sent| {
                let body = r#"{"error":{"message":"response_format is not allowed for this model","code":405}}"#;
                has(sent, "response_format").then(|| Answer::text(405, body))
            },
        ];
        for refusing in cases {
            let fake = served_after(refusing, ballot()).await;
            let model = only(&fake).await;
            for form in [closed(), open(), closed()] {
                asked(&model, form).await;
            }
            assert!(!has(&last(&fake), "response_format"));
            assert!(model.limitations().contains(&Limitation::ReplyFormats));
        }
    }

    #[tokio::test]
    async fn a_grammar_that_cannot_be_read_costs_its_own_form_only() {
        let fake = served_after(no_grammar_of_the_open, ballot()).await;
        let model = only(&fake).await;
        asked(&model, open()).await;
        let found_out = fake.requests(CHAT).len();
        assert_eq!(found_out, 3, "as it is, simpler, and in the prompt");
        asked(&model, open()).await;
        assert!(!has(&last(&fake), "response_format"));
        asked(&model, closed()).await;
        assert_eq!(last(&fake)["response_format"]["type"], "json_schema");
        assert_eq!(fake.requests(CHAT).len(), found_out + 2);
        assert_eq!(model.limitations(), [Limitation::SomeSchemas]);
    }

    #[tokio::test]
    async fn a_poorer_dialect_gets_a_plain_schema() {
        let fake = served_after(typed_only, ballot()).await;
        let model = only(&fake).await;
        asked(&model, closed()).await;
        asked(&model, open()).await;
        assert_eq!(fake.requests(CHAT).len(), 3);
        let new = json!({"type": ["null", "string"], "description": ONLY_WITH_NEW});
        assert_eq!(schema(&last(&fake))["properties"]["new_option"], new);
        assert_eq!(model.limitations(), [Limitation::SchemaDetails]);
    }

    #[tokio::test]
    async fn a_silent_refusal_of_one_shape_leaves_others_alone() {
        fn mute_on_closed(sent: &Value) -> Option<Answer> {
            let is_closed = !schema(sent).is_null() && !has(schema(sent), "anyOf");
            is_closed.then(|| Answer::text(422, "Unprocessable Entity"))
        }
        let fake = served_after(mute_on_closed, ballot()).await;
        let model = only(&fake).await;
        asked(&model, closed()).await;
        asked(&model, open()).await;
        assert_eq!(last(&fake)["response_format"]["type"], "json_schema");
        assert_eq!(
            (fake.requests(CHAT).len(), model.limitations()),
            (3, vec![Limitation::SomeSchemas])
        );
    }
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_asked_for_whole_replies() {
    let body = r#"{"error":{"message":"Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.","type":"invalid_request_error","param":"stream","code":"unsupported_value"}}"#;
    let whole_reply = json!({"choices": [{"index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Tea."}}],
        "usage": {"prompt_tokens": 21, "completion_tokens": 2}});
    let fake = serving(Answer::json(&whole_reply)).await.refusing(CHAT, move |request| {
        (request["stream"] == true).then(|| Answer::text(400, body))
    });
    let model = only(&fake).await;
    let events = whole(&model).await;
    assert_eq!(whole_text(&events), "Tea.");
    let Some(Ok(ChatEvent::Finished(completion))) = events.last() else { panic!("{events:?}") };
    assert_eq!(completion.usage.output_tokens, Some(2));
    assert_eq!(model.limitations(), [Limitation::Streaming]);
}

#[tokio::test]
async fn a_refusal_of_streaming_that_names_no_key_is_learnt() {
    let body = r#"{"error":{"message":"Streaming is not supported for this model","type":"BadRequestError"}}"#;
    let whole_reply = json!({"choices": [{"index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": "Tea."}}]});
    let fake = serving(Answer::json(&whole_reply)).await.refusing(CHAT, move |request| {
        (request["stream"] == true).then(|| Answer::text(400, body))
    });
    let model = only(&fake).await;
    assert_eq!(whole_text(&whole(&model).await), "Tea.");
    assert_eq!(model.limitations(), [Limitation::Streaming]);
    assert_eq!(fake.requests(CHAT).len(), 2);
}

/// Mistral names one field at a time, and all at once.
#[tokio::test]
async fn all_fields_refused_by_path_are_omitted() {
    fn body(sent: &Value, most: usize) -> Option<Answer> {
        let keys = ["stream_options", "seed", "temperature"];
        let named = keys.iter().filter(|key| has(sent, key)).take(most);
        let detail: Vec<_> = named
            .map(|key| {
                json!({"type": "extra_forbidden", "loc": ["body", key],
                    "msg": "Extra inputs are not permitted", "input": 7})
            })
            .collect();
        (!detail.is_empty()).then(|| {
            let error = json!({"object": "error", "message": {"detail": detail},
                "type": "invalid_request_error", "param": null, "code": null});
            Answer::status(422, &error)
        })
    }
    let cases: [(Refusing, usize); 2] = [(|sent| body(sent, 1), 4), (|sent| body(sent, 9), 2)];
    for (refusing, requests) in cases {
        let fake = served_after(refusing, tea("stop")).await;
        let model = only(&fake).await;
        assert!(is_finished(&whole(&model).await));
        assert_eq!(fake.requests(CHAT).len(), requests);
        let three = [Limitation::StreamUsage, Limitation::Temperature, Limitation::Seed];
        assert_eq!(model.limitations(), three);
    }
}

#[tokio::test]
async fn where_what_is_named_was_not_asked_for_the_cause_is_found_out() {
    let refusing: Refusing = |request| {
        let body = r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}}"#;
        (has(request, "stream_options") || has(request, "seed")).then(|| Answer::text(422, body))
    };
    let fake = served_after(refusing, tea("stop")).await;
    let model = only(&fake).await;
    assert!(is_finished(&whole(&model).await));
    assert_eq!(model.limitations(), [Limitation::StreamUsage, Limitation::Seed]);
}

#[tokio::test]
async fn an_error_is_shown_as_the_sentence_in_it() {
    let body = r#"{"object":"error","message":{"detail":[{"type":"missing","loc":["body","safe_prompt"],"msg":"Field required","input":{"model":"x"}}]},"type":"invalid_request_error"}"#;
    let error = whole(&only(&serving(Answer::text(422, body)).await).await).await.pop().unwrap();
    let reason = error.unwrap_err().reason();
    assert!(reason.ends_with("`safe_prompt`: Field required"), "{reason}");
}

#[tokio::test]
async fn the_clock_of_the_call_covers_all_attempts() {
    let refusing: Refusing = |request| {
        if has_system(request) { vllm_gemma(request) } else { Some(events(&[], "").then_silence()) }
    };
    let fake = served_after(refusing, tea("stop")).await;
    let limit = Duration::from_millis(300);
    let asked = ChatRequest { time_limit: limit, ..request(ReplyForm::Text) };
    let events: Vec<_> = only(&fake).await.chat(asked).collect().await;
    let Some(Err(ChatError::Deadline { limit: reported })) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!(*reported, limit);
}
