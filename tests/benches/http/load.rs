//! A load of requests without pauses.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use crate::server::Server;

/// The number of parallel connections.
const CONNECTIONS: usize = 64;

/// Measurements of a run of requests.
pub(crate) struct Taken {
    /// The CPU time of the server per request, in microseconds.
    pub(crate) cpu_us: f64,
    /// Responses per second.
    pub(crate) per_second: f64,
}

/// Sends a request repeatedly for a time; each connection waits for the response.
pub(crate) async fn press(server: &Server, request: &str, time: Duration) -> Taken {
    let (cpu, begun) = (server.cpu(), Instant::now());
    let asking: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(one(server.address.clone(), request.to_owned(), begun + time)))
        .collect();
    let mut answers = 0;
    for each in asking {
        answers += each.await.expect("it asks on");
    }
    Taken {
        cpu_us: cpu.spent().as_secs_f64() * 1e6 / f64::from(answers),
        per_second: f64::from(answers) / begun.elapsed().as_secs_f64(),
    }
}

async fn one(address: String, request: String, end: Instant) -> u32 {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("an option");
    let (mut answers, mut read) = (0, Vec::with_capacity(16_384));
    while Instant::now() < end {
        stream.write_all(request.as_bytes()).await.expect("it reads");
        read.clear();
        while !is_whole(&read) {
            let more = stream.read_buf(&mut read).await.expect("it answers");
            assert!(more > 0, "the connection is closed: {}", String::from_utf8_lossy(&read));
        }
        assert!(read.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&read));
        answers += 1;
    }
    answers
}

/// Whether a response with a stated length is complete.
pub(crate) fn is_whole(read: &[u8]) -> bool {
    let Some(head) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let length = String::from_utf8_lossy(&read[..head])
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse::<usize>().expect("a length"));
    read.len() >= head + 4 + length
}
