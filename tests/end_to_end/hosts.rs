//! One debate on two hosts with the same model, one of which dies.

use std::{sync::Arc, time::Duration};

use synod_debate_engine::SystemClock;
use synod_domain::{CallMeta, Event, FailureCause, Recorded, TurnResult, Verdict};
use synod_event_log::{EventLog, MemoryLog};
use synod_inference::{
    ChatError, HostName, ModelHost, ReplyForm, ScriptedHost, ScriptedModel, ScriptedReply,
};
use synod_tests::{FakeOllama, Settings as Pace};

use crate::test_system::{Process, ollama, sound_log};

fn process(hosts: Vec<Arc<dyn ModelHost>>) -> Process {
    let clock = Arc::new(SystemClock::new());
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new(Arc::clone(&clock) as _));
    Process::on(hosts, &log, &clock)
}

fn verdict(log: &[Arc<Recorded>]) -> &Verdict {
    let Event::DebateClosed(verdict) = &log.last().unwrap().event else { panic!("no verdict") };
    verdict
}

fn metas(log: &[Arc<Recorded>]) -> impl Iterator<Item = &CallMeta> {
    log.iter().filter_map(|recorded| recorded.event.meta())
}

/// Calls that were served by another host than the participant's, by the log.
fn served_by(log: &[Arc<Recorded>], host: &str) -> usize {
    metas(log).filter(|meta| meta.host.as_ref().is_some_and(|of| of.as_str() == host)).count()
}

#[tokio::test]
async fn a_debate_continues_after_one_of_two_hosts_is_killed() {
    let pace = Pace { models: vec!["model".to_owned()], ..Pace::default() };
    let near = FakeOllama::start(pace.clone()).await.unwrap();
    let far = FakeOllama::start(pace).await.unwrap();
    // The first opening has ended; the second has no output yet when the host dies.
    near.hold_from(1);
    let process = process(vec![Arc::new(ollama("near", &near)), Arc::new(ollama("far", &far))]);
    let debate = process.begin().await;
    while near.chats().len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(near);

    let log = sound_log(&debate).await;
    assert_eq!(verdict(&log).panel.as_ref().unwrap().failed, 0, "no voice was lost");
    let served = far.chats().len();
    assert_eq!(served_by(&log, "far"), served, "the record says who answered");
    assert_eq!(metas(&log).filter(|meta| meta.host.is_none()).count(), 1);
}

/// Makes statements for ten seconds, and votes at once.
fn speaker(request: &synod_inference::ChatRequest) -> ScriptedReply {
    match request.form {
        ReplyForm::Text => ScriptedReply::pieces(["We ", "should."])
            .first_after(Duration::from_secs(5))
            .then_every(Duration::from_secs(5)),
        ReplyForm::Json(_) => ScriptedReply::text("O1"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_dies_costs_only_the_turn_in_progress() {
    let host = HostName::new("near").unwrap();
    let mut calls = 0;
    let near = ScriptedModel::new("model").answering(move |request| {
        calls += 1;
        let (host, detail) = (host.clone(), "no power".to_owned());
        match calls {
            1 => speaker(request),
            2 => speaker(request).then_fails(ChatError::Interrupted { host, detail, source: None }),
            _ => {
                let source = Arc::new(std::io::Error::other("refused"));
                ScriptedReply::fails(ChatError::Unreachable { host, source })
            }
        }
    });
    let far = ScriptedModel::new("model").answering(speaker);
    let process = process(vec![
        Arc::new(ScriptedHost::new("near").with(near.clone())),
        Arc::new(ScriptedHost::new("far").with(far.clone())),
    ]);
    let log = sound_log(&process.begin().await).await;

    let ended = log.iter().filter_map(|recorded| {
        let Event::TurnEnded(turn) = &recorded.event else { return None };
        Some(turn)
    });
    let lost: Vec<_> = ended.filter(|turn| turn.result == TurnResult::Forfeited).collect();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!((&*lost[0].text, lost[0].cause), ("We should.", Some(FailureCause::ModelError)));
    assert_eq!(lost[0].meta.host, None, "it was its own host that failed");
    let panel = verdict(&log).panel.as_ref().unwrap();
    assert_eq!((panel.asked, panel.answered), (3, 3), "all voted in the end");
    assert_eq!(served_by(&log, "far"), far.record().calls);
    assert!(near.record().calls > 2, "it was tried again");
}
