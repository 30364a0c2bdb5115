//! Checks that a host responds, accepts the key, has a valid certificate, and has chat models.

use synod_inference::HostModels;

use super::{
    Diagnosis,
    finding::Finding,
    kind, limits,
    model::{self, ProbePlan},
    report::HostReport,
};
use crate::{
    CliError,
    commands::with_notice,
    compose::{ModelHosts, ModelServer},
    config::HostKind,
};

/// Checks a host, and each of its models.
pub(super) async fn check(
    server: &ModelServer,
    listing: &HostModels,
    model_hosts: &ModelHosts,
    plan: ProbePlan<'_>,
    diagnosis: &mut Diagnosis,
) -> Result<(), CliError> {
    let waits = |what: &str| format!("waiting for {} to {what}", server.name);
    let mut report = HostReport {
        name: server.name.to_string(),
        kind: server.kind,
        url: server.url.clone(),
        version: with_notice(server.version(), || waits("report its version")).await,
        error: None,
        fix: None,
        models: Vec::new(),
    };
    let what = format!("host {}", server.name);
    match &listing.models {
        Err(error) => {
            let fix = server.remedy(error);
            let shown = with_address(&error.to_string(), &server.url);
            let finding = if cfg!(feature = "embedded") && !server.settings.configured_by_hand() {
                // The demo model replaces the default host.
                Finding::note(format!("{what}: {shown}"))
            } else {
                Finding::problem(&what, shown)
            };
            diagnosis.add(finding.with_fix(&fix))?;
            (report.error, report.fix) = (Some(error.to_string()), Some(fix));
        }
        Ok(infos) => {
            diagnosis.add(Finding::ok(&what, description(server, report.version.as_deref())))?;
            if let Some(finding) = kind::check(server, infos).await {
                diagnosis.add(finding)?;
            }
            for info in infos {
                let host_is_silent = report.models.iter().any(|model| model.is_silent);
                let plan = ProbePlan { host_is_silent, ..plan };
                if let Some(note) = model_hosts.unlisted_note(&info.host, &info.model) {
                    diagnosis.add(Finding::note(note))?;
                }
                let found =
                    model::check(info, &model_hosts.gateway, server, plan, diagnosis).await?;
                if found.chats {
                    for finding in limits::check(info, server) {
                        diagnosis.add(finding)?;
                    }
                }
                report.models.push(found);
            }
            for (model, sentence) in model_hosts.missing_in_ollama(server) {
                let fix = format!("`ollama pull {model}` there, or correct the name of the table");
                diagnosis.add(Finding::problem(&what, sentence).with_fix(fix))?;
            }
            if !report.models.iter().any(|model| model.chats) {
                let fix = how_to_get_model(server);
                let finding = Finding::problem(&what, "no model that can chat");
                diagnosis.add(finding.with_fix(&fix))?;
                (report.error, report.fix) = (Some("no model that can chat".to_owned()), Some(fix));
            }
        }
    }
    diagnosis.report.hosts.push(report);
    Ok(())
}

/// Adds the address of the host to an error that does not contain it.
fn with_address(error: &str, url: &str) -> String {
    if error.contains(url) { error.to_owned() } else { format!("{error}, at {url}") }
}

fn description(server: &ModelServer, version: Option<&str>) -> String {
    let server_name = match server.kind {
        HostKind::Ollama => format!("Ollama {}", version.unwrap_or("of unknown version")),
        HostKind::OpenAi => "OpenAI-compatible server".to_owned(),
    };
    format!("{server_name} at {}", server.url)
}

fn how_to_get_model(server: &ModelServer) -> String {
    let fix = server.host.install_hint(None);
    fix.unwrap_or_else(|| server.kind.how_to_get_model().to_owned())
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use synod_inference::{
        Gateway, GatewaySettings, ModelHost, ScriptedHost, ScriptedModel, ScriptedReply,
    };
    use tokio::time::Instant;

    use super::*;
    use crate::{compose::model_servers, config::Config, environment::Environment};

    #[tokio::test(start_paused = true)]
    async fn only_one_model_of_a_silent_host_is_waited_for() {
        let silent = |name| ScriptedModel::new(name).always(ScriptedReply::hangs());
        let host = ScriptedHost::new("local").with(silent("a")).with(silent("b")).with(silent("c"));
        let host: Arc<dyn ModelHost> = Arc::new(host);
        let gateway = Arc::new(Gateway::new(vec![host], GatewaySettings::default()));
        let listings = gateway.models().await;
        let config = "[hosts.local]\nurl = 'http://127.0.0.1:9/v1'\nkind = 'openai'\n";
        let config = Config::parse("synod.toml".as_ref(), config).expect("a configuration");
        let servers = model_servers(&config, &Environment::read()).expect("a host");
        let model_hosts = ModelHosts { gateway, servers, listings, why_embedded: None };
        let mut diagnosis = Diagnosis::default();
        let plan = ProbePlan { probes: true, requested: &[], host_is_silent: false };
        let began = Instant::now();
        check(
            &model_hosts.servers[0],
            &model_hosts.listings[0],
            &model_hosts,
            plan,
            &mut diagnosis,
        )
        .await
        .expect("nothing is written");
        assert!(began.elapsed() < Duration::from_secs(100), "{:?}", began.elapsed());
        let lines = diagnosis.report.findings.iter().flat_map(|found| found.lines(usize::MAX));
        let lines: Vec<String> = lines.filter(|line| line.contains("does not respond")).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(
            lines[0].contains("a: ") && lines[0].contains("accepts calls but does not respond")
        );
        for (line, model) in lines[1..].iter().zip(["b", "c"]) {
            assert!(line.ends_with("not tested, because local does not respond"), "{line}");
            assert!(line.contains(&format!("  {model}: ")), "{line}");
        }
        let models = &diagnosis.report.hosts[0].models;
        assert!(models.iter().all(|model| model.ballot == Some(false)));
    }

    #[test]
    fn host_errors_contain_the_address_once() {
        let slow = with_address("no answer within 5 s", "http://hall:1");
        assert_eq!(slow, "no answer within 5 s, at http://hall:1");
        let gone = with_address("nothing answers at http://hall:1", "http://hall:1");
        assert_eq!(gone, "nothing answers at http://hall:1");
    }
}
