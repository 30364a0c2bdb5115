//! Checks that a model can chat and vote.

use std::{io, sync::Arc};

use synod_domain::Rung;
use synod_inference::{ChatError, Gateway, ModelInfo, RequestedModel};

use super::{
    Diagnosis,
    ballot::{self, Question},
    finding::{Finding, indented},
    reply::NoReply,
    report::ModelReport,
    statement,
};
use crate::{commands::with_notice, compose::ModelServer, config::HostKind};

/// Which models are tested.
#[derive(Clone, Copy)]
pub(super) struct ProbePlan<'a> {
    /// Whether any model is tested.
    pub(super) probes: bool,
    /// If not empty, only these.
    pub(super) requested: &'a [RequestedModel],
    /// Whether the host did not respond when another model was tested. Each further test would wait as long.
    pub(super) host_is_silent: bool,
}

impl ProbePlan<'_> {
    fn includes(self, info: &ModelInfo) -> bool {
        // A remote model is used only by agents that name it.
        let is_requested = if self.requested.is_empty() { !info.remote } else { self.names(info) };
        self.probes && info.chats && is_requested
    }

    /// Whether the model was requested by name.
    fn names(self, info: &ModelInfo) -> bool {
        self.requested.iter().any(|requested| is_named_by(requested, info))
    }
}

/// Checks a model: whether it chats, votes with given and with open options, and makes a statement.
pub(super) async fn check(
    info: &ModelInfo,
    gateway: &Arc<Gateway>,
    server: &ModelServer,
    plan: ProbePlan<'_>,
    diagnosis: &mut Diagnosis,
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
        diagnosis.add(no_chat_finding(&name, &why, plan.names(info)))?;
        return Ok(report);
    }
    if !plan.includes(info) {
        diagnosis.add(Finding::ok(name, format!("{about}, not tested")))?;
        return Ok(report);
    }
    if plan.host_is_silent {
        let why = format!("not tested, because {} does not respond", info.host);
        let remedy = format!("`synod doctor -m {}/{}`", info.host, info.model);
        diagnosis.add(Finding::problem(name, format!("{about}, {why}")).with_fix(remedy))?;
        (report.ballot, report.detail) = (Some(false), Some(why));
        return Ok(report);
    }
    let waits = |what: &str| format!("waiting for {} on {} {what}", info.model, info.host);
    let ballot = ballot::probe(info, gateway, Question::Closed);
    let closed = with_notice(ballot, || waits("to fill a ballot")).await;
    if let (Err(NoReply { why, .. }), Some(refusal)) = (&closed, gateway.access_refusal(&info.host))
    {
        // The refusal applies to all calls to the host.
        let finding = Finding::problem(&name, format!("{about}, the host refuses chats: {why}"));
        diagnosis.add(finding.with_fix(server.access_remedy(refusal.missing)))?;
        (report.ballot, report.detail) = split(closed);
        return Ok(report);
    }
    if closed.is_err()
        && let Some(error) = gateway.outage(info)
    {
        let remedy = if matches!(error, ChatError::Loading { .. }) {
            "again once it has loaded"
        } else if matches!(error, ChatError::Crashed { .. }) {
            "check the log of the server for why it stopped"
        } else {
            "again once the server responds"
        };
        let finding = Finding::problem(&name, format!("cannot be tested: {}", error.reason()));
        diagnosis.add(finding.with_fix(remedy))?;
        (report.ballot, report.detail) = split(closed);
        return Ok(report);
    }
    if let Some(silence) = silence_finding(&name, &format!("{about}, "), &closed) {
        // Further checks would fail in the same way, and each would wait as long.
        diagnosis.add(silence)?;
        report.is_silent = true;
        (report.ballot, report.detail) = split(closed);
        return Ok(report);
    }
    if closed.is_err()
        && let Some(refusal) =
            with_notice(gateway.chat_refusal(info), || waits("to chat at all")).await
    {
        if refusal.is_load {
            diagnosis.add(load_finding(&name, &refusal.why, info, server.kind))?;
            (report.ballot, report.detail) = (Some(false), Some(refusal.why));
            return Ok(report);
        }
        diagnosis.add(no_chat_finding(&name, &refusal.why, plan.names(info)))?;
        (report.chats, report.no_chat) = (false, Some(refusal.why));
        return Ok(report);
    }
    diagnosis.add(ballot_finding(&name, &format!("{about}, "), "", &closed))?;
    (report.ballot, report.detail) = split(closed);
    let ballot = ballot::probe(info, gateway, Question::Open);
    let open = with_notice(ballot, || waits("to fill a ballot of an open question")).await;
    if let Some(silence) = silence_finding(&name, "", &open) {
        diagnosis.add(silence)?;
        report.is_silent = true;
        (report.open_ballot, report.open_detail) = split(open);
        return Ok(report);
    }
    diagnosis.add(ballot_finding(&name, "", " on an open question", &open))?;
    (report.open_ballot, report.open_detail) = split(open);
    let statement = statement::probe(info, gateway, server.kind);
    let statement = with_notice(statement, || waits("to make a statement")).await;
    if let Some(statement) = statement.transpose() {
        let silence = silence_finding(&name, "", &statement);
        report.is_silent = silence.is_some();
        diagnosis.add(silence.unwrap_or_else(|| statement_finding(&name, &statement)))?;
        (report.statement, report.thinking) = match statement {
            Ok(how) => (Some(true), Some(how)),
            Err(no_reply) => (Some(false), Some(no_reply.why)),
        };
    }
    // The calls above have revealed the limitations.
    if let Ok(model) = gateway.chat_model(&info.host, &info.model).await {
        for limitation in model.limitations() {
            diagnosis.add(Finding::note(format!("{name}: {limitation}")))?;
            report.limitations.push(limitation.to_string());
        }
    }
    Ok(report)
}

/// The finding for a model that cannot chat: a note, unless the model was requested by name.
fn no_chat_finding(name: &str, why: &str, is_named: bool) -> Finding {
    if is_named {
        Finding::problem(name, format!("cannot chat: {why}"))
            .with_fix("another model listed by `synod models`")
    } else {
        Finding::note(format!("{name}: cannot chat: {why}, so debates do not use it"))
    }
}

/// The finding for a model that the host cannot load, or whose process stops at each call.
fn load_finding(name: &str, why: &str, info: &ModelInfo, kind: HostKind) -> Finding {
    let fix = if why.to_lowercase().contains("memory") {
        format!("free memory on {}, or use a smaller model", info.host)
    } else {
        match kind {
            HostKind::Ollama => format!(
                "`ollama pull {}` repairs damaged files; otherwise the log of the server shows the cause",
                info.model
            ),
            HostKind::OpenAi => "check the log of the server for the cause".to_owned(),
        }
    };
    Finding::problem(name, format!("cannot run: {why}")).with_fix(fix)
}

/// The finding for a host that accepts calls but does not respond; `None` for every other result.
/// Another model on the same host would not help.
fn silence_finding<T>(name: &str, about: &str, result: &Result<T, NoReply>) -> Option<Finding> {
    let why = result
        .as_ref()
        .err()
        .filter(|no_reply| no_reply.is_silent)
        .map(|no_reply| &no_reply.why)?;
    let finding = Finding::problem(
        name,
        format!("{about}the server accepts calls but does not respond: {why}"),
    );
    Some(finding.with_fix(
        "check the log and the queue of the server: it may be busy with other calls, or hang",
    ))
}

fn ballot_finding(
    name: &str,
    about: &str,
    question: &str,
    ballot: &Result<Rung, NoReply>,
) -> Finding {
    match ballot {
        Ok(Rung::Strict) => Finding::ok(name, format!("{about}can vote{question}")),
        Ok(rung @ (Rung::Embedded | Rung::Bare)) => {
            Finding::ok(name, format!("{about}can vote{question} ({})", rung_text(*rung)))
        }
        Err(NoReply { why, .. }) => {
            Finding::problem(name, format!("{about}cannot vote{question}: {why}"))
                .with_fix("another model or a larger one; `synod -vv doctor` shows the details")
        }
    }
}

fn statement_finding(name: &str, statement: &Result<String, NoReply>) -> Finding {
    match statement {
        Ok(how) => Finding::ok(name, how),
        Err(NoReply { why, .. }) => Finding::problem(name, format!("no statement: {why}"))
            .with_fix(
                "another model, or one that thinks less; `synod -vv doctor` shows the details",
            ),
    }
}

/// How a ballot was read.
const fn rung_text(rung: Rung) -> &'static str {
    match rung {
        Rung::Strict => "as asked",
        Rung::Embedded => "with text around the ballot",
        Rung::Bare => "by the name of an option alone",
    }
}

fn split(ballot: Result<Rung, NoReply>) -> (Option<bool>, Option<String>) {
    match ballot {
        Ok(rung) => (Some(true), Some(rung_text(rung).to_owned())),
        Err(NoReply { why, .. }) => (Some(false), Some(why)),
    }
}

/// Whether a request names this model, with or without the tag `:latest`.
pub(super) fn is_named_by(requested: &RequestedModel, info: &ModelInfo) -> bool {
    let here = requested.host.as_ref().is_none_or(|host| *host == info.host);
    let name = requested.model.as_ref().map_or("", |model| model.as_str());
    let implied = format!("{name}:latest");
    here && [name, &implied].contains(&info.model.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_for_silent_servers_is_not_about_models() {
        let result =
            |is_silent| Err::<Rung, _>(NoReply { why: "time limit of 60 s".into(), is_silent });
        let silence = silence_finding("  m", "loaded, ", &result(true)).expect("a finding");
        let shown = silence.lines(usize::MAX).join("\n");
        let expected = "!!   m: loaded, the server accepts calls but does not respond: time limit of 60 s\n   \
                        try: check the log and the queue of the server: it may be busy with other \
                        calls, or hang";
        assert_eq!(shown, expected);
        assert!(silence_finding("  m", "", &result(false)).is_none());
        assert!(silence_finding("  m", "", &Ok(Rung::Strict)).is_none());
    }
}
