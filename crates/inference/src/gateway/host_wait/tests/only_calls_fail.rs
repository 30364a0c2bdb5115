//! Hosts that list their models while calls to one of them fail as if the host were away.

use std::io;

use parking_lot::Mutex;
use synod_http_transport::{ErrorKind, Retryable};

use super::*;
use crate::{ChatError, CrashEvidence, CrashSuspect, RequestedModel};

/// A proxy's answer for the server behind it, as the client of each kind of hosts reads it.
fn bad_gateway(said: &str) -> [ChatError; 2] {
    let (kind, retry) = (ErrorKind::Upstream, Retryable::Yes);
    let ollama = synod_ollama_client::Error::new(kind, retry, said).with_status(502);
    let openai = synod_openai_client::Error::new(kind, retry, said).with_status(502);
    [
        ChatError::Unreachable { host: host("near"), source: Arc::new(ollama) },
        ChatError::Unreachable { host: host("near"), source: Arc::new(openai) },
    ]
}

fn lost_connection() -> ChatError {
    let source = Arc::new(io::Error::from(io::ErrorKind::ConnectionReset));
    ChatError::Unreachable { host: host("near"), source }
}

fn nothing_answers() -> HostError {
    let source = Arc::new(io::Error::from(io::ErrorKind::ConnectionRefused));
    HostError::Unreachable { address: "http://near".into(), source }
}

/// A model that has replied once.
fn failing_after_a_reply(error: ChatError) -> ScriptedModel {
    let model = ScriptedModel::new("a").not_reporting_residency();
    model.then(ScriptedReply::text("First.")).always(ScriptedReply::fails(error))
}

#[tokio::test(start_paused = true)]
async fn a_model_that_always_gets_502_is_named_and_others_are_served() {
    for error in bad_gateway("502 Bad Gateway") {
        let a = failing("a", error, Duration::MAX);
        let b = ScriptedModel::new("b").always(ScriptedReply::text("Here."));
        let gateway = gateway([ScriptedHost::new("near").with(a).with(b)]);
        let [a, b] =
            [pinned_model(&gateway, "near", "a").await, pinned_model(&gateway, "near", "b").await];
        let others = async {
            loop {
                let came = ask(&b).await;
                assert!(came.end.is_ok() && came.took.is_zero(), "{:?}", came.took);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let came = tokio::select! {
            came = ask(&a) => came,
            () = others => unreachable!("it never ends"),
        };
        assert_eq!(came.took, seconds(120));
        assert!(came.phases.iter().any(|phase| matches!(phase, Phase::Away { .. })));
        let error = came.end.unwrap_err();
        assert_eq!(
            error.reason(),
            "near lists its models, but all calls to a fail: 502 Bad Gateway"
        );
        assert!(!gateway.hosts()[0].is_circuit_open, "the host is in order");
        // The next debate has the other model.
        let chosen = gateway.resolve(&[RequestedModel::default()]).await.unwrap();
        assert_eq!(chosen[0].model.as_str(), "b");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_never_starts_is_not_waited_for() {
    for error in bad_gateway("unable to start process: upstream command exited prematurely") {
        let a = failing("a", error, Duration::MAX).not_reporting_residency();
        let came = ask(&only(&a).await).await;
        assert_eq!(a.record().calls, 3);
        assert!(came.took < seconds(5), "{:?}", came.took);
        let said = came.end.unwrap_err().reason();
        let words =
            "all calls to a fail: unable to start process: upstream command exited prematurely";
        assert!(said.ends_with(words), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_is_restarted_is_waited_for() {
    for error in bad_gateway("502 Bad Gateway") {
        let (begin, end) = (Instant::now(), Instant::now() + seconds(110));
        let a = failing("a", error, seconds(110)).not_reporting_residency();
        let is_away = move || begin < Instant::now() && Instant::now() < end;
        let host = ScriptedHost::new("near").with(a);
        let gateway = gateway([host.failing_when(move || is_away().then(nothing_answers))]);
        let model = pinned_model(&gateway, "near", "a").await;
        tokio::time::sleep(seconds(1)).await;
        let came = ask(&model).await;
        assert_eq!(came.end.unwrap().timings.first_token_ms, Some(1_000), "the clock stood still");
        assert!(came.took < seconds(117), "{:?}", came.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_behind_a_proxy_that_comes_back_is_waited_for() {
    for error in bad_gateway("502 Bad Gateway") {
        let a = failing("a", error, seconds(100)).not_reporting_residency();
        let came = ask(&only(&a).await).await;
        assert_eq!(came.end.unwrap().timings.first_token_ms, Some(1_000), "the clock stood still");
    }
}

/// It may be started again: a debate may pause.
#[tokio::test(start_paused = true)]
async fn a_model_that_has_replied_is_not_blamed_for_its_server() {
    for error in bad_gateway("502 Bad Gateway") {
        let model = only(&failing_after_a_reply(error)).await;
        ask(&model).await.end.unwrap();
        let came = ask(&model).await;
        assert_eq!(came.took, seconds(120));
        let Err(ChatError::NoHostReady { failures, .. }) = came.end else { panic!("no end") };
        let [ChatError::Crashed { evidence, suspect, .. }] = failures.as_slice() else {
            panic!("{failures:?}")
        };
        let expected = (CrashEvidence::OnlyCallsFail, CrashSuspect::Unknown);
        assert_eq!((*evidence, *suspect), expected);
    }
}

/// A server that each call to `a` stops, and that is started again in this time. It is not there
/// meanwhile.
fn stopped_by_calls(restart: Duration, is_there: bool) -> ScriptedHost {
    let back_at = Arc::new(Mutex::new(Instant::now()));
    let stopped = Arc::clone(&back_at);
    let a = ScriptedModel::new("a").not_reporting_residency().answering(move |_| {
        *stopped.lock() = Instant::now() + restart;
        ScriptedReply::fails(lost_connection())
    });
    let began = Instant::now();
    ScriptedHost::new("near").with(a).failing_when(move || {
        let is_back = *back_at.lock() <= Instant::now();
        let lists = is_back && (is_there || Instant::now() == began);
        (!lists).then(nothing_answers)
    })
}

#[tokio::test(start_paused = true)]
async fn a_server_that_each_call_stops_is_not_waited_for() {
    let host = stopped_by_calls(seconds(10), true);
    let came = ask(&pinned_model(&gateway([host]), "near", "a").await).await;
    assert!((20..40).contains(&came.took.as_secs()), "{:?}", came.took);
    let error = came.end.unwrap_err();
    let ChatError::Crashed { suspect, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*suspect, CrashSuspect::Model);
    let said = error.reason();
    assert_eq!(
        said,
        "near lists its models, but all calls to a fail: the connection is lost before the reply"
    );
}

/// As a port that Docker forwards: connections are accepted and closed while nothing listens behind.
#[tokio::test(start_paused = true)]
async fn connections_that_lead_nowhere_do_not_count() {
    let host = stopped_by_calls(Duration::ZERO, false);
    let model = pinned_model(&gateway([host]), "near", "a").await;
    tokio::time::sleep(seconds(1)).await;
    let came = ask(&model).await;
    assert_eq!(came.took, seconds(120));
    let Err(ChatError::NoHostReady { failures, .. }) = came.end else { panic!("no end") };
    assert!(matches!(failures[..], [ChatError::Unreachable { .. }]), "{failures:?}");
}
