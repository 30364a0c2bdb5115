//! Whether a model chats, and can fill ballots.

use std::{io, sync::Arc};

use synod_domain::Rung;
use synod_inference::{ChatError, Gateway, ModelInfo, RequestedModel};

use super::{
    Patient,
    ballot::{self, Question},
    finding::{Finding, indented},
    no_reply::NoReply,
    report::ModelReport,
    statement,
    waiting::announced,
};
use crate::compose::ModelServer;

/// Which models are asked for ballots.
#[derive(Clone, Copy)]
pub(super) struct Asks<'a> {
    /// Any at all.
    pub(super) probes: bool,
    /// Only these, if there are some.
    pub(super) wanted: &'a [RequestedModel],
    /// The host said nothing when another model was asked: each further one would wait as long.
    pub(super) host_is_silent: bool,
}

impl Asks<'_> {
    fn are_of(self, info: &ModelInfo) -> bool {
        // A remote model serves only agents that name it.
        let is_wanted = if self.wanted.is_empty() { !info.remote } else { self.name(info) };
        self.probes && info.chats && is_wanted
    }

    /// The model was asked for by name.
    fn name(self, info: &ModelInfo) -> bool {
        self.wanted.iter().any(|wanted| names(wanted, info))
    }
}

/// Checks a model.
pub(super) async fn check(
    info: &ModelInfo,
    gateway: &Arc<Gateway>,
    server: &ModelServer,
    asks: Asks<'_>,
    patient: &mut Patient,
) -> io::Result<ModelReport> {
    let mut report = ModelReport {
        name: info.model.to_string(),
        family: info.family.clone(),
        parameters: info.parameters,
        window: info.window,
        loaded: info.loaded,
        chats: info.chats,
        no_chat: info.no_chat_reason(),
        ballot: None,
        detail: None,
        open_ballot: None,
        open_detail: None,
        statement: None,
        thinking: None,
        limitations: Vec::new(),
        is_silent: false,
    };
    let name = indented(info);
    let about = if info.loaded { "loaded" } else { "not loaded" };
    if let Some(why) = info.no_chat_reason() {
        patient.find(no_chat_in_words(&name, &why, asks.name(info)))?;
        return Ok(report);
    }
    if !asks.are_of(info) {
        patient.find(Finding::fine(name, format!("{about}, not asked for a ballot")))?;
        return Ok(report);
    }
    if asks.host_is_silent {
        let why = format!("not asked, since {} says nothing", info.host);
        let remedy = format!("`synod doctor -m {}/{}`", info.host, info.model);
        patient.find(Finding::wrong(name, format!("{about}, {why}")).mended_by(remedy))?;
        (report.ballot, report.detail) = (Some(false), Some(why));
        return Ok(report);
    }
    let waits = |what: &str| format!("waiting for {} on {} {what}", info.model, info.host);
    let ballot = ballot::probe(info, gateway, Question::Closed);
    let closed = announced(ballot, || waits("to fill a ballot")).await;
    if let (Err(NoReply { why, .. }), Some(refusal)) = (&closed, gateway.access_refusal(&info.host))
    {
        // It holds for all that the host could be asked.
        let finding = Finding::wrong(&name, format!("{about}, the host refuses chats: {why}"));
        patient.find(finding.mended_by(server.mend_of_access(refusal.missing)))?;
        (report.ballot, report.detail) = split(closed);
        return Ok(report);
    }
    if closed.is_err()
        && let Some(error) = gateway.outage(info)
    {
        let is_loading = matches!(error, ChatError::Loading { .. });
        let remedy =
            if is_loading { "again when it has loaded" } else { "again when the server answers" };
        let finding = Finding::wrong(&name, format!("cannot be asked: {}", error.reason()));
        patient.find(finding.mended_by(remedy))?;
        (report.ballot, report.detail) = split(closed);
        return Ok(report);
    }
    if let Some(silence) = silence_in_words(&name, &format!("{about}, "), &closed) {
        // No other check would fare better, and each would wait as long.
        patient.find(silence)?;
        report.is_silent = true;
        (report.ballot, report.detail) = split(closed);
        return Ok(report);
    }
    if closed.is_err()
        && let Some(why) = announced(gateway.chat_refusal(info), || waits("to chat at all")).await
    {
        patient.find(no_chat_in_words(&name, &why, asks.name(info)))?;
        (report.chats, report.no_chat) = (false, Some(why));
        return Ok(report);
    }
    patient.find(ballot_in_words(&name, &format!("{about}, "), "", &closed))?;
    (report.ballot, report.detail) = split(closed);
    let ballot = ballot::probe(info, gateway, Question::Open);
    let open = announced(ballot, || waits("to fill a ballot of an open question")).await;
    if let Some(silence) = silence_in_words(&name, "", &open) {
        patient.find(silence)?;
        report.is_silent = true;
        (report.open_ballot, report.open_detail) = split(open);
        return Ok(report);
    }
    patient.find(ballot_in_words(&name, "", " on an open question", &open))?;
    (report.open_ballot, report.open_detail) = split(open);
    let statement = statement::probe(info, gateway, server.kind);
    let statement = announced(statement, || waits("to make a statement")).await;
    if let Some(statement) = statement.transpose() {
        let silence = silence_in_words(&name, "", &statement);
        report.is_silent = silence.is_some();
        patient.find(silence.unwrap_or_else(|| statement_in_words(&name, &statement)))?;
        (report.statement, report.thinking) = match statement {
            Ok(how) => (Some(true), Some(how)),
            Err(no_reply) => (Some(false), Some(no_reply.why)),
        };
    }
    // Only what was asked for can have been refused.
    if let Ok(model) = gateway.chat_model(&info.host, &info.model).await {
        for limitation in model.limitations() {
            patient.find(Finding::note(format!("{name}: {limitation}")))?;
            report.limitations.push(limitation.to_string());
        }
    }
    Ok(report)
}

/// Debates leave out a model that cannot chat, unless it is named.
fn no_chat_in_words(name: &str, why: &str, is_named: bool) -> Finding {
    if is_named {
        Finding::wrong(name, format!("cannot chat: {why}"))
            .mended_by("another model of `synod models`")
    } else {
        Finding::note(format!("{name}: cannot chat: {why}, so it gets no seat"))
    }
}

/// A host that accepts calls and says nothing; `None` for every other end. Another model of it would
/// not be of use.
fn silence_in_words<T>(name: &str, about: &str, end: &Result<T, NoReply>) -> Option<Finding> {
    let why = end.as_ref().err().filter(|no_reply| no_reply.is_silent).map(|end| &end.why)?;
    let finding =
        Finding::wrong(name, format!("{about}the server accepts calls and says nothing: {why}"));
    Some(finding.mended_by(
        "look at the log of the server and at its queue: it may be busy with other calls, or hang",
    ))
}

fn ballot_in_words(
    name: &str,
    about: &str,
    question: &str,
    ballot: &Result<Rung, NoReply>,
) -> Finding {
    match ballot {
        Ok(Rung::Strict) => Finding::fine(name, format!("{about}can vote{question}")),
        Ok(rung @ (Rung::Embedded | Rung::Bare)) => {
            Finding::fine(name, format!("{about}can vote{question} ({})", manner(*rung)))
        }
        Err(NoReply { why, .. }) => {
            Finding::wrong(name, format!("{about}cannot vote{question}: {why}"))
                .mended_by("another model or a larger one; for the details `synod -vv doctor`")
        }
    }
}

fn statement_in_words(name: &str, statement: &Result<String, NoReply>) -> Finding {
    match statement {
        Ok(how) => Finding::fine(name, how),
        Err(NoReply { why, .. }) => Finding::wrong(name, format!("no statement: {why}")).mended_by(
            "another model, or one that thinks less; for the details `synod -vv doctor`",
        ),
    }
}

/// How a ballot was understood.
const fn manner(rung: Rung) -> &'static str {
    match rung {
        Rung::Strict => "as asked",
        Rung::Embedded => "with words around the ballot",
        Rung::Bare => "by the bare name of a choice",
    }
}

fn split(ballot: Result<Rung, NoReply>) -> (Option<bool>, Option<String>) {
    match ballot {
        Ok(rung) => (Some(true), Some(manner(rung).to_owned())),
        Err(NoReply { why, .. }) => (Some(false), Some(why)),
    }
}

/// Whether a wish names this model. Ollama's implied tag is understood.
pub(super) fn names(wanted: &RequestedModel, info: &ModelInfo) -> bool {
    let here = wanted.host.as_ref().is_none_or(|host| *host == info.host);
    let name = wanted.model.as_ref().map_or("", |model| model.as_str());
    let implied = format!("{name}:latest");
    here && [name, &implied].contains(&info.model.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_server_is_not_answered_with_advice_about_models() {
        let end =
            |is_silent| Err::<Rung, _>(NoReply { why: "time limit of 60 s".into(), is_silent });
        let silence = silence_in_words("  m", "loaded, ", &end(true)).expect("a finding");
        let shown = silence.lines(usize::MAX).join("\n");
        let expected = "!!   m: loaded, the server accepts calls and says nothing: time limit of 60 s\n   \
                        try: look at the log of the server and at its queue: it may be busy with \
                        other calls, or hang";
        assert_eq!(shown, expected);
        assert!(silence_in_words("  m", "", &end(false)).is_none());
        assert!(silence_in_words("  m", "", &Ok(Rung::Strict)).is_none());
    }
}
