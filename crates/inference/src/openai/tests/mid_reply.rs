//! Hosts that fail in mid-reply and say so: status 200 is already sent.

use std::mem::discriminant;

use super::*;

async fn failure(frames: &[Value]) -> ChatError {
    let fake = serving(events(frames, "")).await;
    whole(&only(&fake).await).await.pop().unwrap().unwrap_err()
}

/// The classes of failures that matter to a debate.
#[derive(Debug, PartialEq)]
enum Class {
    Stopped,
    NotReady,
    Refuses,
    Failed,
}

fn class(error: &ChatError) -> Class {
    let cause = error.cause_in_mid_reply().unwrap();
    if let ChatError::Overloaded { .. } | ChatError::Loading { .. } = cause {
        Class::NotReady
    } else if error.access_refusal().is_some() {
        Class::Refuses
    } else if error.is_lost_connection() {
        Class::Stopped
    } else {
        assert!(matches!(cause, ChatError::Failed { .. }), "{cause:?}");
        Class::Failed
    }
}

#[tokio::test]
async fn a_failure_is_the_same_before_and_after_the_first_word() {
    let engine = "EngineCore encountered an issue. See stack trace (above) for the root cause.";
    let crashed = "The model has crashed without additional information. (Exit code: 139)";
    let runner = "an error was encountered while running the model: unexpected EOF";
    let said = |message: &str, code: u16| json!({"error": {"message": message, "code": code}});
    let without_code = |message: &str| json!({"error": {"message": message}});
    for (frame, words, expected) in [
        (
            json!({"error": {"message": engine, "type": "InternalServerError", "code": 500}}),
            engine,
            Class::Stopped,
        ),
        (without_code(crashed), crashed, Class::Stopped),
        (without_code(runner), runner, Class::Stopped),
        (said("Rate limit reached, try again in 2s", 429), "try again in 2s", Class::NotReady),
        (said("Overloaded", 529), "Overloaded", Class::NotReady),
        (
            json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}),
            "Loading model",
            Class::NotReady,
        ),
        (said("key expired", 401), "key expired", Class::Refuses),
        (said("Insufficient credits", 402), "Insufficient credits", Class::Refuses),
        (said("no access to this model", 403), "no access", Class::Refuses),
        (said("Provider returned error", 502), "Provider returned error", Class::Stopped),
        (said("CUDA out of memory on GPU 3", 500), "CUDA out of memory on GPU 3", Class::Failed),
        (
            json!({"object": "error", "message": "CUDA out of memory on GPU 3", "code": 500}),
            "CUDA out of memory on GPU 3",
            Class::Failed,
        ),
        (said("OpenAIException - Connection error.", 500), "Connection error", Class::Stopped),
    ] {
        let before = failure(std::slice::from_ref(&frame)).await;
        let after = failure(&[delta(&json!({"content": "I say: Yes, "})), frame.clone()]).await;
        let cause = after.cause_in_mid_reply().expect("a cause");
        assert_eq!(discriminant(cause), discriminant(&before), "{frame}: {before:?}, {after:?}");
        assert_eq!(class(&after), expected, "{frame}");
        assert_eq!(cause.retry_after(), before.retry_after());
        assert!(after.reason().contains(words), "{}", after.reason());
        assert!(after.to_string().contains(words), "{after}");
    }
}

#[tokio::test]
async fn a_lost_connection_is_recognized() {
    let cut = events(&[delta(&json!({"content": "Té"}))], "").then_reset();
    let fake = serving(cut).await;
    let error = whole(&only(&fake).await).await.pop().unwrap().unwrap_err();
    assert!(error.is_lost_connection(), "{error:?}");
    assert_eq!(error.reason(), "connection reset by gpu in mid-reply");
}
