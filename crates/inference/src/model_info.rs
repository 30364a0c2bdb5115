use synod_domain::{HostName, ModelName, Scale};

use crate::ModelKind;

/// The known properties of a model.
///
/// A host starts from [`ModelInfo::new`] and sets what it knows, by methods or by the fields:
///
/// ```
/// use synod_inference::ModelInfo;
///
/// let (host, model) = ("local".parse()?, "llama3.2:3b".parse()?);
/// let info = ModelInfo::new(host, model).with_window(8_192).with_parameters(3_200_000_000);
/// assert!(info.chats && !info.loaded);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// Its host does not list it: a setting or a user names it, and a call shows whether it is served.
    pub unlisted: bool,
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
    /// A model that chats, is not known to be in memory, and of which nothing else is known.
    #[must_use]
    pub const fn new(host: HostName, model: ModelName) -> Self {
        Self {
            host,
            model,
            digest: None,
            family: None,
            parameters: None,
            size: None,
            window: None,
            loaded: false,
            placement: None,
            chats: true,
            kind: Some(ModelKind::Chat),
            guessed: false,
            embeds: false,
            continues_reply: false,
            demo: false,
            remote: false,
            unlisted: false,
        }
    }

    /// Sets the content digest.
    #[must_use]
    pub fn with_digest(mut self, digest: impl Into<Option<String>>) -> Self {
        self.digest = digest.into();
        self
    }

    /// Sets the family, as `llama` or `qwen2`.
    #[must_use]
    pub fn with_family(mut self, family: impl Into<Option<String>>) -> Self {
        self.family = family.into();
        self
    }

    /// Sets the number of parameters.
    #[must_use]
    pub fn with_parameters(mut self, parameters: impl Into<Option<u64>>) -> Self {
        self.parameters = parameters.into();
        self
    }

    /// Sets the size of the weights, in bytes.
    #[must_use]
    pub fn with_size(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.size = bytes.into();
        self
    }

    /// Sets the context window: tokens of prompt and reply together.
    #[must_use]
    pub fn with_window(mut self, tokens: impl Into<Option<u32>>) -> Self {
        self.window = tokens.into();
        self
    }

    /// Sets whether the model is in memory now.
    #[must_use]
    pub const fn with_loaded(mut self, loaded: bool) -> Self {
        self.loaded = loaded;
        self
    }

    /// Marks a model that cannot chat, and what it is made for, if known.
    #[must_use]
    pub fn without_chat(mut self, kind: impl Into<Option<ModelKind>>) -> Self {
        (self.chats, self.kind) = (false, kind.into());
        self
    }

    /// Sets whether the model turns texts into vectors.
    #[must_use]
    pub const fn with_embeds(mut self, embeds: bool) -> Self {
        self.embeds = embeds;
        self
    }

    /// Sets whether the model runs beyond this machine and its network.
    #[must_use]
    pub const fn with_remote(mut self, remote: bool) -> Self {
        self.remote = remote;
        self
    }

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
