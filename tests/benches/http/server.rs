use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use crate::{
    load::is_whole,
    meter::{Cpu, resident_kb},
};

/// A server as a process, which ends when it is dropped.
pub(crate) struct Server {
    process: Child,
    /// The simulator that the server needs, which ends with it.
    beside: Option<Box<Server>>,
    pub(crate) address: String,
    /// The time from the start to the first response.
    pub(crate) cold_start: Duration,
}

/// The behaviour of the simulated models.
pub(crate) struct Model {
    pub(crate) first_ms: u32,
    pub(crate) each_ms: u32,
    pub(crate) tokens: u32,
}

impl Model {
    pub(crate) const AT_ONCE: Self = Self { first_ms: 0, each_ms: 0, tokens: 40 };
}

impl Server {
    pub(crate) async fn synod(program: &Path, model: &Model) -> Self {
        let (host, address) = (free_address(), free_address());
        let simulator = env!("CARGO_BIN_EXE_fake-ollama");
        let mut fake = Command::new(simulator);
        fake.env("SIM_ADDR", &host)
            .env("SIM_MODELS", "zmodel")
            .env("SIM_TTFT_MS", model.first_ms.to_string())
            .env("SIM_ITL_MS", model.each_ms.to_string())
            .env("SIM_TOKENS", model.tokens.to_string());
        let fake = Self::started(fake, host.clone(), "/api/version").await;
        let settings = scratch("toml");
        let text = format!("server.connections = 20000\n[hosts.hall]\nurl = \"http://{host}\"\n");
        fs::write(&settings, text).expect("a file");
        let port = address.rsplit(':').next().expect("a port");
        let mut command = Command::new(program);
        command.args(["serve", "--port", port, "--config"]).arg(settings);
        command.arg("--data").arg(scratch("data"));
        let mut server = Self::started(command, address, "/health").await;
        server.beside = Some(Box::new(fake));
        server
    }

    pub(crate) async fn bare() -> Self {
        let address = free_address();
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["bare", &address]);
        Self::started(command, address, "/health").await
    }

    pub(crate) async fn fastapi(python: &Path, debate: &str) -> Self {
        let address = free_address();
        let file = scratch("json");
        fs::write(&file, debate).expect("a file");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(python);
        command
            .args(["-m", "uvicorn", "fastapi_app:app", "--no-access-log", "--port"])
            .arg(address.rsplit(':').next().expect("a port"))
            .current_dir(root.join("benches/http"))
            .env("PYTHONPATH", root.join("clients"))
            .env("DEBATE", file);
        Self::started(command, address, "/health").await
    }

    /// The baseline of a fan-out to a number of sockets.
    pub(crate) fn baseline(sockets: usize, frames: usize, bytes: usize) -> Self {
        let address = free_address();
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["baseline", &address]).args([sockets, frames, bytes].map(|n| n.to_string()));
        let process = command.stdin(Stdio::piped()).spawn().expect("the baseline starts");
        Self { process, beside: None, address, cold_start: Duration::ZERO }
    }

    async fn started(mut command: Command, address: String, path: &str) -> Self {
        let begun = Instant::now();
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let mut server = Self { process, beside: None, address, cold_start: Duration::ZERO };
        while server.try_ask("GET", path, "").await.is_none_or(|(status, _)| status != 200) {
            let ended = server.process.try_wait().expect("its state");
            assert!(ended.is_none(), "{command:?} has ended: {ended:?}");
            assert!(begun.elapsed() < Duration::from_secs(60), "{command:?} does not answer");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.cold_start = begun.elapsed();
        server
    }

    /// Starts the writes of a baseline.
    pub(crate) fn go(&mut self) {
        drop(self.process.stdin.take());
    }

    pub(crate) fn cpu(&self) -> Cpu {
        Cpu::of(&self.process.id().to_string())
    }

    pub(crate) fn resident_kb(&self) -> f64 {
        resident_kb(&self.process.id().to_string())
    }

    /// Sends a request on a new connection, which has to succeed.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, text) = self.try_ask(method, path, body).await.expect("an answer");
        assert!((200..300).contains(&status), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    async fn try_ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).await.ok()?;
        let request = request(&self.address, method, path, body, "Connection: close\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        while !is_whole(&answer) && stream.read_buf(&mut answer).await.ok()? > 0 {}
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.get(9..12)?.parse().ok()?;
        Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and nothing else can be done here.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A request in bytes.
pub(crate) fn request(
    address: &str,
    method: &str,
    path: &str,
    body: &str,
    headers: &str,
) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
        Content-Length: {length}\r\n{headers}\r\n{body}"
    )
}

fn free_address() -> String {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("its address").to_string()
}

/// A unique path for a file of this run.
fn scratch(ending: &str) -> PathBuf {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-http");
    fs::create_dir_all(&folder).expect("a folder");
    folder.join(format!("{number}.{ending}"))
}
