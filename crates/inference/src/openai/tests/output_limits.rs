//! Servers that allow fewer output tokens than are asked for.

use super::*;
use crate::Limitation;

/// Refuses more output tokens than this, in this body.
async fn allowing(most: u64, status: u16, body: &'static str) -> FakeServer {
    serving(tea("stop")).await.refusing(CHAT, move |request| {
        let asked = request["max_tokens"].as_u64().or(request["max_completion_tokens"].as_u64());
        (asked.unwrap() > most).then(|| Answer::text(status, body))
    })
}

const OPENAI: &str = r#"{"error":{"message":"max_tokens is too large: 400. This model supports at most 256 completion tokens, whereas you provided 400.","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}}"#;

fn asked(fake: &FakeServer) -> Vec<u64> {
    fake.requests(CHAT).iter().map(|sent| sent["max_tokens"].as_u64().unwrap()).collect()
}

fn is_finished(events: &[Result<ChatEvent, ChatError>]) -> bool {
    matches!(events.last(), Some(Ok(ChatEvent::Finished(_))))
}

#[tokio::test]
async fn the_output_limit_is_learnt_from_a_refusal() {
    for (status, body) in [
        (400, OPENAI),
        (
            400,
            r#"{"error":{"message":"litellm.BadRequestError: AnthropicException - {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"max_tokens: 400 > 256, which is the maximum allowed number of output tokens for claude-x\"}}","type":"invalid_request_error","param":null,"code":"400"}}"#,
        ),
        (
            400,
            r#"{"error":{"message":"Invalid max_tokens value, the valid range of max_tokens is [1, 256]","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}"#,
        ),
        (
            422,
            r#"{"object":"error","message":{"detail":[{"type":"less_than_equal","loc":["body","max_tokens"],"msg":"Input should be less than or equal to 256","input":400,"ctx":{"le":256}}]},"type":"invalid_request_error"}"#,
        ),
        (
            422,
            r#"{"detail":[{"type":"less_than_equal","loc":["body","max_tokens"],"msg":"Input should be less than or equal to 256","input":400,"ctx":{"le":256}}]}"#,
        ),
        (
            422,
            r#"{"error":"Input validation error: `max_new_tokens` must be <= 256. Given: 400","error_type":"validation"}"#,
        ),
        (
            402,
            r#"{"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 400 tokens, but can only afford 256.","code":402}}"#,
        ),
        // In no listed wording: the figure below what was asked for.
        (
            400,
            r#"{"error":{"code":"invalid_argument","message":"the max_tokens must be in the range of [2, 256]","type":"invalid_request_error"}}"#,
        ),
        (
            400,
            r#"{"error":{"message":"Invalid request: max_tokens(400) is larger than model limit 256","type":"invalid_request_error"}}"#,
        ),
        (400, r#"{"error":{"code":"1210","message":"API 调用参数有误，max_tokens 最大值为256"}}"#),
        (422, r#"{"detail":"max_tokens darf höchstens 256 sein"}"#),
        (
            413,
            r#"{"error":{"message":"requested 400 tokens, but this model generates at most 256"}}"#,
        ),
        (
            400,
            r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"code\":400,\"reason\":\"INVALID_REQUEST_BODY\",\"message\":\"max_tokens (current value: 400) must be between 0 and 256 \"}","provider_name":"Novita"}}}"#,
        ),
    ] {
        let fake = allowing(256, status, body).await;
        let model = only_gated(&fake).await;
        for _ in 0..2 {
            let events = whole(&model).await;
            assert!(is_finished(&events), "{body}: {events:?}");
        }
        assert_eq!(asked(&fake), [400, 256, 256], "{body}");
        let limitation = Limitation::OutputTokens { max: 256 };
        assert_eq!(model.limitations(), [limitation], "{body}");
        assert_eq!(model.max_output_tokens(), Some(256));
        assert!(limitation.to_string().starts_with("more than 256 output tokens are refused"));
    }
}

#[tokio::test]
async fn a_limit_without_a_figure_is_found_by_halves() {
    let body = r#"{"error":{"message":"'max_tokens' is too large","type":"invalid_request_error","param":"max_tokens"}}"#;
    let fake = allowing(150, 400, body).await;
    let model = only_gated(&fake).await;
    assert!(is_finished(&whole(&model).await) && is_finished(&whole(&model).await));
    assert_eq!(asked(&fake)[..3], [400, 200, 100]);
    assert_eq!(asked(&fake)[3..], [100], "and from then on kept to");
}

#[tokio::test]
async fn a_limit_that_was_reached_is_found_by_halves() {
    let body = r#"{"error":{"message":"Could not finish the message because max_tokens or model output limit was reached","type":"invalid_request_error"}}"#;
    let fake = allowing(256, 400, body).await;
    let model = only_gated(&fake).await;
    assert!(is_finished(&whole(&model).await));
    assert_eq!(asked(&fake), [400, 200]);
}

/// OpenAI's servers refuse with this what others answer with an empty reply: thought took all of it.
#[tokio::test]
async fn a_limit_used_up_by_thought_is_raised_once() {
    let body = r#"{"error":{"message":"Could not finish the message because max_tokens or model output limit was reached. Please try again with higher max_tokens.","type":"invalid_request_error","param":null,"code":null}}"#;
    let fake = serving(tea("stop")).await.refusing(CHAT, move |request| {
        let asked = request["max_tokens"].as_u64().or(request["max_completion_tokens"].as_u64());
        (asked.unwrap() <= 400).then(|| Answer::text(400, body))
    });
    let model = only_gated(&fake).await;
    let events = whole(&model).await;
    assert!(is_finished(&events), "{events:?}");
    let asked = asked(&fake);
    assert!(asked.len() == 2 && asked[0] == 400 && asked[1] > 400, "{asked:?}");
    assert_eq!(model.limitations(), [], "nothing is refused");
    // With no room left the call is made twice, and the cause is returned.
    let fake = serving(Answer::text(400, body)).await;
    let events = whole(&only_gated(&fake).await).await;
    assert!(matches!(events.last(), Some(Err(ChatError::AllThought { .. }))), "{events:?}");
    assert_eq!(fake.requests(CHAT).len(), 2, "{:?}", fake.requests(CHAT));
}

#[tokio::test]
async fn too_many_tokens_without_a_figure_are_halved() {
    for (status, body) in [
        (
            400,
            r#"{"error":{"message":"Too many tokens requested.","type":"invalid_request_error"}}"#,
        ),
        (422, r#"{"detail":"You requested too many tokens"}"#),
        (
            416,
            r#"{"error":{"message":"max_completion_tokens is limited for this model, and max_tokens is too high"}}"#,
        ),
    ] {
        let fake = allowing(256, status, body).await;
        let model = only_gated(&fake).await;
        assert!(is_finished(&whole(&model).await), "{body}");
        assert_eq!(asked(&fake), [400, 200], "{body}");
    }
}

/// The other end of a range is no limit.
#[tokio::test]
async fn a_limit_that_is_refused_as_well_ends_the_call() {
    let body = r#"{"error":{"message":"max_tokens should be between 2 and 256"}}"#;
    let fake = allowing(20, 400, body).await;
    let model = only_gated(&fake).await;
    assert!(!is_finished(&whole(&model).await));
    let sent = fake.requests(CHAT);
    assert_eq!((&sent[0]["max_tokens"], &sent[1]["max_tokens"]), (&json!(400), &json!(256)));
    assert!(sent.iter().all(|sent| sent["max_tokens"] != 2), "{sent:?}");
    assert_eq!(model.limitations(), []);
}

/// More tokens than the service allows in a minute: waiting does not help, a shorter prompt does.
#[tokio::test]
async fn a_request_too_large_for_a_minute_does_not_fit_the_window() {
    for (status, body) in [
        (
            413,
            r#"{"error":{"message":"Request too large for model `llama-3.1-8b-instant` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 1150, Requested 1172, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}"#,
        ),
        (
            429,
            r#"{"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 1150, Requested 1172. The input or output tokens must be reduced in order to run successfully.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
        ),
        (413, r#"{"error":{"message":"Request too large: 1172 tokens, limit 1150"}}"#),
    ] {
        let fake = serving(Answer::text(status, body)).await;
        let model = only_gated(&fake).await;
        let events = whole(&model).await;
        let Some(Err(ChatError::ContextOverflow { window, .. })) = events.last() else {
            panic!("{body}: {events:?}")
        };
        assert_eq!((*window, model.window()), (Some(1_150), Some(1_150)), "{body}");
        assert_eq!(fake.requests(CHAT).len(), 1, "{body}");
    }
}

/// What is said comes first: thought has what is left of the limit.
#[tokio::test]
async fn thought_is_kept_within_the_limit_as_well() {
    let body = r#"{"error":{"message":"Invalid max_tokens value, the valid range of max_tokens is [1, 1000]"}}"#;
    let fake = allowing(1_000, 400, body).await;
    let model = only_gated(&fake).await;
    for _ in 0..3 {
        assert!(is_finished(&whole(&model).await));
    }
    // The model was seen to think in the first reply.
    assert_eq!(asked(&fake), [400, 2_448, 1_000, 1_000]);
}

#[tokio::test]
async fn a_limit_too_low_for_a_ballot_is_an_error_that_names_it() {
    let body = r#"{"error":{"message":"Invalid max_tokens value, the valid range of max_tokens is [1, 40]"}}"#;
    let fake = allowing(40, 400, body).await;
    let model = only_gated(&fake).await;
    let ballot = || request(ReplyForm::json(&json!({"type": "object"})));
    let events: Vec<_> = model.chat(ballot()).collect().await;
    let Some(Err(error)) = events.last() else { panic!("{events:?}") };
    let said =
        "gpu allows at most 40 output tokens for a reply of org/qwen3, and this one needs 64";
    assert_eq!((error.to_string().as_str(), error.reason().as_str()), (said, said));
    assert_eq!(fake.requests(CHAT).len(), 1, "nothing is asked for that would be cut");
    assert!(is_finished(&whole(&model).await), "a few words fit");
}
