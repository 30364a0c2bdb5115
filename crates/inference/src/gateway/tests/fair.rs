//! Five debates and a chat on one host.

use std::{cell::Cell, num::NonZeroU32, rc::Rc};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};

use super::*;
use crate::{ChatEvent, ChatRequest, Completion, Flow, Message, Phase, StopReason, Usage};

/// A caller that makes one call after another, as a debate does.
#[derive(Clone)]
struct Asker {
    flow: Flow,
    /// Of each call.
    tokens: u32,
    open: usize,
    served: Rc<Cell<u64>>,
}

impl Asker {
    fn debate(number: usize, tokens: u32, open: usize) -> Self {
        let flow = Flow::named(format!("debate {number}"));
        Self { flow, tokens, open, served: Rc::default() }
    }

    fn request(&self) -> ChatRequest {
        let mut request = call::tests::request();
        request.messages = vec![Message::user("word ".repeat(100))];
        request.sampling.max_output_tokens = self.tokens;
        request.time_limit = Duration::from_secs(600);
        ChatRequest { flow: self.flow.clone(), ..request }
    }

    /// Asks until it is dropped: a debate begins its next call a little after the last has ended.
    async fn go_on(self, model: Arc<dyn ChatModel>) {
        let one = || async {
            loop {
                let Completion { usage, .. } = whole(&*model, self.request()).await;
                let tokens = usage.prompt_tokens.unwrap() + usage.output_tokens.unwrap();
                self.served.set(self.served.get() + u64::from(tokens));
                sleep(Duration::from_millis(2)).await;
            }
        };
        join_all((0..self.open).map(|_| one())).await;
    }
}

async fn whole(model: &dyn ChatModel, request: ChatRequest) -> Completion {
    match model.chat(request).collect::<Vec<_>>().await.pop() {
        Some(Ok(ChatEvent::Finished(completion))) => completion,
        other => panic!("{other:?}"),
    }
}

/// A model that writes 20 tokens a second and all that it is asked for.
fn writer() -> ScriptedModel {
    ScriptedModel::new("a").without_records().answering(|request| {
        let tokens = request.sampling.max_output_tokens;
        let usage = Usage { prompt_tokens: Some(100), output_tokens: Some(tokens) };
        let time = Duration::from_millis(50) * tokens;
        ScriptedReply::text("…").first_after(time).finishing(StopReason::Stop, usage)
    })
}

async fn on_one_slot(model: &ScriptedModel) -> (Gateway, Arc<dyn ChatModel>) {
    let gateway = gateway([ScriptedHost::new("desk").with(model.clone())]);
    let model = gateway.chat_model(&name("desk"), &self::model("a")).await.unwrap();
    (gateway, model)
}

/// What each was served within this time.
async fn served(askers: &[Asker], seconds: u64) -> Vec<u64> {
    let (gateway, model) = on_one_slot(&writer()).await;
    let all = join_all(askers.iter().map(|asker| asker.clone().go_on(Arc::clone(&model))));
    assert!(timeout(Duration::from_secs(seconds), all).await.is_err());
    let ModelTraffic { in_service, waiting, .. } = gateway.traffic().remove(0);
    assert_eq!((in_service, waiting), (0, 0), "dropped calls free all they held");
    askers.iter().map(|asker| asker.served.get()).collect()
}

/// 1 if all have the same, 1/n if one has all.
fn jain(served: &[u64]) -> f64 {
    let served: Vec<_> = served.iter().map(|tokens| *tokens as f64).collect();
    let squares: f64 = served.iter().map(|tokens| tokens * tokens).sum();
    served.iter().sum::<f64>().powi(2) / (served.len() as f64 * squares)
}

#[tokio::test(start_paused = true)]
async fn five_debates_have_equal_shares() {
    let debates: Vec<_> = (0..5).map(|n| Asker::debate(n, 200, 1)).collect();
    let served = served(&debates, 3_600).await;
    assert!(jain(&served) >= 0.999, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn a_debate_with_longer_calls_has_no_more_than_its_share() {
    let debates: Vec<_> =
        (0..5).map(|n| Asker::debate(n, if n == 0 { 1_000 } else { 120 }, 1)).collect();
    let served = served(&debates, 3_600).await;
    assert!(jain(&served) >= 0.99, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn more_calls_at_a_time_give_a_debate_no_larger_share() {
    let debates: Vec<_> =
        (0..5).map(|n| Asker::debate(n, 200, if n == 0 { 3 } else { 1 })).collect();
    let served = served(&debates, 3_600).await;
    assert!(jain(&served) >= 0.99, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn long_calls_and_many_of_them_gain_nothing_together() {
    let debates = [(1_000, 3), (200, 1), (120, 2), (60, 1), (200, 1)];
    let debates: Vec<_> =
        (0..).zip(debates).map(|(n, (tokens, open))| Asker::debate(n, tokens, open)).collect();
    let served = served(&debates, 3_600).await;
    assert!(jain(&served) >= 0.99, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn a_debate_loses_nothing_by_the_moment_between_its_calls() {
    // While one of the short ones is served the other waits beside the long one, and no third.
    let debates: Vec<_> = (0..3).map(|n| Asker::debate(n, [1_400, 200, 200][n], 1)).collect();
    let served = served(&debates, 3_600).await;
    assert!(jain(&served) >= 0.99, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn two_debates_alternate_and_no_slot_stays_free() {
    let debates: Vec<_> = (0..2).map(|n| Asker::debate(n, [1_400, 200][n], 1)).collect();
    let served = served(&debates, 3_600).await;
    assert_eq!(served[0] / 1_500, served[1] / 300, "{served:?}");
    let both = served.iter().sum::<u64>();
    assert!(both >= 80_000, "the model worked all the time: {both}");
}

#[tokio::test(start_paused = true)]
async fn a_debate_of_twice_the_weight_has_twice_the_share() {
    let mut debates: Vec<_> = (0..5).map(|n| Asker::debate(n, 200, 2)).collect();
    debates[4].flow = debates[4].flow.clone().weighing(NonZeroU32::new(2).unwrap());
    let mut served = served(&debates, 3_600).await;
    *served.last_mut().unwrap() /= 2;
    assert!(jain(&served) >= 0.99, "{served:?}");
}

/// How many calls began before the chat's while it waited, each time it asked.
async fn calls_before_the_chat(debates: Vec<Asker>) -> Vec<usize> {
    let script = writer();
    let (_gateway, model) = on_one_slot(&script).await;
    let chat = Asker { flow: Flow::named("chat").attended(), ..Asker::debate(9, 80, 1) };
    let talk = async {
        let mut before = Vec::new();
        for pause in [1, 7, 19, 61, 307, 23, 5, 101] {
            sleep(Duration::from_millis(1_000 * pause + 13)).await;
            let begun = script.record().calls;
            let mut call = model.chat(chat.request());
            let first = loop {
                match call.next().await {
                    Some(Ok(ChatEvent::Phase(Phase::Prompting))) => break script.record().calls,
                    Some(Ok(_)) => {}
                    other => panic!("{other:?}"),
                }
            };
            before.push(first - begun);
            call.collect::<Vec<_>>().await;
        }
        before
    };
    let debates = join_all(debates.into_iter().map(|debate| debate.go_on(Arc::clone(&model))));
    tokio::select! { before = talk => before, _ = debates => unreachable!() }
}

#[tokio::test(start_paused = true)]
async fn a_chat_waits_only_for_the_call_in_service() {
    let alike = (0..5).map(|n| Asker::debate(n, 200, 1)).collect();
    assert_eq!(calls_before_the_chat(alike).await, [0; 8]);
    let many = (0..5).map(|n| Asker::debate(n, if n == 0 { 1_000 } else { 120 }, 3)).collect();
    assert_eq!(calls_before_the_chat(many).await, [0; 8]);
}

#[tokio::test(start_paused = true)]
async fn a_chat_that_never_stops_has_no_more_than_its_share() {
    let mut all: Vec<_> = (0..6).map(|n| Asker::debate(n, 200, 1)).collect();
    all[5] = Asker { flow: Flow::named("chat").attended(), ..Asker::debate(9, 50, 2) };
    let served = served(&all, 7_200).await;
    assert!(jain(&served) >= 0.99, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_is_charged_with_what_it_used() {
    let (_gateway, model) = on_one_slot(&writer()).await;
    let [quits, other] = [1, 2].map(|n| Asker::debate(n, 200, 1));
    // One gives each of its calls up after 5 s, when the prompt is read. Both always wait.
    let quitting = || async {
        loop {
            let mut call = model.chat(quits.request());
            while !matches!(call.next().await, Some(Ok(ChatEvent::Phase(Phase::Prompting)))) {}
            let _ = timeout(Duration::from_secs(5), call.next()).await;
            quits.served.set(quits.served.get() + 125);
            drop(call);
        }
    };
    let going = Asker { open: 2, ..other.clone() }.go_on(Arc::clone(&model));
    let both = async { tokio::join!(quitting(), quitting(), going) };
    assert!(timeout(Duration::from_secs(3_600), both).await.is_err());
    let served = [quits, other].map(|asker| asker.served.get());
    assert!(jain(&served) >= 0.99, "{served:?}");
}

#[tokio::test(start_paused = true)]
async fn embeddings_are_charged_too() {
    let scripted = ScriptedModel::new("a").embedding_takes(Duration::from_secs(1));
    let gateway = gateway([ScriptedHost::new("desk").with(scripted.clone())]);
    let info = only_model(&gateway).await;
    let embed = |owner: &'static str, length: usize| {
        let (gateway, info, flow) = (&gateway, &info, Flow::named(owner));
        async move {
            let embedder = gateway.embedder(info, AdmissionClass::Normal, &flow, |_| {}).await;
            let embedder = embedder.unwrap();
            embedder.embed(vec!["x".repeat(length)], Duration::from_secs(9)).await.unwrap();
        }
    };
    let long = || embed("long", 800);
    let short = || embed("short", 200);
    tokio::join!(long(), long(), long(), short(), short(), short(), short(), short());
    let lengths: Vec<_> = scripted.record().embedded.iter().map(|texts| texts[0].len()).collect();
    assert_eq!(lengths, [800, 200, 200, 200, 200, 800, 200, 800]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_foreseen_once_calls_have_ended() {
    let (_gateway, model) = on_one_slot(&writer()).await;
    let debate = Asker::debate(1, 200, 1);
    whole(&*model, debate.request()).await;
    let mut first = model.chat(debate.request());
    while first.next().now_or_never().is_some() {}
    tokio::time::advance(Duration::from_secs(4)).await;
    let mut waiting = [(); 2].map(|()| model.chat(debate.request()));
    let begun = Instant::now();
    let queued = |ahead, seconds| {
        let wait = Some(Duration::from_secs(seconds));
        ChatEvent::Phase(Phase::Queued { ahead, wait })
    };
    let update =
        waiting.each_mut().map(|call| call.next().now_or_never().unwrap().unwrap().unwrap());
    assert_eq!(update, [queued(0, 6), queued(1, 16)]);
    let [_, mut second] = waiting;
    // Told again as time goes by, and that it takes longer than it was thought to.
    let update = second.next().await.unwrap().unwrap();
    assert_eq!((update, begun.elapsed()), (queued(1, 11), Duration::from_secs(5)));
    let update = second.next().await.unwrap().unwrap();
    assert_eq!((update, begun.elapsed()), (queued(1, 10), Duration::from_secs(10)));
    assert!(timeout(Duration::from_secs(60), second.next()).await.is_err(), "nothing is new");
}
