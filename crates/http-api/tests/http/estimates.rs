//! Estimates of debates that are not created.

use std::time::Duration;

use actix_web::http::StatusCode;
use serde_json::json;
use synod_inference::{ScriptedHost, ScriptedModel};

use crate::test_app::{TestApp, yes_or_no};

const ESTIMATE: &str = "/api/v1/debates/estimate";
const DEBATES: &str = "/api/v1/debates";

#[actix_web::test]
async fn an_estimate_has_the_count_and_the_calls_of_the_debate() {
    let app = TestApp::new();
    let estimate = app.post(ESTIMATE, &yes_or_no()).await;
    assert_eq!(estimate.status, StatusCode::OK, "{}", estimate.json);
    let listed = app.get(DEBATES).await;
    assert_eq!(listed.json["debates"], json!([]), "nothing is created");
    let created = app.post(DEBATES, &yes_or_no()).await;
    let limits = &created.json["limits"];
    for (estimated, actual) in [("needed", "needs"), ("of", "of"), ("max_calls", "most_calls")] {
        assert_eq!(estimate.json[estimated], limits[actual], "{estimated}");
    }
    let seat = &estimate.json["panel"][1];
    assert_eq!(
        *seat,
        json!({ "agent_id": "critic", "name": seat["name"], "host": "local", "model": "model" })
    );
    assert_eq!((&estimate.json["seconds"], &estimate.json["basis"]), (&json!(null), &json!(null)));
}

#[actix_web::test]
async fn the_time_is_known_once_the_model_was_called() {
    let app = TestApp::for_yes();
    app.finished().await;
    let estimate = app.post(ESTIMATE, &yes_or_no()).await;
    assert_eq!(estimate.json["basis"], "measured", "{}", estimate.json);
    assert!(estimate.json["seconds"].is_u64(), "{}", estimate.json);
}

#[actix_web::test]
async fn what_a_creation_refuses_is_refused_for_the_same_reasons() {
    let app = TestApp::new();
    let mut too_many = yes_or_no();
    too_many["max_rounds"] = json!(99);
    let mut misspelt = yes_or_no();
    misspelt["rounds"] = json!(1);
    let mut joined = yes_or_no();
    joined["debate_rules"]["moderator"] = json!("analyst");
    let mut stranger = yes_or_no();
    stranger["selected_agents"] = json!(["analyst", "nobody"]);
    for request in [too_many, misspelt, joined, stranger, json!({}), json!(1)] {
        let refused = app.post(ESTIMATE, &request).await;
        let mut reference = app.post(DEBATES, &request).await;
        assert!(refused.status.is_client_error(), "{request}: {}", refused.json);
        assert_eq!(refused.status, reference.status, "{request}");
        reference.json["instance"] = refused.json["instance"].clone();
        for member in ["detail", "errors"] {
            assert_eq!(refused.json[member], reference.json[member], "{request}");
        }
    }
}

#[actix_web::test]
async fn one_model_for_all_is_a_caution() {
    let app = TestApp::of(vec![ScriptedHost::new("local").with(ScriptedModel::new("one"))]);
    let caution = app.post(ESTIMATE, &yes_or_no()).await.json["cautions"].clone();
    assert!(caution[0].as_str().is_some_and(|text| text.contains("one")), "{caution}");
}

/// An estimate is requested while the user types.
#[actix_web::test]
async fn an_estimate_loads_no_model() {
    let model = ScriptedModel::new("one").loading_takes(Duration::from_millis(1));
    let app = TestApp::of(vec![ScriptedHost::new("local").with(model.clone())]);
    let estimate = app.post(ESTIMATE, &yes_or_no()).await;
    assert_eq!(estimate.status, StatusCode::OK, "{}", estimate.json);
    assert_eq!(model.record().loads, 0);
    app.post(DEBATES, &yes_or_no()).await;
    assert!(model.record().loads > 0, "the creation of a debate does");
}
