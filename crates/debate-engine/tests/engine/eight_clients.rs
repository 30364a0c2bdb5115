//! Eight clients at once, compared with a reference model of the control commands.

mod history;
mod reference;

use std::sync::Arc;

use futures_util::{FutureExt, future::join_all};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed},
};
use synod_debate_engine::{
    CallPhase, DebateHandle, DebateHub, Participant, ParticipantFactory, Progress, Reply, Settings,
    SystemClock,
    test_util::{fitting, setup},
};
use synod_domain::{Brief, DebateId, DebateMode, ParticipantProfile};
use synod_event_log::{EventLog, MemoryLog};
use tokio::time::{Duration, sleep};

use self::{
    history::{History, Process},
    reference::Action,
};
use crate::harness::{SECOND, audited, choice, three_in, verdict_of};

/// What one client does: waits, then commands, one after another.
type Client = Vec<(u64, Action)>;

/// Models whose host serves a call a while after it has begun, as behind a queue.
struct QueueingHost {
    process: Process,
    history: Arc<History>,
    queue: Duration,
    answer: Duration,
}

impl ParticipantFactory for QueueingHost {
    fn participant(&self, _: DebateId, profile: &Arc<ParticipantProfile>) -> Arc<dyn Participant> {
        let (history, profile) = (Arc::clone(&self.history), Arc::clone(profile));
        let (process, queue, answer) = (self.process, self.queue, self.answer);
        Arc::new(move |brief: Brief, progress: Progress| {
            let (history, profile) = (Arc::clone(&history), Arc::clone(&profile));
            async move {
                progress.phase(CallPhase::Queued { ahead: 1, wait: None });
                sleep(queue * (brief.call.0 % 5)).await;
                progress.phase(CallPhase::Prompting);
                history.is_served(brief.call, process);
                progress.delta("Well");
                sleep(answer).await;
                let text = fitting(&brief, choice(profile.agent_id.as_str()));
                Ok(Reply::free(text, profile.model.clone()))
            }
            .boxed()
        })
    }
}

fn hub(
    name: &str,
    log: &Arc<dyn EventLog>,
    clock: &Arc<SystemClock>,
    host: QueueingHost,
) -> DebateHub {
    let settings = Settings { worker: name.to_owned(), ..Settings::default() };
    DebateHub::new(Arc::clone(log), clock.clone(), Arc::new(host), settings)
}

/// Lets the clients loose on a debate, and compares its log and their answers with the reference. Each
/// half of the clients commands through a process of its own.
async fn check(mode: DebateMode, clients: &[Client], pace: Duration) {
    let history = Arc::new(History::default());
    let clock = Arc::new(SystemClock::new());
    let log: Arc<dyn EventLog> = Arc::new(MemoryLog::new(clock.clone()));
    let host = |process| {
        let history = Arc::clone(&history);
        QueueingHost { process, history, queue: pace, answer: 4 * pace }
    };
    let opening = hub("opening", &log, &clock, host(Process::Opening));
    let other = hub("other", &log, &clock, host(Process::Other));
    let debate = opening.open(setup(three_in(mode))).await.expect("opens");
    let elsewhere = other.get(debate.id()).await.expect("is there");

    let tasks = clients.iter().enumerate().map(|(number, client)| {
        let (process, handle) = match number % 2 {
            0 => (Process::Opening, debate.clone()),
            _ => (Process::Other, elsewhere.clone()),
        };
        let (history, client) = (Arc::clone(&history), client.clone());
        tokio::spawn(command(handle, process, history, client, pace / 10))
    });
    for task in join_all(tasks.collect::<Vec<_>>()).await {
        task.expect("no panic");
    }
    debate.stop(None).await.expect("any debate can be stopped");
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    history.check(&log);
    if !pace.is_zero() {
        // On several threads, a request may be on its way while its call is cancelled.
        history.check_requests(&log);
    }
}

async fn command(
    debate: DebateHandle,
    process: Process,
    history: Arc<History>,
    client: Client,
    unit: Duration,
) {
    for (wait, action) in client {
        if wait > 0 {
            sleep(unit * u32::try_from(wait).expect("small")).await;
        }
        history.record(&debate, process, action).await;
    }
}

fn clients() -> impl Strategy<Value = Vec<Client>> {
    vec(vec((0..40_u64, reference::any_action()), 1..8), 8)
}

fn modes() -> impl Strategy<Value = DebateMode> {
    prop_oneof![
        Just(DebateMode::Structured),
        Just(DebateMode::Freeform),
        Just(DebateMode::Autonomous),
    ]
}

proptest! {
    #![proptest_config(Config { cases: 192, rng_seed: RngSeed::Fixed(13), ..Config::default() })]

    #[test]
    fn eight_clients_at_once_have_one_order(mode in modes(), clients in clients()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(check(mode, &clients, SECOND));
    }
}

/// On several threads, where commands, results and steps meet anywhere. No time passes between them.
#[test]
fn eight_clients_on_several_threads_have_one_order() {
    let mut runner = proptest::test_runner::TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(14),
        ..Config::default()
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .unwrap();
    for _ in 0..40 {
        use proptest::strategy::ValueTree;
        let mode = modes().new_tree(&mut runner).unwrap().current();
        let clients = clients().new_tree(&mut runner).unwrap().current();
        runtime.block_on(check(mode, &clients, Duration::ZERO));
    }
}
