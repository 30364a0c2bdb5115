//! Debates created, listed and deleted under `/api/v1`.

use actix_web::http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::test_app::{Answer, TestApp, yes_or_no};

const NOWHERE: &str = "01939b3e-0000-7000-8000-000000000000";

fn ids(page: &Answer) -> Vec<&str> {
    let debates = page.json["debates"].as_array().expect("debates");
    debates.iter().map(|debate| debate["debate_id"].as_str().expect("an id")).collect()
}

#[actix_web::test]
async fn a_debate_is_created_and_runs() {
    let app = TestApp::for_yes();
    let created = app.post("/api/v1/debates", &yes_or_no()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.json);
    assert_eq!(created.json["status"], "running");
    assert_eq!(created.json["limits"]["needs"], 3);
    let location = created.header(&header::LOCATION).to_owned();
    let id = created.json["debate_id"].as_str().expect("an id");
    assert_eq!(location, format!("/api/v1/debates/{id}"));
    app.handle(id).await.finished().await.expect("a verdict");
    let (read, compat) = (app.get(&location).await, app.get(&format!("/debates/{id}")).await);
    assert_eq!((read.status, &read.json["status"]), (StatusCode::OK, &json!("completed")));
    assert_eq!(read.json, compat.json);
}

#[actix_web::test]
async fn an_invalid_new_debate_is_a_problem() {
    let app = TestApp::new();
    let mut request = yes_or_no();
    request["selected_agents"] = json!(["analyst", "nobody"]);
    let refused = app.post("/api/v1/debates", &request).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.header(&header::CONTENT_TYPE), "application/problem+json");
    assert_eq!(refused.json["detail"], "Agent not found: nobody");

    request["selected_agents"] = json!(["analyst", "analyst"]);
    let refused = app.post("/api/v1/debates", &request).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.json["errors"].is_array(), "{}", refused.json);
    let none = TestApp::of(vec![]).post("/api/v1/debates", &yes_or_no()).await;
    assert_eq!(none.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ids(&app.get("/api/v1/debates").await), [""; 0]);
}

#[actix_web::test]
async fn debates_are_listed_newest_first_in_pages() {
    let app = TestApp::new();
    let mut opened = Vec::new();
    for _ in 0..5 {
        opened.push(app.open().await);
    }
    opened.reverse();
    let (mut path, mut listed) = ("/api/v1/debates?limit=2".to_owned(), Vec::new());
    loop {
        let page = app.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        listed.extend(ids(&page).into_iter().map(str::to_owned));
        let link = page.header(&header::LINK);
        assert_eq!(link.is_empty(), page.json["next_cursor"].is_null());
        let Some(next) = link.strip_suffix(">; rel=\"next\"") else { break };
        path = next.trim_start_matches('<').to_owned();
        assert_eq!(ids(&page).len(), 2);
    }
    assert_eq!(listed, opened);
    let first = &app.get("/api/v1/debates").await.json["debates"][0];
    assert_eq!(first["debate_topic"], "Ban cars?");
    assert_eq!((&first["status"], &first["outcome"]), (&json!("initialized"), &Value::Null));
    assert_eq!(first["selected_agents"], json!(["analyst", "critic", "skeptic"]));
}

#[actix_web::test]
async fn debates_are_listed_by_status() {
    let app = TestApp::thinking();
    let waits = app.open().await;
    let (runs, paused, stopped) = (app.start().await, app.start().await, app.start().await);
    app.control(&paused, "pause").await;
    app.control(&stopped, "stop").await;
    let all = [("initialized", waits), ("running", runs), ("paused", paused), ("stopped", stopped)];
    for (status, id) in all {
        let page = app.get(&format!("/api/v1/debates?status={status}")).await;
        assert_eq!(ids(&page), [id], "{status}");
        assert_eq!(page.json["debates"][0]["status"], status);
    }
    for none in ["completed", "failed"] {
        assert_eq!(ids(&app.get(&format!("/api/v1/debates?status={none}")).await), [""; 0]);
    }
    let ended = TestApp::for_yes();
    let id = ended.finished().await;
    let page = ended.get("/api/v1/debates?status=completed&limit=1").await;
    assert_eq!((ids(&page), &page.json["next_cursor"]), (vec![&*id], &Value::Null));
    assert_eq!(page.json["debates"][0]["outcome"], "consensus");
}

#[actix_web::test]
async fn debates_are_listed_by_question_and_beginning_of_the_id() {
    let app = TestApp::new();
    let (first, second) = (app.open().await, app.open().await);
    let listed = async |query: &str| {
        let page = app.get(&format!("/api/v1/debates?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        page
    };
    assert_eq!(ids(&listed("search=BAN%20Cars").await), [&*second, &*first]);
    assert_eq!(ids(&listed("search=bikes").await), [""; 0]);
    assert_eq!(ids(&listed(&format!("id={first}")).await), [&*first]);
    let short = first.replace('-', "").to_uppercase();
    assert_eq!(ids(&listed(&format!("id={short}&status=initialized")).await), [&*first]);
    assert_eq!(ids(&listed("id=f").await), [""; 0]);
    // The link to the next page has the same filters.
    let page = listed("search=ban%20cars%3F&id=0&limit=1").await;
    let link = page.header(&header::LINK);
    let next = link.trim_start_matches('<').trim_end_matches(">; rel=\"next\"");
    assert!(next.contains("&search=ban%20cars%3F&id=0&"), "{next}");
    assert_eq!(ids(&app.get(next).await), [&*first]);
}

#[actix_web::test]
async fn debates_are_listed_by_the_time_of_their_beginning() {
    let app = TestApp::new();
    let (first, second) = (app.open().await, app.open().await);
    let listed = async |query: &str| {
        let page = app.get(&format!("/api/v1/debates?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}: {}", page.json);
        page
    };
    let both = [&*second, &*first];
    for query in ["since=1h", "since=2020-01-01", "since=9999999999w", "before=2999-01-01"] {
        assert_eq!(ids(&listed(query).await), both, "{query}");
    }
    for query in ["before=1h", "since=2999-01-01", "before=9999999999w", "since=1h&before=1h"] {
        assert_eq!(ids(&listed(query).await), [""; 0], "{query}");
    }
    let page = listed("since=1h&limit=1").await;
    // The link to the next page has the time, because an age would be another one by then.
    let link = page.header(&header::LINK);
    let next = link.trim_start_matches('<').trim_end_matches(">; rel=\"next\"");
    assert!(next.contains("&since=2") && !next.contains("1h"), "{next}");
    assert_eq!(ids(&app.get(next).await), [&*first]);
    let of_id = listed(&format!("id={first}&since=1h&before=2999-01-01")).await;
    assert_eq!(ids(&of_id), [&*first]);
    assert_eq!(ids(&listed(&format!("id={first}&before=1h")).await), [""; 0]);
}

#[actix_web::test]
async fn an_invalid_query_is_422() {
    let app = TestApp::new();
    for query in [
        "status=closed",
        "limit=0",
        "limit=501",
        "limit=many",
        "cursor=first",
        "id=x",
        "id=",
        "since=soon",
        "before=",
    ] {
        let refused = app.get(&format!("/api/v1/debates?{query}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(refused.json["errors"][0]["loc"][0], "query");
    }
}

#[actix_web::test]
async fn only_closed_debates_are_deleted() {
    let app = TestApp::new();
    let id = app.open().await;
    let path = format!("/api/v1/debates/{id}");
    let refused = app.method(Method::DELETE, &path).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.json["debate_status"], "initialized");
    assert_eq!(refused.json["allowed"], json!(["start", "stop"]));
    app.control(&id, "stop").await;
    let deleted = app.method(Method::DELETE, &path).await;
    assert_eq!((deleted.status, deleted.bytes.len()), (StatusCode::NO_CONTENT, 0));
    for gone in [&path, &format!("/debates/{id}"), &format!("{path}/events")] {
        assert_eq!(app.get(gone).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(app.method(Method::DELETE, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ids(&app.get("/api/v1/debates").await), [""; 0]);
}

#[actix_web::test]
async fn every_route_of_an_unknown_debate_is_404() {
    let app = TestApp::new();
    for id in [NOWHERE, "none"] {
        let at = |rest: &str| format!("/api/v1/debates/{id}{rest}");
        for rest in ["", "/events", "/transcript"] {
            let refused = app.get(&at(rest)).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{rest}");
            assert_eq!(refused.json["detail"], "Debate not found");
        }
        for rest in ["/vote", "/interjections"] {
            let refused = app.post(&at(rest), &json!({ "text": "Hear me." })).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{rest}");
        }
        assert_eq!(app.method(Method::DELETE, &at("")).await.status, StatusCode::NOT_FOUND);
    }
}
