use std::path::PathBuf;

use crate::server::{Model, Server};

/// The programs that are measured.
pub(crate) struct Stage {
    synod: PathBuf,
    python: PathBuf,
}

impl Stage {
    /// Takes `--synod FILE --python FILE` out of the arguments.
    pub(crate) fn of(arguments: &mut Vec<String>) -> Self {
        let mut take = |name: &str| {
            let at = arguments.iter().position(|a| a == name);
            let at = at.unwrap_or_else(|| panic!("{name} FILE is missing; see `just bench-http`"));
            PathBuf::from(arguments.drain(at..=at + 1).next_back().expect("drained"))
        };
        Self { synod: take("--synod"), python: take("--python") }
    }

    /// Synod, before models of this pace.
    pub(crate) async fn synod(&self, model: &Model) -> Server {
        Server::synod(&self.synod, model).await
    }

    /// actix-web and nothing else.
    pub(crate) async fn bare(&self) -> Server {
        Server::bare().await
    }

    /// FastAPI, which serves this debate.
    pub(crate) async fn fastapi(&self, debate: &str) -> Server {
        Server::fastapi(&self.python, debate).await
    }
}
