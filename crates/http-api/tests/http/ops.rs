use actix_web::http::StatusCode;
use serde_json::json;
use synod_inference::ScriptedModel;

use crate::house::House;

#[actix_web::test]
async fn the_process_is_alive() {
    let answer = House::new().get("/livez").await;
    assert_eq!((answer.status, &answer.json), (StatusCode::OK, &json!({ "status": "alive" })));
}

#[actix_web::test]
async fn a_house_with_its_hosts_is_ready() {
    let answer = House::new().get("/readyz").await;
    assert_eq!(answer.status, StatusCode::OK);
    let ready = json!({
        "status": "ready",
        "store": { "status": "ok" },
        "hosts": [{ "status": "ok", "name": "local" }],
    });
    assert_eq!(answer.json, ready);
}

#[actix_web::test]
async fn a_server_about_to_stop_is_not_ready_but_alive() {
    let house = House::on(ScriptedModel::new("model"));
    house.api().close();
    let answer = house.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json["status"], "closing");
    assert_eq!(house.get("/livez").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn the_page_needs_no_network() {
    let page = House::new().get("/").await;
    let text = String::from_utf8(page.bytes).expect("text");
    assert!(text.contains("<a href=\"/docs\">"), "{text}");
    assert!(!text.contains("//"), "it loads nothing from elsewhere");
}
