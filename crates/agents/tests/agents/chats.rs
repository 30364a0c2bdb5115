use std::time::Duration;

use synod_agents::{AgentChat, AgentStatus, TaskError};
use synod_inference::{ChatError, Message, ModelName, ScriptedModel, ScriptedReply};
use tokio::time::timeout;

use crate::task_harness::{TaskHarness, id};

fn a_chat(messages: Vec<Message>) -> AgentChat {
    let model = ModelName::new("m").unwrap();
    AgentChat {
        model: model.into(),
        agent: Some(id("critic")),
        messages,
        temperature: Some(0.7),
        max_tokens: None,
    }
}

#[tokio::test(start_paused = true)]
async fn the_persona_is_the_system_message_unless_one_is_given() {
    let model = ScriptedModel::new("m");
    let harness = TaskHarness::with(&model);
    let reply = harness.tasks.chat(a_chat(vec![Message::user("Tea?")])).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.host.as_str()), ("I agree.", "local"));
    let own = vec![Message::system("You are a kettle."), Message::user("Tea?")];
    harness.tasks.chat(a_chat(own)).await.unwrap();
    let alone = AgentChat { agent: None, ..a_chat(vec![Message::user("<|verbatim|>")]) };
    harness.tasks.chat(alone).await.unwrap();
    let requests = model.record().requests;
    let messages: Vec<Vec<&str>> = requests
        .iter()
        .map(|request| request.messages.iter().map(|message| &*message.content).collect())
        .collect();
    assert!(messages[0][0].starts_with("You are a critic"), "{messages:?}");
    assert_eq!(messages[0][1..], ["Tea?"]);
    assert_eq!(messages[1], ["You are a kettle.", "Tea?"]);
    assert_eq!(messages[2], ["<|verbatim|>"]);
    assert_eq!(harness.critic().await.statistics.succeeded, 2);
}

#[tokio::test(start_paused = true)]
async fn chats_end_at_the_time_limit_or_when_dropped() {
    let model = ScriptedModel::new("m").always(ScriptedReply::text("Well").then_hangs());
    let harness = TaskHarness::with(&model);
    let error = harness.tasks.chat(a_chat(vec![Message::user("Tea?")])).await.unwrap_err();
    assert!(matches!(error, TaskError::Call(ChatError::Deadline { .. })), "{error:?}");
    let hello = harness.tasks.chat(a_chat(vec![Message::user("Hello?")]));
    let watch = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(harness.critic().await.status, AgentStatus::Busy);
    };
    let (left, ()) = tokio::join!(timeout(Duration::from_secs(2), hello), watch);
    assert!(left.is_err());
    let seen = model.record();
    assert_eq!((seen.cancelled, seen.in_flight), (2, 0));
    let statistics = harness.critic().await.statistics;
    assert_eq!((statistics.timed_out, statistics.cancelled, statistics.open), (1, 1, 0));
}

#[tokio::test]
async fn chats_with_unknown_agents_or_models_are_refused() {
    let harness = TaskHarness::with(&ScriptedModel::new("m"));
    let unknown = AgentChat { agent: Some(id("crtic")), ..a_chat(vec![Message::user("Tea?")]) };
    let error = harness.tasks.chat(unknown).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no agent `crtic`; did you mean `critic`?");
    let absent = AgentChat { model: ModelName::new("x").unwrap().into(), ..a_chat(vec![]) };
    let error = harness.tasks.chat(absent).await.unwrap_err();
    assert_eq!(error.to_string(), "no model x on local; try `script x`");
}
