//! What opens and starts a debate in one request.

use actix_web::http::StatusCode;
use serde_json::json;

use crate::test_app::{TestApp, yes_or_no};

const DEBATES: &str = "/api/v1/debates";
const INITIALIZE: &str = "/debate/initialize";

#[actix_web::test]
async fn an_unknown_key_is_refused_and_the_one_it_means_is_named() {
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
        let told = error["msg"].as_str().expect("words");
        assert!(told.ends_with(&format!("; did you mean `{meant}`?")), "{told}");
    }
    let mut request = yes_or_no();
    request["colour"] = json!("red");
    let refused = app.post(DEBATES, &request).await;
    let told = refused.json["errors"][0]["msg"].as_str().expect("words");
    assert!(told.contains("; there are `debate_topic`, `problem_statement`"), "{told}");
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
    let told = refused.json["errors"][0]["msg"].as_str().expect("words");
    assert!(told.ends_with("; did you mean `author`?"), "{told}");
}

#[actix_web::test]
async fn control_characters_in_topic_and_options_are_refused_at_their_place() {
    let app = TestApp::new();
    for text in ["Ban\u{1b}[31m cars?", "Ban\0 cars?", "Ban\u{9b} cars?"] {
        let mut request = yes_or_no();
        request["debate_topic"] = json!(text);
        request["debate_rules"]["options"] = json!(["Yes", text]);
        let refused = app.post(DEBATES, &request).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{text:?}: {}", refused.json);
        let errors = refused.json["errors"].as_array().expect("errors");
        let places: Vec<_> = errors.iter().map(|error| &error["loc"]).collect();
        let expected =
            [json!(["body", "debate_topic"]), json!(["body", "debate_rules", "options", 1])];
        assert_eq!(places, expected.iter().collect::<Vec<_>>(), "{}", refused.json);
        assert_eq!(errors[0]["input"], text);
        let told = errors[0]["msg"].as_str().expect("words");
        assert!(told.contains("must not contain control characters"), "{told}");
        assert_eq!(app.post(INITIALIZE, &request).await.status, StatusCode::OK);
    }
    let mut request = yes_or_no();
    request["debate_topic"] = json!("Ban cars?\r\n\tAll of them.");
    assert_eq!(app.post(DEBATES, &request).await.status, StatusCode::CREATED);
}
