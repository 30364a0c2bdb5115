//! How connections are made.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;
use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{Host, TargetSessionAttrs},
    tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    database_error::DatabaseError, database_url::DatabaseUrl, open_error::PostgresOpenError,
    options::PostgresOptions, tls::connector,
};

/// A database, and how a process connects to it.
#[derive(Clone)]
pub(crate) struct ConnectionSettings {
    pub(crate) config: Config,
    pub(crate) tls: MakeRustlsConnect,
    pub(crate) server: Arc<str>,
    pub(crate) connect_timeout: Duration,
}

/// The part of a connection that has to be polled.
pub(crate) type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

impl ConnectionSettings {
    pub(crate) fn new(
        url: &DatabaseUrl,
        options: &PostgresOptions,
    ) -> Result<Self, PostgresOpenError> {
        check_schema_name(&options.schema)?;
        let tls = connector(url.tls(), url.root_certificates())?;
        let mut config = url.config().clone();
        if config.get_application_name().is_none() {
            config.application_name(&options.application_name);
        }
        config.connect_timeout(options.connect_timeout);
        let silence = options.silence_timeout;
        config.keepalives(true).keepalives_idle(silence / 2);
        config.keepalives_interval((silence / 4).max(Duration::from_secs(1))).keepalives_retries(2);
        if config.get_hosts().iter().any(is_tcp) {
            config.tcp_user_timeout(silence);
        }
        if config.get_hosts().len() > 1 {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config.options(parameters(config.get_options(), options));
        Ok(Self { config, tls, server: url.shown(), connect_timeout: options.connect_timeout })
    }

    /// Makes one connection.
    pub(crate) async fn connect(&self) -> Result<(Client, Driver), DatabaseError> {
        let connecting = self.config.connect(self.tls.clone());
        match timeout(self.connect_timeout, connecting).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(DatabaseError::connecting(&self.server, error)),
            Err(_) => Err(DatabaseError::NoAnswer {
                server: Arc::clone(&self.server),
                after: self.connect_timeout,
            }),
        }
    }
}

fn is_tcp(host: &Host) -> bool {
    match host {
        Host::Tcp(_) => true,
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

/// The settings of a session, after those of the URL.
fn parameters(of_url: Option<&str>, options: &PostgresOptions) -> String {
    let timeout = options.statement_timeout.as_millis();
    let idle = options.answer_timeout.as_millis();
    format!(
        "{} -c search_path={} -c statement_timeout={timeout} -c idle_in_transaction_session_timeout={idle}",
        of_url.unwrap_or_default(),
        options.schema,
    )
}

/// Names that need no quotes in SQL.
fn check_schema_name(name: &str) -> Result<(), PostgresOpenError> {
    let mut characters = name.bytes();
    let is_plain = characters.next().is_some_and(|c| c.is_ascii_lowercase() || c == b'_')
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
        && name.len() < 64
        && !name.starts_with("pg_");
    if is_plain { Ok(()) } else { Err(PostgresOpenError::SchemaName { name: name.to_owned() }) }
}
