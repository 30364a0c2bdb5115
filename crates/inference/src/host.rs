use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_domain::{HostName, ModelName, Scale};

use crate::{ChatError, ChatModel, Embeddings, HostError, ModelKind};

/// A place that serves models: an Ollama server, the engine in this process.
pub trait ModelHost: Send + Sync {
    /// The name agents call it by.
    fn name(&self) -> &HostName;

    /// The models it has now, in its own order.
    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>>;

    /// One of its models, by the model info that [`models`](Self::models) gave.
    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel>;

    /// Turns texts into vectors by one of its models, loading it if need be. Dropping the future
    /// cancels the call. A host that cannot refuses.
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

    /// Calls that each of its models serves at a time, if it says.
    fn concurrent_calls(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Models that it holds in memory at once, if it says. Where it does not, the gateway learns it
    /// from models that it sees pushed out.
    fn models_at_once(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Calls that it serves at a time, of all its models together, if it says. Where it does not, calls
    /// of all its models are made in turn while one of them runs on the processor
    /// ([`ChatModel::runs_on_cpu`]).
    fn calls_at_once(&self) -> Option<NonZeroUsize> {
        None
    }

    /// The longest that a call waits for it, or for one of its models, to be loaded, if it says. Where it
    /// does not, it is [`GatewaySettings::load_limit`](crate::GatewaySettings::load_limit).
    fn load_limit(&self) -> Option<Duration> {
        None
    }

    /// The longest that a call waits for it while it cannot be reached, if it says. Where it does not,
    /// it is [`GatewaySettings::away_limit`](crate::GatewaySettings::away_limit).
    fn away_limit(&self) -> Option<Duration> {
        None
    }

    /// Whether it loads one model at a time, so that to ask for another load meanwhile is of no use.
    fn loads_one_at_a_time(&self) -> bool {
        false
    }

    /// What a user can do to have `model` here, or, if `None`, some model that can chat: a
    /// command to type.
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
    /// Content digest, if the host tells.
    pub digest: Option<String>,
    /// Family, as `llama` or `qwen2`, if the host tells.
    pub family: Option<String>,
    /// Number of parameters, if the host tells, or else its settings, or its name.
    pub parameters: Option<u64>,
    /// Bytes of weights, if the host tells.
    pub size: Option<u64>,
    /// Tokens of prompt and reply together that a call may have, if known.
    pub window: Option<u32>,
    /// Resident now.
    pub loaded: bool,
    /// Where it computes while it is resident, if the host tells.
    pub placement: Option<Placement>,
    /// Can hold a chat (an embedding model cannot).
    pub chats: bool,
    /// What it is made for, as far as the host tells or its name shows.
    pub kind: Option<ModelKind>,
    /// The host does not tell what the model can do: `chats` is what its name shows, and true
    /// where that shows nothing.
    pub guessed: bool,
    /// Turns texts into vectors.
    pub embeds: bool,
    /// Continues a last message of role assistant in mid-sentence.
    pub continues_reply: bool,
    /// Is a demo model: real and weak.
    pub demo: bool,
    /// Runs beyond this machine and its network, which what it is asked leaves. It serves only
    /// those who name it.
    pub remote: bool,
}

/// Where a resident model computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// All of it on GPUs.
    Gpu,
    /// On the processor alone.
    Cpu,
    /// This percentage of it on GPUs, 1 to 99, the rest on the processor.
    Split(u8),
}

impl ModelInfo {
    /// Whether its calls may be shared with other hosts that hold the same: it chats, nothing leaves
    /// the network unasked, and a demo model stands in for nothing.
    #[must_use]
    pub const fn can_be_pooled(&self) -> bool {
        self.chats && !self.remote && !self.demo
    }

    /// Why it cannot hold a chat, as `it is an embedding model`; `None` if it can.
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

    /// The wording the model is asked in.
    #[must_use]
    pub fn scale(&self) -> Scale {
        self.parameters.map_or(Scale::Regular, Scale::of_parameters)
    }
}
