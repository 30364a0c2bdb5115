use std::net::SocketAddr;

use crate::{logging::LogFormat, output::say};

/// Reports the start of the server to its operator, in the format of its log.
#[derive(Clone, Copy)]
pub(super) struct StartupLog(pub(super) LogFormat);

impl StartupLog {
    pub(super) fn report(self, text: &str) {
        match self.0 {
            LogFormat::Human => say(text),
            LogFormat::Json => tracing::info!("{text}"),
        }
    }

    pub(super) fn report_addresses(self, addresses: &[SocketAddr], has_key: bool) {
        let urls: Vec<_> = addresses.iter().map(|address| format!("http://{address}")).collect();
        let key = if has_key { ", with the API key" } else { "" };
        self.report(&format!("serving at {}{key}", urls.join(" and ")));
        self.report(
            "debates are kept in memory: they end with this process; save transcripts before you stop it",
        );
        let Some(first) = addresses.first() else { return };
        let (port, everywhere) = (first.port(), first.ip().is_unspecified());
        let url = if everywhere { format!("http://localhost:{port}") } else { urls[0].clone() };
        self.report(&format!("to try out: {url}/docs; Ctrl-C stops"));
        if everywhere {
            self.report("others must call it by one of the names in `server.hosts`");
        }
    }
}
