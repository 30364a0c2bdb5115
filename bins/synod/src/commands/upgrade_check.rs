mod check;
mod checks;

use std::{
    io::{IsTerminal, Write},
    path::Path,
};

use serde_json::json;
use synod_event_log_sqlite::{SqliteStore, StoreInspection};

use crate::{
    CliError,
    args::UpgradeCheckArgs,
    config::Config,
    environment::Environment,
    output::{self, charset},
    store,
};
use check::Check;

/// Checks whether another version can take over the data directory, and prints each result.
pub(super) async fn run(
    args: &UpgradeCheckArgs,
    path: Option<&Path>,
    environment: &Environment,
) -> Result<(), CliError> {
    let mut checks = Vec::new();
    let config = match Config::find(path, environment) {
        Ok(config) => {
            checks.push(checks::configuration(&config));
            config
        }
        Err(error) => {
            checks.push(
                Check::fail("configuration", error).with_fix("correct it; defaults are used below"),
            );
            Config::built_in()
        }
    };
    let dir = store::directory(&args.data, &config.log, environment)?;
    match SqliteStore::inspect(&dir) {
        Ok(found) => checks.extend(of_store(&found, &dir, &config).await),
        Err(error) => checks.push(checks::unusable(&error)),
    }
    if args.json {
        write_json(&checks, &dir)?;
    } else {
        write_lines(&checks)?;
    }
    let failed = checks.iter().filter(|check| !check.passed()).count();
    match failed {
        0 => Ok(()),
        failed => Err(CliError::Failed(format!(
            "{failed} of {} checks failed; do not upgrade yet",
            checks.len()
        ))),
    }
}

async fn of_store(found: &StoreInspection, dir: &Path, config: &Config) -> Vec<Check> {
    vec![
        checks::data_directory(found, dir),
        checks::schema(found),
        checks::processes(found),
        checks::debates(found),
        checks::integrity(found, dir, &config.log).await,
        checks::free_space(found),
        checks::backup(&config.backup.folder(dir), &config.log).await,
    ]
}

fn write_lines(checks: &[Check]) -> Result<(), CliError> {
    let mut stdout = charset::stdout();
    let widest = if std::io::stdout().is_terminal() { output::width() } else { usize::MAX };
    for line in checks.iter().flat_map(|check| check.lines(widest)) {
        writeln!(stdout, "{line}")?;
    }
    Ok(stdout.flush()?)
}

fn write_json(checks: &[Check], dir: &Path) -> Result<(), CliError> {
    let document = json!({
        "ok": checks.iter().all(Check::passed),
        "version": env!("CARGO_PKG_VERSION"),
        "data": dir,
        "checks": checks,
    });
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{document:#}")?;
    Ok(stdout.flush()?)
}
