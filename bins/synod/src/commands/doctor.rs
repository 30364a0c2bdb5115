mod agents;
mod ballot;
mod data;
mod effect;
mod finding;
mod hosts;
mod kind;
mod limits;
mod model;
mod proxy;
mod reply;
mod report;
mod shared_model;
mod statement;

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
};

use synod_agents::Registry;
use synod_domain::{AgentId, HostName, near_names};
use synod_inference::{HostModels, ModelInfo, RequestedModel};

use super::with_notice;
use crate::{
    CliError,
    args::DoctorArgs,
    compose::{Embedded, ModelHosts, connect},
    config::{Config, DebateTable},
    environment::Environment,
    output::{self, charset},
    participants,
};
use effect::{DataTrouble, Effect};
use finding::Finding;
use model::is_named_by;
use report::{ModelReport, Report};
use shared_model::SharedModel;

/// Checks everything that a debate needs and prints each finding immediately. Each check has its own
/// file.
pub(super) async fn run(
    args: &DoctorArgs,
    path: Option<&Path>,
    environment: &Environment,
) -> Result<(), CliError> {
    let mut diagnosis = Diagnosis { prints: !args.json, ..Diagnosis::default() };
    let config = match Config::find(path, environment) {
        Ok(config) => config,
        Err(error) => {
            diagnosis.report.config_error = Some(error.to_string());
            Config::built_in()
        }
    };
    diagnosis.report.config = config.path.as_ref().map(|path| path.display().to_string());
    diagnosis.add(configuration(&diagnosis.report))?;
    for variable in &environment.proxies {
        let proxy = proxy::Proxy::of(variable);
        diagnosis.add(Finding::note(proxy.to_string()))?;
        diagnosis.report.proxies.push(proxy);
    }
    let hosts = connect(&config, environment, Embedded::Never);
    let model_hosts =
        with_notice(hosts, || "waiting for the hosts to list their models".to_owned()).await?;
    diagnosis.may_use_demo = cfg!(feature = "embedded")
        && !model_hosts.servers.iter().any(|server| server.settings.configured_by_hand());
    let requested = requested_models(args, &model_hosts)?;
    let plan =
        model::ProbePlan { probes: !args.no_probe, requested: &requested, host_is_silent: false };
    let unlisted = unlisted(&requested, &config.registry, &model_hosts);
    for (server, listing) in model_hosts.servers.iter().zip(&model_hosts.listings) {
        let listing = with_unlisted(listing, &unlisted);
        hosts::check(server, &listing, &model_hosts, plan, &mut diagnosis).await?;
    }
    for model in missing(&requested, &model_hosts, &unlisted) {
        diagnosis.add(missing_model(&model, &model_hosts))?;
        diagnosis.report.missing.push(model);
    }
    agents::check(&config.registry, &model_hosts, &mut diagnosis)?;
    for shared in SharedModel::of(model_hosts.infos()) {
        diagnosis.add(Finding::note(shared.to_string()))?;
        diagnosis.report.shared.push(shared);
    }
    data::check(&args.data, &config, environment, &mut diagnosis).await?;
    diagnosis.report.embedded = cfg!(feature = "embedded");
    let embedded = if diagnosis.report.embedded { "available" } else { "not in this build" };
    diagnosis.add(Finding::note(format!("embedded demo model: {embedded}")))?;
    diagnosis.finish(&config.debate)
}

/// The findings so far.
#[derive(Default)]
struct Diagnosis {
    report: Report,
    /// What is wrong with the data directory, and how many of the findings say so.
    data: Vec<DataTrouble>,
    data_problems: usize,
    /// Whether the demo model debates if no host has a model.
    may_use_demo: bool,
    /// The agents that cannot take part in debates.
    failing_agents: Vec<AgentId>,
    /// Whether each finding is printed immediately.
    prints: bool,
}

impl Diagnosis {
    /// Adds a finding.
    fn add(&mut self, finding: Finding) -> io::Result<()> {
        if self.prints {
            let mut stdout = charset::stdout();
            let widest = if io::stdout().is_terminal() { output::width() } else { usize::MAX };
            finding.lines(widest).iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
            stdout.flush()?;
        }
        self.report.findings.push(finding);
        Ok(())
    }

    /// Prints the JSON report if requested.
    ///
    /// # Errors
    /// [`CliError::DoctorFailed`] if there are problems.
    fn finish(mut self, debates: &DebateTable) -> Result<(), CliError> {
        self.report.ok = !self.report.findings.iter().any(Finding::is_problem);
        if !self.prints {
            write_json(&self.report)?;
        }
        if self.report.ok {
            return Ok(());
        }
        Err(CliError::DoctorFailed(self.effect(debates).to_string()))
    }

    /// What the problems prevent.
    fn effect(&self, debates: &DebateTable) -> Effect {
        let models = || self.report.hosts.iter().flat_map(|host| &host.models);
        let serves = |model: &ModelReport| model.chats && model.ballot != Some(false);
        let uses_demo = self.may_use_demo && !models().any(|model| model.chats);
        let is_needed = |agent: &AgentId| participants::needs(agent, debates);
        let (needed_agents, other_agents): (Vec<_>, Vec<_>) =
            self.failing_agents.iter().cloned().partition(is_needed);
        let problems = self.report.findings.iter().filter(|finding| finding.is_problem()).count();
        Effect {
            has_config_error: self.report.config_error.is_some(),
            has_model: uses_demo || models().any(serves),
            needed_agents,
            other_agents,
            host_problems: problems - self.failing_agents.len() - self.data_problems,
            data: self.data.clone(),
        }
    }
}

fn write_json(report: &Report) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report)? + "\n";
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn configuration(report: &Report) -> Finding {
    match (&report.config_error, &report.config) {
        (Some(error), _) => Finding::problem("configuration", error),
        (None, Some(path)) => Finding::ok("configuration", path),
        (None, None) => Finding::note("configuration: none, using defaults"),
    }
}

/// The models named with `-m`.
fn requested_models(
    args: &DoctorArgs,
    model_hosts: &ModelHosts,
) -> Result<Vec<RequestedModel>, CliError> {
    let hosts = model_hosts.hosts();
    let lists = |host: &HostName, name: &str| model_hosts.lists(host, name);
    let requested = args.models.iter().map(|model| model.resolve(&hosts, lists));
    requested.collect::<Result<_, _>>().map_err(|error| CliError::Usage(error.to_string()))
}

/// The models named with `-m` or by an agent that no host lists, and that their hosts may serve all the
/// same.
fn unlisted(
    requested: &[RequestedModel],
    agents: &Registry,
    model_hosts: &ModelHosts,
) -> Vec<ModelInfo> {
    let agents = agents
        .iter()
        .map(|agent| RequestedModel { host: agent.host.clone(), model: agent.model.clone() });
    let named = requested.iter().cloned().chain(agents).filter(|named| named.model.is_some());
    let mut unlisted: Vec<ModelInfo> = Vec::new();
    for named in named {
        let found = model_hosts.gateway.resolve_among(&model_hosts.listings, &[named]);
        for info in found.into_iter().flatten().filter(|info| info.unlisted) {
            if !unlisted.contains(&info) && model_hosts.infos().all(|listed| *listed != info) {
                unlisted.push(info);
            }
        }
    }
    unlisted
}

/// The list of a host, with the models that are named and not listed.
fn with_unlisted(listing: &HostModels, unlisted: &[ModelInfo]) -> HostModels {
    let named: Vec<_> = unlisted.iter().filter(|info| info.host == listing.host).cloned().collect();
    let mut listing = listing.clone();
    match &mut listing.models {
        Ok(infos) => infos.extend(named),
        Err(_) if named.is_empty() => {}
        Err(_) => listing.models = Ok(named),
    }
    listing
}

/// The requested models that no reachable host lists or may serve.
fn missing(
    requested: &[RequestedModel],
    model_hosts: &ModelHosts,
    unlisted: &[ModelInfo],
) -> Vec<String> {
    let missing = requested.iter().filter(|requested| {
        let mut infos = model_hosts.infos().chain(unlisted);
        !infos.any(|info| is_named_by(requested, info))
    });
    missing.filter_map(|requested| Some(requested.model.as_ref()?.to_string())).collect()
}

fn missing_model(model: &str, model_hosts: &ModelHosts) -> Finding {
    if let Some(info) = model_hosts.meant_by(model) {
        return Finding::problem(format!("model {model}"), "not found on any reachable host")
            .with_fix(format!("`-m {}/{}`", info.host, info.model));
    }
    let near = near_names(model, model_hosts.infos().map(|info| info.model.as_str()));
    let near: Vec<_> = near.iter().map(|name| format!("`-m {name}`, ")).collect();
    Finding::problem(format!("model {model}"), "not found on any reachable host").with_fix(format!(
        "{}`ollama pull {model}`, or a name listed by `synod models`",
        near.concat()
    ))
}
