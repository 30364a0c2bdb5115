use std::slice;

use synod_agents::AssignmentError;
use synod_inference::{RequestedModel, ResolveError};

use crate::{CliError, compose::ModelHosts};

/// Returns an error that describes every unusable model that was requested, so that all of them can be
/// corrected at once.
pub(super) async fn describe_all(
    error: AssignmentError,
    models: &[RequestedModel],
    model_hosts: &ModelHosts,
) -> CliError {
    let is_about_model = matches!(
        error,
        AssignmentError::Unresolved(
            ResolveError::ModelNotFound { .. } | ResolveError::CannotChat { .. }
        )
    );
    let first = model_hosts.assignment_error(error);
    if !is_about_model || models.len() < 2 {
        return first;
    }
    let mut texts = vec![first.to_string()];
    for model in models {
        let Err(error) = model_hosts.gateway.resolve(slice::from_ref(model)).await else {
            continue;
        };
        let text = model_hosts.assignment_error(error.into()).to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    let text = texts.join("; ");
    if let CliError::NoHost(_) = first { CliError::NoHost(text) } else { CliError::Usage(text) }
}
