//! A small server of models that answers by script, over real connections.

use parking_lot::{Mutex, MutexGuard};
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
    sync::watch,
};

/// A server; dropped, it is gone.
pub(crate) struct FakeServer {
    pub(crate) address: String,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

struct State {
    scripts: Mutex<Scripts>,
    /// Connections that the client closed in the middle of an answer.
    left: watch::Sender<usize>,
}

#[derive(Default)]
struct Scripts {
    /// By path: answers for the next requests, the last of which stays.
    answers: HashMap<&'static str, VecDeque<Answer>>,
    /// By path: what refuses some requests.
    refusing: HashMap<&'static str, Box<Refusing>>,
    requests: Vec<(String, Value)>,
    connections: usize,
}

type Refusing = dyn Fn(&Value) -> Option<Answer> + Send;

/// What is answered to one request.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: String,
    body: String,
    end: End,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Clean,
    Reset,
    Silence,
}

impl Answer {
    pub(crate) fn json(value: &Value) -> Self {
        Self::status(200, value)
    }

    pub(crate) fn status(status: u16, value: &Value) -> Self {
        Self::text(status, &value.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: String::new(), body: body.to_owned(), end: End::Clean }
    }

    /// One line per value.
    pub(crate) fn lines(lines: &[Value]) -> Self {
        Self::text(200, &lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    /// The connection is reset instead of the end.
    pub(crate) fn then_reset(self) -> Self {
        Self { end: End::Reset, ..self }
    }

    /// Nothing more comes, and no end.
    pub(crate) fn then_silence(self) -> Self {
        Self { end: End::Silence, ..self }
    }

    /// The connection is reset before a byte of the answer.
    pub(crate) fn reset() -> Self {
        Self::text(0, "").then_reset()
    }
}

impl FakeServer {
    /// A server that has no models.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State { scripts: Mutex::default(), left: watch::Sender::new(0) });
        let none = json!({"models": []});
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                serving.scripts().connections += 1;
                connections.spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        let fake = Self { address, state, task };
        fake.answering("/api/tags", Answer::json(&none)).answering("/api/ps", Answer::json(&none))
    }

    /// This is answered.
    pub(crate) fn answering(self, path: &'static str, answer: Answer) -> Self {
        self.replace(path, answer);
        self
    }

    /// From now on this is answered.
    pub(crate) fn replace(&self, path: &'static str, answer: Answer) {
        self.replace_all(path, [answer]);
    }

    /// From now on these are answered in turn, and then always the last.
    pub(crate) fn replace_all<const N: usize>(&self, path: &'static str, answers: [Answer; N]) {
        self.state.scripts().answers.insert(path, VecDeque::from(answers));
    }

    /// From now on requests are answered by this, where it gives an answer.
    pub(crate) fn refusing(
        self,
        path: &'static str,
        answer: impl Fn(&Value) -> Option<Answer> + Send + 'static,
    ) -> Self {
        self.state.scripts().refusing.insert(path, Box::new(answer));
        self
    }

    /// The bodies of the requests so far.
    pub(crate) fn requests(&self, path: &str) -> Vec<Value> {
        let scripts = self.state.scripts();
        let asked = scripts.requests.iter().filter(|(asked, _)| asked == path);
        asked.map(|(_, body)| body.clone()).collect()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.scripts().connections
    }

    /// Waits until the client has closed a connection in the middle of an answer.
    pub(crate) async fn left(&self) {
        self.state.left.subscribe().wait_for(|left| *left > 0).await.unwrap();
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn scripts(&self) -> MutexGuard<'_, Scripts> {
        self.scripts.lock()
    }

    fn next_answer(&self, path: String, body: Value) -> Answer {
        let mut scripts = self.scripts();
        let unknown = Answer::text(404, "404 page not found");
        let refusal = scripts.refusing.get(path.as_str()).and_then(|refusing| refusing(&body));
        if let Some(refusal) = refusal {
            scripts.requests.push((path, body));
            return refusal;
        }
        let answer = match scripts.answers.get_mut(path.as_str()) {
            Some(answers) if answers.len() > 1 => answers.pop_front().unwrap_or(unknown),
            Some(answers) => answers.front().cloned().unwrap_or(unknown),
            None => unknown,
        };
        scripts.requests.push((path, body));
        answer
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    stream.set_zero_linger().unwrap();
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut path = None;
        let mut length = 0;
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            path.get_or_insert_with(|| line.split(' ').nth(1).unwrap_or_default().to_owned());
        }
        let mut body = vec![0; length];
        read.read_exact(&mut body).await.unwrap();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let answer = state.next_answer(path.unwrap_or_default(), body);
        match answer.end {
            End::Clean => write_answer(&mut write, &answer).await,
            End::Reset => {
                if answer.status > 0 {
                    write_answer(&mut write, &answer).await;
                    // The client should see what came before the reset, which discards.
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                return;
            }
            End::Silence => {
                write_answer(&mut write, &answer).await;
                if read.read_u8().await.is_err() {
                    state.left.send_modify(|left| *left += 1);
                }
                return;
            }
        }
    }
}

async fn write_answer(write: &mut OwnedWriteHalf, answer: &Answer) {
    let Answer { status, headers, body, end } = answer;
    let head = format!("HTTP/1.1 {status} Said\r\n{headers}transfer-encoding: chunked\r\n\r\n");
    let mut bytes = head.into_bytes();
    // Cut anywhere, as networks do: within lines and within characters.
    for piece in body.as_bytes().chunks(37) {
        bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
        bytes.extend_from_slice(piece);
        bytes.extend(b"\r\n");
    }
    // A client that has left reads neither this nor the end.
    let _ = write.write_all(&bytes).await;
    if *end == End::Clean {
        // As of a real server, the end is a piece of its own.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let _ = write.write_all(b"0\r\n\r\n").await;
    }
}
