//! How slots are shared among flows.

use std::{fmt::Display, num::NonZeroU32};

use super::*;
use crate::scheduler::fair_share::MAX_OVERTAKEN;

pub(super) const NORMAL: AdmissionClass = AdmissionClass::Normal;

pub(super) fn flow(name: impl Display) -> Flow {
    Flow::named(name.to_string())
}

pub(super) fn weighing(name: impl Display, weight: u32) -> Flow {
    flow(name).weighing(NonZeroU32::new(weight).unwrap())
}

impl<W> Service<W> {
    pub(super) fn join(&mut self, flow: &Flow, now: Instant, name: W) -> Place {
        self.queue.wait(NORMAL, flow, now, name).unwrap()
    }

    /// Ends the call that was admitted first, after this many tokens.
    pub(super) fn end(&mut self, cost: u64, now: Instant) -> Option<W> {
        let (name, slot) = self.queue.release(self.slots.remove(0), Some(cost), now)?;
        self.slots.push(slot);
        Some(name)
    }
}

/// One slot, which a call of this flow has.
fn taken_by(flow: &Flow) -> Service<&'static str> {
    let mut service = Service::new(1, 256);
    assert!(service.admit(NORMAL, flow));
    service
}

#[test]
fn slots_go_to_the_least_served_flow_and_its_first_call() {
    let now = Instant::now();
    let (a, b) = (flow("a"), flow("b"));
    let mut service = taken_by(&a);
    for (flow, name) in [(&a, "a1"), (&a, "a2"), (&b, "b1"), (&b, "b2"), (&b, "b3")] {
        service.join(flow, now, name);
    }
    let costs = [100, 30, 30, 30, 30, 0];
    let order: Vec<_> = costs.iter().filter_map(|cost| service.end(*cost, now)).collect();
    assert_eq!(order, ["b1", "b2", "b3", "a1", "a2"]);
}

#[test]
fn weights_shift_the_shares() {
    let now = Instant::now();
    let flows = [weighing("a", 1), weighing("b", 3)];
    let mut service = Service::new(1, 256);
    let mut served = [0, 0];
    assert!(service.admit(NORMAL, &flow("first")));
    for index in [0, 0, 1, 1] {
        service.join(&flows[index], now, index);
    }
    for _ in 0..400 {
        let index = service.end(50, now).unwrap();
        served[index] += 50;
        service.join(&flows[index], now, index);
    }
    assert_eq!(served, [5_000, 15_000]);
}

#[test]
fn a_new_flow_is_next_and_has_no_further_claim() {
    let now = Instant::now();
    let (a, b, chat) = (flow("a"), flow("b"), flow("chat"));
    let mut service = taken_by(&a);
    for _ in 0..20 {
        service.join(&a, now, "a");
        service.join(&b, now, "b");
    }
    for _ in 0..10 {
        service.end(100, now);
    }
    for _ in 0..4 {
        service.join(&chat, now, "chat");
    }
    // After its first call it has had as much as they.
    let order: Vec<_> = (0..7).filter_map(|_| service.end(100, now)).collect();
    assert_eq!(order, ["chat", "b", "a", "b", "chat", "a", "b"]);
}

#[test]
fn of_new_flows_attended_ones_then_earlier_ones_go_first() {
    let now = Instant::now();
    let mut service = taken_by(&flow("a"));
    for name in ["b", "c"] {
        service.join(&flow(name), now, name);
    }
    service.join(&flow("chat").attended(), now, "chat");
    let order: Vec<_> = (0..4).filter_map(|_| service.end(100, now)).collect();
    assert_eq!(order, ["chat", "b", "c"]);
}

#[test]
fn the_attended_may_be_a_few_calls_ahead_of_their_share() {
    let now = Instant::now();
    let mut service = taken_by(&flow("a"));
    for _ in 0..9 {
        service.join(&flow("a"), now, "a");
        service.join(&flow("chat").attended(), now, "chat");
    }
    let order: Vec<_> = (0..8).filter_map(|_| service.end(100, now)).collect();
    assert_eq!(order, ["chat", "chat", "chat", "chat", "chat", "chat", "a", "chat"]);
}

#[test]
fn a_call_that_was_dearer_than_calls_are_counts_as_what_it_was() {
    let now = Instant::now();
    let (a, b) = (flow("a"), flow("b"));
    let mut service = Service::new(2, 256);
    assert!(service.admit(NORMAL, &a) && service.admit(NORMAL, &b));
    for name in ["1", "2", "3"] {
        service.join(&a, now, name);
        service.join(&b, now, name);
    }
    assert_eq!(service.end(1_000, now), Some("1"), "b's, by what a has cost");
    for _ in 0..2 {
        service.end(10, now);
    }
    assert_eq!(service.queue.waiting(), 3, "all that is left is a's");
}

#[test]
fn a_call_that_was_never_made_costs_nothing() {
    let now = Instant::now();
    let (a, b) = (flow("a"), flow("b"));
    let mut service = taken_by(&a);
    service.join(&b, now, "b1");
    service.join(&a, now, "a1");
    service.join(&b, now, "b2");
    assert_eq!(service.end(100, now), Some("b1"));
    let slot = service.slots.remove(0);
    let next = service.queue.release(slot, None, now);
    assert_eq!(next.map(|(name, _)| name), Some("b2"));
}

#[test]
fn a_crowd_of_new_flows_overtakes_a_waiter_only_so_often() {
    let now = Instant::now();
    let (a, b) = (flow("a"), flow("b"));
    let mut service = Service::new(1, 256);
    assert!(service.admit(NORMAL, &a));
    service.join(&b, now, u32::MAX);
    service.join(&a, now, 0);
    service.end(100, now);
    let mut passed = 0;
    for name in 1.. {
        service.join(&flow(name), now, name);
        match service.end(100, now).unwrap() {
            0 => break,
            _ => passed += 1,
        }
    }
    assert_eq!(passed, MAX_OVERTAKEN);
}

#[test]
fn the_highest_class_gets_the_slot_for_its_next_flow() {
    let start = Instant::now();
    let (a, b) = (flow("a"), flow("b"));
    let mut service = taken_by(&a);
    service.join(&a, start, "a");
    let wait = |service: &mut Service<_>, class, flow, seconds, name| {
        service.queue.wait(class, flow, after(start, seconds), name).unwrap();
    };
    wait(&mut service, AdmissionClass::High, &b, 10, "high");
    wait(&mut service, AdmissionClass::Normal, &b, 31, "b");
    wait(&mut service, AdmissionClass::Low, &b, 31, "low");
    // At 31 s a has risen as high as the call of class high, and came before it.
    let order: Vec<_> = (0..4).filter_map(|_| service.end(10, after(start, 31))).collect();
    assert_eq!(order, ["b", "a", "high", "low"]);
}

#[test]
fn ahead_follows_the_shares() {
    let now = Instant::now();
    let (a, b) = (flow("a"), flow("b"));
    let mut service = taken_by(&a);
    let a1 = service.join(&a, now, "a1");
    let a2 = service.join(&a, now, "a2");
    let b1 = service.join(&b, now, "b1");
    service.end(100, now);
    let b2 = service.join(&b, now, "b2");
    let mut ahead = |ticket| service.queue.ahead(ticket, now);
    assert_eq!([&b1, &b2, &a1, &a2].map(&mut ahead), [None, Some(1), Some(0), Some(2)]);
}
