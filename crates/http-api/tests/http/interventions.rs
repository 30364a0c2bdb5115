//! Interjections, votes and other interventions in a running debate.

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use synod_debate_protocol::Stage;
use synod_inference::{ScriptedModel, ScriptedReply};

use crate::test_app::TestApp;

#[actix_web::test]
async fn an_interjection_is_recorded() {
    let app = TestApp::new();
    let id = app.open().await;
    let path = format!("/api/v1/debates/{id}/interjections");
    let said = app.post(&path, &json!({ "text": "Think of the bus.", "author": "Mira" })).await;
    assert_eq!((said.status, said.json), (StatusCode::ACCEPTED, json!({ "seq": 2 })));
    app.post(&path, &json!({ "text": "And of bikes." })).await;
    let debate = app.get(&format!("/debates/{id}")).await.json;
    let expected = json!([
        { "seq": 2, "text": "Think of the bus.", "author": "Mira" },
        { "seq": 3, "text": "And of bikes.", "author": null },
    ]);
    assert_eq!(debate["interjections"], expected);
}

#[actix_web::test]
async fn control_characters_in_an_interjection_are_named() {
    let app = TestApp::new();
    let id = app.open().await;
    let path = format!("/api/v1/debates/{id}/interjections");
    let refused =
        app.post(&path, &json!({ "text": "Hear\u{1b} me.", "author": "M\u{2066}" })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json);
    let reported = ["control character U+001B", "direction mark U+2066"];
    for (error, reported) in refused.json["errors"].as_array().expect("errors").iter().zip(reported)
    {
        assert_eq!(error["msg"], format!("Value error, must not contain the {reported}"));
    }
}

#[actix_web::test]
async fn an_open_debate_takes_32_interjections() {
    let app = TestApp::new();
    let id = app.open().await;
    let path = format!("/api/v1/debates/{id}/interjections");
    let say = async || app.post(&path, &json!({ "text": "Hear me." })).await;
    for _ in 0..32 {
        assert_eq!(say().await.status, StatusCode::ACCEPTED);
    }
    let refused = say().await;
    assert_eq!(
        (refused.status, &refused.json["title"]),
        (StatusCode::CONFLICT, &json!("Conflict"))
    );
    app.control(&id, "stop").await;
    let closed = say().await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    assert_eq!(closed.json["debate_status"], "stopped");
}

#[actix_web::test]
async fn an_empty_or_long_interjection_is_422() {
    let app = TestApp::new();
    let id = app.open().await;
    let path = format!("/api/v1/debates/{id}/interjections");
    let long = "é".repeat(4_001);
    let bodies = [
        json!({}),
        json!({ "text": null }),
        json!({ "text": "" }),
        json!({ "text": long }),
        // Nothing of it is recorded.
        json!({ "text": " \u{1b}\u{7} \n" }),
        json!({ "text": "Hear me.", "author": "" }),
        json!({ "text": "Hear me.", "author": " " }),
        json!({ "text": "Hear me.", "author": "Mira\u{1b}[2J" }),
        json!({ "text": "Hear me.", "author": "x".repeat(129) }),
    ];
    for body in bodies {
        let refused = app.post(&path, &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let most = app.post(&path, &json!({ "text": "é".repeat(4_000) })).await;
    assert_eq!(most.status, StatusCode::ACCEPTED);
}

#[actix_web::test]
async fn the_vote_is_called_during_the_discussion_only() {
    // Openings and ballots come at once, arguments never.
    let yes = |model: ScriptedModel, _| model.then(ScriptedReply::text("Yes"));
    let model = (0..6).fold(ScriptedModel::new("model"), yes).always(ScriptedReply::hangs());
    let app = TestApp::on(model);
    let id = app.open().await;
    let path = format!("/api/v1/debates/{id}/vote");
    let refused = app.post(&path, &Value::Null).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.json["debate_status"], "initialized");
    app.control(&id, "start").await;
    let debate = app.handle(&id).await;
    while debate.snapshot().await.expect("a state").stage() != Some(Stage::Discussion) {
        tokio::task::yield_now().await;
    }
    for _ in 0..2 {
        let called = app.post(&path, &Value::Null).await;
        assert_eq!(called.status, StatusCode::OK);
        let expected = json!({ "debate_id": id, "status": "running", "stage": "discussion" });
        assert_eq!(called.json, expected);
    }
    let log = debate.events(1, 100).await.expect("a log");
    assert_eq!(log.iter().filter(|recorded| recorded.event.kind() == "vote_called").count(), 1);
    app.control(&id, "stop").await;
    let closed = app.post(&path, &Value::Null).await;
    assert_eq!((closed.status, &closed.json["allowed"]), (StatusCode::CONFLICT, &json!([])));
}
