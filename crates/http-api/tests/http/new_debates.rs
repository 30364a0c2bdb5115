//! Requests that open and start a debate.

use actix_web::http::StatusCode;
use serde_json::json;
use synod_http_api::{ApiSettings, DebateDefaults};
use synod_inference::{ChatError, HostName, ScriptedHost, ScriptedModel};

use crate::test_app::{TestApp, yes_or_no};

const DEBATES: &str = "/api/v1/debates";
const INITIALIZE: &str = "/debate/initialize";

#[actix_web::test]
async fn an_unknown_key_is_refused_with_a_suggestion() {
    let app = TestApp::new();
    for (key, meant) in [
        ("rounds", "max_rounds"),
        ("threshold", "consensus_threshold"),
        ("options", "debate_rules.options"),
        ("seed", "debate_rules.seed"),
        ("mode", "debate_mode"),
        ("topic", "debate_topic"),
        ("agents", "selected_agents"),
        ("max_round", "max_rounds"),
        ("time_limit", "time_limit_per_argument"),
    ] {
        let mut request = yes_or_no();
        request[key] = json!(1);
        let refused = app.post(DEBATES, &request).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {}", refused.json);
        let error = &refused.json["errors"][0];
        assert_eq!(
            (&error["type"], &error["loc"]),
            (&json!("extra_forbidden"), &json!(["body", key]))
        );
        let reported = error["msg"].as_str().expect("words");
        assert!(reported.ends_with(&format!("; did you mean `{meant}`?")), "{reported}");
    }
    let mut request = yes_or_no();
    request["colour"] = json!("red");
    let refused = app.post(DEBATES, &request).await;
    let reported = refused.json["errors"][0]["msg"].as_str().expect("words");
    assert!(reported.contains("; there are `debate_topic`, `problem_statement`"), "{reported}");
    // The routes of the FastAPI design ignore it, as Pydantic does.
    assert_eq!(app.post(INITIALIZE, &request).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn an_interjection_with_an_unknown_key_is_refused() {
    let app = TestApp::thinking();
    let id = app.start().await;
    let path = format!("{DEBATES}/{id}/interjections");
    let refused = app.post(&path, &json!({ "text": "Think of the bus.", "auther": "Ada" })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json);
    let reported = refused.json["errors"][0]["msg"].as_str().expect("words");
    assert!(reported.ends_with("; did you mean `author`?"), "{reported}");
}

#[actix_web::test]
async fn control_characters_are_refused_at_their_field() {
    let app = TestApp::new();
    for (c, code) in [('\u{1b}', "U+001B"), ('\0', "U+0000"), ('\u{9b}', "U+009B")] {
        let text = format!("Ban{c} cars?");
        let mut request = yes_or_no();
        request["debate_topic"] = json!(text);
        request["problem_statement"] = json!(text);
        request["debate_rules"]["options"] = json!(["Yes", text]);
        let refused = app.post(DEBATES, &request).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text:?}: {}", refused.json);
        let errors = refused.json["errors"].as_array().expect("errors");
        let places: Vec<_> = errors.iter().map(|error| &error["loc"]).collect();
        let expected = [
            json!(["body", "debate_topic"]),
            json!(["body", "problem_statement"]),
            json!(["body", "debate_rules", "options", 1]),
        ];
        assert_eq!(places, expected.iter().collect::<Vec<_>>(), "{}", refused.json);
        assert_eq!(errors[0]["input"], text);
        let reported = errors[0]["msg"].as_str().expect("words");
        assert!(
            reported.ends_with(&format!("must not contain the control character {code}")),
            "{reported}"
        );
        let refused = app.post(INITIALIZE, &request).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json);
        assert_eq!(refused.json["detail"].as_array(), Some(errors));
    }
    let mut request = yes_or_no();
    request["debate_topic"] = json!("Ban cars?\r\n\tAll of them.");
    assert_eq!(app.post(DEBATES, &request).await.status, StatusCode::CREATED);
}

#[actix_web::test]
async fn min_rounds_is_checked_against_the_configured_rounds() {
    let mut request = yes_or_no();
    request.as_object_mut().expect("an object").remove("max_rounds");
    for (configured, min_rounds, refusal) in [
        (Some(10), 7, None),
        (Some(10), 11, Some("must not exceed max_rounds, which is 10")),
        (Some(3), 4, Some("must not exceed max_rounds, which is 3")),
        (None, 5, None),
        (None, 6, Some("must not exceed max_rounds, which is 5")),
        (None, 21, Some("must not exceed max_rounds, which is 20")),
    ] {
        let debates = DebateDefaults { max_rounds: configured, ..DebateDefaults::default() };
        let app = TestApp::with(ApiSettings { debates, ..ApiSettings::default() });
        request["debate_rules"]["min_rounds"] = json!(min_rounds);
        for (path, key) in [(INITIALIZE, "detail"), (DEBATES, "errors")] {
            let answer = app.post(path, &request).await;
            let reported = answer.json[key][0]["msg"].as_str();
            let reported = reported.map(|msg| msg.trim_start_matches("Value error, "));
            assert_eq!(reported, refusal, "{configured:?} {min_rounds}: {}", answer.json);
        }
    }
}

#[actix_web::test]
async fn a_model_that_cannot_be_loaded_gets_no_seat() {
    let no_memory = || ChatError::Failed {
        host: HostName::new("local").expect("a name"),
        detail: "unable to load model: not enough memory".to_owned(),
        retry_after: None,
        source: None,
    };
    let large =
        ScriptedModel::new("large").failing_to_load(no_memory()).failing_to_load(no_memory());
    let host = ScriptedHost::new("local").with(large).with(ScriptedModel::new("small"));
    let app = TestApp::of(vec![host]);
    // The one in memory is chosen first.
    let opened = app.post(DEBATES, &yes_or_no()).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.json);
    let agent = json!({ "agent_id": "bound", "expertise": "a voter", "model": "large" });
    assert_eq!(app.post("/api/v1/agents", &agent).await.status, StatusCode::CREATED);
    let mut request = yes_or_no();
    request["selected_agents"] = json!(["critic", "bound"]);
    let refused = app.post(DEBATES, &request).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json);
    let problem = &refused.json["errors"][0];
    assert_eq!(problem["loc"], json!(["body", "selected_agents", 1]), "{problem}");
    let says = problem["msg"].as_str().unwrap_or_default();
    assert!(says.contains("large on local cannot chat: unable to load model"), "{says}");
}
