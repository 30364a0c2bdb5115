use std::path::PathBuf;

use crate::server::{Model, Server};

/// The measured programs.
pub(crate) struct Programs {
    synod: PathBuf,
    python: PathBuf,
}

impl Programs {
    /// Removes `--synod FILE --python FILE` from the arguments.
    pub(crate) fn of(arguments: &mut Vec<String>) -> Self {
        let mut take = |name: &str| {
            let at = arguments.iter().position(|a| a == name);
            let at = at.unwrap_or_else(|| panic!("{name} FILE is missing; see `just bench-http`"));
            PathBuf::from(arguments.drain(at..=at + 1).next_back().expect("drained"))
        };
        Self { synod: take("--synod"), python: take("--python") }
    }

    /// Synod with models of this speed.
    pub(crate) async fn synod(&self, model: &Model) -> Server {
        Server::synod(&self.synod, model).await
    }

    /// The bare actix-web server.
    pub(crate) async fn bare(&self) -> Server {
        Server::bare().await
    }

    /// FastAPI, which serves this debate.
    pub(crate) async fn fastapi(&self, debate_json: &str) -> Server {
        Server::fastapi(&self.python, debate_json).await
    }
}
