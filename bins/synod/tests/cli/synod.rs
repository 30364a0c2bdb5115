//! Runs the binary in a folder of its own, isolated from the settings of the user.

use std::{
    path::Path,
    process::{ExitStatus, Stdio},
};

use synod_tests::{FakeOllama, Settings};
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};

/// An address on which nothing listens.
pub(crate) const UNREACHABLE: &str = "http://127.0.0.1:1";

pub(crate) struct Synod {
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct RunResult {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Synod {
    pub(crate) fn with_host(url: &str) -> Self {
        Self::without_variables().with("OLLAMA_HOST", url)
    }

    /// A user with one debate. The host has to outlive the test.
    pub(crate) async fn with_a_debate() -> (Self, FakeOllama) {
        let settings =
            Settings { agree_p: 1.0, models: vec!["zmodel".to_owned()], ..Settings::default() };
        let host = FakeOllama::start(settings).await.expect("a fake host");
        let synod = Self::with_host(&host.url());
        let arguments = ["debate", "Cars?", "--option=agree", "--option=disagree", "--rounds=1"];
        let run = synod.run(&arguments).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        (synod, host)
    }

    /// Without variables that set hosts.
    pub(crate) fn without_variables() -> Self {
        Self { folder: TempDir::new().expect("a folder"), variables: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(other, _)| *other != name);
        self
    }

    pub(crate) fn without_host() -> Self {
        Self::with_host(UNREACHABLE)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.folder().join(name), content).expect("a file");
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_synod"))
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("HOME", self.folder())
            .env("XDG_DATA_HOME", self.folder().join(".local/share"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts")
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> RunResult {
        self.run_with(arguments, b"").await
    }

    pub(crate) async fn run_with(&self, arguments: &[&str], stdin: &[u8]) -> RunResult {
        let mut child = self.start(arguments);
        let mut input = child.stdin.take().expect("a pipe");
        // A command that refuses its arguments does not read stdin.
        input.write_all(stdin).await.unwrap_or_default();
        drop(input);
        RunResult::of(child).await
    }
}

impl RunResult {
    pub(crate) async fn of(child: Child) -> Self {
        let output = child.wait_with_output().await.expect("it ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { code: code(output.status), stdout, stderr }
    }
}

fn code(status: ExitStatus) -> i32 {
    status.code().expect("an exit code")
}

/// A fake Ollama with one model.
pub(crate) async fn ollama(settings: Settings) -> FakeOllama {
    let settings = Settings { models: vec!["zmodel".to_owned()], strict_models: true, ..settings };
    FakeOllama::start(settings).await.expect("a fake host")
}
