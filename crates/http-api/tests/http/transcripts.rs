//! Transcripts of debates in every format.

use actix_web::{
    http::{Method, StatusCode, header},
    test::TestRequest,
};

use serde_json::Value;
use synod_event_log::{Grade, export::ExportReader};

use crate::test_app::TestApp;

#[actix_web::test]
async fn a_grade_is_exported_and_deleted_with_its_debate() {
    let app = TestApp::for_yes();
    let [graded, other] = [app.finished().await, app.finished().await];
    let path = format!("/api/v1/debates/{graded}");
    for (id, grade) in [(graded.as_str(), Grade::Wrong), (&other, Grade::Right)] {
        app.synod.grades().put(id.parse().expect("an id"), grade).await.expect("kept");
    }
    let answer = app.get(&format!("{path}/export")).await;
    let debate = ExportReader::new(&*answer.bytes).expect("an export").next();
    assert_eq!(debate.expect("one").expect("whole").grade.as_deref(), Some("wrong"));
    let deleted = app.method(Method::DELETE, &path).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let left = app.synod.grades().all().await.expect("readable");
    assert_eq!(left, [(other.parse().expect("an id"), Grade::Right)].into());
}

#[actix_web::test]
async fn an_export_can_be_read_again() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let answer = app.get(&format!("/api/v1/debates/{id}/export")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(&header::CONTENT_TYPE), "text/plain; charset=utf-8");
    let name = format!("attachment; filename=\"debate-{id}.ndjson\"");
    assert_eq!(answer.header(&header::CONTENT_DISPOSITION), name);
    let debates = ExportReader::new(&*answer.bytes).expect("an export");
    let debates: Vec<_> = debates.collect::<Result<_, _>>().expect("a whole export");
    let log = app.get(&format!("/api/v1/debates/{id}/transcript?format=ndjson")).await;
    let lines = debates[0].events.iter().map(|(_, event)| serde_json::to_string(event).unwrap());
    let lines: String = lines.map(|line| line + "\n").collect();
    assert_eq!((debates.len(), lines.as_bytes()), (1, &*log.bytes));
    let request = TestRequest::get().uri(&format!("/api/v1/debates/{id}/export"));
    let lines = app.ask(request.insert_header((header::ACCEPT, "application/x-ndjson"))).await;
    assert_eq!(lines.header(&header::CONTENT_TYPE), "application/x-ndjson");
    assert_eq!(lines.bytes, answer.bytes);
    let unknown = "/api/v1/debates/0193fb3e-0000-7000-8000-000000000001/export";
    assert_eq!(app.get(unknown).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_export_has_the_requested_format() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let path = format!("/api/v1/debates/{id}/export");
    for (format, kind, begins) in [
        ("html", "text/html; charset=utf-8", "<!doctype html>"),
        ("md", "text/markdown; charset=utf-8", "# "),
        ("json", "application/json", "{"),
        ("ndjson", "application/x-ndjson", "{"),
    ] {
        let named = app.get(&format!("{path}?format={format}")).await;
        assert_eq!(named.status, StatusCode::OK, "{format}");
        assert_eq!(named.header(&header::CONTENT_TYPE), kind);
        let name = format!("attachment; filename=\"debate-{id}.{format}\"");
        assert_eq!(named.header(&header::CONTENT_DISPOSITION), name);
        assert!(named.bytes.starts_with(begins.as_bytes()), "{format}");
        let accept = kind.split(';').next().unwrap_or_default();
        let accepted = TestRequest::get().uri(&path).insert_header((header::ACCEPT, accept));
        assert_eq!(app.ask(accepted).await.bytes, named.bytes, "{format}");
    }
    let wrong = app.get(&format!("{path}?format=pdf")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn the_player_holds_every_event() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let html = app.get(&format!("/api/v1/debates/{id}/export?format=html")).await;
    let html = String::from_utf8(html.bytes).expect("text");
    let log = html.split_once("id=\"synod-log\">").expect("a log").1;
    let log: Value = serde_json::from_str(log.split("</script>").next().unwrap()).expect("JSON");
    let events = app.get(&format!("/api/v1/debates/{id}/events?limit=1000&render=html")).await;
    assert_eq!(log, events.json["events"]);
}

#[actix_web::test]
async fn a_transcript_has_the_requested_format() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let path = format!("/api/v1/debates/{id}/transcript");
    let (markdown, json, html) =
        ("text/markdown; charset=utf-8", "application/json", "text/html; charset=utf-8");
    let (ndjson, plain) = ("application/x-ndjson", "text/plain; charset=utf-8");
    let cases = [
        ("", "*/*", markdown),
        ("", "application/json", json),
        ("", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", html),
        ("", "application/json;q=0.5, text/markdown", markdown),
        ("", "text/*", markdown),
        ("", "image/png", markdown),
        ("", "text/html;q=0", markdown),
        ("?format=json", "text/html", json),
        ("?format=html", "*/*", html),
        ("?format=markdown", "text/html", markdown),
        ("?format=md", "text/html", markdown),
        ("?format=ndjson", "text/html", ndjson),
        ("?format=text", "text/html", plain),
        ("", "application/x-ndjson, application/json;q=0.5", ndjson),
        ("", "text/plain", plain),
    ];
    for (query, accept, expected) in cases {
        let request = TestRequest::get().uri(&format!("{path}{query}"));
        let answer = app.ask(request.insert_header((header::ACCEPT, accept))).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(&header::VARY), "Accept");
        assert_eq!(answer.header(&header::CONTENT_TYPE), expected, "{query} {accept}");
        let text = String::from_utf8(answer.bytes).expect("UTF-8");
        assert!(text.contains("Ban cars?"));
        let begins = match expected {
            e if [json, ndjson].contains(&e) => "{",
            e if e == html => "<!doctype html>",
            _ => "# Ban cars?",
        };
        assert!(text.starts_with(begins), "{text}");
    }
    let unknown = app.get(&format!("{path}?format=pdf")).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// The log is what `synod verify` reads.
#[actix_web::test]
async fn ndjson_is_the_log_with_one_event_per_line() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let answer = app.get(&format!("/api/v1/debates/{id}/transcript?format=ndjson")).await;
    let text = String::from_utf8(answer.bytes).expect("UTF-8");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("an event"));
    let lines: Vec<Value> = lines.collect();
    let page = app.get(&format!("/api/v1/debates/{id}/events?limit=1000")).await;
    assert_eq!(Value::from(lines), page.json["events"]);
    assert!(text.ends_with('\n'));
}

/// `synod debate -o text` writes the same into a pipe.
#[actix_web::test]
async fn the_text_format_has_the_question_and_the_verdict() {
    let app = TestApp::for_yes();
    let finished = app.finished().await;
    let text = |id: String| {
        let app = &app;
        async move {
            let path = format!("/api/v1/debates/{id}/transcript?format=text");
            String::from_utf8(app.get(&path).await.bytes).expect("UTF-8")
        }
    };
    let verdict = text(finished).await;
    assert!(verdict.starts_with("# Ban cars?\n\n## Verdict"), "{verdict}");
    let open = text(app.open().await).await;
    assert_eq!(open, "# Ban cars?\n\n*This debate is not finished.*\n");
}

#[actix_web::test]
async fn an_html_transcript_loads_and_runs_nothing() {
    let app = TestApp::new();
    let id = app.open().await;
    let page = app.get(&format!("/api/v1/debates/{id}/transcript?format=html")).await;
    let policy = page.header(&header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}
