use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::LazyLock,
    time::Duration,
};

use serde_json::{Value, json};
use synod_tests::{FakeOllama, Settings};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

/// Timeout of every wait.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The library with the faults.
static FAULTS: LazyLock<PathBuf> = LazyLock::new(|| {
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("synod-faults.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/durability/faults.c");
    let built = library.with_extension(std::process::id().to_string());
    let mut cc = std::process::Command::new("cc");
    cc.args(["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o"]).arg(&built).arg(source);
    assert!(cc.arg("-ldl").status().expect("a C compiler").success(), "the library is not built");
    fs::rename(&built, &library).expect("renamed");
    library
});

/// A folder with a data directory, and a model host, that outlive the processes.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) ollama: FakeOllama,
}

/// A server process.
pub(crate) struct Process {
    child: Child,
    address: SocketAddr,
}

/// A debate to hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) mode: &'static str,
    agents: usize,
    rounds: u32,
    iterations: u32,
    /// Distinguishes debates of the same kind.
    number: usize,
}

/// What a debate led to, without ids and times.
#[derive(Debug, PartialEq)]
pub(crate) struct Result {
    statements: Value,
    ballots: Value,
    rounds: Value,
    verdict: Value,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::on(Settings::default()).await
    }

    /// With a host whose replies take many seconds.
    pub(crate) async fn slow() -> Self {
        Self::on(Settings { itl_ms: 100.0, tokens: 200, ..Settings::default() }).await
    }

    async fn on(settings: Settings) -> Self {
        let settings =
            Settings { models: vec!["qwen2.5:3b".to_owned()], ignores_seed: true, ..settings };
        let ollama = FakeOllama::start(settings).await.expect("a fake host");
        Self { folder: TempDir::new().expect("a folder"), ollama }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts a server with these variables of the library with the faults. `None` if it ends before it
    /// serves.
    pub(crate) async fn serve(&self, faults: &[(&str, String)]) -> Option<Process> {
        let mut variables = faults.to_vec();
        if !faults.is_empty() {
            variables.push(("LD_PRELOAD", FAULTS.display().to_string()));
        }
        self.serve_with(&variables).await
    }

    /// Starts a server with these variables. `None` if it ends before it serves.
    pub(crate) async fn serve_with(&self, variables: &[(&str, String)]) -> Option<Process> {
        let mut command = self.command();
        let err = self.folder.path().join("err");
        let err = fs::File::options().append(true).create(true).open(err).expect("a file");
        command
            .args(["serve", "--port", "0"])
            .env("SYNOD__SERVER__HOST", "127.0.0.1")
            .env("SYNOD__SERVER__DRAIN_SECONDS", "0")
            .envs(variables.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(err);
        let mut child = command.spawn().expect("the binary starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let line = timeout(TIMEOUT, out.next_line()).await.expect("an address").expect("a pipe")?;
        let address = line.strip_prefix("http://").expect("an address").parse();
        Some(Process { child, address: address.expect("an address") })
    }

    /// Starts the same debate in a terminal.
    pub(crate) fn terminal(&self) -> Child {
        let mut command = self.command();
        command.args(["debate", "Should the office move?", "--quiet", "--seed", "7"]);
        command.args(["--agents", "analyst,critic", "--rounds", "1", "--iterations", "1"]);
        command.args(["--option", "Yes", "--option", "No"]).stdout(Stdio::null());
        command.spawn().expect("the binary starts")
    }

    /// Runs a command on a data directory of the scene's folder, with these variables of the library with
    /// the faults.
    pub(crate) async fn run(
        &self,
        data: &str,
        arguments: &[&str],
        faults: &[(&str, String)],
    ) -> std::process::Output {
        let mut command = self.command();
        command.args(arguments).env("SYNOD__LOG__DATA", self.folder.path().join(data));
        if !faults.is_empty() {
            command.env("LD_PRELOAD", &*FAULTS).envs(faults.iter().cloned());
        }
        timeout(TIMEOUT, command.output()).await.expect("it ends").expect("the binary starts")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("OLLAMA_HOST", self.ollama.url())
            .env("SYNOD__LOG__DATA", self.data())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("err")).unwrap_or_default()
    }

    /// How often the host was sent each call, by its prompt.
    pub(crate) fn times_sent(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for chat in self.ollama.chats() {
            *times.entry(chat.prompt).or_default() += 1;
        }
        times
    }
}

/// A stream of server-sent events.
pub(crate) struct EventStream(Lines<BufReader<TcpStream>>);

impl EventStream {
    /// Reads up to an event of this kind.
    pub(crate) async fn until(&mut self, kind: &str) {
        let read = async {
            while let Some(line) = self.0.next_line().await.expect("a stream") {
                if line.contains(kind) {
                    return;
                }
            }
            panic!("the stream ended without {kind}");
        };
        timeout(TIMEOUT, read).await.expect("an event");
    }

    /// Reads up to the end: the last chunk, after which the connection may be kept.
    pub(crate) async fn end(&mut self) {
        while let Ok(Some(line)) = self.0.next_line().await
            && line != "0"
        {}
    }
}

impl Question {
    /// Two participants, one round of one pass.
    pub(crate) const fn small(mode: &'static str) -> Self {
        Self { mode, agents: 2, rounds: 1, iterations: 1, number: 0 }
    }

    /// Four participants, three rounds of two passes.
    pub(crate) const fn large(mode: &'static str) -> Self {
        Self { mode, agents: 4, rounds: 3, iterations: 2, number: 0 }
    }

    pub(crate) const fn numbered(self, number: usize) -> Self {
        Self { number, ..self }
    }

    fn request(self) -> Value {
        let agents = &["analyst", "critic", "pragmatist", "engineer"][..self.agents];
        json!({
            "debate_topic": "Should the office move?",
            "selected_agents": agents,
            "debate_mode": self.mode,
            "max_rounds": self.rounds,
            "max_iterations_per_round": self.iterations,
            "problem_statement": "",
            "debate_rules": { "options": ["Yes", "No"], "seed": 7 },
        })
    }
}

impl Process {
    /// Starts a debate, or finds the one that was started before, and follows it to its end. `None` if
    /// the process ends before.
    pub(crate) async fn debate(&self, question: Question) -> Option<Result> {
        let id = self.open(question).await?;
        self.result(&id).await
    }

    /// Starts a debate, or finds the one that was started before, and returns its id. `None` if the
    /// process ends, or cannot write any more.
    pub(crate) async fn open(&self, question: Question) -> Option<String> {
        let key = format!("Idempotency-Key: {}\r\n", question.number);
        let (body, path) = (question.request(), "/api/v1/debates");
        let (status, opened) = self.exchange("POST", path, &key, Some(body)).await?;
        if status >= 500 {
            return None;
        }
        assert_eq!(status, 201, "{opened}");
        Some(opened["debate_id"].as_str().expect("an id").to_owned())
    }

    /// Sends a request. `None` if the process ends before its response.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Option<(u16, Value)> {
        self.exchange(method, path, "", body).await
    }

    /// Sends a request with an idempotency key. `None` if the process ends before its response.
    pub(crate) async fn send_with_key(
        &self,
        path: &str,
        key: &str,
        body: Value,
    ) -> Option<(u16, Value)> {
        self.exchange("POST", path, &format!("Idempotency-Key: {key}\r\n"), Some(body)).await
    }

    /// Sends a request whose response has no body.
    pub(crate) async fn send_away(&self, method: &str, path: &str) {
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("sent");
            let mut text = String::new();
            stream.read_to_string(&mut text).await.expect("text");
            text
        };
        let text = timeout(TIMEOUT, exchange).await.expect("a response");
        assert!(text.starts_with("HTTP/1.1 204 "), "{method} {path}: {text}");
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: Option<Value>,
    ) -> Option<(u16, Value)> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.ok()?;
            stream.write_all((head + &body).as_bytes()).await.ok()?;
            let mut text = String::new();
            stream.read_to_string(&mut text).await.ok()?;
            let (head, body) = text.split_once("\r\n\r\n")?;
            let status = head.split(' ').nth(1)?.parse().ok()?;
            Some((status, serde_json::from_str(body).ok()?))
        };
        timeout(TIMEOUT, exchange).await.expect("a response")
    }

    /// Follows a debate to its end.
    pub(crate) async fn result(&self, id: &str) -> Option<Result> {
        let follow = async {
            loop {
                let (status, debate) = self.send("GET", &format!("/debates/{id}"), None).await?;
                assert_eq!(status, 200, "{debate}");
                match debate["status"].as_str() {
                    Some("completed") => return Some(debate),
                    Some("running") => sleep(Duration::from_millis(5)).await,
                    _ => panic!("the debate does not continue: {debate}"),
                }
            }
        };
        let mut debate = timeout(TIMEOUT, follow).await.expect("a verdict")?;
        let (_, log) =
            self.send("GET", &format!("/api/v1/debates/{id}/events?limit=500"), None).await?;
        let seqs = log["events"].as_array().expect("events").iter().map(|event| &event["seq"]);
        assert!(
            seqs.eq((1..=log["events"].as_array().map_or(0, Vec::len))
                .map(|n| json!(n))
                .collect::<Vec<_>>()
                .iter()),
            "{log}"
        );
        let mut verdict = debate["verdict"].take();
        // Calls that were made again count, and time passes.
        for field in ["tokens", "calls", "running_ms"] {
            verdict.as_object_mut().expect("a verdict").remove(field);
        }
        let [statements, ballots, rounds] =
            ["statements", "ballots", "rounds"].map(|field| debate[field].take());
        Some(Result { statements, ballots, rounds, verdict })
    }

    /// Opens a stream of server-sent events.
    pub(crate) async fn stream(&self, path: &str) -> EventStream {
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(head.as_bytes()).await.expect("sent");
        EventStream(BufReader::new(stream).lines())
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().expect("a process").to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// The body of a page.
    pub(crate) async fn text(&self, path: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.expect("a connection");
            stream.write_all(head.as_bytes()).await.expect("sent");
            let mut text = String::new();
            stream.read_to_string(&mut text).await.expect("text");
            text
        };
        timeout(TIMEOUT, exchange).await.expect("a response")
    }

    /// Kills the process.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Waits for the end of the process, and returns its exit code, if it has one.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        timeout(TIMEOUT, self.child.wait()).await.expect("it ends").expect("a status").code()
    }
}
