use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_domain::{HostName, ModelName, Scale};

use crate::{ChatError, ChatModel, Embeddings, HostError, ModelKind};

/// A server or engine that serves models: an Ollama server, the engine in this process.
pub trait ModelHost: Send + Sync {
    /// The name by which agents refer to it.
    fn name(&self) -> &HostName;

    /// Lists the models that it has now, in its own order.
    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>>;

    /// One of its models, as [`models`](Self::models) listed it.
    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel>;

    /// Turns texts into vectors by one of its models, and loads it if need be. Dropping the future
    /// cancels the call. A host that cannot embed refuses.
    fn embed(
        &self,
        info: &ModelInfo,
        texts: Vec<String>,
    ) -> BoxFuture<'static, Result<Embeddings, ChatError>> {
        drop(texts);
        let detail = format!("{} does not embed texts", info.model);
        let refused = ChatError::Refused { host: info.host.clone(), detail, source: None };
        future::ready(Err(refused)).boxed()
    }

    /// The calls that each of its models serves at a time, if known.
    fn concurrent_calls(&self) -> Option<NonZeroUsize> {
        None
    }

    /// The models that it holds in memory at once, if known. Otherwise the gateway learns it from models
    /// that were pushed out.
    fn models_at_once(&self) -> Option<NonZeroUsize> {
        None
    }

    /// The calls that it serves at a time, of all its models together, if known. Otherwise calls of all
    /// its models are made one after another while one of them runs on the CPU
    /// ([`ChatModel::runs_on_cpu`]).
    fn calls_at_once(&self) -> Option<NonZeroUsize> {
        None
    }

    /// The longest time that a call waits for the host, or one of its models, to be loaded. `None`:
    /// [`GatewaySettings::load_limit`](crate::GatewaySettings::load_limit).
    fn load_limit(&self) -> Option<Duration> {
        None
    }

    /// The longest time that a call waits for the host while it cannot be reached. `None`:
    /// [`GatewaySettings::away_limit`](crate::GatewaySettings::away_limit).
    fn away_limit(&self) -> Option<Duration> {
        None
    }

    /// Whether it loads one model at a time, so that a second load would only wait.
    fn loads_one_at_a_time(&self) -> bool {
        false
    }

    /// A command that installs `model` here or, if `None`, some model that can chat.
    fn install_hint(&self, model: Option<&ModelName>) -> Option<String> {
        let _ = model;
        None
    }
}

/// What is known of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// Its host.
    pub host: HostName,
    /// Its name on that host.
    pub model: ModelName,
    /// Content digest, if the host reports one.
    pub digest: Option<String>,
    /// Family, as `llama` or `qwen2`, if the host reports one.
    pub family: Option<String>,
    /// Number of parameters, as the host reports it, or else its settings or its name.
    pub parameters: Option<u64>,
    /// Size of the weights in bytes, if the host reports it.
    pub size: Option<u64>,
    /// Context window: tokens of prompt and reply together, if known.
    pub window: Option<u32>,
    /// It is in memory now.
    pub loaded: bool,
    /// Where it runs while it is in memory, if the host reports that.
    pub placement: Option<Placement>,
    /// It can chat (an embedding model cannot).
    pub chats: bool,
    /// What it is made for, as the host reports or its name shows.
    pub kind: Option<ModelKind>,
    /// The host does not report what the model can do: `chats` follows from its name, and is true if
    /// the name shows nothing.
    pub guessed: bool,
    /// It turns texts into vectors.
    pub embeds: bool,
    /// It continues a last message of role assistant in mid-sentence.
    pub continues_reply: bool,
    /// It is a demo model: real and weak.
    pub demo: bool,
    /// It runs beyond this machine and its network, which its prompts leave. It is used only if it is
    /// named.
    pub remote: bool,
}

/// Where a model in memory runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// All of it on GPUs.
    Gpu,
    /// On the CPU alone.
    Cpu,
    /// This percentage of it on GPUs, 1 to 99, the rest on the CPU.
    Split(u8),
}

impl ModelInfo {
    /// Whether other hosts with the same model may serve its calls: it chats, and is neither remote (no
    /// prompt leaves the network unless its user asks for that) nor a demo model.
    #[must_use]
    pub const fn can_be_pooled(&self) -> bool {
        self.chats && !self.remote && !self.demo
    }

    /// Why it cannot chat, as `it is an embedding model`; `None` if it can.
    #[must_use]
    pub fn no_chat_reason(&self) -> Option<String> {
        let what = |kind: ModelKind| match self.guessed {
            true => format!("its name says that it is {kind}"),
            false => format!("it is {kind}"),
        };
        let kind = self.kind.filter(|kind| !kind.chats());
        let why = || kind.map_or_else(|| "its host or a setting says so".to_owned(), what);
        (!self.chats).then(why)
    }

    /// The scale that selects the wording of its prompts.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.parameters.map_or(Scale::Regular, Scale::of_parameters)
    }
}
