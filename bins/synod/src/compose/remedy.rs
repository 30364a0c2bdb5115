use std::time::Duration;

use synod_inference::{AccessRefusal, HostError, HostProtocol, MissingAccess};

use super::ModelServer;
use crate::config::HostKind;

impl ModelServer {
    /// Describes an error of the host and its remedy, after the name of the host.
    pub(crate) fn explain_by_name(&self, error: &HostError) -> String {
        format!("{}: {}", self.name, self.explain(error))
    }

    /// Describes an error of the host and its remedy.
    pub(crate) fn explain(&self, error: &HostError) -> String {
        let address = match error {
            // The messages of the others contain the address.
            HostError::TimedOut { .. } | HostError::Incomplete { .. } => {
                format!(" at {}", self.url)
            }
            HostError::Unreachable { .. }
            | HostError::Unresolved { .. }
            | HostError::Proxy { .. }
            | HostError::Untrusted { .. }
            | HostError::WrongCertificateName { .. }
            | HostError::CertificateExpired { .. }
            | HostError::CaCertificate { .. }
            | HostError::WantsCertificate { .. }
            | HostError::TlsMismatch { .. }
            | HostError::ClosedInHandshake { .. }
            | HostError::TlsFailed { .. }
            | HostError::WithoutTls { .. }
            | HostError::OnlyTls { .. }
            | HostError::Unauthorized { .. }
            | HostError::NoCredit { .. }
            | HostError::Forbidden { .. }
            | HostError::Refused { .. }
            | HostError::NotFound { .. }
            | HostError::WrongKind { .. }
            | HostError::Loading { .. }
            | HostError::Unavailable { .. }
            | HostError::Unreadable { .. } => String::new(),
        };
        format!("{error}{address}; {}", self.remedy(error))
    }

    /// The remedy for a host that does not list its models.
    pub(crate) fn remedy(&self, error: &HostError) -> String {
        let settings = &self.settings;
        match error {
            HostError::Unreachable { .. } => self.unreachable_remedy(),
            HostError::Unresolved { .. } => format!(
                "correct the name in {}, or see that this machine can resolve it",
                settings.url()
            ),
            HostError::Proxy { advice, .. } => advice.clone(),
            HostError::TimedOut { .. } => format!(
                "the server accepts connections and stays silent: look at its log, or correct {}",
                settings.url()
            ),
            HostError::Incomplete { .. } => {
                "the server, or the network before it, is slow: look at its log, and try again"
                    .to_owned()
            }
            HostError::Untrusted { .. } => {
                "add the certificate of its CA to those of this machine \
                (on Debian a .crt file in /usr/local/share/ca-certificates, then \
                `update-ca-certificates`), or start synod with SSL_CERT_FILE=CA.pem, a file that \
                replaces them"
                    .to_owned()
            }
            HostError::WrongCertificateName { .. } => {
                format!("let {} contain a name of the certificate", settings.url())
            }
            HostError::CertificateExpired { .. } => {
                "renew it on the server, and check the clock of this machine".to_owned()
            }
            HostError::CaCertificate { .. } => {
                "make a certificate for the server with `basicConstraints=CA:FALSE`, as \
                 `openssl req -x509 -addext basicConstraints=CA:FALSE` does"
                    .to_owned()
            }
            HostError::WantsCertificate { .. } => {
                "let the server accept clients without a certificate, which synod does not have, as \
                 for an address or a network"
                    .to_owned()
            }
            HostError::TlsMismatch { .. } => {
                "enable TLS 1.2 or 1.3 on the server, and ECDHE with AES-GCM or ChaCha20-Poly1305; if it \
                 wants certificates of clients, let it accept clients without one"
                    .to_owned()
            }
            HostError::ClosedInHandshake { .. } => format!(
                "check the port in {}, and that the server speaks TLS there; a server that wants \
                 certificates of clients, a firewall, or a proxy that is being restarted does the same",
                settings.url()
            ),
            HostError::TlsFailed { .. } => {
                "check the TLS settings and the log of the server".to_owned()
            }
            HostError::WithoutTls { .. } => {
                format!("let {} begin with http://", settings.url())
            }
            HostError::OnlyTls { .. } => {
                format!("let {} begin with https://", settings.url())
            }
            HostError::Unauthorized { .. } => settings.key_remedy(),
            HostError::NoCredit { .. } => self.access_remedy(MissingAccess::Credit),
            HostError::Forbidden { status: 407, .. } => format!(
                "a proxy wants a sign-in of its own, which synod does not send: let {} be the address \
                 of the server behind it",
                settings.url()
            ),
            HostError::Forbidden { status: 451, .. } => {
                "the service is not offered to this network or country: use another host".to_owned()
            }
            HostError::Forbidden { .. } => match self.kind {
                HostKind::Ollama => format!(
                    "an Ollama on another machine must be started with OLLAMA_HOST=0.0.0.0; where a \
                     proxy or a key guards it, {}",
                    settings.key_remedy()
                ),
                HostKind::OpenAi => format!(
                    "the key may not list models, or a proxy refuses this machine; {}",
                    settings.key_remedy()
                ),
            },
            HostError::NotFound { .. } => match self.kind {
                HostKind::Ollama => format!(
                    "correct {}: it is the address of an Ollama without a path, as \
                     http://127.0.0.1:11434; a server of OpenAI's protocol needs `kind = \"openai\"`",
                    settings.url()
                ),
                HostKind::OpenAi => format!(
                    "correct {}: it ends where `/models` follows, as http://127.0.0.1:8080/v1; if the \
                     server has no such list, {}",
                    settings.url(),
                    self.how_to_name_model()
                ),
            },
            HostError::WrongKind { speaks, .. } => self.kind_remedy(*speaks),
            HostError::Loading { .. } => "try again when it has loaded".to_owned(),
            HostError::Refused { status, .. } => self.refused_remedy(*status),
            HostError::Unavailable { status, retry_after, .. } => {
                unavailable_remedy(*status, *retry_after)
            }
            HostError::Unreadable { .. } => format!(
                "see that {} is the address of {}",
                settings.url(),
                match self.kind {
                    HostKind::Ollama => "an Ollama",
                    HostKind::OpenAi => "a server of OpenAI's protocol",
                }
            ),
        }
    }

    /// Describes why the host refuses all chats and the remedy, after the name of the host.
    pub(crate) fn explain_access_refusal(&self, refusal: &AccessRefusal) -> String {
        let remedy = self.access_remedy(refusal.missing);
        format!("{} lists its models and refuses chats: {}; {remedy}", self.name, refusal.detail)
    }

    /// The remedy for a host that refuses this user's chats.
    pub(crate) fn access_remedy(&self, missing: MissingAccess) -> String {
        let key = self.settings.key_remedy();
        match missing {
            MissingAccess::Key => key,
            MissingAccess::Permission => {
                format!("the key may not use this model, or a proxy refuses this machine; {key}")
            }
            MissingAccess::Credit => {
                format!("add credit to the account of the key, or use the key of another: {key}")
            }
        }
    }

    /// How to have a window of `wanted` tokens; `is_known`: the server has stated its window.
    pub(crate) fn larger_window(&self, wanted: u32, is_known: bool) -> String {
        match self.kind {
            HostKind::Ollama => {
                format!("set {} to {wanted} in synod.toml", self.settings.named("num_ctx"))
            }
            HostKind::OpenAi => {
                let window = self.settings.named("window");
                let set = if is_known {
                    format!("set {window} if the server does not report it")
                } else {
                    format!("set {window} to the size of its context")
                };
                format!(
                    "start the server with a context of {wanted} tokens (`-c` for llama.cpp, \
                     `--max-model-len` for vLLM), and {set}"
                )
            }
        }
    }

    /// How to use a model that the server does not list.
    pub(crate) fn how_to_name_model(&self) -> String {
        let name = &self.name;
        format!(
            "name a model with `-m {name}/MODEL`, or by a table [hosts.{name}.models.\"MODEL\"]"
        )
    }

    /// The remedy if nothing answers at the address.
    fn unreachable_remedy(&self) -> String {
        let url = self.settings.url();
        match self.kind {
            HostKind::Ollama if url == "OLLAMA_HOST" => {
                let verb = if self.settings.configured_by_hand() { "correct" } else { "set" };
                format!("start Ollama with `ollama serve`, or {verb} OLLAMA_HOST")
            }
            HostKind::Ollama => {
                format!("start Ollama there with `ollama serve`, or correct {url}")
            }
            HostKind::OpenAi if url.starts_with('`') => {
                format!(
                    "start the server there, and check `url` and `api_key` of [hosts.{}]",
                    self.name
                )
            }
            HostKind::OpenAi => format!("start the server there, and check {url}"),
        }
    }

    /// The remedy if the server refuses the request for its list of models.
    fn refused_remedy(&self, status: u16) -> String {
        let url = self.settings.url();
        match status {
            406 | 411..=413 | 415 | 417 | 426 | 428 => {
                "see the log of the server or of a proxy in front of it, which does not accept the \
                 requests of synod"
                    .to_owned()
            }
            414 => format!("shorten {url}, which is too long for the server"),
            421 => format!("let {url} contain the name by which the server is known"),
            431 => format!("the key is too long for the server: {}", self.settings.key_remedy()),
            _ => format!(
                "see the log of the server for the cause; the request has only the address in {url} and \
                 the key, if one is set"
            ),
        }
    }

    /// The settings for a server that speaks the other protocol.
    fn kind_remedy(&self, speaks: HostProtocol) -> String {
        let settings = &self.settings;
        match speaks {
            HostProtocol::Ollama => format!(
                "set {} to \"ollama\", and {} to its address without a path",
                settings.named("kind"),
                settings.url()
            ),
            HostProtocol::OpenAi if settings.url() == "OLLAMA_HOST" => format!(
                "give it a table [hosts.NAME] with `kind = \"openai\"` and `url = \"{}\"` in \
                 synod.toml, in place of OLLAMA_HOST",
                self.url
            ),
            HostProtocol::OpenAi => format!("set {} to \"openai\"", settings.named("kind")),
        }
    }
}

/// The remedy if the server, or one in front of it, cannot answer now.
fn unavailable_remedy(status: Option<u16>, retry_after: Option<Duration>) -> String {
    let later = later(retry_after);
    match status {
        None | Some(502..=504 | 520..=527 | 530) => format!(
            "try again {later}; if a proxy stands in front of it, see that the server behind runs"
        ),
        Some(429 | 498 | 529) => {
            format!("try again {later}, since the server gets too many requests")
        }
        Some(408 | 409 | 425) => format!("try again {later}"),
        Some(507) => "free disk space on the server, then try again".to_owned(),
        Some(511) => "sign in to this network with a browser, then try again".to_owned(),
        Some(_) => format!("see the log of the server for the cause, and try again {later}"),
    }
}

fn later(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(pause) if !pause.is_zero() => format!("in {} s", pause.as_secs().max(1)),
        Some(_) | None => "later".to_owned(),
    }
}
