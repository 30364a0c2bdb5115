//! Compares random sequences of operations with a model of one debate.

use std::time::Duration;

use proptest::{
    collection::vec,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};

use super::{Open, sample::*};
use crate::{Epoch, LogError, Worker};

const LEASE_MS: i64 = 1_000;

#[derive(Clone, Debug)]
enum Operation {
    /// Appends events after the one that is `behind` before the last, with an epoch `older` than the
    /// current one.
    Append {
        events: usize,
        behind: u64,
        older: Option<u64>,
    },
    /// A worker renews its lease and claims the debate.
    Claim {
        worker: usize,
    },
    Release {
        older: u64,
    },
    Wait {
        ms: i64,
    },
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let append = (1..4_usize, 0..3_u64, proptest::option::of(0..3_u64))
        .prop_map(|(events, behind, older)| Operation::Append { events, behind, older });
    let claim = (0..3_usize).prop_map(|worker| Operation::Claim { worker });
    let release = (0..2_u64).prop_map(|older| Operation::Release { older });
    let wait = (1..LEASE_MS * 2).prop_map(|ms| Operation::Wait { ms });
    vec(prop_oneof![4 => append, 2 => claim, 1 => release, 2 => wait], 1..40)
}

#[derive(Default)]
struct Model {
    events: Vec<(u64, String)>,
    epoch: u64,
    /// The ends of the workers' leases.
    leases: [i64; 3],
    holder: Option<usize>,
    now: i64,
}

pub(super) async fn run(open: &impl Open) {
    let mut runner = TestRunner::deterministic();
    for case in 0..Config::default().cases.min(64) {
        let script = operations().new_tree(&mut runner).expect("a script").current();
        agrees(open, &script).await.unwrap_or_else(|at| panic!("case {case}: {at}: {script:?}"));
    }
}

async fn agrees(open: &impl Open, script: &[Operation]) -> Result<(), String> {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let workers = ["ann", "bob", "cleo"].map(Worker::new);
    let mut model = Model { events: vec![(1, "debate_initialized".into())], ..Model::default() };
    for (step, operation) in script.iter().enumerate() {
        let wrong = |what: String| Err(format!("step {step}: {what}"));
        match *operation {
            Operation::Append { events, behind, older } => {
                let last = model.events.len() as u64;
                let epoch = older.map(|older| Epoch(model.epoch.saturating_sub(older)));
                let names = (0..events).map(|i| format!("{step}.{i}")).collect::<Vec<_>>();
                let expected = last.saturating_sub(behind);
                let appended = batch(id, expected, names.iter().map(|name| interjected(name)));
                match log.append(&appended, epoch).await {
                    Ok(seq) if expected == last && epoch.is_none_or(|e| e.0 == model.epoch) => {
                        model.events.extend((last + 1..).zip(names));
                        if seq != model.events.len() as u64 {
                            return wrong(format!("acknowledged {seq}"));
                        }
                    }
                    Err(LogError::Fenced { epoch: now })
                        if epoch.is_some_and(|e| e != now) && now.0 == model.epoch => {}
                    Err(LogError::Conflict { last: now, epoch: current })
                        if expected != last
                            && now == last
                            && current.0 == model.epoch
                            && epoch.is_none_or(|e| e == current) => {}
                    other => return wrong(format!("{other:?}")),
                }
            }
            Operation::Claim { worker } => {
                let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
                log.renew(&workers[worker], lease).await.expect("works");
                if model.leases[worker] <= model.now && model.holder == Some(worker) {
                    model.holder = None;
                }
                model.leases[worker] = model.now + LEASE_MS;
                let is_free = model
                    .holder
                    .is_none_or(|holder| holder == worker || model.leases[holder] <= model.now);
                let claim = log.claim(id, &workers[worker]).await;
                match claim.expect("works") {
                    Some(claim) if is_free && claim.epoch.0 == model.epoch + 1 => {
                        model.epoch += 1;
                        model.holder = Some(worker);
                    }
                    None if !is_free => {}
                    other => return wrong(format!("{other:?}")),
                }
            }
            Operation::Release { older } => {
                let epoch = Epoch(model.epoch.saturating_sub(older));
                let claim = crate::Claim { id, epoch, last: 0 };
                log.release(&claim).await.expect("works");
                if older == 0 || model.epoch == 0 {
                    model.holder = None;
                }
            }
            Operation::Wait { ms } => {
                clock.advance(ms);
                model.now += ms;
            }
        }
        let stored = texts(&log.read(id, 1, 1_000).await.expect("there"));
        if stored != model.events {
            return wrong(format!("holds {stored:?}"));
        }
    }
    Ok(())
}
