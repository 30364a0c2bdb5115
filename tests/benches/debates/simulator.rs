//! A simulator of a host in its own process, so that its CPU time is not measured.

use std::{
    env,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::test_system::Pace;

pub(crate) struct Simulator {
    process: Child,
    address: String,
}

impl Simulator {
    pub(crate) async fn start(pace: Pace) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("its address").to_string();
        drop(free);
        #[expect(clippy::disallowed_methods, reason = "a benchmark is told here what to measure")]
        let program = env::var("SYNOD_SIMULATOR")
            .unwrap_or_else(|_| env!("CARGO_BIN_EXE_fake-ollama").to_owned());
        let process = Command::new(program)
            .env("SIM_ADDR", &address)
            .env("SIM_TTFT_MS", (pace.first.as_secs_f64() * 1e3).to_string())
            .env("SIM_ITL_MS", (pace.each.as_secs_f64() * 1e3).to_string())
            .env("SIM_TOKENS", pace.tokens.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the simulator starts");
        let simulator = Self { process, address: format!("http://{address}") };
        while !simulator.answers().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        simulator
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    async fn answers(&self) -> bool {
        let address = self.address.strip_prefix("http://").expect("an address");
        tokio::net::TcpStream::connect(address).await.is_ok()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended by itself, and nothing else can be done here.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
