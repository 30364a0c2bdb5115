//! A proxy between `synod` and a fake host that resets connections in mid-reply.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// The number of statements and of ballots that are still to be cut.
pub(crate) struct Cuts {
    pub(crate) statements: AtomicU32,
    pub(crate) ballots: AtomicU32,
}

/// A proxy that runs until it is dropped.
pub(crate) struct CuttingProxy {
    pub(crate) url: String,
    pub(crate) cuts: Arc<Cuts>,
    serving: JoinHandle<()>,
}

impl CuttingProxy {
    pub(crate) async fn before(host: SocketAddr, [statements, ballots]: [u32; 2]) -> Self {
        let cuts = Cuts { statements: statements.into(), ballots: ballots.into() };
        let cuts = Arc::new(cuts);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::clone(&cuts);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, host, Arc::clone(&shared)));
            }
        });
        Self { url, cuts, serving }
    }
}

impl Drop for CuttingProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Cuts {
    /// Whether to cut the reply to this request.
    fn take(&self, request: &[u8]) -> bool {
        let request = String::from_utf8_lossy(request);
        if !request.starts_with("POST /api/chat ") || request.contains(r#""messages":[]"#) {
            return false;
        }
        let left = if request.contains(r#""format":"#) { &self.ballots } else { &self.statements };
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}

/// Relays the bytes of both sides until one of them closes or the reply is cut after its first words.
async fn relay(mut client: TcpStream, host: SocketAddr, cuts: Arc<Cuts>) {
    let Ok(mut host) = TcpStream::connect(host).await else { return };
    let (mut request, mut reply) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            read = client.read_buf(&mut request) => {
                let Ok(1..) = read else { return };
                // A request may arrive in pieces.
                while let Ok(Ok(1..)) =
                    tokio::time::timeout(Duration::from_millis(20), client.read_buf(&mut request)).await
                {}
                let Ok(()) = host.write_all(&request).await else { return };
                let is_cut = cuts.take(&request);
                request.clear();
                if !is_cut {
                    continue;
                }
                while !String::from_utf8_lossy(&reply).contains(r#""done":false"#) {
                    let Ok(1..) = host.read_buf(&mut reply).await else { return };
                }
                let Ok(()) = client.write_all(&reply).await else { return };
                // A reset discards unread bytes, so the client first gets time to read.
                tokio::time::sleep(Duration::from_millis(200)).await;
                client.set_zero_linger().unwrap_or_default();
                return;
            }
            read = host.read_buf(&mut reply) => {
                let Ok(1..) = read else { return };
                let Ok(()) = client.write_all(&reply).await else { return };
                reply.clear();
            }
        }
    }
}
