//! Responses of real servers that are not ready for a call, or not for that many.

use super::*;
use crate::Phase;

async fn failure(answer: Answer) -> ChatError {
    let fake = serving(answer).await;
    let mut call = only(&fake).await.chat(request(ReplyForm::Text));
    loop {
        match call.next().await.expect("an end") {
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

fn says(status: u16, body: &str) -> Answer {
    Answer::text(status, body)
}

/// What a proxy sends whose server is taken out of service.
#[tokio::test]
async fn a_web_page_is_a_wrong_address_unless_the_model_has_answered() {
    let page =
        || Answer::text(200, "<html><head><title>Down for maintenance</title></head></html>");
    let typed = page().header("content-type", "text/html");
    for page in [page(), typed] {
        let fake = serving(page.clone()).await;
        let error = whole(&only_gated(&fake).await).await.pop().unwrap().unwrap_err();
        assert!(matches!(error, ChatError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains("check the base URL"), "{error}");
        assert_eq!(fake.requests(CHAT).len(), 1);
        fake.replace_all(CHAT, [tea("stop"), page.clone(), page, tea("stop")]);
        let model = only_gated(&fake).await;
        for _ in 0..2 {
            let events = whole(&model).await;
            assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
        }
        assert_eq!(fake.requests(CHAT).len(), 5);
    }
}

#[tokio::test]
async fn a_wait_has_the_cause_that_the_host_gave() {
    let groq = r#"{"error":{"message":"Rate limit reached for model `x` on tokens per minute (TPM): Limit 6000, Used 5900, Requested 900. Please try again in 7.66s.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    let llama =
        r#"{"error":{"message":"no slot available","type":"unavailable_error","code":503}}"#;
    for (answer, is_rate_limit, said) in
        [(says(429, groq), true, "Limit 6000, Used 5900"), (says(503, llama), false, "no slot")]
    {
        let fake = serving(answer).await;
        let gateway = Gateway::new(vec![Arc::new(host(&fake))], GatewaySettings::default());
        let info = gateway.models().await.remove(0).models.unwrap().remove(0);
        assert!(gateway.outage_of(&info.host, &info.model).is_none());
        let model = gateway.chat_model(&info.host, &info.model).await.unwrap();
        let mut call = model.chat(request(ReplyForm::Text));
        while !matches!(call.next().await, Some(Ok(ChatEvent::Phase(Phase::Away { .. })))) {}
        let cause = gateway.outage_of(&info.host, &info.model).expect("an outage");
        assert_eq!(cause.is_rate_limit(), is_rate_limit, "{cause}");
        assert!(cause.to_string().contains(said), "{cause}");
    }
}

#[tokio::test]
async fn servers_that_load_say_so() {
    for (status, body) in [
        // llama.cpp's server.
        (503, r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#),
        (503, r#"{"message":"Loading model","type":"unavailable_error","code":503}"#),
        // Hugging Face's endpoints.
        (503, r#"{"error":"Model org/qwen3 is currently loading","estimated_time":20.0}"#),
        (500, r#"{"error":{"message":"The model is currently being loaded"}}"#),
        // LM Studio, and a router in front of one.
        (400, r#"{"error":"Model is loading, please wait"}"#),
        (400, r#"{"error":"Model is unloaded."}"#),
        (404, r#"{"error":{"message":"model not ready yet: loading","code":404}}"#),
    ] {
        let error = failure(says(status, body)).await;
        assert!(matches!(error, ChatError::Loading { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_busy_is_not_taken_to_load() {
    for answer in [
        says(503, r#"{"error":{"message":"Model is overloaded","type":"overloaded"}}"#),
        says(503, "<html>503 Service Temporarily Unavailable</html>").header("Retry-After", "7"),
        says(429, r#"{"error":{"message":"Rate limit reached"}}"#),
    ] {
        let error = failure(answer).await;
        assert!(matches!(error, ChatError::Overloaded { .. }), "{error:?}");
        assert!(error.is_host_not_ready());
    }
}

#[tokio::test]
async fn a_proxy_without_its_server_is_a_host_that_is_away() {
    let litellm =
        "litellm.InternalServerError: InternalServerError: OpenAIException - Connection error.";
    let error = json!({"error": {"message": litellm, "type": null, "param": null, "code": "500"}});
    for answer in [
        says(502, "<html>502 Bad Gateway</html>"),
        says(504, "<html><head><title>504 Gateway Time-out</title></head></html>"),
        says(522, "error code: 522"),
        says(500, "no healthy upstream"),
        Answer::status(500, &error),
        events(&[error], ""),
    ] {
        let error = failure(answer).await;
        assert!(matches!(error, ChatError::Unreachable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_load_that_failed_is_not_waited_for() {
    let body = r#"{"error":{"code":500,"message":"error loading model: out of memory"}}"#;
    let error = failure(says(500, body)).await;
    assert!(matches!(error, ChatError::Failed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_list_of_models_that_is_refused_while_loading_says_so() {
    let body = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    let fake = FakeServer::start().await.answering(MODELS, says(503, body));
    let error = host(&fake).models().await.unwrap_err();
    assert!(
        matches!(&error, HostError::Loading { detail, .. } if detail.contains("Loading model"))
    );
}

/// As llama.cpp's server stops all of its slots, in mid-stream and before.
#[tokio::test]
async fn a_full_shared_context_is_recognized() {
    let error = json!({"error": {"code": 500, "message": "Context size has been exceeded.",
                                 "type": "server_error"}});
    let before = failure(Answer::status(500, &error)).await;
    assert!(matches!(before, ChatError::SharedContextFull { begun: false, .. }), "{before:?}");
    let frames = [delta(&json!({"content": "Te"})), error];
    let amid = failure(events(&frames, "")).await;
    assert!(matches!(amid, ChatError::SharedContextFull { begun: true, .. }), "{amid:?}");
}

#[tokio::test]
async fn a_server_that_loads_is_waited_for() {
    let fake = serving(tea("stop")).await;
    let model = only_gated(&fake).await;
    let tried = fake.requests(CHAT).len();
    let body = r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#;
    fake.replace_all(CHAT, [says(503, body), says(503, body), tea("stop")]);
    let events: Vec<_> = model.chat(request(ReplyForm::Text)).collect().await;
    assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
    let loads = |event: &Result<ChatEvent, ChatError>| {
        matches!(event, Ok(ChatEvent::Phase(crate::Phase::Loading)))
    };
    assert!(events.iter().any(loads), "{events:?}");
    assert_eq!(fake.requests(CHAT).len() - tried, 3);
}

/// A server that lists two models of unknown kinds, and responds like this to calls to the first.
async fn with_broken(answer: Answer) -> FakeServer {
    let models = json!({"data": [{"id": "alpha"}, {"id": "beta"}]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    let fake = fake.answering(CHAT, tea("stop"));
    fake.refusing(CHAT, move |request| (request["model"] == "alpha").then(|| answer.clone()))
}

#[tokio::test]
async fn a_seat_moves_on_from_a_model_that_always_gets_502() {
    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    let swap =
        r#"{"error":"unspecific error: upstream command exited prematurely","src":"llama-swap"}"#;
    for (answer, said) in [
        (says(502, page), "gpu lists its models, but calls to alpha fail: 502 Bad Gateway"),
        (
            says(500, swap),
            "its process stopped at each call: the server failed (status 500): unspecific error: \
             upstream command exited prematurely",
        ),
    ] {
        let fake = with_broken(answer).await;
        let gateway = Gateway::new(vec![Arc::new(host(&fake))], GatewaySettings::default());
        let reported = parking_lot::Mutex::new(Vec::new());
        let report = |report: TrialReport<'_>| {
            if let TrialReport::Refused { model, refusal } = report {
                reported.lock().push(format!("{}: {refusal}", model.model));
            }
        };
        let wanted = [RequestedModel::default(), RequestedModel::default()];
        let trials = ModelTrials::default().reporting(&report);
        let infos = gateway.resolve_with(&wanted, trials).await.unwrap();
        assert!(infos.iter().all(|info| info.model.as_str() == "beta"), "{infos:?}");
        assert_eq!(*reported.lock(), [format!("alpha: {said}")]);
    }
}

#[tokio::test]
async fn the_only_model_keeps_its_seat_at_502() {
    let models = json!({"data": [{"id": "alpha"}]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    fake.replace(CHAT, says(502, "<html>"));
    let gateway = Gateway::new(vec![Arc::new(host(&fake))], GatewaySettings::default());
    let infos = gateway.resolve(&[RequestedModel::default()]).await.unwrap();
    assert_eq!(infos[0].model.as_str(), "alpha", "its server may be loading");
}

/// It does not ask to wait, and has no words of its own.
#[tokio::test]
async fn a_503_of_a_proxy_is_a_host_that_is_away() {
    for answer in [
        says(503, "<html><head><title>503 Service Temporarily Unavailable</title></head></html>"),
        says(503, "no available server"),
        says(
            429,
            r#"{"error":{"message":"No deployments available for selected model, Try again in 5 seconds. Passed model=m.","type":"None","code":"429"}}"#,
        ),
    ] {
        let error = failure(answer).await;
        assert!(matches!(error, ChatError::Unreachable { .. }), "{error:?}");
    }
    let maintenance = says(502, "<html>502 Bad Gateway</html>").header("Retry-After", "60");
    let error = failure(maintenance).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)), "{error:?}");
}
