//! What clients and the host saw, in order.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use synod_debate_engine::{CommandDone, DebateHandle, EngineError};
use synod_debate_protocol::{Rejection, Status};
use synod_domain::{CallNo, Event, Recorded};

use super::reference::{self, Action, Effect};

/// What clients and the host saw.
#[derive(Default)]
pub(super) struct History {
    /// Numbers all moments.
    clock: AtomicU64,
    commands: Mutex<Vec<Given>>,
    /// The calls whose request reached the host, the process that made them, and when.
    served: Mutex<Vec<(CallNo, Process, u64)>>,
}

/// One of the processes that share the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    Opening,
    Other,
}

/// A command and its answer.
#[derive(Debug)]
struct Given {
    action: Action,
    began: u64,
    ended: u64,
    /// The last events before and after it.
    between: [u64; 2],
    answer: Result<CommandDone, (Status, &'static [&'static str])>,
    process: Process,
}

impl History {
    pub(super) fn is_served(&self, call: CallNo, process: Process) {
        self.served.lock().expect("no panic").push((call, process, self.now()));
    }

    fn now(&self) -> u64 {
        self.clock.fetch_add(1, SeqCst)
    }

    /// Gives a command and records its answer.
    pub(super) async fn record(&self, debate: &DebateHandle, process: Process, action: Action) {
        let before = last_seq(debate).await;
        let began = self.now();
        let answer = action.give(debate).await;
        let ended = self.now();
        let between = [before, last_seq(debate).await];
        let answer = answer.map_err(|error| {
            let EngineError::Rejected(Rejection::NotAllowed { status, allowed, .. }) = error else {
                panic!("{action:?}: {error}")
            };
            (status, allowed)
        });
        let given = Given { action, began, ended, between, answer, process };
        self.commands.lock().expect("no panic").push(given);
    }

    /// Compares all of it with the log.
    pub(super) fn check(&self, log: &[Arc<Recorded>]) {
        let mut statuses = vec![Status::Initialized];
        for recorded in log {
            statuses.push(reference::after(statuses[statuses.len() - 1], &recorded.event));
        }
        let commands = self.commands.lock().expect("no panic");
        let mut owners = HashMap::new();
        for given in commands.iter() {
            given.check(log, &statuses);
            if let Ok(CommandDone { seq, recorded: true, .. }) = given.answer {
                let earlier = owners.insert(seq, given);
                assert!(earlier.is_none(), "{given:?} and {earlier:?} own one event");
            }
        }
        // The last event is the stop of the test itself, unless a client came first.
        for recorded in &log[..log.len() - 1] {
            let is_owned = owners.contains_key(&recorded.seq);
            assert!(is_owned || !reference::is_of_client(&recorded.event), "{recorded:?}");
        }
        check_order(&commands);
        for (recorded, status) in log.iter().zip(&statuses) {
            let begins = matches!(recorded.event, Event::CallStarted(_));
            assert!(!begins || *status == Status::Running, "{recorded:?} while {status}");
        }
    }

    /// After a pause or stop of the process that drives the debate, its host gets no request of a call that
    /// began before, unless a client resumes the debate.
    pub(super) fn check_requests(&self, log: &[Arc<Recorded>]) {
        let commands = self.commands.lock().expect("no panic");
        for (call, process, at) in self.served.lock().expect("no panic").iter() {
            let earlier = |given: &&Given| given.process == *process && given.ended < *at;
            for given in commands.iter().filter(earlier) {
                let Ok(done) = given.answer else { continue };
                let resumes = |other: &Given| {
                    let after = other.answer.is_ok_and(|resumed| resumed.seq > done.seq);
                    other.action == Action::Resume && after && other.began < *at
                };
                let is_held = given.action.ends_calls() && !commands.iter().any(resumes);
                let late = is_held && begun(log, *call) <= done.seq;
                assert!(!late, "the host got call {} after {given:?}", call.0);
            }
        }
    }
}

/// The number of the event that begins a call.
fn begun(log: &[Arc<Recorded>], call: CallNo) -> u64 {
    let begins = |recorded: &&Arc<Recorded>| matches!(&recorded.event, Event::CallStarted(started) if started.call == call);
    log.iter().find(begins).expect("a call is in the log before it is made").seq
}

impl Given {
    fn check(&self, log: &[Arc<Recorded>], statuses: &[Status]) {
        let at = |seq: u64| usize::try_from(seq).expect("a short log");
        match self.answer {
            Ok(CommandDone { seq, status, recorded, .. }) => {
                assert_eq!(status, statuses[at(seq)], "{self:?}");
                assert!((self.between[0]..=self.between[1]).contains(&seq), "{self:?}");
                if !recorded {
                    let effect = self.action.effect(status);
                    assert!(matches!(effect, Effect::Nothing | Effect::MayVoid), "{self:?}");
                    return;
                }
                let first = first_of_batch(log, at(seq));
                match self.action.effect(statuses[first]) {
                    Effect::Adds(kind) => assert_eq!(log[at(seq) - 1].event.kind(), kind),
                    Effect::MayVoid => {
                        assert_eq!(log[at(seq) - 1].event.kind(), "call_voided", "{self:?}");
                    }
                    Effect::Nothing | Effect::Refused => panic!("{self:?} added events"),
                }
            }
            Err((status, allowed)) => {
                assert_eq!(self.action.effect(status), Effect::Refused, "{self:?}");
                assert_eq!(allowed, reference::allowed(status), "{self:?}");
                let [before, after] = self.between.map(at);
                assert!(statuses[before..=after].contains(&status), "{self:?}");
            }
        }
    }
}

/// The number of events before the batch whose last event is number `seq`. The calls that a command voids
/// precede its own event.
fn first_of_batch(log: &[Arc<Recorded>], seq: usize) -> usize {
    let mut first = seq - 1;
    while first > 0 && log[first - 1].event.kind() == "call_voided" {
        first -= 1;
    }
    first
}

/// A command that begins after another has been answered comes after it.
fn check_order(commands: &[Given]) {
    let done = |given: &Given| given.answer.ok().map(|done| (done.seq, done.recorded));
    for (earlier, later) in
        commands.iter().flat_map(|one| commands.iter().map(move |two| (one, two)))
    {
        let (Some((first, _)), Some((second, recorded))) = (done(earlier), done(later)) else {
            continue;
        };
        if earlier.ended < later.began {
            assert!(first < second || (first == second && !recorded), "{earlier:?} {later:?}");
        }
    }
}

async fn last_seq(debate: &DebateHandle) -> u64 {
    debate.snapshot().await.expect("can be read").seq()
}
