mod agents;
mod ballot;
mod finding;
mod hosts;
mod kind;
mod limits;
mod model;
mod no_reply;
mod proxy;
mod report;
mod shared_model;
mod statement;
mod waiting;

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
};

use synod_domain::{AgentId, HostName, near_names};
use synod_inference::RequestedModel;

use crate::{
    CliError,
    args::DoctorArgs,
    compose::{Embedded, Reach, reach},
    config::{Config, DebateTable},
    environment::Environment,
    output::{self, charset},
    panel,
};
use finding::Finding;
use model::names;
use report::{ModelReport, Report};
use shared_model::SharedModel;
use waiting::announced;

/// Checks everything that debates need, one check per file, and prints each finding at once.
pub(super) async fn run(
    args: &DoctorArgs,
    path: Option<&Path>,
    environment: &Environment,
) -> Result<(), CliError> {
    let mut patient = Patient { report: Report::default(), agents: Vec::new(), tells: !args.json };
    let config = match Config::find(path, environment) {
        Ok(config) => config,
        Err(error) => {
            patient.report.config_error = Some(error.to_string());
            Config::built_in()
        }
    };
    patient.report.config = config.path.as_ref().map(|path| path.display().to_string());
    patient.find(configuration(&patient.report))?;
    for variable in &environment.proxies {
        let proxy = proxy::Proxy::of(variable);
        patient.find(Finding::note(proxy.to_string()))?;
        patient.report.proxies.push(proxy);
    }
    let hosts = reach(&config, environment, Embedded::Never);
    let reach =
        announced(hosts, || "waiting for the hosts to list their models".to_owned()).await?;
    let wanted = wanted(args, &reach)?;
    let asks = model::Asks { probes: !args.no_probe, wanted: &wanted, host_is_silent: false };
    for (server, listing) in reach.servers.iter().zip(&reach.listings) {
        hosts::check(server, listing, &reach, asks, &mut patient).await?;
    }
    for model in missing(&wanted, &reach) {
        patient.find(missing_in_words(&model, &reach))?;
        patient.report.missing.push(model);
    }
    agents::check(&config.registry, &reach, &mut patient)?;
    for shared in SharedModel::of(reach.infos()) {
        patient.find(Finding::note(shared.to_string()))?;
        patient.report.shared.push(shared);
    }
    patient.report.embedded = cfg!(feature = "embedded");
    let embedded = if patient.report.embedded { "can stand in" } else { "not in this build" };
    patient.find(Finding::note(format!("embedded demo model: {embedded}")))?;
    patient.discharge(&config.debate.table()?)
}

/// The examined configuration, and the findings so far.
struct Patient {
    report: Report,
    /// The agents that cannot take part in debates.
    agents: Vec<AgentId>,
    /// Whether each finding is printed as soon as it is made.
    tells: bool,
}

impl Patient {
    fn find(&mut self, finding: Finding) -> io::Result<()> {
        if self.tells {
            let mut stdout = charset::stdout();
            let widest = if io::stdout().is_terminal() { output::width() } else { usize::MAX };
            finding.lines(widest).iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
            stdout.flush()?;
        }
        self.report.findings.push(finding);
        Ok(())
    }

    /// Prints the remaining lines, and returns whether anything is wrong.
    fn discharge(mut self, debates: &DebateTable) -> Result<(), CliError> {
        self.report.ok = !self.report.findings.iter().any(Finding::is_wrong);
        if !self.tells {
            write_json(&self.report)?;
        }
        if self.report.ok { Ok(()) } else { Err(CliError::DoctorFailed(self.sentence(debates))) }
    }

    /// What the findings that are wrong prevent.
    fn sentence(&self, debates: &DebateTable) -> String {
        let is_needed = self.agents.iter().any(|agent| panel::needs(agent, debates));
        let mut models = self.report.hosts.iter().flat_map(|host| &host.models);
        let serves = |model: &ModelReport| model.chats && model.ballot != Some(false);
        if self.report.config_error.is_some() || is_needed || !models.any(serves) {
            return "debates cannot be held with this configuration and these hosts".to_owned();
        }
        let wrong = self.report.findings.iter().filter(|finding| finding.is_wrong()).count();
        let agents: Vec<_> = self.agents.iter().map(AgentId::as_str).collect();
        match agents.as_slice() {
            [] => "debates can be held, but not with what is marked `!!`".to_owned(),
            [_, ..] if agents.len() < wrong => format!(
                "debates can be held, but not with what is marked `!!`, such as agent {}",
                agents[0]
            ),
            [agent] => format!("agent {agent} cannot take part in debates; the others can"),
            [..] => {
                format!(
                    "the agents {} cannot take part in debates; the others can",
                    agents.join(", ")
                )
            }
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
        (Some(error), _) => Finding::wrong("configuration", error),
        (None, Some(path)) => Finding::fine("configuration", path),
        (None, None) => Finding::note("configuration: none, defaults serve"),
    }
}

/// The models that only are to be asked.
fn wanted(args: &DoctorArgs, reach: &Reach) -> Result<Vec<RequestedModel>, CliError> {
    let hosts = reach.hosts();
    let lists = |host: &HostName, name: &str| reach.lists(host, name);
    let wanted = args.models.iter().map(|model| model.among(&hosts, lists));
    wanted.collect::<Result<_, _>>().map_err(|error| CliError::Usage(error.to_string()))
}

/// The models that were asked for by name and are on no host that tells what it has.
fn missing(wanted: &[RequestedModel], reach: &Reach) -> Vec<String> {
    let missing = wanted.iter().filter(|wanted| {
        let mut infos = reach.infos();
        !infos.any(|info| names(wanted, info))
    });
    missing.filter_map(|wanted| Some(wanted.model.as_ref()?.to_string())).collect()
}

fn missing_in_words(model: &str, reach: &Reach) -> Finding {
    if let Some(info) = reach.meant_by(model) {
        return Finding::wrong(format!("model {model}"), "on no host in reach")
            .mended_by(format!("`-m {}/{}`", info.host, info.model));
    }
    let near = near_names(model, reach.infos().map(|info| info.model.as_str()));
    let near: Vec<_> = near.iter().map(|name| format!("`-m {name}`, ")).collect();
    Finding::wrong(format!("model {model}"), "on no host in reach")
        .mended_by(format!("{}`ollama pull {model}`, or a name of `synod models`", near.concat()))
}
