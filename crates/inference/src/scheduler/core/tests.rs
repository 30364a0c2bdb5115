//! What holds whatever arrives, is served, fails and leaves.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{Flow, HostLimits};

/// A call that the test drives as its caller and its host would.
struct Driven {
    call: CallId,
    model: ModelId,
    /// Its model is in memory: the host works on it.
    is_running: bool,
    is_loading: bool,
    /// It waits for the load of another call.
    is_sharing: bool,
    is_paused: bool,
}

/// A core, the calls in it, and the time.
struct Simulation {
    core: Core,
    calls: Vec<Driven>,
    now: Instant,
    limits: HostLimits,
    concurrency: usize,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Arrive {
        model: ModelId,
        class: AdmissionClass,
        flow: u8,
        needs_slot: bool,
    },
    /// A granted call continues: it succeeds, or fails.
    Proceed {
        index: usize,
        is_well: bool,
    },
    Leave {
        index: usize,
    },
    Pause {
        index: usize,
    },
    Resume {
        index: usize,
    },
    Wait {
        millis: u64,
    },
    HostAway,
}

const MODELS: usize = 3;
const MAX_WAITING: usize = 8;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let class = prop::sample::select(vec![
        AdmissionClass::Low,
        AdmissionClass::Normal,
        AdmissionClass::High,
        AdmissionClass::Urgent,
    ]);
    let arrive = (0..MODELS, class, 0..3_u8, prop::bool::weighted(0.9)).prop_map(
        |(model, class, flow, needs_slot)| Step::Arrive { model, class, flow, needs_slot },
    );
    let proceed = (0..40_usize, prop::bool::weighted(0.8));
    let step = prop_oneof![
        5 => arrive,
        8 => proceed.prop_map(|(index, is_well)| Step::Proceed { index, is_well }),
        1 => (0..40_usize).prop_map(|index| Step::Leave { index }),
        1 => (0..40_usize).prop_map(|index| Step::Pause { index }),
        1 => (0..40_usize).prop_map(|index| Step::Resume { index }),
        4 => (0..40_000_u64).prop_map(|millis| Step::Wait { millis }),
        1 => Just(Step::HostAway),
    ];
    prop::collection::vec(step, 0..120)
}

fn limits() -> impl Strategy<Value = HostLimits> {
    let number = || prop::option::of(1..4_usize).prop_map(|n| n.and_then(|n| n.try_into().ok()));
    (number(), number(), any::<bool>()).prop_map(
        |(models_at_once, calls_at_once, loads_one_at_a_time)| HostLimits {
            models_at_once,
            calls_at_once,
            loads_one_at_a_time,
            ..HostLimits::default()
        },
    )
}

impl Simulation {
    fn new(limits: HostLimits, concurrency: usize) -> Self {
        let (mut core, now) = (Core::new(limits), Instant::now());
        for _ in 0..MODELS {
            core.register(concurrency, MAX_WAITING, now);
        }
        Self { core, calls: Vec::new(), now, limits, concurrency }
    }

    fn step(&mut self, input: Input) {
        drop(self.core.step(input, self.now));
    }

    fn arrive(&mut self, model: ModelId, class: AdmissionClass, slot: SlotNeed) {
        let needs_slot = matches!(slot, SlotNeed::Of(_));
        if needs_slot && self.core.is_full(model) {
            assert!(self.core.traffic(model).1 >= MAX_WAITING);
            return;
        }
        let call = self.core.next_call();
        self.step(Input::Arrive { call, model, class, slot });
        self.calls.push(Driven {
            call,
            model,
            is_running: false,
            is_loading: false,
            is_sharing: false,
            is_paused: false,
        });
    }

    fn is_granted(&mut self, call: CallId) -> Option<BeforeUse> {
        match self.core.view(call, self.now).expect("a call is known until it ends") {
            View::Granted(before_use) => Some(before_use),
            View::Waiting { .. } => None,
        }
    }

    fn found() -> Found {
        Found { stays_until: None, runs_on_cpu: false }
    }

    /// Takes a granted call one stage further. Nothing happens to one that waits.
    fn proceed(&mut self, index: usize, is_well: bool) {
        let Driven { call, model, is_running, is_loading, is_sharing, .. } = self.calls[index];
        let Some(before_use) = self.is_granted(call) else { return };
        if is_sharing {
            let still_loads = self.calls.iter().any(|c| c.model == model && c.is_loading);
            if !still_loads {
                self.calls[index].is_sharing = false;
                self.retry_or_run(index, is_well);
            }
            return;
        }
        if is_loading {
            self.end_load(model, is_well);
            self.calls[index].is_loading = false;
            self.retry_or_run(index, is_well);
            return;
        }
        if is_running {
            self.end(index);
            return;
        }
        match before_use {
            BeforeUse::Check if self.core.memory().is_known_loaded(model, self.now) => {
                self.step(Input::Used { call });
                self.calls[index].is_running = true;
            }
            BeforeUse::Check => {
                let before = self.core.memory().disturbances();
                let found = is_well.then(Self::found);
                self.step(Input::Checked { call, before, found });
                let is_overcrowded = self.core.memory().is_overcrowded(self.now);
                if is_well && !is_overcrowded {
                    self.calls[index].is_running = true;
                } else {
                    self.step(Input::WaitAgain { call, needs_load: !is_well });
                }
            }
            BeforeUse::Load | BeforeUse::Share => {
                let is_shared = self.calls.iter().any(|c| c.model == model && c.is_loading);
                self.step(Input::LoadBegun { call, is_shared });
                self.calls[index].is_loading = !is_shared;
                self.calls[index].is_sharing = is_shared;
            }
        }
    }

    /// After a load that went well the call runs, else it pauses.
    fn retry_or_run(&mut self, index: usize, is_well: bool) {
        let call = self.calls[index].call;
        if is_well {
            self.step(Input::Used { call });
            self.calls[index].is_running = true;
        } else {
            self.step(Input::Pause { call });
            self.calls[index].is_paused = true;
        }
    }

    fn end_load(&mut self, model: ModelId, is_well: bool) {
        let (took, found) = (Duration::from_secs(10), is_well.then(Self::found));
        self.step(Input::LoadEnded { model, took, found });
    }

    fn end(&mut self, index: usize) {
        let call = self.calls.remove(index).call;
        self.step(Input::End { call, cost: Some(100), stays_until: None });
    }

    fn apply(&mut self, step: Step) {
        let pick = |index: usize, all: usize| (all > 0).then(|| index % all);
        let all = self.calls.len();
        match step {
            Step::Arrive { model, class, flow, needs_slot } => {
                let slot = if needs_slot {
                    SlotNeed::Of(Flow::named(flow.to_string()))
                } else {
                    SlotNeed::None
                };
                self.arrive(model, class, slot);
            }
            Step::Proceed { index, is_well } => {
                if let Some(index) = pick(index, all) {
                    self.proceed(index, is_well);
                }
            }
            Step::Leave { index } => {
                let Some(index) = pick(index, all) else { return };
                let Driven { model, is_loading, .. } = self.calls[index];
                self.end(index);
                // A load outlives the call that began it; one that did not begin ends with it.
                if is_loading {
                    self.end_load(model, true);
                }
            }
            Step::Pause { index } => {
                let Some(index) = pick(index, all) else { return };
                let Driven { call, is_running, .. } = self.calls[index];
                // As after a failed attempt.
                if is_running {
                    self.step(Input::Pause { call });
                    (self.calls[index].is_running, self.calls[index].is_paused) = (false, true);
                }
            }
            Step::Resume { index } => {
                let Some(index) = pick(index, all) else { return };
                self.resume(index);
            }
            Step::Wait { millis } => {
                self.now += Duration::from_millis(millis);
                self.step(Input::Tick);
            }
            Step::HostAway => self.step(Input::HostAway),
        }
    }

    fn resume(&mut self, index: usize) {
        if std::mem::take(&mut self.calls[index].is_paused) {
            self.step(Input::Resume { call: self.calls[index].call });
        }
    }

    fn check(&mut self) {
        let mut granted = 0;
        for model in 0..MODELS {
            let calls: Vec<_> =
                self.calls.iter().filter(|c| c.model == model).map(|c| c.call).collect();
            let of_model = calls.iter().filter(|call| self.is_granted(**call).is_some()).count();
            granted += of_model;
            let (in_service, waiting) = self.core.traffic(model);
            assert!(in_service <= self.concurrency, "more calls in service than slots");
            let is_free = self.limits.models_at_once.is_none()
                && self.limits.calls_at_once.is_none()
                && !self.limits.loads_one_at_a_time;
            if is_free && waiting > 0 {
                assert_eq!(in_service, self.concurrency, "a call waits and a slot is free");
            }
        }
        let usage = self.core.memory().usage();
        assert_eq!(usage.iter().map(|(in_use, ..)| in_use).sum::<usize>(), granted);
        assert_eq!(
            usage.iter().map(|(in_use, wanted, _)| in_use + wanted).sum::<usize>(),
            self.calls.len()
        );
        if let Some(most) = self.limits.calls_at_once {
            assert!(granted <= most.get(), "more calls than the host serves");
        }
        if let Some(most) = self.limits.models_at_once {
            let with_room = self.core.memory().models_with_room(self.now);
            assert!(with_room <= most.get(), "more models have room than the host holds");
        }
    }

    /// Lets all calls continue until none is left.
    fn finish(&mut self) {
        for _ in 0..4_000 {
            if self.calls.is_empty() {
                return;
            }
            for index in (0..self.calls.len()).rev() {
                self.resume(index);
                self.proceed(index, true);
            }
            self.check();
            self.now += Duration::from_millis(500);
            self.step(Input::Tick);
        }
        panic!("{} calls wait for ever", self.calls.len());
    }
}

proptest! {
    #[test]
    fn no_call_is_lost_and_no_limit_exceeded(
        limits in limits(), concurrency in 1..3_usize, steps in steps(),
    ) {
        let mut simulation = Simulation::new(limits, concurrency);
        for step in steps {
            simulation.apply(step);
            simulation.check();
        }
        simulation.finish();
        let idle = vec![(0, 0, false); MODELS];
        prop_assert_eq!(simulation.core.memory().usage(), idle, "what a call had is free when it ends");
        prop_assert!(simulation.core.calls.is_empty());
        for model in 0..MODELS {
            prop_assert_eq!(simulation.core.traffic(model), (0, 0));
        }
    }

    #[test]
    fn a_low_call_is_served_once_it_has_aged_to_urgent(services in prop::collection::vec(1..20_u64, 200)) {
        let mut simulation = Simulation::new(HostLimits::default(), 1);
        let flow = |name: &str| SlotNeed::Of(Flow::named(name));
        simulation.arrive(0, AdmissionClass::Urgent, flow("crowd"));
        simulation.arrive(0, AdmissionClass::Low, flow("low"));
        let (low, begun) = (simulation.calls[1].call, simulation.now);
        for service in services {
            simulation.arrive(0, AdmissionClass::Urgent, flow("crowd"));
            let longest = Duration::from_secs(20);
            let aged = crate::scheduler::priority::AGEING_INTERVAL * 3;
            if simulation.is_granted(low).is_some() {
                prop_assert!(simulation.now - begun <= aged + longest);
                return Ok(());
            }
            simulation.now += Duration::from_secs(service);
            let calls: Vec<_> = simulation.calls.iter().map(|driven| driven.call).collect();
            let served = calls.iter().position(|call| simulation.is_granted(*call).is_some());
            simulation.end(served.unwrap());
        }
        prop_assert!(false, "it was never served");
    }
}

#[test]
fn a_model_that_others_wait_for_yields_after_its_turn() {
    let one = 1.try_into().ok();
    let limits = HostLimits { models_at_once: one, ..HostLimits::default() };
    let mut simulation = Simulation::new(limits, 1);
    let flow = || SlotNeed::Of(Flow::default());
    simulation.arrive(0, AdmissionClass::Normal, flow());
    simulation.arrive(1, AdmissionClass::Normal, flow());
    let (other, begun) = (simulation.calls[1].call, simulation.now);
    while simulation.is_granted(other).is_none() {
        simulation.arrive(0, AdmissionClass::Normal, flow());
        let calls: Vec<_> = simulation.calls.iter().map(|driven| driven.call).collect();
        if let Some(served) = calls.iter().position(|call| simulation.is_granted(*call).is_some()) {
            // It is found in memory, and then it ends.
            simulation.proceed(served, true);
            simulation.now += Duration::from_secs(1);
            simulation.proceed(served, true);
        }
        simulation.now += Duration::from_millis(100);
        simulation.step(Input::Tick);
        assert!(simulation.now - begun < Duration::from_secs(40), "the other model is starved");
    }
    assert!(simulation.now - begun >= Duration::from_secs(30), "a tenure has its length");
}

#[test]
fn equal_inputs_lead_to_equal_states() {
    let now = Instant::now();
    let run = || {
        let mut core = Core::new(HostLimits::default());
        core.register(1, MAX_WAITING, now);
        let flow = || SlotNeed::Of(Flow::default());
        let mut seen = Vec::new();
        for call in [1, 2, 3] {
            let class = AdmissionClass::Normal;
            drop(core.step(Input::Arrive { call, model: 0, class, slot: flow() }, now));
            seen.extend([1, 2, 3].map(|call| core.view(call, now)));
        }
        seen
    };
    assert_eq!(run(), run());
}
