//! Opens a debate for a request.

use serde_json::Value;
use synod_agents::{AssignmentError, Registry};
use synod_debate_engine::{EngineError, Opened};
use synod_domain::{
    AgentId, AgentProfile, ConfigProblem, DebateConfig, DebateLimits, Initialized, InvalidConfig,
    PathSegment,
};
use synod_event_log::{IdempotencyKey, LogError};
use synod_inference::ResolveError;
use synod_request_validation::{FieldProblem, Place};
use synod_runtime::PrepareError;

use crate::{Api, response::error::ApiError};

/// Opens a debate, unless the same request opened it before.
pub(crate) async fn open(
    api: &Api,
    config: DebateConfig,
    key: Option<IdempotencyKey>,
) -> Result<(Opened, DebateLimits), ApiError> {
    let Some(key) = key else {
        let setup = set_up(api, config).await?;
        let limits = setup.limits;
        return Ok((Opened::New(api.synod().debates().open(setup).await?), limits));
    };
    let _in_flight = api.keys_in_flight().enter(key.key())?;
    // Before models are assigned: the response stays the same even if agents and hosts changed.
    let opened = match api.synod().debates().opened_by(&key).await? {
        Some(debate) => Opened::Existing(debate),
        None => api.synod().debates().open_once(set_up(api, config).await?, &key).await?,
    };
    match opened.handle().snapshot().await {
        Ok(state) => Ok((opened, state.setup().limits)),
        Err(EngineError::Log(LogError::Purged(_) | LogError::UnknownDebate(_))) => {
            Err(ApiError::KeyOfDeleted)
        }
        Err(error) => Err(error.into()),
    }
}

/// Validates a configuration and assigns models. Nothing is stored.
pub(super) async fn set_up(api: &Api, config: DebateConfig) -> Result<Initialized, ApiError> {
    let prepared = api.synod().prepare(&config).await;
    prepared.map_err(|error| refusal(api, error, &config))
}

/// Validates a configuration as [`set_up`] does, with the models that hosts list: none is tried or loaded.
pub(super) async fn plan(api: &Api, config: DebateConfig) -> Result<Initialized, ApiError> {
    let planned = api.synod().plan(&config).await;
    planned.map_err(|error| refusal(api, error, &config))
}

fn refusal(api: &Api, error: PrepareError, config: &DebateConfig) -> ApiError {
    match error {
        PrepareError::Config(invalid) => wrong(&invalid, config),
        PrepareError::Assignment(error) => {
            unseated(error, config, &api.synod().agents().registry())
        }
        PrepareError::TooLong { .. } => too_long(&error, config),
    }
}

/// A context that fits no call is a problem of the request.
fn too_long(error: &PrepareError, config: &DebateConfig) -> ApiError {
    let loc = vec!["body".into(), "problem_statement".into()];
    let input = config.problem_statement.as_str();
    ApiError::Invalid(vec![FieldProblem::value_error(loc, error.to_string(), input)])
}

fn wrong(invalid: &InvalidConfig, config: &DebateConfig) -> ApiError {
    let config = serde_json::to_value(config).unwrap_or_default();
    let problem = |problem: &ConfigProblem| {
        let place = |segment| match segment {
            PathSegment::Name(name) => Place::from(name),
            PathSegment::Index(index) => Place::Index(index),
        };
        let path: Vec<_> = problem.path.segments().map(place).collect();
        let input = path.iter().try_fold(&config, |value, place| match place {
            Place::Key(key) => value.get(key),
            Place::Index(index) => value.get(index),
        });
        let input = input.cloned().unwrap_or_default();
        let loc = std::iter::once(Place::from("body")).chain(path).collect();
        FieldProblem::value_error(loc, &problem.message, input)
    };
    ApiError::Invalid(invalid.problems().iter().map(problem).collect())
}

fn unseated(error: AssignmentError, config: &DebateConfig, registry: &Registry) -> ApiError {
    match error {
        AssignmentError::UnknownAgent(unknown) => ApiError::AgentNotFound(unknown.id),
        AssignmentError::Unresolved(error) => unresolved(error, config, registry),
    }
}

/// A model that no host has is a problem of the request, at the agent that requires it; if a host does not
/// respond, this is unknown.
fn unresolved(error: ResolveError, config: &DebateConfig, registry: &Registry) -> ApiError {
    let insists: &dyn Fn(&AgentProfile) -> bool = match &error {
        ResolveError::HostUnavailable { .. } => return error.into(),
        ResolveError::ModelNotFound { asked, unanswered, .. }
        | ResolveError::NoModel { asked, unanswered, .. }
            if asked.is_empty() || !unanswered.is_empty() =>
        {
            return error.into();
        }
        ResolveError::UnknownHost { host, .. } => &|agent| agent.host.as_ref() == Some(host),
        ResolveError::ModelNotFound { model, .. } | ResolveError::CannotChat { model, .. } => {
            &|agent| agent.model.as_ref() == Some(model)
        }
        ResolveError::NoModel { .. } => &|agent| agent.model.is_none(),
    };
    let is_at = |(_, id): &(Vec<Place>, &AgentId)| registry.get(id).is_ok_and(insists);
    let (loc, input) = match seats(config).find(is_at) {
        Some((loc, id)) => (loc, id.as_str().into()),
        None => (vec!["body".into(), "selected_agents".into()], Value::Null),
    };
    ApiError::Invalid(vec![FieldProblem::value_error(loc, error.to_string(), input)])
}

/// The agents of a configuration, with their locations.
fn seats(config: &DebateConfig) -> impl Iterator<Item = (Vec<Place>, &AgentId)> {
    let participants = config.selected_agents.iter().enumerate().map(|(index, id)| {
        let loc: Vec<Place> = vec!["body".into(), "selected_agents".into(), index.into()];
        (loc, id)
    });
    let rules = &config.debate_rules;
    let others = [("moderator", &rules.moderator), ("judge", &rules.judge)];
    let others = others.into_iter().filter_map(|(role, id)| {
        let loc: Vec<Place> = vec!["body".into(), "debate_rules".into(), role.into()];
        id.as_ref().map(|id| (loc, id))
    });
    participants.chain(others)
}
