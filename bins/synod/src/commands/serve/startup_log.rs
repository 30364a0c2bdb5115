use std::{net::SocketAddr, path::Path};

use synod_domain::enumeration;

use crate::{config::BackupTable, logging::LogFormat, output::say};

/// Reports the start of the server to its operator, in the format of the log.
#[derive(Clone, Copy)]
pub(super) struct StartupLog(pub(super) LogFormat);

impl StartupLog {
    pub(super) fn report(self, text: &str) {
        match self.0 {
            LogFormat::Human => say(text),
            LogFormat::Json => tracing::info!("{text}"),
        }
    }

    /// `recovered`: the number of unfinished debates that the server continues.
    pub(super) fn report_store(self, dir: Option<&Path>, recovered: usize) {
        match dir {
            Some(dir) => self.report(&format!("debates are kept in {}", dir.display())),
            None => self.report(
                "debates are kept in memory and are lost when this process ends; save the transcripts you need first",
            ),
        }
        match recovered {
            0 => {}
            1 => self.report("continuing 1 unfinished debate"),
            more => self.report(&format!("continuing {more} unfinished debates")),
        }
    }

    pub(super) fn report_backups(self, dir: Option<&Path>, table: &BackupTable) {
        match (&table.schedule, dir) {
            (Some(schedule), Some(dir)) => self.report(&format!(
                "backups are made in {} ({schedule}, in UTC); the last {} are kept",
                table.folder(dir).path().display(),
                table.kept()
            )),
            (Some(_), None) => self.report("no backups are made, because nothing is kept"),
            (None, _) => {}
        }
    }

    pub(super) fn report_addresses(self, addresses: &[SocketAddr], has_key: bool) {
        let urls: Vec<_> = addresses.iter().map(|address| format!("http://{address}")).collect();
        let key = if has_key { "; an API key is required" } else { "" };
        self.report(&format!("serving at {}{key}", enumeration(&urls)));
        let Some(first) = addresses.first() else { return };
        let (port, everywhere) = (first.port(), first.ip().is_unspecified());
        let url = if everywhere { format!("http://localhost:{port}") } else { urls[0].clone() };
        self.report(&format!("API documentation: {url}/docs; press Ctrl-C to stop"));
        if everywhere {
            self.report("clients on other machines must use a host name listed in `server.hosts`");
        }
    }
}
