use std::sync::Arc;

use synod_agents::AgentFactory;
use synod_debate_engine::Participant;
use synod_debate_protocol::{Command, NextStep};
use synod_inference::{Flow, Gateway, ModelInfo, ReplyForm, SeenThinking};

use super::{
    ballot::{Question, record, trial_debate},
    reply::{NoReply, reply},
};
use crate::config::HostKind;

/// Asks a thinking model for an opening with the limits of a debate, because thinking may use up all
/// tokens. If the host reports which models think, others are not asked: their ballots suffice. Returns
/// how the model thought; `None` if it is not known to think.
///
/// # Errors
/// [`NoReply`] if there is no statement.
pub(super) async fn probe(
    info: &ModelInfo,
    gateway: &Arc<Gateway>,
    kind: HostKind,
) -> Result<Option<String>, NoReply> {
    let model = gateway.chat_model(&info.host, &info.model).await;
    let model = model.map_err(|error| error.to_string())?;
    let is_known_to_think = model.usual_thinking(&ReplyForm::Text).is_some();
    if kind == HostKind::Ollama && !is_known_to_think {
        return Ok(None);
    }
    let mut debate = trial_debate(info, Question::Closed)?;
    record(&mut debate, Command::Start)?;
    let NextStep::Begin(steps) = debate.next_step() else {
        return Err("no step is due".into());
    };
    let step = steps.first().ok_or("no step is due")?;
    let agent = AgentFactory::new(Arc::clone(gateway) as _)
        .agent(debate.asked(step), Flow::default().attended());
    let statement = |progress| agent.speak(debate.brief(step), progress);
    let reply = reply(statement, info, gateway).await?;
    if reply.text.trim().is_empty() {
        return Err("the reply is empty".into());
    }
    Ok(match gateway.seen_thinking(&info.host, &info.model) {
        Some(SeenThinking::Tokens(tokens)) => {
            Some(format!("thinks for about {tokens} tokens before a statement"))
        }
        Some(SeenThinking::Avoided) => Some(
            "makes a statement without thinking, because its thinking exceeds the limits"
                .to_owned(),
        ),
        None => is_known_to_think.then(|| "makes a statement; no thinking was seen".to_owned()),
    })
}
