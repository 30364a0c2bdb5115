//! A server in a folder of its own.

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

/// A port at which nothing listens.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:1";
/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server is started with.
pub(crate) struct Setting {
    pub(crate) folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// A server that runs.
pub(crate) struct Server {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    /// Where it listens: 127.0.0.1, then, if the machine has it, ::1.
    pub(crate) addresses: Vec<SocketAddr>,
    folder: TempDir,
}

/// What a process that ended has said.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// An answer as it came over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        Self { folder, variables: vec![("OLLAMA_HOST", NOWHERE.to_owned())] }
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
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output();
        let output = timeout(PATIENCE, output).await.expect("it ends").expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let (out, err) = (text(output.stdout), text(output.stderr));
        Ended { code: output.status.code(), out, err }
    }

    /// Serves on a free port.
    pub(crate) async fn serve(self, arguments: &[&str]) -> Server {
        let all = [&["serve", "--port", "0"], arguments].concat();
        let mut child = self.command(&all).spawn().expect("the binary starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut server = Server { child, addresses: Vec::new(), folder: self.folder, out };
        let first = timeout(PATIENCE, server.out.next_line()).await.expect("it says where");
        let first = first.expect("a pipe").unwrap_or_else(|| panic!("it ended: {}", server.said()));
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
    /// Without any model.
    pub(crate) async fn start() -> Self {
        Setting::new().serve(&[]).await
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has said on stderr so far.
    pub(crate) fn said(&self) -> String {
        said(self.folder())
    }

    /// Waits until a line of its log is as wanted.
    pub(crate) async fn logged(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let find = async {
            loop {
                let lines = self.said();
                let mut lines = lines.lines().filter_map(|line| serde_json::from_str(line).ok());
                if let Some(line) = lines.find(&wanted) {
                    return line;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, find).await.unwrap_or_else(|_| panic!("not in the log: {}", self.said()))
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addresses[0]).await.expect("it listens")
    }

    /// Sends these bytes and reads to the end of the connection.
    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.expect("it takes the request");
        Answer::read(stream).await
    }

    /// Asks for a path, with these further lines of a head.
    pub(crate) async fn get(&self, path: &str, lines: &[&str]) -> Answer {
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
        let id = self.child.id().expect("it runs").to_string();
        let sent = Blocking::new("kill").args(["-s", name, &id]).status().expect("kill");
        assert!(sent.success());
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(mut self) -> Ended {
        let status =
            timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("a status");
        let mut out = String::new();
        while let Ok(Some(line)) = self.out.next_line().await {
            out += &line;
        }
        Ended { code: status.code(), out, err: self.said() }
    }

    /// Stops it in order.
    pub(crate) async fn stop(self) -> Ended {
        self.signal("TERM");
        self.ended().await
    }
}

impl Answer {
    /// Reads an answer whose length is told, or else to the end of the connection. Status 0: the
    /// connection ended without one.
    pub(crate) async fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        loop {
            let answer = Self::of(&bytes);
            let length = answer.header("content-length").parse();
            if length.is_ok_and(|length: usize| answer.body.len() >= length) {
                return answer;
            }
            let read = timeout(PATIENCE, stream.read_buf(&mut bytes)).await.expect("it goes on");
            if read.expect("it is read") == 0 {
                return answer;
            }
        }
    }

    fn of(bytes: &[u8]) -> Self {
        let text = str::from_utf8(bytes).expect("UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let values = self.head.lines().filter_map(|line| line.split_once(':'));
        let mut values = values.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        values.next().map_or("", |(_, value)| value.trim())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("err")).expect("a file")
}

/// A host that takes questions and never answers.
pub(crate) struct SilentHost(TcpListener);

impl SilentHost {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a port"))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }

    /// Waits until its models are asked for, which takes two connections.
    pub(crate) async fn asked(&self) -> [TcpStream; 2] {
        let accept = async || self.0.accept().await.expect("a question").0;
        [accept().await, accept().await]
    }
}

/// A fake Ollama with one model.
pub(crate) async fn ollama() -> FakeOllama {
    let settings = Settings { models: vec!["zmodel".to_owned()], ..Settings::default() };
    FakeOllama::start(settings).await.expect("a fake host")
}
