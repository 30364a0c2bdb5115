use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::timeout;

use super::{gateway_model::GatewayModel, model::ModelAtHost};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Flow, Message, ModelRefusal,
    Sampling,
};

/// Longest that the server may take for a reply of one token, once the model is loaded.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Why the host does not serve the model, if that was shown. If nothing shows yet whether it chats, it is
/// tried.
pub(super) async fn try_if_unknown(model: &ModelAtHost) -> Option<ModelRefusal> {
    let state = model.state();
    if model.info().guessed && state.ability.is_unknown() {
        try_to_chat(&GatewayModel::Pinned(model.clone()), state.settings.trial_limit).await;
    }
    state.ability.refusal()
}

/// Finds out by a call of one token whether a model chats whose host does not report it. The call
/// waits in the queue of the model as others do, but not for a host that is away: a debate waits
/// where its users see it. The result is remembered for the model. A model that fails for a cause that does
/// not lie with it, or takes longer than `limit` in all, counts as able, since its calls have more time.
async fn try_to_chat(model: &GatewayModel, limit: Duration) {
    let ability = &model.own().state().ability;
    let _turn = ability.turn().await;
    if !ability.is_unknown() {
        return;
    }
    let info = model.info();
    match timeout(limit, reply(model)).await {
        Ok(Ok(())) => ability.is_able(),
        Ok(Err(error)) => match error.model_refusal() {
            Some(refusal) => {
                let (host, model, why) = (&info.host, &info.model, &refusal.why);
                tracing::warn!(%host, %model, why, "left out: the host does not serve the model");
                ability.is_unable(refusal);
            }
            None => {
                tracing::info!(host = %info.host, model = %info.model, %error, "a trial failed");
                ability.is_able();
            }
        },
        Err(_) => {
            tracing::info!(host = %info.host, model = %info.model, "a trial took too long");
            ability.is_able();
        }
    }
}

/// Waits for any output, or the end of the reply.
async fn reply(model: &GatewayModel) -> Result<(), ChatError> {
    let request = ChatRequest::new([Message::user("Say yes.")])
        .with_sampling(Sampling::default().with_temperature(0.0).with_max_output_tokens(1))
        .with_class(AdmissionClass::High)
        .with_flow(Flow::named("trials").attended())
        .with_time_limit(TIME_LIMIT);
    let mut call = model.chat(request);
    while let Some(event) = call.next().await {
        match event? {
            ChatEvent::Delta(_)
            | ChatEvent::Thinking(_)
            | ChatEvent::Corrected { .. }
            | ChatEvent::Finished(_) => break,
            ChatEvent::Phase(_) | ChatEvent::Moved(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::Instant;

    use crate::{
        ChatError, Gateway, GatewaySettings, HostName, RequestedModel, ScriptedHost, ScriptedModel,
        ScriptedReply,
    };

    #[tokio::test(start_paused = true)]
    async fn a_trial_does_not_wait_for_a_host_that_is_away() {
        let away = ChatError::Unreachable {
            host: HostName::new("gpu").unwrap(),
            source: Arc::new(std::io::Error::from(std::io::ErrorKind::ConnectionRefused)),
        };
        let model = ScriptedModel::new("mine").with_info(|info| info.guessed = true);
        let host = ScriptedHost::new("gpu").with(model.then(ScriptedReply::fails(away)));
        let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
        let begun = Instant::now();
        let infos = gateway.resolve(&[RequestedModel::default()]).await.unwrap();
        assert_eq!(infos[0].model.as_str(), "mine");
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }
}
