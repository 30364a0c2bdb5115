use std::fmt;

use serde::{Serialize, Serializer};
use synod_inference::ModelCard;
use synod_transcript::printable;

use super::shared_model::SharedModel;
use crate::config_file::HostKind;

/// What the doctor found.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// The configuration file; `None`: there is none.
    pub(super) config: Option<String>,
    /// What is wrong with it.
    pub(super) config_error: Option<String>,
    /// Variables that reroute HTTP.
    pub(super) proxies: Vec<Proxy>,
    /// The hosts.
    pub(super) hosts: Vec<HostReport>,
    /// The models that were to be asked and are on no host.
    pub(super) missing: Vec<String>,
    /// The models that are on more than one of them.
    pub(super) shared: Vec<SharedModel>,
    /// Whether this build has the embedded model to fall back on.
    pub(super) embedded: bool,
    /// Whether debates can be held.
    pub(super) ok: bool,
}

/// A variable that reroutes HTTP.
#[derive(Debug, Serialize)]
pub(super) struct Proxy {
    variable: &'static str,
    value: String,
}

/// A host.
#[derive(Debug, Serialize)]
pub(super) struct HostReport {
    pub(super) name: String,
    #[serde(serialize_with = "by_word")]
    pub(super) kind: HostKind,
    pub(super) url: String,
    pub(super) version: Option<String>,
    /// What is wrong with it.
    pub(super) error: Option<String>,
    /// What to do about it.
    pub(super) fix: Option<String>,
    pub(super) models: Vec<ModelReport>,
}

/// A model.
#[derive(Debug, Serialize)]
pub(super) struct ModelReport {
    name: String,
    family: Option<String>,
    parameters: Option<u64>,
    window: Option<u32>,
    loaded: bool,
    chats: bool,
    /// Why it cannot chat, if it cannot.
    no_chat: Option<String>,
    /// Whether it can fill a ballot; `None`: it was not asked.
    ballot: Option<bool>,
    /// How its ballot was understood, or why not.
    detail: Option<String>,
}

impl Proxy {
    pub(super) fn of((variable, value): &(&'static str, String)) -> Self {
        Self { variable, value: without_password(value) }
    }
}

/// An address without what stands before its `@`.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(s, rest)| (s, rest));
    match rest.rsplit_once('@') {
        Some((_, host)) if scheme.is_empty() => format!("…@{host}"),
        Some((_, host)) => format!("{scheme}://…@{host}"),
        None => url.to_owned(),
    }
}

impl ModelReport {
    pub(super) fn of(card: &ModelCard, ballot: Option<Result<String, String>>) -> Self {
        let (ballot, detail) = match ballot {
            None => (None, None),
            Some(Ok(detail)) => (Some(true), Some(detail)),
            Some(Err(detail)) => (Some(false), Some(detail)),
        };
        Self {
            name: card.model.to_string(),
            family: card.family.clone(),
            parameters: card.parameters,
            window: card.window,
            loaded: card.loaded,
            chats: card.chats,
            no_chat: card.why_no_chat(),
            ballot,
            detail,
        }
    }

    fn is_able(&self, probed: bool) -> bool {
        self.chats && (self.ballot == Some(true) || !probed)
    }
}

impl Report {
    /// Whether some model can take part; if models were asked, one that can fill a ballot.
    pub(super) fn can_debate(&self, probed: bool) -> bool {
        self.embedded || self.hosts.iter().flat_map(|host| &host.models).any(|m| m.is_able(probed))
    }
}

/// One line per finding, each beginning with `ok`, `!!` or `--`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.config_error, &self.config) {
            (Some(error), _) => line(f, false, "configuration", error)?,
            (None, Some(path)) => line(f, true, "configuration", path)?,
            (None, None) => writeln!(f, "-- configuration: none, defaults serve")?,
        }
        for Proxy { variable, value } in &self.proxies {
            writeln!(f, "-- {variable} is set: {}", printable(value))?;
        }
        self.hosts.iter().try_for_each(|host| host.fmt(f))?;
        for model in &self.missing {
            line(f, false, &format!("model {model}"), "on no host in reach")?;
            writeln!(f, "   try: `ollama pull {}`, or a name of `synod models`", printable(model))?;
        }
        self.shared.iter().try_for_each(|shared| shared.fmt(f))?;
        let embedded = if self.embedded { "can stand in" } else { "not in this build" };
        writeln!(f, "-- embedded demo model: {embedded}")
    }
}

impl fmt::Display for HostReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, url, version, error, fix, models } = self;
        let what = match kind {
            HostKind::Ollama => {
                format!("Ollama {}", version.as_deref().unwrap_or("of unknown version"))
            }
            HostKind::OpenAi => "OpenAI's protocol".to_owned(),
        };
        match error {
            Some(error) if error.contains(url) => line(f, false, &format!("host {name}"), error)?,
            Some(error) => line(f, false, &format!("host {name}"), &format!("{error}, at {url}"))?,
            None => line(f, true, &format!("host {name}"), &format!("{what} at {url}"))?,
        }
        if let Some(fix) = fix {
            writeln!(f, "   try: {fix}")?;
        }
        for model in models {
            let about = if model.loaded { "loaded" } else { "not loaded" };
            let found = match (&model.ballot, &model.detail, model.chats) {
                (_, _, false) => match &model.no_chat {
                    Some(why) => format!("cannot chat: {why}"),
                    None => "cannot chat".to_owned(),
                },
                (Some(true), Some(detail), _) => format!("{about}, fills a ballot ({detail})"),
                (Some(false), Some(detail), _) => format!("{about}, no ballot: {detail}"),
                (_, _, true) => format!("{about}, not asked for a ballot"),
            };
            line(
                f,
                model.chats && model.ballot != Some(false),
                &format!("  {}", model.name),
                &found,
            )?;
        }
        Ok(())
    }
}

fn by_word<S: Serializer>(kind: &HostKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.as_str())
}

fn line(f: &mut fmt::Formatter<'_>, ok: bool, what: &str, found: &str) -> fmt::Result {
    let mark = if ok { "ok" } else { "!!" };
    writeln!(f, "{mark} {}: {}", printable(what), printable(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_password_is_not_shown() {
        assert_eq!(without_password("http://me:secret@proxy:3128"), "http://…@proxy:3128");
        assert_eq!(without_password("me:secret@proxy"), "…@proxy");
        assert_eq!(without_password("http://proxy:3128"), "http://proxy:3128");
    }

    #[test]
    fn a_host_that_is_not_well_is_told_with_its_address() {
        let shown = |error: &str| {
            let host = HostReport {
                name: "hall".to_owned(),
                kind: HostKind::Ollama,
                url: "http://hall:1".to_owned(),
                version: None,
                error: Some(error.to_owned()),
                fix: None,
                models: Vec::new(),
            };
            host.to_string()
        };
        let slow = shown("no answer within 5 s");
        assert_eq!(slow, "!! host hall: no answer within 5 s, at http://hall:1\n");
        let gone = shown("nothing answers at http://hall:1");
        assert_eq!(gone, "!! host hall: nothing answers at http://hall:1\n");
    }
}
