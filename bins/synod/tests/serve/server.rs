//! Runs the server in a folder of its own.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command as Blocking, Stdio},
};

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdout, Command},
    time::{Duration, sleep, timeout},
};

/// An address on which nothing listens.
pub(crate) const UNREACHABLE: &str = "http://127.0.0.1:1";
/// Timeout of every wait.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Files and variables of a server.
pub(crate) struct Setting {
    pub(crate) folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    /// The listen addresses: 127.0.0.1, and ::1 if the machine has IPv6.
    pub(crate) addresses: Vec<SocketAddr>,
    folder: TempDir,
}

/// The result of a process.
pub(crate) struct RunResult {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A response as raw text.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        Self { folder, variables: vec![("OLLAMA_HOST", UNREACHABLE.to_owned())] }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        std::fs::write(self.folder.path().join(name), content).expect("a file");
        self
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
        let err = std::fs::File::create(self.folder.path().join("err")).expect("a file");
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(err)
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> RunResult {
        let output = self.command(arguments).output();
        let output = timeout(TIMEOUT, output).await.expect("the process ends").expect("a process");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        RunResult { code: output.status.code(), out, err }
    }

    /// Serves on a free port.
    pub(crate) async fn serve(self, arguments: &[&str]) -> Server {
        let all = [&["serve", "--port", "0"], arguments].concat();
        let mut child = self.command(&all).spawn().expect("the binary starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut server = Server { child, addresses: Vec::new(), folder: self.folder, out };
        let first = timeout(TIMEOUT, server.out.next_line()).await.expect("an address");
        let first =
            first.expect("a pipe").unwrap_or_else(|| panic!("the server ended: {}", server.log()));
        let address = |line: &str| line.strip_prefix("http://").expect(line).parse().expect(line);
        server.addresses.push(address(&first));
        if let Ok(Ok(Some(second))) = timeout(Duration::from_secs(1), server.out.next_line()).await
        {
            server.addresses.push(address(&second));
        }
        server
    }
}

impl Server {
    /// Starts a server without models.
    pub(crate) async fn start() -> Self {
        Setting::new().serve(&[]).await
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The text on stderr so far.
    pub(crate) fn log(&self) -> String {
        read_log(self.folder())
    }

    /// Waits for a line of the log with this property.
    pub(crate) async fn logged(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let find = async {
            loop {
                let lines = self.log();
                let mut lines = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
                if let Some(line) = lines.find(&wanted) {
                    return line;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(TIMEOUT, find).await.unwrap_or_else(|_| panic!("not in the log: {}", self.log()))
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addresses[0]).await.expect("a connection")
    }

    /// Sends these bytes and reads to the end of the connection.
    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> Response {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.expect("sent");
        Response::read(stream).await
    }

    /// Sends a GET request with these further header lines.
    pub(crate) async fn get(&self, path: &str, lines: &[&str]) -> Response {
        let host = self.addresses[0];
        let mut head = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n");
        if !lines.iter().any(|line| line.starts_with("Host:")) {
            head += &format!("Host: {host}\r\n");
        }
        for line in lines {
            head += &format!("{line}\r\n");
        }
        self.send(head + "\r\n").await
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().expect("a process").to_string();
        let sent = Blocking::new("kill").args(["-s", name, &id]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(mut self) -> RunResult {
        let status =
            timeout(TIMEOUT, self.child.wait()).await.expect("the process ends").expect("a status");
        let mut out = String::new();
        while let Ok(Some(line)) = self.out.next_line().await {
            out += &line;
        }
        RunResult { code: status.code(), out, err: self.log() }
    }

    /// Stops the server gracefully.
    pub(crate) async fn stop(self) -> RunResult {
        self.signal("TERM");
        self.ended().await
    }
}

impl Response {
    /// Reads a response up to its content length, or else to the end of the connection. Status 0: the
    /// connection ended without a response.
    pub(crate) async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        loop {
            let response = Self::of(&bytes);
            let length = response.header("content-length").parse();
            if length.is_ok_and(|length: usize| response.body.len() >= length) {
                return response;
            }
            let read = timeout(TIMEOUT, stream.read_buf(&mut bytes)).await.expect("more bytes");
            if read.expect("bytes") == 0 {
                return response;
            }
        }
    }

    fn of(bytes: &[u8]) -> Self {
        let text = str::from_utf8(bytes).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// The value of a header; empty if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let values = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut values = values.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.next().map_or("", |(_, value)| value.trim())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

fn read_log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("err")).expect("a file")
}

/// A host that accepts requests and never responds.
pub(crate) struct SilentHost(TcpListener);

impl SilentHost {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }

    /// Waits until its models are requested, which takes two connections.
    pub(crate) async fn asked(&self) -> [TcpStream; 2] {
        let accept = async || self.0.accept().await.expect("a request").0;
        [accept().await, accept().await]
    }
}

/// A fake Ollama with one model.
pub(crate) async fn ollama() -> FakeOllama {
    let settings = Settings { models: vec!["zmodel".to_owned()], ..Settings::default() };
    FakeOllama::start(settings).await.expect("a fake host")
}
