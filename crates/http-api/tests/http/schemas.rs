use actix_web::http::StatusCode;

use crate::test_app::TestApp;

#[actix_web::test]
async fn the_debate_rules_have_a_json_schema() {
    let answer = TestApp::new().get("/api/v1/schemas/debate-rules").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["type"], "object");
    assert_eq!(answer.json["additionalProperties"], false);
    assert_eq!(answer.json["properties"]["max_tokens_per_turn"]["maximum"], 4_096);
}
