use std::{future::poll_fn, pin::Pin, sync::Arc};

use actix_web::{
    App, HttpServer,
    body::{BoxBody, MessageBody, to_bytes},
    dev::ServerHandle,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderName},
    },
    rt, test,
};
use serde_json::{Value, json};
use synod_debate_engine::DebateHandle;
use synod_domain::Clock;
use synod_event_log::{EventLog, RecordStore};
use synod_http_api::{Api, ApiSettings, configure};
use synod_inference::{
    Gateway, GatewaySettings, ReplyForm, ScriptedHost, ScriptedModel, ScriptedReply,
};
use synod_runtime::Synod;

use crate::document::{assert_is, assert_promised};

/// The routes of a system on scripted hosts.
pub(crate) struct TestApp {
    api: Api,
    pub(crate) synod: Synod,
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    /// The body, if it is JSON; else null.
    pub(crate) json: Value,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(status: StatusCode, headers: HeaderMap, bytes: Vec<u8>) -> Self {
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Self { status, headers, json, bytes }
    }

    /// A header's text; empty if there is none.
    pub(crate) fn header(&self, name: &HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl TestApp {
    /// On a host with this model.
    pub(crate) fn on(model: ScriptedModel) -> Self {
        Self::of(vec![ScriptedHost::new("local").with(model)])
    }

    /// On these hosts.
    pub(crate) fn of(hosts: Vec<ScriptedHost>) -> Self {
        Self::behind(hosts, GatewaySettings::default())
    }

    /// With these settings.
    pub(crate) fn with(settings: ApiSettings) -> Self {
        let host = ScriptedHost::new("local").with(ScriptedModel::new("model"));
        Self::built(vec![host], GatewaySettings::default(), settings)
    }

    /// On these hosts, behind a gateway with these settings.
    pub(crate) fn behind(hosts: Vec<ScriptedHost>, settings: GatewaySettings) -> Self {
        Self::built(hosts, settings, ApiSettings::default())
    }

    fn built(hosts: Vec<ScriptedHost>, gateway: GatewaySettings, settings: ApiSettings) -> Self {
        let hosts = hosts.into_iter().map(|host| Arc::new(host) as _).collect();
        let synod = Synod::builder(Gateway::new(hosts, gateway)).build();
        Self { api: Api::new(synod.clone(), settings), synod }
    }

    /// On a host with this model, with a log and records of the test's.
    pub(crate) fn on_stores(
        model: ScriptedModel,
        log: Arc<dyn EventLog>,
        records: Arc<dyn RecordStore>,
    ) -> Self {
        let host = Arc::new(ScriptedHost::new("local").with(model)) as _;
        let gateway = Gateway::new(vec![host], GatewaySettings::default());
        let synod = Synod::builder(gateway).with_log(log).with_records(records).build();
        Self {
            api: Api::new(synod.clone(), ApiSettings { shares: true, ..ApiSettings::default() }),
            synod,
        }
    }

    /// With records and a clock of the test's.
    pub(crate) fn with_clock(records: Arc<dyn RecordStore>, clock: Arc<dyn Clock>) -> Self {
        let host = Arc::new(ScriptedHost::new("local").with(ScriptedModel::new("model"))) as _;
        let builder = Synod::builder(Gateway::new(vec![host], GatewaySettings::default()));
        let synod = builder.with_records(records).with_clock(clock).build();
        Self { api: Api::new(synod.clone(), ApiSettings::default()), synod }
    }

    /// On a host whose model agrees with everyone.
    pub(crate) fn new() -> Self {
        Self::on(ScriptedModel::new("model"))
    }

    /// On a host whose model always votes Yes.
    pub(crate) fn for_yes() -> Self {
        let mut statements = 0;
        Self::on(ScriptedModel::new("model").answering(move |request| {
            let ReplyForm::Text = request.form else { return ScriptedReply::text("Yes") };
            // A copy of an earlier statement would be a pass.
            statements += 1;
            ScriptedReply::text(format!("Yes, for reason {statements}"))
        }))
    }

    /// On a host whose model never ends a reply.
    pub(crate) fn thinking() -> Self {
        let reply = ScriptedReply::pieces(["Well, ", "let me "]).then_hangs();
        Self::on(ScriptedModel::new("model").always(reply))
    }

    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(test::TestRequest::get().uri(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(test::TestRequest::post().uri(path).set_json(body)).await
    }

    pub(crate) async fn method(&self, method: Method, path: &str) -> Answer {
        self.ask(test::TestRequest::default().method(method).uri(path)).await
    }

    pub(crate) async fn ask(&self, request: test::TestRequest) -> Answer {
        let app = test::init_service(App::new().configure(configure(self.api.clone()))).await;
        let mut request = request.to_request();
        if !request.head().headers().contains_key(header::HOST) {
            request
                .headers_mut()
                .insert(header::HOST, header::HeaderValue::from_static("localhost"));
        }
        let (method, path) = (request.method().clone(), request.path().to_owned());
        let response = test::call_service(&app, request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.expect("the body is read");
        let answer = Answer::of(status, headers, bytes.to_vec());
        let content_type = answer.header(&header::CONTENT_TYPE);
        assert_promised(&method, &path, status, content_type, &answer.json);
        answer
    }
}

/// A structured debate of three over Yes and No, of one round.
pub(crate) fn yes_or_no() -> Value {
    json!({
        "debate_topic": "Ban cars?",
        "problem_statement": "",
        "debate_mode": "structured",
        "max_rounds": 1,
        "max_iterations_per_round": 1,
        "selected_agents": ["analyst", "critic", "skeptic"],
        "debate_rules": { "options": ["Yes", "No"] },
    })
}

/// Debates.
impl TestApp {
    /// Opens a debate over Yes and No, and returns its id.
    pub(crate) async fn open(&self) -> String {
        let opened = self.post("/debate/initialize", &yes_or_no()).await;
        assert_eq!(opened.status, StatusCode::OK, "{}", opened.json);
        opened.json["debate_id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn control(&self, id: &str, action: &str) -> Answer {
        self.post(&format!("/debate/{id}/control"), &json!({ "action": action })).await
    }

    /// Opens a debate over Yes and No, starts it, and returns its id.
    pub(crate) async fn start(&self) -> String {
        let id = self.open().await;
        assert_eq!(self.control(&id, "start").await.status, StatusCode::OK);
        id
    }

    /// Runs a debate to its end and returns its id.
    pub(crate) async fn finished(&self) -> String {
        let id = self.start().await;
        self.handle(&id).await.finished().await.expect("a verdict");
        id
    }

    pub(crate) async fn handle(&self, id: &str) -> DebateHandle {
        self.synod.debates().get(id.parse().expect("an id")).await.expect("a debate")
    }
}

/// A streamed response.
pub(crate) struct Streamed {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Pin<Box<BoxBody>>,
    read: String,
}

impl Streamed {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The next block of an event stream; `None` at its end.
    pub(crate) async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.read.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.read = rest;
                return Some(block);
            }
            let bytes = poll_fn(|context| self.body.as_mut().poll_next(context)).await?;
            self.read.push_str(str::from_utf8(&bytes.expect("no error")).expect("UTF-8"));
        }
    }

    /// The next event or delta: its id and its envelope. Comments are skipped.
    pub(crate) async fn message(&mut self) -> Option<(Option<u64>, Value)> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                let mut lines = block.lines();
                lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
            };
            let Some(data) = field("data") else { continue };
            let data: Value = serde_json::from_str(data).expect("JSON");
            assert_eq!(field("event"), data["type"].as_str());
            assert_is("DebateUpdate", &data);
            return Some((field("id").map(|id| id.parse().expect("a number")), data));
        }
    }

    /// Everything up to the end of the stream.
    pub(crate) async fn messages(mut self) -> Vec<(Option<u64>, Value)> {
        let mut messages = Vec::new();
        while let Some(message) = self.message().await {
            messages.push(message);
        }
        messages
    }
}

/// An app behind a real socket.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) handle: ServerHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

/// Streams and sockets.
impl TestApp {
    pub(crate) async fn stream(&self, request: test::TestRequest) -> Streamed {
        let app = test::init_service(App::new().configure(configure(self.api.clone()))).await;
        let request = request.insert_header(("Accept", "text/event-stream"));
        let request = request.insert_header((header::HOST, "localhost")).to_request();
        let response = test::call_service(&app, request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = Box::pin(response.into_body().boxed());
        Streamed { status, headers, body, read: String::new() }
    }

    /// The server is about to stop.
    pub(crate) fn close(&self) {
        self.api.close();
    }

    pub(crate) fn server(&self) -> Server {
        let api = self.api.clone();
        let server = HttpServer::new(move || App::new().configure(configure(api.clone())));
        let server = server.workers(1).disable_signals();
        let server = server.bind(("127.0.0.1", 0)).expect("a free port");
        let address = server.addrs()[0].to_string();
        let server = server.run();
        let handle = server.handle();
        rt::spawn(server);
        Server { address, handle }
    }
}
