//! A call that fails before its first output, and goes elsewhere.

use proptest::prelude::*;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_call_moves_at_once_and_is_served() {
    let (near, _) = dead("near");
    let two = Two::new(near, model("far")).await;
    let begun = Instant::now();
    let came = ask(&two.pooled().await).await;
    assert_eq!((came.at, came.text.as_str()), (vec!["far".to_owned()], "from far"));
    assert!(came.end.is_ok());
    assert_eq!(begun.elapsed(), seconds(1), "without a pause");
    assert_eq!(two.calls(), (1, 1));
    let left: Vec<_> = two.gateway.hosts().iter().map(|host| host.calls_moved_away).collect();
    assert_eq!(left, [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_pinned_call_stays_and_tries_again() {
    let (near, _) = dead("near");
    let two = Two::new(near, model("far")).await;
    let model = two.gateway.chat_model(&host("near"), &same()).await.unwrap();
    let came = ask(&model).await;
    assert!(matches!(came.end, Err(ChatError::NoHostReady { .. })), "{came:?}");
    assert!(two.near.record().calls > 4);
    assert_eq!(two.far.record().calls, 0);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_names_no_host_as_its_cause_is_final() {
    let overflow = ChatError::ContextOverflow { model: same(), prompt_tokens: None, window: None };
    for error in [overflow, ChatError::Deadline { limit: seconds(10) }, broke_off("near")] {
        let near = ScriptedModel::new("same").always(ScriptedReply::fails(error.clone()));
        let two = Two::new(near, model("far")).await;
        let came = ask(&two.pooled().await).await;
        assert_eq!(came.end.unwrap_err().to_string(), error.to_string());
        assert_eq!(two.calls(), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn every_error_of_a_host_moves_the_call() {
    let (name, detail) = (host("near"), String::from("no"));
    for error in [
        unreachable("near"),
        failed("near"),
        refused("near"),
        ChatError::ModelNotFound { host: name.clone(), model: same() },
        ChatError::Busy { host: name.clone(), model: same(), waiting: 7 },
        ChatError::Overloaded { host: name, detail, retry_after: Some(seconds(90)), source: None },
    ] {
        let near = ScriptedModel::new("same").always(ScriptedReply::fails(error.clone()));
        let two = Two::new(near, model("far")).await;
        let came = ask(&two.pooled().await).await;
        assert_eq!(came.text, "from far", "{error}");
        assert_eq!(two.calls(), (1, 1), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_load_that_fails_moves_the_call() {
    let near = model("near").failing_to_load(failed("near"));
    let far = model("far").loading_takes(seconds(2));
    let two = Two::new(near, far).await;
    let came = ask(&two.pooled().await).await;
    assert_eq!(came.text, "from far");
    assert_eq!((two.near.record().loads, two.far.record().loads), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn after_the_first_output_the_error_is_final() {
    let dies = ScriptedReply::pieces(["We", " should"]).then_fails(broke_off("near"));
    let two = Two::new(ScriptedModel::new("same").always(dies), model("far")).await;
    let came = ask(&two.pooled().await).await;
    assert_eq!(came.text, "We should");
    assert!(matches!(came.end, Err(ChatError::Interrupted { .. })), "{came:?}");
    assert_eq!(two.calls(), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn if_both_are_dead_the_error_names_both() {
    let (near, _) = dead("near");
    let (far, _) = dead("far");
    let two = Two::new(near, far).await;
    let error = ask(&two.pooled().await).await.end.unwrap_err();
    // The one that rests for less time comes first.
    let said = error.to_string();
    assert!(said.starts_with("no host was ready within 120 s: "), "{said}");
    for names in ["near cannot be reached", "far cannot be reached"] {
        assert!(said.contains(names), "{said}");
    }
    assert!(!error.is_busy());
}

#[tokio::test(start_paused = true)]
async fn the_last_host_is_tried_again_before_it_is_given_up() {
    let (near, _) = dead("near");
    let far = model("far")
        .then(ScriptedReply::fails(failed("far")))
        .then(ScriptedReply::fails(failed("far")));
    let two = Two::new(near, far).await;
    assert_eq!(ask(&two.pooled().await).await.text, "from far");
    assert_eq!(two.calls(), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_call_takes_what_is_left_of_its_clock_along() {
    let near = ScriptedReply::fails(failed("near")).first_after(seconds(6));
    let near = ScriptedModel::new("same").always(near);
    let far = ScriptedModel::new("same").always(ScriptedReply::hangs());
    let two = Two::new(near, far.loading_takes(seconds(30))).await;
    let begun = Instant::now();
    let came = ask(&two.pooled().await).await;
    assert!(matches!(came.end, Err(ChatError::Deadline { .. })), "{came:?}");
    assert_eq!(begun.elapsed(), seconds(6 + 30 + 4), "a load does not count");
}

#[tokio::test(start_paused = true)]
async fn the_times_of_a_call_that_moved_add_up() {
    let near = ScriptedReply::fails(failed("near")).first_after(seconds(2));
    let near = ScriptedModel::new("same").always(near);
    let two = Two::new(near, model("far").loading_takes(seconds(3))).await;
    let mut call = two.pooled().await.chat(request());
    let mut phases = Vec::new();
    let timings = loop {
        match call.next().await.unwrap().unwrap() {
            ChatEvent::Phase(phase) => phases.push(phase),
            ChatEvent::Finished(completion) => break completion.timings,
            ChatEvent::Moved(_)
            | ChatEvent::Thinking(_)
            | ChatEvent::Delta(_)
            | ChatEvent::Corrected { .. } => {}
        }
    };
    use Phase::{Generating, Loading, Prompting};
    assert_eq!(phases, [Prompting, Loading, Prompting, Generating]);
    assert_eq!(timings.queued_ms, Some(0));
    assert_eq!(timings.load_ms, Some(3_000));
    assert_eq!(timings.first_token_ms, Some(3_000), "what failed is part of the clock");
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_moves_the_call() {
    let settings = GatewaySettings { waiting_calls: 0, ..GatewaySettings::default() };
    let (near, far) = (model("near"), model("far"));
    let hosts = [("near", &near), ("far", &far)];
    let hosts = hosts.map(|(name, model)| ScriptedHost::new(name).with(model.clone()));
    let hosts = hosts.map(|host| Arc::new(host) as Arc<dyn ModelHost>);
    let gateway = Gateway::new(hosts.into(), settings);
    gateway.models().await;
    let model = pooled(&gateway).await;
    let calls = [begun(&model), begun(&model)];
    let full = ask(&model).await.end.unwrap_err();
    assert!(full.is_busy(), "{full}");
    for call in calls {
        assert!(outcome(call).await.end.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_on_its_way_leaves_nothing_behind() {
    let (near, _) = dead("near");
    let far = ScriptedModel::new("same").always(ScriptedReply::hangs());
    let two = Two::new(near, far).await;
    let call = begun(&two.pooled().await);
    assert_eq!(two.far.record().in_flight, 1);
    drop(call);
    assert_eq!(two.far.record().cancelled, 1);
    let traffic = two.gateway.traffic();
    assert!(traffic.iter().all(|of| of.in_service + of.waiting == 0), "{traffic:?}");
}

/// What a host does to a call.
#[derive(Clone, Copy, Debug)]
enum Does {
    Serve,
    Unreachable,
    Fail,
    Refuse,
    Lack,
    BreakOff,
}

impl Does {
    fn reply(self, name: &str) -> ScriptedReply {
        match self {
            Self::Serve => ScriptedReply::text(format!("from {name}")),
            Self::Unreachable => ScriptedReply::fails(unreachable(name)),
            Self::Fail => ScriptedReply::fails(failed(name)),
            Self::Refuse => ScriptedReply::fails(refused(name)),
            Self::Lack => {
                ScriptedReply::fails(ChatError::ModelNotFound { host: host(name), model: same() })
            }
            Self::BreakOff => ScriptedReply::text("Well").then_fails(broke_off(name)),
        }
    }
}

fn anything() -> impl Strategy<Value = Does> {
    use Does::{BreakOff, Fail, Lack, Refuse, Serve, Unreachable};
    prop::sample::select(vec![Serve, Unreachable, Fail, Refuse, Lack, BreakOff])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// No call fails that some host would have served, and no host is sent a call again that has
    /// moved on from it.
    #[test]
    fn a_call_ends_where_it_first_has_output(does in prop::collection::vec(anything(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let names = ["near", "far", "north", "south"];
            let models: Vec<_> = names.iter().zip(&does)
                .map(|(name, does)| ScriptedModel::new("same").always(does.reply(name)))
                .collect();
            let hosts = names.iter().zip(&models)
                .map(|(name, model)| ScriptedHost::new(name).with(model.clone()));
            let gateway = gateway(hosts);
            gateway.models().await;
            let came = ask(&pooled(&gateway).await).await;
            let speaks = does.iter().position(|d| matches!(d, Does::Serve | Does::BreakOff));
            for (place, model) in models.iter().enumerate() {
                let calls = model.record().calls;
                let is_last = place == speaks.unwrap_or(does.len() - 1);
                if speaks.is_some_and(|speaks| place > speaks) {
                    assert_eq!(calls, 0);
                } else if is_last || (speaks.is_none() && matches!(does[place], Does::Unreachable)) {
                    assert!(calls >= 1);
                } else {
                    assert_eq!(calls, 1);
                }
            }
            match speaks.map(|speaks| (speaks, does[speaks])) {
                Some((place, Does::Serve)) => {
                    assert_eq!(came.text, format!("from {}", names[place]));
                    assert!(came.end.is_ok());
                }
                Some(_) => assert!(matches!(came.end, Err(ChatError::Interrupted { .. }))),
                None => {
                    let error = came.end.unwrap_err().to_string();
                    for name in names.iter().take(does.len()) {
                        assert!(error.contains(name), "{error}");
                    }
                }
            }
        });
    }
}
