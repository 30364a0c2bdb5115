use synod_inference::{HostModels, ModelCard};
use synod_transcript::printable;

use super::write_table;
use crate::{
    CliError,
    compose::{Embedded, reach},
    config_file::ConfigFile,
    environment::Environment,
    output::say,
};

/// Lists the models of all hosts.
pub(super) async fn run(config: &ConfigFile, environment: &Environment) -> Result<(), CliError> {
    let reach = reach(config, environment, Embedded::IfNeeded).await?;
    let rows: Vec<_> = reach.cards().map(|card| row(card, reach.kind_of(&card.host))).collect();
    if rows.is_empty() {
        let why = format!("{}{}", reach.without_chat(), reach.what_to_do());
        return Err(CliError::NoHost(why));
    }
    write_table(["HOST", "KIND", "MODEL", "FAMILY", "PARAMETERS", "LOADED", "NOTE"], &rows)?;
    for HostModels { host, models } in &reach.listings {
        if let Err(error) = models {
            let server = reach.servers.iter().find(|server| server.name == *host);
            let fix = server.map(|server| format!("; {}", server.how_to_reach()));
            say(&format!("{host}: {error}{}", fix.unwrap_or_default()));
        }
    }
    Ok(())
}

fn row(card: &ModelCard, kind: &str) -> [String; 7] {
    let note = match card.why_no_chat() {
        Some(why) => format!("cannot chat: {why}"),
        None if card.demo => "demo: real and weak".to_owned(),
        None => String::new(),
    };
    let cells = [
        card.host.to_string(),
        kind.to_owned(),
        card.model.to_string(),
        card.family.clone().unwrap_or_else(|| "–".to_owned()),
        card.parameters.map_or_else(|| "–".to_owned(), in_billions),
        if card.loaded { "yes" } else { "no" }.to_owned(),
        note,
    ];
    cells.map(|cell| printable(&cell))
}

/// A number of parameters, as `3.2B` or `135M`.
fn in_billions(parameters: u64) -> String {
    let tenths = |unit: u64| (parameters / (unit / 10)) as f64 / 10.0;
    match parameters {
        1_000_000_000.. => format!("{}B", tenths(1_000_000_000)),
        1_000_000.. => format!("{}M", tenths(1_000_000)),
        _ => parameters.to_string(),
    }
}
