mod chance;
mod in_turn;
mod learning;
mod turns;

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::join_all};
use tokio::time::{Instant, advance};

use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, ChatStream, Flow, Gateway,
    GatewaySettings, HostName, LoadStatistics, ModelName, Phase, ScriptedHost, ScriptedModel,
    ScriptedReply, gateway::call::tests::request, scheduler::IDLE_GRACE,
};

const LOAD: Duration = Duration::from_secs(10);
const REPLY: Duration = Duration::from_secs(1);

/// A gateway to one host of slow models, whose records can be inspected.
struct Harness {
    gateway: Gateway,
    models: Vec<ScriptedModel>,
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A model that loads in 10 s and replies in 1 s.
fn slow(name: &str) -> ScriptedModel {
    ScriptedModel::new(name)
        .loading_takes(LOAD)
        .always(ScriptedReply::text("I agree.").first_after(REPLY))
}

impl Harness {
    fn of(host: ScriptedHost, models: Vec<ScriptedModel>) -> Self {
        let host = models.iter().cloned().fold(host, ScriptedHost::with);
        Self { gateway: Gateway::new(vec![Arc::new(host)], GatewaySettings::default()), models }
    }

    /// A host of models `a`, `b` and `c` that holds this many and reports that.
    fn holding(models: usize) -> Self {
        let most = models.try_into().unwrap();
        let host = ScriptedHost::new("desk").holding(most).with_models_at_once(most);
        Self::of(host, ["a", "b", "c"].map(slow).to_vec())
    }

    async fn model(&self, name: &str) -> Arc<dyn ChatModel> {
        let host = HostName::new("desk").unwrap();
        self.gateway.chat_model(&host, &ModelName::new(name).unwrap()).await.unwrap()
    }

    async fn call(&self, name: &str) -> ChatStream {
        self.call_of(name, AdmissionClass::Normal).await
    }

    async fn call_of(&self, name: &str, class: AdmissionClass) -> ChatStream {
        // Long enough for a load that a host makes by itself.
        self.model(name).await.chat(ChatRequest { class, time_limit: seconds(90), ..request() })
    }

    /// Asks the models in this order, all at once, and returns how long all took.
    async fn ask(&self, order: &str) -> Duration {
        let begun = Instant::now();
        let mut calls = Vec::new();
        for name in order.split(' ') {
            calls.push(self.call(name).await);
        }
        for events in join_all(calls.into_iter().map(whole)).await {
            assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
        }
        begun.elapsed()
    }

    /// Loads, as the host counts them, including those that it makes by itself.
    fn loads_seen(&self) -> usize {
        self.models.iter().map(|model| model.record().loads).sum()
    }

    fn loads(&self) -> LoadStatistics {
        self.gateway.loads().remove(0)
    }

    /// Loads made and avoided, as the gateway counts them.
    fn made_and_avoided(&self) -> (u64, u64) {
        let LoadStatistics { made, avoided, .. } = self.loads();
        (made, avoided)
    }
}

async fn whole(call: ChatStream) -> Vec<Result<ChatEvent, ChatError>> {
    call.collect().await
}

/// Polls the call until it has no event.
fn poll(call: &mut ChatStream) -> Vec<Result<ChatEvent, ChatError>> {
    std::iter::from_fn(|| call.next().now_or_never().flatten()).collect()
}

/// Lets a time go by in small steps, in which all tasks run that are ready to.
async fn pass(time: Duration) {
    let end = Instant::now() + time;
    loop {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        if Instant::now() >= end {
            break;
        }
        advance(Duration::from_millis(10)).await;
    }
}
