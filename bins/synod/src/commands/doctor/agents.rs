//! Checks that the agents of the configuration get the models that they name.

use std::io;

use synod_agents::Registry;
use synod_domain::{AgentProfile, HostName};
use synod_inference::{ModelInfo, RequestedModel, ResolveError};

use super::{Diagnosis, finding::Finding};
use crate::compose::ModelHosts;

/// Checks every agent that names a host or a model.
pub(super) fn check(
    registry: &Registry,
    model_hosts: &ModelHosts,
    diagnosis: &mut Diagnosis,
) -> io::Result<()> {
    let bound = registry.iter().filter(|agent| agent.host.is_some() || agent.model.is_some());
    for agent in bound {
        let finding = finding(agent, model_hosts);
        if finding.is_problem() {
            diagnosis.failing_agents.push(agent.id.clone());
        }
        diagnosis.add(finding)?;
    }
    Ok(())
}

fn finding(agent: &AgentProfile, model_hosts: &ModelHosts) -> Finding {
    let what = format!("agent {}", agent.id);
    let wanted = RequestedModel { host: agent.host.clone(), model: agent.model.clone() };
    let resolved = model_hosts.gateway.resolve_among(&model_hosts.listings, &[wanted]);
    match resolved.and_then(|infos| unless_refused(infos, model_hosts)) {
        Ok(infos) => {
            let on = infos.first().map(|info| format!("{} on {}", info.model, info.host));
            Finding::ok(what, on.unwrap_or_default())
        }
        Err(error) => {
            let fix = fix(agent, &error, model_hosts);
            Finding::problem(what, without_remedy(error)).with_fix(fix)
        }
    }
}

/// Returns an error if the host of a model has refused it when the models were checked.
fn unless_refused(
    infos: Vec<ModelInfo>,
    model_hosts: &ModelHosts,
) -> Result<Vec<ModelInfo>, ResolveError> {
    for info in &infos {
        if let Some(refusal) = model_hosts.gateway.known_refusal(info) {
            let (host, model) = (info.host.clone(), info.model.clone());
            return Err(ResolveError::CannotChat { host, model, why: refusal.why });
        }
    }
    Ok(infos)
}

/// Returns the error without its fix, which has a line of its own.
fn without_remedy(error: ResolveError) -> ResolveError {
    match error {
        ResolveError::ModelNotFound { model, others, asked, unanswered, .. } => {
            let install_hint = None;
            ResolveError::ModelNotFound { model, others, asked, unanswered, install_hint }
        }
        ResolveError::NoModel { asked, unanswered, remote, left_out, .. } => {
            ResolveError::NoModel { asked, unanswered, remote, left_out, install_hint: None }
        }
        ResolveError::UnknownHost { .. }
        | ResolveError::HostUnavailable { .. }
        | ResolveError::CannotChat { .. } => error,
    }
}

fn fix(agent: &AgentProfile, error: &ResolveError, model_hosts: &ModelHosts) -> String {
    let or_change = format!("correct [agents.{}]", agent.id);
    if let ResolveError::ModelNotFound { model, .. } = error
        && let Some(info) = model_hosts.meant_by(model.as_str())
    {
        let (host, model) = (&info.host, &info.model);
        return format!("`host = \"{host}\"` and `model = \"{model}\"` in [agents.{}]", agent.id);
    }
    match error {
        ResolveError::HostUnavailable { host, source } => match model_hosts.server(host) {
            Some(server) => server.remedy(source),
            None => or_change,
        },
        ResolveError::ModelNotFound { install_hint: Some(command), .. }
        | ResolveError::NoModel { install_hint: Some(command), .. } => {
            format!("{command}, or {or_change}")
        }
        ResolveError::UnknownHost { known, .. } => {
            let known: Vec<_> = known.iter().map(HostName::as_str).collect();
            format!("set `host` of [agents.{}] to one of: {}", agent.id, known.join(", "))
        }
        ResolveError::ModelNotFound { .. }
        | ResolveError::NoModel { .. }
        | ResolveError::CannotChat { .. } => or_change,
    }
}
