//! Several hosts with the same model.

mod circuit_breaker;
mod moving;
mod replicas;
mod sharing;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, advance};

use crate::{
    ChatError, ChatEvent, ChatModel, ChatRequest, ChatStream, Flow, Gateway, GatewaySettings,
    HostName, ModelHost, ModelName, Phase, ScriptedHost, ScriptedModel, ScriptedReply,
    gateway::call::tests::request,
};

/// Two hosts, `near` and `far`, with a model of one name.
struct Two {
    gateway: Gateway,
    near: ScriptedModel,
    far: ScriptedModel,
}

/// A model that answers with the name of its host, after a while.
fn model(host: &str) -> ScriptedModel {
    let reply = ScriptedReply::text(format!("from {host}")).first_after(seconds(1));
    ScriptedModel::new("same").always(reply)
}

impl Two {
    async fn new(near: ScriptedModel, far: ScriptedModel) -> Self {
        let hosts = [("near", &near), ("far", &far)];
        let hosts = hosts.map(|(name, model)| ScriptedHost::new(name).with(model.clone()));
        let gateway = gateway(hosts);
        gateway.models().await;
        Self { gateway, near, far }
    }

    /// Both are well.
    async fn well() -> Self {
        Self::new(model("near"), model("far")).await
    }

    /// The model whose own host is `near`.
    async fn pooled(&self) -> Arc<dyn ChatModel> {
        pooled(&self.gateway).await
    }

    fn calls(&self) -> (usize, usize) {
        (self.near.record().calls, self.far.record().calls)
    }
}

fn gateway(hosts: impl IntoIterator<Item = ScriptedHost>) -> Gateway {
    let hosts = hosts.into_iter().map(|host| Arc::new(host) as Arc<dyn ModelHost>).collect();
    Gateway::new(hosts, GatewaySettings::default())
}

async fn pooled(gateway: &Gateway) -> Arc<dyn ChatModel> {
    gateway.pooled_model(&host("near"), &same(), None).await.unwrap()
}

fn same() -> ModelName {
    ModelName::new("same").unwrap()
}

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn unreachable(name: &str) -> ChatError {
    let source = Arc::new(std::io::Error::other("refused"));
    ChatError::Unreachable { host: host(name), source }
}

fn failed(name: &str) -> ChatError {
    ChatError::Failed { host: host(name), detail: "boom".into(), retry_after: None, source: None }
}

fn broke_off(name: &str) -> ChatError {
    ChatError::Interrupted { host: host(name), detail: "boom".into(), source: None }
}

fn refused(name: &str) -> ChatError {
    ChatError::Refused { host: host(name), detail: "no".into(), source: None }
}

/// A model on a host that can be cut off, and is at first.
fn dead(name: &'static str) -> (ScriptedModel, Arc<AtomicBool>) {
    let is_up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_up);
    let model = ScriptedModel::new("same").answering(move |_| {
        if seen.load(Ordering::Relaxed) {
            ScriptedReply::text(format!("from {name}")).first_after(seconds(1))
        } else {
            ScriptedReply::fails(unreachable(name))
        }
    });
    (model, is_up)
}

/// What came of a call.
#[derive(Debug)]
struct Came {
    /// The hosts that it was announced to have moved to.
    at: Vec<String>,
    text: String,
    end: Result<(), ChatError>,
}

async fn outcome(mut call: ChatStream) -> Came {
    let (mut at, mut text) = (Vec::new(), String::new());
    loop {
        match call.next().await {
            Some(Ok(ChatEvent::Moved(info))) => at.push(info.host.to_string()),
            Some(Ok(ChatEvent::Delta(piece))) => text.push_str(&piece),
            Some(Ok(
                ChatEvent::Phase(_) | ChatEvent::Thinking(_) | ChatEvent::Corrected { .. },
            )) => {}
            Some(Ok(ChatEvent::Finished(_))) => {
                assert!(call.next().await.is_none());
                return Came { at, text, end: Ok(()) };
            }
            Some(Err(error)) => {
                assert!(call.next().await.is_none());
                return Came { at, text, end: Err(error) };
            }
            None => panic!("no end"),
        }
    }
}

async fn ask(model: &Arc<dyn ChatModel>) -> Came {
    outcome(model.chat(request())).await
}

/// A call that has gone as far as it can without time passing.
fn begun(model: &Arc<dyn ChatModel>) -> ChatStream {
    begun_with(model, request())
}

fn begun_with(model: &Arc<dyn ChatModel>, request: ChatRequest) -> ChatStream {
    let mut call = model.chat(request);
    while call.next().now_or_never().is_some() {}
    call
}
