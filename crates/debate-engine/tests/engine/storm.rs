use std::sync::Arc;

use futures_util::{StreamExt, future::join_all};
use synod_debate_engine::{
    DebateHandle, EngineError, FeedItem,
    test_util::{ScriptedTurn, fitting},
};
use synod_debate_protocol::{Command, Rejection};
use synod_domain::{DebateMode, PausePolicy, PauseReason, Recorded};

use crate::harness::*;

/// Debates on several threads whose participants answer at once, with clients that command and
/// watchers that come and go all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn random_concurrency_keeps_the_rules_for_all_watchers() {
    let harness = EngineHarness::new(|agent, brief| {
        let pieces = ["one ", "two ", "three "].map(str::to_owned);
        ScriptedTurn::say("").in_pieces(
            if brief.turn.is_some() {
                pieces.to_vec()
            } else {
                vec![fitting(brief, choice(agent))]
            },
            std::time::Duration::ZERO,
        )
    });
    let hub = harness.hub();
    let mut debates = Vec::new();
    let modes = [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous];
    for mode in modes.into_iter().cycle().take(42) {
        let debate = opened(&hub, three_in(mode)).await;
        let watchers = [1, 3, 1_000].map(|stay| tokio::spawn(watch(debate.clone(), stay)));
        let clients = [0, 1, 2, 3].map(|client| tokio::spawn(meddle(debate.clone(), client)));
        debates.push((debate, watchers, clients));
    }
    for (debate, watchers, clients) in debates {
        for client in join_all(clients).await {
            client.expect("no panic");
        }
        verdict_of(&debate).await;
        let log = audited(&debate).await;
        for watcher in join_all(watchers).await {
            assert_eq!(watcher.expect("no panic"), log);
        }
    }
}

/// Commands in an order of its own, all of which the rules may refuse.
async fn meddle(debate: DebateHandle, client: usize) {
    let pause = |policy| Command::Pause { policy, reason: PauseReason::Command };
    let say = Command::Interject { text: "Mind the cost.".into(), author: None };
    let mut commands = [
        Command::Start,
        say,
        Command::CallVote,
        pause(PausePolicy::Drain),
        pause(PausePolicy::Abort),
    ];
    commands.rotate_left(client);
    for command in commands.into_iter().chain([Command::Start, Command::Resume]) {
        match debate.command(command).await {
            Ok(_) | Err(EngineError::Rejected(Rejection::NotAllowed { .. })) => {}
            Err(other) => panic!("{other}"),
        }
        tokio::task::yield_now().await;
    }
    // The last pause is followed by a resume.
    while let Ok(None) = debate.verdict().await {
        let resumed = debate.resume().await;
        assert!(matches!(resumed, Ok(_) | Err(EngineError::Rejected(_))), "{resumed:?}");
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Leaves after a number of items and resumes there.
async fn watch(debate: DebateHandle, stay: usize) -> Vec<Arc<Recorded>> {
    let mut seen: Vec<Arc<Recorded>> = Vec::new();
    loop {
        let mut feed = debate.watch(seen.last().map_or(0, |last| last.seq));
        for _ in 0..stay {
            match feed.next().await {
                Some(Ok(FeedItem::Event(recorded))) => seen.push(recorded),
                Some(Ok(FeedItem::Delta(_) | FeedItem::Thought(_) | FeedItem::Phase(_))) => {}
                Some(Err(error)) => panic!("{error}"),
                None => return seen,
            }
        }
    }
}
