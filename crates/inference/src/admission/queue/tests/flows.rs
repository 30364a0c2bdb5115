//! How places are shared among flows.

use std::{fmt::Display, num::NonZeroU32};

use super::*;
use crate::admission::account::MOST_OVERTAKEN;

const NORMAL: AdmissionClass = AdmissionClass::Normal;

fn flow(name: impl Display) -> Flow {
    Flow::named(name.to_string())
}

fn weighing(name: impl Display, weight: u32) -> Flow {
    flow(name).weighing(NonZeroU32::new(weight).unwrap())
}

impl<W> Service<W> {
    fn join(&mut self, flow: &Flow, now: Instant, name: W) -> Ticket {
        self.queue.wait(NORMAL, flow, now, name).unwrap()
    }

    /// Ends the call that was admitted first, after so many tokens.
    fn end(&mut self, cost: u64, now: Instant) -> Option<W> {
        let (name, place) = self.queue.release(self.places.remove(0), Some(cost), now)?;
        self.places.push(place);
        Some(name)
    }
}

/// One place, which a call of this flow has.
fn taken_by(flow: &Flow) -> Service<&'static str> {
    let mut service = Service::new(1, 256);
    assert!(service.admit(NORMAL, flow));
    service
}

#[test]
fn places_go_to_the_flow_that_was_served_the_least_and_in_a_flow_to_the_first() {
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
fn who_comes_in_is_next_and_has_no_claim_beyond_that() {
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
fn of_those_who_have_had_nothing_the_attended_go_first_and_then_the_first_that_came() {
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
    assert_eq!(order, ["chat", "chat", "chat", "chat", "chat", "a", "chat", "a"]);
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
    let place = service.places.remove(0);
    let next = service.queue.release(place, None, now);
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
    assert_eq!(passed, MOST_OVERTAKEN);
}

#[test]
fn the_class_of_the_highest_waiter_gets_the_place_and_gives_it_to_the_flow_whose_turn_it_is() {
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

#[derive(Clone, Debug)]
enum Step {
    Arrive { class: AdmissionClass, flow: u8, weight: u32 },
    End { index: usize, cost: Option<u64> },
    Leave(usize),
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let cost = prop::option::weighted(0.9, prop_oneof![0..2_000_u64, Just(u64::MAX)]);
    let one = prop_oneof![
        5 => (prop::sample::select(ALL.to_vec()), 0..6_u8, 1..4_u32)
            .prop_map(|(class, flow, weight)| Step::Arrive { class, flow, weight }),
        4 => (0..4_usize, cost).prop_map(|(index, cost)| Step::End { index, cost }),
        1 => (0..40_usize).prop_map(Step::Leave),
        1 => (0..45_u64).prop_map(Step::Wait),
    ];
    prop::collection::vec(one, 0..160)
}

proptest! {
    #[test]
    fn nobody_is_lost_or_served_twice_and_no_flow_is_kept(limit in 1..4_usize, steps in steps()) {
        let mut queue = AdmissionQueue::new(limit, 12);
        let (mut now, mut places, mut tickets) = (Instant::now(), Vec::new(), Vec::new());
        for (name, step) in steps.into_iter().enumerate() {
            match step {
                Step::Arrive { class, flow, weight } => {
                    let flow = weighing(flow, weight);
                    if let Some(place) = queue.try_admit(class, &flow) {
                        places.push(place);
                    } else if let Ok(ticket) = queue.wait(class, &flow, now, name) {
                        tickets.push((name, ticket));
                    } else {
                        prop_assert_eq!(tickets.len(), 12);
                    }
                }
                Step::End { index, cost } if !places.is_empty() => {
                    let first = tickets.iter().find(|(_, t)| queue.ahead(t, now) == Some(0));
                    let expected = first.map(|(name, _)| *name);
                    let place = places.remove(index % places.len());
                    // What the call has cost may change who is next, but not within a flow.
                    let next = queue.release(place, cost, now);
                    prop_assert_eq!(next.is_some(), expected.is_some());
                    if let Some((name, place)) = next {
                        let served = tickets.iter().position(|(other, _)| *other == name);
                        let (_, ticket) = tickets.remove(served.unwrap());
                        let earlier = tickets.iter().filter(|(_, other)| {
                            (other.class, &other.owner) == (ticket.class, &ticket.owner)
                                && other.arrival < ticket.arrival
                        });
                        prop_assert_eq!(earlier.count(), 0, "first come first served in a flow");
                        places.push(place);
                    }
                }
                Step::End { .. } => {}
                Step::Leave(index) if index < tickets.len() => {
                    let (name, ticket) = tickets.remove(index);
                    prop_assert_eq!(queue.leave(&ticket), Some(name));
                    prop_assert_eq!(queue.leave(&ticket), None);
                }
                Step::Leave(_) => {}
                Step::Wait(seconds) => now = after(now, seconds),
            }
            let counts = (queue.in_service(), queue.waiting());
            prop_assert_eq!(counts, (places.len(), tickets.len()));
            prop_assert!(tickets.is_empty() || places.len() == limit);
            let mut ahead: Vec<_> = tickets.iter().map(|(_, t)| queue.ahead(t, now)).collect();
            ahead.sort_unstable();
            prop_assert!(ahead.into_iter().eq((0..tickets.len()).map(Some)));
        }
        while let Some(place) = places.pop() {
            places.extend(queue.release(place, Some(1), now).map(|(_, place)| place));
        }
        prop_assert_eq!((queue.in_service(), queue.waiting(), queue.flows()), (0, 0, 0));
    }

    #[test]
    fn who_is_told_that_nobody_is_ahead_is_next(
        costs in prop::collection::vec((0..5_u8, 1..900_u64), 2..40),
    ) {
        let now = Instant::now();
        let mut service = Service::new(1, 256);
        prop_assert!(service.admit(NORMAL, &flow("first")));
        let mut tickets = Vec::new();
        for (name, (owner, _)) in costs.iter().enumerate() {
            tickets.push((name, service.join(&flow(owner), now, name)));
        }
        let positions = |service: &mut Service<usize>, tickets: &[(usize, Ticket)]| {
            let ahead = |(name, ticket): &(_, _)| (service.queue.ahead(ticket, now), *name);
            let mut order: Vec<_> = tickets.iter().map(ahead).collect();
            order.sort_unstable();
            order.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        // While all calls cost the same, the whole order is known beforehand.
        service.end(100, now);
        let told = positions(&mut service, &tickets);
        let told: Vec<_> = told.into_iter().skip(1).collect();
        let served: Vec<_> = (1..costs.len()).filter_map(|_| service.end(100, now)).collect();
        prop_assert_eq!(told, served);
    }

    #[test]
    fn flows_that_always_wait_are_served_alike_by_their_weights(
        limit in 1..4_usize,
        flows in prop::collection::vec((1..5_u32, 1..900_u64, 1..4_usize), 2..6),
        random in prop::collection::vec(0..1_000_u64, 300),
    ) {
        let now = Instant::now();
        let mut queue = AdmissionQueue::new(limit, 256);
        let named: Vec<_> = flows.iter().enumerate().map(|(i, f)| weighing(i, f.0)).collect();
        let mut places = Vec::new();
        for index in 0..limit {
            let index = index % flows.len();
            places.push((index, queue.try_admit(NORMAL, &named[index]).unwrap()));
        }
        for (index, (_, _, open)) in flows.iter().enumerate() {
            for _ in 0..*open + limit {
                queue.wait(NORMAL, &named[index], now, index).unwrap();
            }
        }
        let mut served = vec![0_u64; flows.len()];
        for random in random {
            let (index, place) = places.remove(0);
            let dearest = flows[index].1;
            let cost = 1 + random * dearest / 1_000;
            served[index] += cost;
            let (next, place) = queue.release(place, Some(cost), now).unwrap();
            queue.wait(NORMAL, &named[next], now, next).unwrap();
            places.push((next, place));
        }
        let by_weight = |index: usize| served[index] as f64 / f64::from(flows[index].0);
        let most = flows.iter().map(|f| f.1 as f64 / f64::from(f.0)).fold(0., f64::max);
        for one in 0..flows.len() {
            for other in 0..one {
                let apart = (by_weight(one) - by_weight(other)).abs();
                let allowed = 2.0 * (limit as f64) * most;
                prop_assert!(apart <= allowed, "{apart} > {allowed}");
            }
        }
    }
}
