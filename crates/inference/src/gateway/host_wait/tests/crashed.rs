//! Models whose process stops.

use super::*;
use crate::{CrashEvidence, CrashSuspect, RequestedModel};

fn crashed() -> ChatError {
    ChatError::Crashed {
        host: host("near"),
        model: ModelName::new("a").unwrap(),
        detail: "model runner has unexpectedly stopped".to_owned(),
        evidence: CrashEvidence::Reported,
        suspect: CrashSuspect::Unknown,
        source: None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_started_anew_is_waited_for() {
    let model = failing("a", crashed(), seconds(60)).not_reporting_residency();
    let came = ask(&only(&model).await).await;
    assert_eq!(came.end.unwrap().timings.first_token_ms, Some(1_000), "the clock stood still");
    assert!(came.took < seconds(67), "{:?}", came.took);
    assert!(came.phases.iter().any(|phase| matches!(phase, Phase::Away { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_process_that_stays_away_is_given_up_with_the_reason() {
    let model = failing("a", crashed(), Duration::MAX).not_reporting_residency();
    let came = ask(&only(&model).await).await;
    assert_eq!(came.took, seconds(120));
    let error = came.end.unwrap_err();
    assert!(matches!(error, ChatError::NoHostReady { .. }), "{error:?}");
    let said =
        "the process of a on near stopped at each call: model runner has unexpectedly stopped";
    assert_eq!(error.reason(), said, "it has never replied");
}

/// It serves others meanwhile, and stops at one prompt, at once or after some work.
#[tokio::test(start_paused = true)]
async fn a_process_killed_by_a_prompt_is_not_waited_for() {
    for work in [Duration::ZERO, seconds(3)] {
        let model = ScriptedModel::new("a").answering(move |request: &ChatRequest| {
            if request.messages[0].content.contains("poison") {
                ScriptedReply::fails(crashed()).first_after(work)
            } else {
                ScriptedReply::text("Here.").first_after(Duration::from_millis(10))
            }
        });
        let model = only(&model).await;
        let mut poisoned = request();
        poisoned.messages = vec![crate::Message::user("poison")];
        let others = async {
            loop {
                ask(&model).await.end.unwrap();
                tokio::time::sleep(seconds(1)).await;
            }
        };
        let came = tokio::select! {
            came = ask_for(&model, poisoned) => came,
            () = others => unreachable!("it never ends"),
        };
        assert!(came.took < seconds(30), "{:?}", came.took);
        let error = came.end.unwrap_err();
        let ChatError::Crashed { suspect, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*suspect, CrashSuspect::Prompt);
        let said = "the process of a on near stopped each time that it was given this prompt: \
                    model runner has unexpectedly stopped";
        assert_eq!(error.reason(), said);
    }
}

/// Its host has it in memory, or loads it, and each call stops it.
#[tokio::test(start_paused = true)]
async fn a_model_that_stops_at_each_call_is_the_cause() {
    for load in [None, Some(seconds(5))] {
        let mut model = failing("a", crashed(), Duration::MAX);
        if let Some(load) = load {
            model = model.loading_takes(load);
        }
        let gateway = gateway([ScriptedHost::new("near").with(model.clone())]);
        let came = ask(&pinned_model(&gateway, "near", "a").await).await;
        assert!(came.took < seconds(20), "{:?}", came.took);
        let error = came.end.unwrap_err();
        assert!(!error.is_host_not_ready(), "{error:?}");
        let said = error.reason();
        assert!(said.starts_with("the process of a on near stopped at each call: "), "{said}");
        // It gets no seat in the next debate.
        let refused = gateway.resolve(&[RequestedModel::default()]).await.unwrap_err();
        assert!(refused.to_string().contains("its process stopped at each call"), "{refused}");
    }
}
