//! A fake Ollama for scripts, with settings from the environment. Runs until it is killed.

use std::{io, net::SocketAddr, path::PathBuf};

use synod_tests::{FakeOllama, Settings};

#[tokio::main]
async fn main() -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a binary reads its environment itself")]
    let (addr, log) = (std::env::var("SIM_ADDR"), std::env::var_os("SIM_LOG").map(PathBuf::from));
    let addr: SocketAddr =
        addr.as_deref().unwrap_or("127.0.0.1:11435").parse().map_err(io::Error::other)?;
    let settings = Settings::from_vars(std::env::vars()).map_err(io::Error::other)?;
    FakeOllama::bind(addr, settings, log.as_deref()).await?.serve().await;
    Ok(())
}
