//! Servers that have sent status 200 before they look at the request, and refuse a part of it then.

use super::*;
use crate::Limitation;

/// The forms of such a refusal: an event, one after the event that begins the reply, one under its own
/// name, and a body in place of the stream.
const FORMS: [fn(&str) -> Answer; 4] = [
    |error| Answer::text(200, &format!("data: {error}\n\n")),
    |error| {
        let begun = r#"{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#;
        Answer::text(200, &format!("data: {begun}\n\ndata: {error}\n\ndata: [DONE]\n\n"))
    },
    |error| Answer::text(200, &format!("event: error\ndata: {error}\n\n")),
    |error| Answer::text(200, error),
];

/// What is refused, the error, and the requests of the first call.
const REFUSALS: &[(Limitation, &str, &str)] = &[
    (
        Limitation::ReplyFormats,
        "response_format",
        r#"{"error":{"message":"This response_format type is unavailable now"}}"#,
    ),
    (
        Limitation::ReplyFormats,
        "response_format",
        r#"{"error":"This model does not support response_format"}"#,
    ),
    (
        Limitation::ReplyFormats,
        "response_format",
        r#"{"error":{"message":"Unknown name","type":"invalid_request_error","param":"response_format","code":null}}"#,
    ),
    (
        Limitation::Seed,
        "seed",
        r#"{"error":{"message":"Unsupported parameter: 'seed' is not supported with this model."}}"#,
    ),
    (
        Limitation::StreamUsage,
        "stream_options",
        r#"{"object":"error","message":"Unrecognized request argument supplied: stream_options","type":"BadRequestError","param":null,"code":null}"#,
    ),
    // They do not say what they refuse.
    (
        Limitation::SomeSchemas,
        "response_format",
        r#"{"error":{"message":"bad request","type":"invalid_request_error","code":null}}"#,
    ),
    (
        Limitation::Seed,
        "seed",
        r#"{"object":"error","message":"bad request","type":"BadRequestError","param":null,"code":null}"#,
    ),
    (
        Limitation::SomeSchemas,
        "response_format",
        r#"{"error":{"message":"Internal server error","type":"server_error"}}"#,
    ),
    (Limitation::Seed, "seed", r#"{"error":"Something went wrong"}"#),
];

fn closed() -> ReplyForm {
    ReplyForm::json(&json!({"type": "object", "required": ["choice"],
        "properties": {"choice": {"enum": ["Tea", "Coffee"]}}, "additionalProperties": false}))
}

fn ballot() -> Answer {
    let text = delta(&json!({"content": r#"{"choice":"Tea"}"#}));
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    events(&[text, last], "data: [DONE]\n\n")
}

#[tokio::test(start_paused = true)]
async fn a_refusal_under_status_200_costs_no_ballot_and_is_remembered() {
    for (limitation, key, error) in REFUSALS {
        for form in FORMS {
            let fake = serving(ballot())
                .await
                .refusing(CHAT, move |request| (!request[key].is_null()).then(|| form(error)));
            let model = only_gated(&fake).await;
            for _ in 0..3 {
                let events: Vec<_> = model.chat(request(closed())).collect().await;
                let last = events.last();
                assert!(matches!(last, Some(Ok(ChatEvent::Finished(_)))), "{error}: {events:?}");
            }
            assert!(model.limitations().contains(limitation), "{error}: {:?}", model.limitations());
            let sent = fake.requests(CHAT).len();
            let _: Vec<_> = model.chat(request(closed())).collect().await;
            assert_eq!(fake.requests(CHAT).len(), sent + 1, "{error}: it is remembered");
        }
    }
}

#[tokio::test]
async fn a_refusal_that_names_what_it_refuses_costs_one_request() {
    for (limitation, key, error) in &REFUSALS[..5] {
        for form in FORMS {
            let fake = serving(ballot())
                .await
                .refusing(CHAT, move |request| (!request[key].is_null()).then(|| form(error)));
            let model = only(&fake).await;
            let events: Vec<_> = model.chat(request(closed())).collect().await;
            assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
            assert_eq!(model.limitations(), [*limitation], "{error}");
            let steps = if *limitation == Limitation::ReplyFormats { 2..=3 } else { 2..=2 };
            assert!(steps.contains(&fake.requests(CHAT).len()), "{error}");
        }
    }
}

#[tokio::test]
async fn an_error_that_may_pass_is_no_refusal() {
    for error in [
        r#"{"error":{"message":"The server is overloaded","type":"overloaded_error"}}"#,
        r#"{"error":{"message":"Rate limit reached, try again in 2s","type":"rate_limit_exceeded"}}"#,
        r#"{"error":{"message":"EngineCore encountered an issue.","type":"InternalServerError"}}"#,
        r#"{"error":{"message":"Loading model","type":"unavailable_error"}}"#,
    ] {
        for form in FORMS {
            let fake = serving(form(error)).await;
            let model = only(&fake).await;
            for _ in 0..3 {
                let events: Vec<_> = model.chat(request(closed())).collect().await;
                assert!(matches!(events[..], [Err(_)]), "{events:?}");
            }
            assert_eq!(fake.requests(CHAT).len(), 3, "{error}: nothing is tried out");
        }
    }
}
