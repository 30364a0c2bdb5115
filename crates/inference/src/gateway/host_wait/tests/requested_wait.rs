//! Hosts that report how long to wait before the next call.

use super::*;

fn overloaded(asked: u64) -> ChatError {
    let (detail, retry_after) = ("slow down".to_owned(), Some(seconds(asked)));
    ChatError::Overloaded { host: host("near"), detail, retry_after, source: None }
}

#[tokio::test(start_paused = true)]
async fn a_requested_wait_beyond_the_limit_fails_at_once() {
    let model = failing("a", overloaded(3_600), Duration::MAX);
    let came = ask(&only(&model).await).await;
    assert!(came.took < seconds(1), "{:?}", came.took);
    let asked = |phase: &Phase| matches!(phase, Phase::Away { next_try, .. } if *next_try == seconds(3_600));
    assert!(came.phases.iter().any(asked), "{:?}", came.phases);
    let error = came.end.unwrap_err();
    assert_eq!(error.reason(), "near is overloaded and asks to wait 1 h");
    assert!(error.to_string().ends_with("near is overloaded: slow down; it asks to wait 1 h"));
    assert!(matches!(error, ChatError::NoHostReady { .. }), "the debate can be resumed then");
}

/// A model that says a word, reports this in place of the next, and then replies.
fn overloaded_in_mid_reply(asked: u64) -> ScriptedModel {
    let cause = Arc::new(overloaded(asked));
    let error = ChatError::Interrupted {
        host: host("near"),
        detail: "slow down".to_owned(),
        source: Some(cause),
    };
    ScriptedModel::new("a").then(ScriptedReply::text("Well,").then_fails(error))
}

#[tokio::test(start_paused = true)]
async fn a_wait_requested_in_mid_reply_holds_the_next_call() {
    let model = overloaded_in_mid_reply(2);
    let gated = only(&model).await;
    let error = ask(&gated).await.end.unwrap_err();
    assert_eq!(error.retry_after(), Some(seconds(2)));
    let came = ask(&gated).await;
    assert!(came.end.is_ok() && came.took == seconds(2), "{:?}", came.took);
}

#[tokio::test(start_paused = true)]
async fn a_wait_requested_in_mid_reply_has_the_away_limit() {
    let host = ScriptedHost::new("near").with(overloaded_in_mid_reply(40));
    let gateway = gateway([host.waited_for(seconds(30))]);
    let model = pinned_model(&gateway, "near", "a").await;
    assert_eq!(model.away_limit(), Some(seconds(30)));
    assert!(ask(&model).await.end.is_err());
    let came = ask(&model).await;
    assert!(matches!(came.end, Err(ChatError::NoHostReady { .. })), "{:?}", came.end);
    assert!(came.took < seconds(1), "{:?}", came.took);
}

#[tokio::test(start_paused = true)]
async fn a_requested_wait_within_the_limit_is_observed() {
    let model = failing("a", overloaded(40), seconds(39));
    let came = ask(&only(&model).await).await;
    assert!(came.end.is_ok() && (40..43).contains(&came.took.as_secs()), "{:?}", came.took);
    assert_eq!(model.record().calls, 2, "no call is made before that");
}
