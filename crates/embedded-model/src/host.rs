use std::{fs, path::Path, sync::Arc, thread};

use futures_util::{
    FutureExt, StreamExt,
    future::{self, BoxFuture},
    stream,
};
use synod_inference::{
    ChatError, ChatModel, ChatRequest, ChatStream, HostError, HostName, HostType, ModelHost,
    ModelInfo, ModelName,
};

use crate::{
    EmbeddedError, WeightsFile,
    engine::{Engine, EngineCounts, ErrorContext, Inspection, Setup},
};

/// The name of the host.
const HOST: &str = "embedded";
/// The smallest window that serves a chat.
const LEAST_WINDOW: u32 = 256;

/// Settings of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// The number of compute threads, at least 1. More threads than free cores slow everything down.
    pub threads: usize,
    /// The window in tokens, for prompt and reply together: from 256 to the window of the training.
    pub window: u32,
}

impl Default for EngineSettings {
    /// One thread less than the physical cores, and 4096 tokens.
    fn default() -> Self {
        let usable = thread::available_parallelism().map_or(1, usize::from);
        let threads = num_cpus::get_physical().min(usable).saturating_sub(1).max(1);
        Self { threads, window: 4096 }
    }
}

/// The host `embedded`: one model in this process.
///
/// The model is loaded when it is first needed. Calls are served one after another, and the prefix
/// that a prompt shares with the previous one is not computed again. Dropping the host and all its
/// models and streams ends the engine thread, after at most one step or a load.
#[derive(Debug)]
pub struct EmbeddedHost {
    name: HostName,
    info: ModelInfo,
    engine: Arc<Engine>,
}

impl EmbeddedHost {
    /// Reads the header of the file, which takes about 0.1 s, and starts the engine thread.
    ///
    /// # Errors
    /// [`EmbeddedError::OwnFile`] if the file cannot be read,
    /// [`Unloadable`](EmbeddedError::Unloadable) if llama.cpp does not support the model,
    /// [`Thread`](EmbeddedError::Thread) if the thread cannot be started.
    pub fn open(file: WeightsFile, settings: EngineSettings) -> Result<Self, EmbeddedError> {
        let WeightsFile { path, weights } = file;
        let size = fs::metadata(&path)
            .map_err(|source| EmbeddedError::OwnFile { path: path.clone(), source })?
            .len();
        let inspection = Inspection::of(&path).map_err(|error| EmbeddedError::Unloadable {
            path: path.clone(),
            source: Box::new(error),
        })?;
        let host = HostName::new(HOST).expect("a short word");
        let model = weights.as_ref().map_or_else(
            || model_name(&path),
            |weights| ModelName::new(&weights.name).expect("manifests are checked"),
        );
        let window =
            settings.window.clamp(LEAST_WINDOW, inspection.trained_window.max(LEAST_WINDOW));
        let mut info = ModelInfo::new(host.clone(), model.clone())
            .with_digest(weights.as_ref().map(|weights| weights.sha256.clone()))
            .with_family(inspection.family)
            .with_parameters(inspection.parameters)
            .with_size(size)
            .with_window(window);
        info.continues_reply = true;
        info.demo = weights.is_some_and(|weights| weights.demo);
        let threads = settings.threads.max(1);
        let setup =
            Setup { path, threads, window, errors: ErrorContext { host: host.clone(), model } };
        let engine = Engine::start(setup).map_err(|source| EmbeddedError::Thread { source })?;
        Ok(Self { name: host, info, engine: Arc::new(engine) })
    }

    /// Returns the counts of the engine.
    #[must_use]
    pub fn counts(&self) -> EngineCounts {
        self.engine.counts()
    }

    fn info(&self) -> ModelInfo {
        self.info.clone().with_loaded(self.engine.is_loaded())
    }
}

impl ModelHost for EmbeddedHost {
    fn name(&self) -> &HostName {
        &self.name
    }

    fn kind(&self) -> HostType {
        HostType::Embedded
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        future::ready(Ok(vec![self.info()])).boxed()
    }

    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel> {
        Arc::new(EmbeddedModel { info, engine: Arc::clone(&self.engine) })
    }
}

struct EmbeddedModel {
    info: ModelInfo,
    engine: Arc<Engine>,
}

impl ChatModel for EmbeddedModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let engine = Arc::clone(&self.engine);
        stream::once(async move { engine.chat(request) }).flatten().boxed()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        Arc::clone(&self.engine).warm_up().boxed()
    }
}

/// A model of the user's is named after its file.
fn model_name(path: &Path) -> ModelName {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_whitespace() || c.is_control() { '-' } else { c };
    let name: String = stem.chars().map(plain).take(128).collect();
    ModelName::new(&name).unwrap_or_else(|_| ModelName::new("own").expect("a short word"))
}
