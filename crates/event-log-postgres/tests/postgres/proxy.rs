//! A proxy that cuts connections in the middle of a write.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

/// What happens to the next request that has a mark in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// None: the request passes.
    Pass,
    /// The connection ends before the server gets the request.
    Request,
    /// The connection ends after the server has answered, without the answer.
    Answer,
    /// The connection stays open, and nothing passes any more.
    Silence,
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    faults: Arc<Faults>,
    task: AbortHandle,
}

#[derive(Default)]
struct Faults {
    next: Mutex<Vec<Cut>>,
    made: AtomicUsize,
}

/// Requests without it pass: it is a part of the events of tests.
const MARK: &[u8] = "…".as_bytes();

impl Proxy {
    /// Forwards connections to a local port.
    pub(crate) async fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let faults = Arc::new(Faults::default());
        let of_connections = Arc::clone(&faults);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(forward(client, to, Arc::clone(&of_connections)));
            }
        });
        Self { port, faults, task: task.abort_handle() }
    }

    /// Cuts the next requests with the mark so.
    pub(crate) fn cut(&self, cuts: impl IntoIterator<Item = Cut>) {
        self.faults.next.lock().extend(cuts);
    }

    /// The number of cuts that were made.
    pub(crate) fn made(&self) -> usize {
        self.faults.made.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Faults {
    fn take(&self, request: &[u8]) -> Option<Cut> {
        let has_mark = request.windows(MARK.len()).any(|window| window == MARK);
        let mut next = self.next.lock();
        if !has_mark || next.is_empty() {
            return None;
        }
        let cut = next.remove(0);
        if cut == Cut::Pass {
            return None;
        }
        self.made.fetch_add(1, Ordering::SeqCst);
        Some(cut)
    }
}

/// Returns when the connection ends.
async fn forward(mut client: TcpStream, to: u16, faults: Arc<Faults>) -> std::io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", to)).await?;
    let (mut request, mut answer) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut request) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                match faults.take(&request[..read]) {
                    None | Some(Cut::Pass) => server.write_all(&request[..read]).await?,
                    Some(Cut::Request) => return Ok(()),
                    Some(Cut::Answer) => {
                        server.write_all(&request[..read]).await?;
                        // The answer comes after the commit.
                        let _ = server.read(&mut answer).await?;
                        return Ok(());
                    }
                    Some(Cut::Silence) => {
                        server.write_all(&request[..read]).await?;
                        std::future::pending::<()>().await;
                    }
                }
            }
            read = server.read(&mut answer) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                client.write_all(&answer[..read]).await?;
            }
        }
    }
}
