mod startup_log;

use std::{convert::Infallible, io::Write, sync::Arc};

use synod_debate_engine::{DebateHub, EngineError, SystemClock};
use synod_event_log::{ListQuery, PAGE_SIZE, Takeover};
use synod_http_api::{Api, ApiServer, ApiSettings, Stopped, log_panics};
use synod_metrics::MetricsRegistry;
use synod_runtime::Synod;

use crate::{
    CliError,
    args::ServeArgs,
    backup::BackupScheduler,
    compose::{self, ModelHosts},
    config::{BackupTable, Config, Source, Table},
    environment::Environment,
    error::DebateFailure,
    interrupts::Interrupts,
    logging,
    store::{self, Store},
};
use startup_log::StartupLog;

/// Serves the HTTP interface until a signal stops it.
pub(super) async fn run(
    args: &ServeArgs,
    mut config: Config,
    environment: &Environment,
    verbose: u8,
    interrupts: Interrupts,
) -> Result<(), CliError> {
    take_flags(args, &mut config)?;
    let rust_log = environment.rust_log.as_deref();
    let format = config.server.log_format;
    let startup_log = StartupLog(logging::start_for_server(rust_log, verbose, format));
    log_panics();
    let store = Store::open(&args.keep, &config.log, environment)?;
    let served = serve(args, config, environment, &store, startup_log, interrupts);
    let served = tokio::select! {
        error = store.failed() => Err(error),
        served = served => served,
    };
    // A store that has stopped is the cause of the errors that the server meets then.
    store.failure().map_or(served, Err)
}

async fn serve(
    args: &ServeArgs,
    config: Config,
    environment: &Environment,
    store: &Store,
    startup_log: StartupLog,
    mut interrupts: Interrupts,
) -> Result<(), CliError> {
    let settings = config.server.server_settings(args.insecure);
    let debates = config.debate.for_requests();
    let api_settings = ApiSettings { debates, ..config.server.api_settings()? };
    let model_hosts = compose::connect_for_server(&config, environment).await?;
    let synod = Synod::builder(Arc::clone(&model_hosts.gateway))
        .with_agents(config.registry)
        .with_log(Arc::clone(&store.log))
        .with_records(Arc::clone(&store.records))
        .with_engine_settings(store::engine_settings("serve", Takeover::Automatic))
        .build();
    synod.restore(store.other_processes()?).await.map_err(EngineError::from)?;
    let has_key = api_settings.key.is_some();
    let metrics = Arc::clone(synod.metrics());
    let debates = &synod.debates().clone();
    let server = ApiServer::bind(Api::new(synod, api_settings), settings)?;
    announce(&server)?;
    startup_log.report_addresses(server.addresses(), has_key);
    startup_log.report_store(store.dir(), debates.recover().await?);
    startup_log.report_backups(store.dir(), &config.backup);
    let served = async {
        let stopped = server.run(async || interrupts.any().await).await;
        stopped.map_err(CliError::Serve)
    };
    let beside = async {
        tokio::join!(
            report_models(&model_hosts, startup_log),
            back_up(store, &config.backup, metrics),
            store.pause_when_full(debates),
            look_for_damage(debates),
        )
        .2
    };
    let stopped = tokio::select! {
        stopped = served => stopped?,
        never = beside => match never {},
    };
    match stopped {
        Stopped::InOrder => Ok(()),
        Stopped::GraceOver => {
            startup_log.report("closed the requests that exceeded the grace period");
            Ok(())
        }
        Stopped::AtOnce => Err(CliError::Debate(DebateFailure::Interrupted)),
    }
}

/// Applies the flags, which override all other sources.
fn take_flags(args: &ServeArgs, config: &mut Config) -> Result<(), CliError> {
    let port = args.port.map(|port| port.to_string());
    let format = args.log_format.map(|format| format.as_str().to_owned());
    let flags = [
        ("host", "--host", args.host.clone()),
        ("port", "--port", port),
        ("log_format", "--log-format", format),
    ];
    for (key, flag, value) in flags {
        if let Some(value) = value {
            let set = config.server.set_text(key, &value, Source::Flag(flag));
            set.map_err(|error| CliError::Usage(format!("{flag}: {error}")))?;
        }
    }
    Ok(())
}

/// Makes the scheduled backups, if there is a schedule and anything is kept.
async fn back_up(store: &Store, table: &BackupTable, metrics: Arc<MetricsRegistry>) -> Infallible {
    let (Some(store), Some(schedule)) = (&store.kept, &table.schedule) else {
        return std::future::pending().await;
    };
    let scheduler = BackupScheduler {
        schedule: schedule.clone(),
        folder: table.folder(store.dir()),
        keep: table.kept(),
        clock: Arc::new(SystemClock::new()),
        metrics,
    };
    scheduler.run(async |path| store.backup_to(&path).await).await
}

/// Has the log name the damaged debates, which are in no list and which nobody continues.
async fn look_for_damage(debates: &DebateHub) {
    let mut query = ListQuery::default();
    loop {
        let page = match debates.list(&query, PAGE_SIZE).await {
            Ok(page) => page.debates,
            Err(error) => return tracing::error!(%error, "the debates cannot be listed"),
        };
        let last = page.last().filter(|_| page.len() == PAGE_SIZE).map(|last| last.id);
        if last.is_none() {
            return;
        }
        query = query.before(last);
    }
}

/// Writes the addresses to stdout, one per line, for programs that start the server.
fn announce(server: &ApiServer) -> Result<(), CliError> {
    let mut stdout = anstream::stdout().lock();
    for address in server.addresses() {
        writeln!(stdout, "http://{address}")?;
    }
    Ok(stdout.flush()?)
}

/// Reports the chat models of each host. For a host without any, says how to install one.
async fn report_models(model_hosts: &ModelHosts, startup_log: StartupLog) {
    for listing in model_hosts.gateway.models().await {
        let host = listing.host;
        let server = model_hosts.servers.iter().find(|server| server.name == host);
        let kind = server.map(|server| server.kind).unwrap_or_default();
        let models = match listing.models {
            Ok(infos) => infos.into_iter().filter(|info| info.chats).collect::<Vec<_>>(),
            Err(error) => {
                let refusal = server.map_or_else(
                    || format!("{host}: {error}"),
                    |server| server.explain_by_name(&error),
                );
                startup_log.report(&format!("{refusal}; debates can run once it responds"));
                continue;
            }
        };
        let names: Vec<_> = models.iter().map(|info| info.model.as_str()).collect();
        if names.is_empty() {
            let fix = kind.how_to_get_model();
            startup_log.report(&format!("{host} has no model that can chat; {fix}"));
        } else if models.iter().all(|info| info.demo) {
            startup_log.report(&format!(
                "{host}: {}, the small built-in demo model; expect weak arguments",
                names.join(", ")
            ));
        } else {
            startup_log.report(&format!("{host}: {}", names.join(", ")));
        }
    }
}
