//! Two servers on one store.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{
    http::{Method, StatusCode, header::HeaderName},
    test::TestRequest,
};
use futures_util::{FutureExt, future::BoxFuture, future::join};
use serde_json::{Value, json};
use synod_debate_engine::SystemClock;
use synod_domain::{Clock, Event, ManualClock, Timestamp};
use synod_event_log::{Documents, LogError, MemoryLog, MemoryRecords, ProcessId, RecordStore};
use synod_inference::{ScriptedModel, ScriptedReply};
use tokio::time::timeout;
use uuid::Uuid;

use crate::test_app::{Answer, TestApp};

/// A store that two processes have open.
struct Store {
    log: Arc<MemoryLog>,
    documents: Arc<MemoryRecords>,
    open: Arc<Mutex<HashSet<ProcessId>>>,
}

/// The records of a store, as one process has them.
#[derive(Clone)]
struct Records {
    documents: Arc<MemoryRecords>,
    open: Arc<Mutex<HashSet<ProcessId>>>,
    process: ProcessId,
    /// Whether the store has no space for answers.
    is_full: Arc<AtomicBool>,
    /// Whether no document can be replaced.
    is_locked: Arc<AtomicBool>,
    reads: Arc<AtomicUsize>,
}

impl Store {
    fn new() -> Self {
        let log = MemoryLog::new(Arc::new(SystemClock::new()));
        Self { log: Arc::new(log), documents: Arc::default(), open: Arc::default() }
    }

    fn open(&self) -> Records {
        let process = ProcessId::from_uuid(Uuid::now_v7());
        self.open.lock().expect("no panic").insert(process);
        Records {
            documents: Arc::clone(&self.documents),
            open: Arc::clone(&self.open),
            process,
            is_full: Arc::default(),
            is_locked: Arc::default(),
            reads: Arc::default(),
        }
    }

    /// A server with these records, whose model replies so.
    fn serve(&self, records: &Records, reply: ScriptedReply) -> TestApp {
        let model = ScriptedModel::new("model").always(reply);
        TestApp::on_stores(model, self.log.clone(), Arc::new(records.clone()))
    }

    /// Two servers whose models reply.
    fn two(&self) -> [TestApp; 2] {
        [(), ()].map(|()| self.serve(&self.open(), ScriptedReply::text("Yes.")))
    }
}

impl Records {
    /// The process ends, and writes nothing more.
    fn kill(&self) {
        self.open.lock().expect("no panic").remove(&self.process);
    }

    fn check(&self) -> Result<(), LogError> {
        let is_open = self.open.lock().expect("no panic").contains(&self.process);
        if is_open { Ok(()) } else { Err(unavailable()) }
    }
}

fn unavailable() -> LogError {
    LogError::Unavailable { source: Arc::new(std::io::Error::other("the process has ended")) }
}

impl RecordStore for Records {
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            self.check()?;
            if self.is_full.load(Ordering::Relaxed) {
                return Err(LogError::Full);
            }
            self.documents.put(kind, documents).await
        }
        .boxed()
    }

    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        async move {
            self.check()?;
            if self.is_locked.load(Ordering::Relaxed) {
                return Err(unavailable());
            }
            let swapped = self.documents.swap(kind, key, current, new).await;
            // A client may leave before the store has answered.
            tokio::task::yield_now().await;
            swapped
        }
        .boxed()
    }

    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            self.check()?;
            self.documents.remove(kind, key).await
        }
        .boxed()
    }

    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        async move {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let read = self.documents.get(kind, key).await;
            // Other processes may write in between.
            tokio::task::yield_now().await;
            read
        }
        .boxed()
    }

    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<Documents, LogError>> {
        self.documents.all(kind)
    }

    fn process(&self) -> ProcessId {
        self.process
    }

    fn is_open_in(&self, process: ProcessId) -> BoxFuture<'_, Result<bool, LogError>> {
        async move { Ok(self.open.lock().expect("no panic").contains(&process)) }.boxed()
    }
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    let request = TestRequest::post().uri(path).insert_header(("Idempotency-Key", "k"));
    app.ask(request.set_json(body)).await
}

async fn chat(app: &TestApp) -> Answer {
    post(app, "/ollama/chat", &json!({ "model": "model", "message": "a" })).await
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header(&HeaderName::from_static("idempotency-replayed")) == "true"
}

/// Polls a request that never ends until the other server refuses one with its key.
async fn in_progress(request: impl Future<Output = Answer>, other: &TestApp) {
    let refused = async {
        // The first request gets its key before it is polled again.
        tokio::task::yield_now().await;
        chat(other).await
    };
    tokio::select! { biased;
        answer = request => panic!("{}", answer.json),
        refused = refused => {
            assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.json);
            let said = refused.json["detail"].as_str().expect("a sentence");
            assert!(said.contains("in progress"), "{said}");
        }
    }
}

#[actix_web::test]
async fn a_key_in_progress_at_another_server_is_409() {
    tokio::time::pause();
    let store = Store::new();
    let one = store.serve(&store.open(), ScriptedReply::hangs());
    let other = store.serve(&store.open(), ScriptedReply::text("Yes."));
    let mut first = Box::pin(chat(&one));
    in_progress(&mut first, &other).await;
    // The client disconnects, which ends the request.
    drop(first);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let answer = chat(&other).await;
    assert_eq!((answer.status, is_replayed(&answer)), (StatusCode::OK, false), "{}", answer.json);
    let again = chat(&one).await;
    assert!(is_replayed(&again), "{}", again.json);
    assert_eq!(again.bytes, answer.bytes);
}

#[actix_web::test]
async fn a_client_that_leaves_at_any_time_leaves_no_key_behind() {
    tokio::time::pause();
    for polls in 0..16 {
        let store = Store::new();
        let one = store.serve(&store.open(), ScriptedReply::hangs());
        let other = store.serve(&store.open(), ScriptedReply::text("Yes."));
        let mut first = Box::pin(chat(&one));
        for _ in 0..polls {
            assert!(futures_util::poll!(&mut first).is_pending());
            tokio::task::yield_now().await;
        }
        drop(first);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(chat(&other).await.status, StatusCode::OK, "{polls}");
    }
}

#[actix_web::test]
async fn the_key_of_a_killed_server_is_free_at_once() {
    tokio::time::pause();
    let store = Store::new();
    let killed = store.open();
    let one = store.serve(&killed, ScriptedReply::hangs());
    let other = store.serve(&store.open(), ScriptedReply::text("Yes."));
    let mut first = Box::pin(chat(&one));
    in_progress(&mut first, &other).await;
    killed.kill();
    let answer = chat(&other).await;
    assert_eq!((answer.status, is_replayed(&answer)), (StatusCode::OK, false), "{}", answer.json);
}

#[actix_web::test]
async fn a_request_that_two_servers_get_at_once_has_one_effect() {
    let store = Store::new();
    let servers = store.two();
    let id = servers[0].open().await;
    let interjections = format!("/api/v1/debates/{id}/interjections");
    let message = json!({ "text": "Mind the shops." });
    let agent = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    for (path, body, done) in [
        (&*interjections, &message, StatusCode::ACCEPTED),
        ("/api/v1/agents", &agent, StatusCode::CREATED),
    ] {
        let request = async |app: &TestApp| {
            let key = TestRequest::post().uri(path).insert_header(("Idempotency-Key", path));
            app.ask(key.set_json(body)).await
        };
        let (one, two) = join(request(&servers[0]), request(&servers[1])).await;
        let statuses = HashSet::from([one.status, two.status]);
        assert_eq!(statuses, HashSet::from([done, StatusCode::CONFLICT]), "{path}");
        for app in &servers {
            let again = request(app).await;
            assert_eq!((again.status, is_replayed(&again)), (done, true), "{path}");
        }
    }
    let events = servers[0].handle(&id).await.events(1, 9).await.expect("events");
    let said = events.iter().filter(|event| matches!(event.event, Event::Interjected(_)));
    assert_eq!(said.count(), 1);
}

#[actix_web::test]
async fn a_refused_request_frees_its_key_for_all_servers() {
    let store = Store::new();
    let [one, other] = store.two();
    let unknown = json!({ "model": "missing", "message": "a" });
    for app in [&one, &other, &one] {
        let refused = post(app, "/ollama/chat", &unknown).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.json);
    }
    assert_eq!(chat(&other).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_key_that_could_not_be_given_back_is_free_for_its_server() {
    let store = Store::new();
    let records = store.open();
    let (app, other) = (
        store.serve(&records, ScriptedReply::text("Yes.")),
        store.serve(&store.open(), ScriptedReply::text("Yes.")),
    );
    // The claim is written, and what is written afterwards fails.
    records.is_full.store(true, Ordering::Relaxed);
    let locked = Arc::clone(&records.is_locked);
    let lock = async move {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        locked.store(true, Ordering::Relaxed);
    };
    let (refused, ()) = join(chat(&app), lock).await;
    assert_eq!(refused.status, StatusCode::INSUFFICIENT_STORAGE, "{}", refused.json);
    assert_eq!(store.documents.all("answer_claim").await.expect("readable").len(), 1);
    assert_eq!(chat(&other).await.status, StatusCode::CONFLICT);
    records.is_full.store(false, Ordering::Relaxed);
    records.is_locked.store(false, Ordering::Relaxed);
    assert_eq!(chat(&app).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_message_whose_answer_was_lost_is_sent_once() {
    let store = Store::new();
    let records = store.open();
    let one = store.serve(&records, ScriptedReply::text("Yes."));
    let other = store.serve(&store.open(), ScriptedReply::text("Yes."));
    let id = one.open().await;
    let path = format!("/api/v1/debates/{id}/interjections");
    let message = json!({ "text": "Mind the shops." });
    records.is_full.store(true, Ordering::Relaxed);
    let unanswered = post(&one, &path, &message).await;
    assert_eq!(unanswered.status, StatusCode::INSUFFICIENT_STORAGE, "{}", unanswered.json);
    records.kill();
    let between = other.post(&path, &json!({ "text": "And the schools." })).await;
    assert_eq!(between.status, StatusCode::ACCEPTED);
    for _ in 0..2 {
        let again = post(&other, &path, &message).await;
        assert_eq!((again.status, is_replayed(&again)), (StatusCode::ACCEPTED, true));
        assert_eq!(again.json["seq"], 2, "{}", again.json);
    }
    assert_eq!(other.handle(&id).await.snapshot().await.expect("a state").seq(), 3);
}

#[actix_web::test]
async fn claims_of_killed_servers_are_removed_after_a_day() {
    tokio::time::pause();
    let store = Store::new();
    let killed = store.open();
    let one = store.serve(&killed, ScriptedReply::hangs());
    let records = store.open();
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix_ms(0)));
    let other = TestApp::with_clock(Arc::new(records), Arc::clone(&clock) as _);
    let claims = async || store.documents.all("answer_claim").await.expect("readable").len();
    let mut first = Box::pin(chat(&one));
    let _ = timeout(Duration::from_millis(1), &mut first).await;
    killed.kill();
    assert_eq!(claims().await, 1);
    clock.advance(SystemClock::new().now().unix_ms() + 24 * 3_600_000);
    let agent = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    let key = TestRequest::post().uri("/api/v1/agents").insert_header(("Idempotency-Key", "l"));
    assert_eq!(other.ask(key.set_json(&agent)).await.status, StatusCode::CREATED);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(claims().await, 0);
}

/// The token of a new share.
async fn shared(app: &TestApp, id: &str) -> String {
    let share = app.post(&format!("/api/v1/debates/{id}/shares"), &Value::Null).await;
    assert_eq!(share.status, StatusCode::CREATED, "{}", share.json);
    share.json["token"].as_str().expect("a token").to_owned()
}

#[actix_web::test]
async fn a_revocation_at_another_server_ends_streams_within_a_second() {
    tokio::time::pause();
    let store = Store::new();
    let [one, other] = store.two();
    let id = one.open().await;
    let (token, kept) = (shared(&one, &id).await, shared(&one, &id).await);
    let stream = async |token: &str| {
        let request = TestRequest::get().uri(&format!("/share/{token}/events"));
        let mut stream = one.stream(request).await;
        assert!(stream.message().await.is_some());
        stream
    };
    let (mut revoked, mut open) = (stream(&token).await, stream(&kept).await);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let path = format!("/api/v1/debates/{id}/shares/{token}");
    assert_eq!(other.method(Method::DELETE, &path).await.status, StatusCode::NO_CONTENT);
    let ended =
        timeout(Duration::from_millis(1_100), async { while revoked.message().await.is_some() {} });
    ended.await.expect("it ends");
    let goes_on = timeout(Duration::from_secs(20), open.message()).await;
    assert!(goes_on.is_err(), "its link was not revoked");
}

#[actix_web::test]
async fn a_deletion_at_another_server_ends_streams_and_removes_links() {
    tokio::time::pause();
    let store = Store::new();
    let [one, other] = store.two();
    let id = one.open().await;
    let token = shared(&one, &id).await;
    let request = TestRequest::get().uri(&format!("/share/{token}/events"));
    let mut stream = one.stream(request).await;
    assert!(stream.message().await.is_some());
    // As a command does it, which deletes debates that have not ended.
    other.synod.delete(id.parse().expect("an id")).await.expect("deleted");
    let ended =
        timeout(Duration::from_millis(1_100), async { while stream.message().await.is_some() {} });
    ended.await.expect("it ends");
    assert!(store.documents.all("share").await.expect("readable").is_empty());
}

#[actix_web::test]
async fn many_streams_by_one_link_cost_one_read_a_second() {
    tokio::time::pause();
    let store = Store::new();
    let records = store.open();
    let app = store.serve(&records, ScriptedReply::text("Yes."));
    let id = app.open().await;
    let token = shared(&app, &id).await;
    let mut streams = Vec::new();
    for _ in 0..200 {
        let request = TestRequest::get().uri(&format!("/share/{token}/events"));
        let mut stream = app.stream(request).await;
        assert!(stream.message().await.is_some());
        streams.push(stream);
    }
    let reads = || records.reads.load(Ordering::Relaxed);
    let before = reads();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!((58..=61).contains(&(reads() - before)), "{}", reads() - before);
    drop(streams);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = reads();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(reads() - before, 0, "without streams, links are not read");
}
