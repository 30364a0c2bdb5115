mod ballot;
mod report;
mod shared_model;
mod statement;

use std::{io, io::Write, path::Path};

use synod_inference::{HostModels, ModelCard, Wanted};

use crate::{
    CliError,
    args::DoctorArgs,
    compose::{Embedded, ModelServer, Reach, reach},
    config_file::ConfigFile,
    environment::Environment,
};
use report::{HostReport, ModelReport, Proxy, Report};
use shared_model::SharedModel;

/// Looks at everything that debates need.
pub(super) async fn run(
    args: &DoctorArgs,
    path: Option<&Path>,
    environment: &Environment,
) -> Result<(), CliError> {
    let (config, config_error) = match ConfigFile::find(path, environment) {
        Ok(config) => (config, None),
        Err(error) => (ConfigFile::built_in(), Some(error.to_string())),
    };
    let reach = reach(&config, environment, Embedded::Never).await?;
    let mut report = Report {
        config: config.path.as_ref().map(|path| path.display().to_string()),
        config_error,
        proxies: environment.proxies.iter().map(Proxy::of).collect(),
        hosts: Vec::new(),
        missing: missing(args, &reach)?,
        shared: SharedModel::of(reach.cards()),
        embedded: cfg!(feature = "embedded"),
        ok: false,
    };
    for (server, listing) in reach.servers.iter().zip(&reach.listings) {
        report.hosts.push(look_at(server, listing, &reach, args).await?);
    }
    report.ok = report.config_error.is_none() && report.can_debate(!args.no_probe);
    let text = if args.json { in_json(&report)? } else { report.to_string() };
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    if report.ok { Ok(()) } else { Err(CliError::Unwell) }
}

async fn look_at(
    server: &ModelServer,
    listing: &HostModels,
    reach: &Reach,
    args: &DoctorArgs,
) -> Result<HostReport, CliError> {
    let mut host = HostReport {
        name: server.name.to_string(),
        kind: server.kind,
        url: server.url.clone(),
        version: server.version().await,
        error: None,
        fix: None,
        models: Vec::new(),
    };
    match &listing.models {
        Err(error) => {
            host.error = Some(error.to_string());
            host.fix = Some(server.how_to_reach());
        }
        Ok(cards) => {
            for card in cards {
                let mut model = ModelReport::of(card, None, &[]);
                if is_asked(card, reach, args)? {
                    let ballot = ballot::probe(card, &reach.gateway).await;
                    let statement = statement::probe(card, &reach.gateway, server.kind).await;
                    // Only what was asked for can have been refused.
                    let asked = reach.gateway.chat_model(&card.host, &card.model).await;
                    let limitations = asked.map(|model| model.limitations()).unwrap_or_default();
                    model = ModelReport::of(card, Some(ballot), &limitations);
                    model.tell_of_statement(statement);
                }
                host.models.push(model);
            }
            if !cards.iter().any(|card| card.chats) {
                host.error = Some("no model that can chat".to_owned());
                let fix = || server.kind.how_to_get_model().to_owned();
                host.fix = server.host.how_to_get(None).or_else(|| Some(fix()));
            }
        }
    }
    Ok(host)
}

fn is_asked(card: &ModelCard, reach: &Reach, args: &DoctorArgs) -> Result<bool, CliError> {
    if args.no_probe || !card.chats {
        return Ok(false);
    }
    if args.models.is_empty() {
        return Ok(true);
    }
    for wanted in wanted(args, reach)? {
        if names(&wanted, card) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The models that only are to be asked.
fn wanted(args: &DoctorArgs, reach: &Reach) -> Result<Vec<Wanted>, CliError> {
    let hosts = reach.hosts();
    let wanted = args.models.iter().map(|model| model.among(&hosts));
    wanted.collect::<Result<_, _>>().map_err(|error| CliError::Usage(error.to_string()))
}

fn names(wanted: &Wanted, card: &ModelCard) -> bool {
    let here = wanted.host.as_ref().is_none_or(|host| *host == card.host);
    let name = wanted.model.as_ref().map_or("", |model| model.as_str());
    let implied = format!("{name}:latest");
    here && [name, &implied].contains(&card.model.as_str())
}

/// The models that were asked for by name and are on no host that tells what it has.
fn missing(args: &DoctorArgs, reach: &Reach) -> Result<Vec<String>, CliError> {
    let missing = wanted(args, reach)?.into_iter().filter(|wanted| {
        let mut cards = reach.cards();
        !cards.any(|card| names(wanted, card))
    });
    Ok(missing.filter_map(|wanted| Some(wanted.model?.to_string())).collect())
}

fn in_json(report: &Report) -> io::Result<String> {
    Ok(serde_json::to_string_pretty(report)? + "\n")
}
