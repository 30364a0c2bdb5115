use std::time::Duration;

use proptest::prelude::*;

use super::*;

mod flows;
mod laws;

/// A queue whose free slots go to the next call at once, and which numbers its calls.
struct Queue<W> {
    queue: ModelQueue<Option<W>>,
    arrivals: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Full {
    waiting: usize,
}

impl<W> Queue<W> {
    fn new(limit: usize, max_waiting: usize) -> Self {
        Self { queue: ModelQueue::new(limit, max_waiting), arrivals: 0 }
    }

    fn push(&mut self, class: AdmissionClass, flow: &Flow, now: Instant, name: Option<W>) -> Place {
        self.arrivals += 1;
        self.queue.push(class, flow, (self.arrivals, now), name)
    }

    /// Serves a call at once, if a slot is free.
    fn try_admit(&mut self, class: AdmissionClass, flow: &Flow) -> Option<Slot> {
        if !self.queue.has_free_slot() {
            return None;
        }
        let now = Instant::now();
        self.push(class, flow, now, None);
        self.queue.next(now).map(|(_, slot)| slot)
    }

    fn wait(
        &mut self,
        class: AdmissionClass,
        flow: &Flow,
        now: Instant,
        name: W,
    ) -> Result<Place, Full> {
        if self.queue.is_full() {
            return Err(Full { waiting: self.queue.waiting() });
        }
        Ok(self.push(class, flow, now, Some(name)))
    }

    fn leave(&mut self, place: &Place) -> Option<W> {
        self.queue.remove(place).flatten()
    }

    /// Ends a call; the next one, which has its slot.
    fn release(&mut self, slot: Slot, cost: Option<u64>, now: Instant) -> Option<(W, Slot)> {
        self.queue.release(slot, cost);
        let (name, slot) = self.queue.next(now)?;
        Some((name.unwrap(), slot))
    }

    fn ahead(&mut self, place: &Place, now: Instant) -> Option<usize> {
        self.queue.ahead(place, now)
    }

    fn in_service(&self) -> usize {
        self.queue.in_service()
    }

    fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    fn flows(&self) -> usize {
        self.queue.flows()
    }
}

/// A queue and the slots that it has given.
struct Service<W> {
    queue: Queue<W>,
    slots: Vec<Slot>,
}

impl<W> Service<W> {
    fn new(limit: usize, max_waiting: usize) -> Self {
        Self { queue: Queue::new(limit, max_waiting), slots: Vec::new() }
    }

    fn admit(&mut self, class: AdmissionClass, flow: &Flow) -> bool {
        let slot = self.queue.try_admit(class, flow);
        let is_admitted = slot.is_some();
        self.slots.extend(slot);
        is_admitted
    }

    fn wait(&mut self, class: AdmissionClass, now: Instant, name: W) -> Result<Place, Full> {
        self.queue.wait(class, &Flow::default(), now, name)
    }

    /// Ends the call that was admitted first.
    fn release(&mut self, now: Instant) -> Option<W> {
        let (name, slot) = self.queue.release(self.slots.remove(0), Some(10), now)?;
        self.slots.push(slot);
        Some(name)
    }
}

fn busy(most_waiting: usize) -> Service<&'static str> {
    let mut service = Service::new(1, most_waiting);
    assert!(service.admit(AdmissionClass::Normal, &Flow::default()));
    service
}

fn after(start: Instant, seconds: u64) -> Instant {
    start + Duration::from_secs(seconds)
}

#[test]
fn higher_classes_then_earlier_calls_go_first() {
    let (mut queue, now) = (busy(9), Instant::now());
    for (class, name) in [
        (AdmissionClass::Low, "low"),
        (AdmissionClass::Normal, "normal 1"),
        (AdmissionClass::Urgent, "urgent"),
        (AdmissionClass::Normal, "normal 2"),
        (AdmissionClass::High, "high"),
    ] {
        queue.wait(class, now, name).unwrap();
    }
    let order: Vec<_> = std::iter::from_fn(|| queue.release(now)).collect();
    assert_eq!(order, ["urgent", "high", "normal 1", "normal 2", "low"]);
}

#[test]
fn a_waiter_rises_one_class_per_thirty_seconds() {
    let (mut queue, start) = (busy(9), Instant::now());
    queue.wait(AdmissionClass::Low, start, "low").unwrap();
    queue.wait(AdmissionClass::Normal, after(start, 29), "normal").unwrap();
    assert_eq!(queue.release(after(start, 29)), Some("normal"));
    queue.wait(AdmissionClass::Normal, after(start, 29), "normal").unwrap();
    assert_eq!(queue.release(after(start, 30)), Some("low"));
}

#[test]
fn nothing_rises_above_urgent() {
    let (mut queue, start) = (busy(9), Instant::now());
    queue.wait(AdmissionClass::Urgent, start, "urgent").unwrap();
    queue.wait(AdmissionClass::High, after(start, 1), "high").unwrap();
    assert_eq!(queue.release(after(start, 3_600)), Some("urgent"));
}

#[test]
fn a_call_beyond_the_limit_is_refused_with_the_queue_length() {
    let (mut queue, now) = (busy(2), Instant::now());
    queue.wait(AdmissionClass::Normal, now, "a").unwrap();
    queue.wait(AdmissionClass::Normal, now, "b").unwrap();
    let refused = queue.wait(AdmissionClass::Urgent, now, "c").unwrap_err();
    assert_eq!(refused, Full { waiting: 2 });
}

#[test]
fn ahead_counts_those_who_would_go_first() {
    let (mut queue, now) = (busy(9), Instant::now());
    queue.wait(AdmissionClass::Low, now, "low").unwrap();
    queue.wait(AdmissionClass::High, now, "high").unwrap();
    queue.wait(AdmissionClass::Normal, now, "normal 1").unwrap();
    let ticket = queue.wait(AdmissionClass::Normal, now, "normal 2").unwrap();
    assert_eq!(queue.queue.ahead(&ticket, now), Some(2));
}

#[derive(Clone, Debug)]
enum Move {
    Arrive(AdmissionClass),
    Release,
    /// The waiter at this place of the list leaves, or one that has already left.
    Leave(usize),
    Wait(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => prop::sample::select(ALL.to_vec()).prop_map(Move::Arrive),
        3 => Just(Move::Release),
        2 => (0_usize..40).prop_map(Move::Leave),
        2 => (0_u64..45).prop_map(Move::Wait),
    ];
    prop::collection::vec(one, 0..120)
}

/// The rule as one sorts a list by hand.
fn first(list: &[(u64, AdmissionClass, Instant)], now: Instant) -> Option<u64> {
    let class = |class: AdmissionClass, since: Instant| {
        (class as u64 + (now - since).as_secs() / 30).min(AdmissionClass::Urgent as u64)
    };
    let highest = list.iter().map(|&(_, own, since)| class(own, since)).max()?;
    list.iter().filter(|&&(_, own, since)| class(own, since) == highest).map(|w| w.0).min()
}

proptest! {
    #[test]
    fn no_place_is_lost_or_given_twice_and_the_rule_holds(limit in 1_usize..4, moves in moves()) {
        let mut queue = Service::new(limit, 12);
        let mut now = Instant::now();
        let mut in_service = 0_usize;
        let mut tickets = Vec::new();
        let mut list = Vec::new();
        for (name, next) in (0_u64..).zip(moves) {
            match next {
                Move::Arrive(class) => {
                    let admitted = queue.admit(class, &Flow::default());
                    prop_assert_eq!(admitted, in_service < limit);
                    if admitted {
                        in_service += 1;
                    } else if let Ok(ticket) = queue.wait(class, now, name) {
                        tickets.push((name, ticket));
                        list.push((name, class, now));
                    } else {
                        prop_assert_eq!(list.len(), 12);
                    }
                }
                Move::Release if in_service > 0 => {
                    let expected = first(&list, now);
                    prop_assert_eq!(queue.release(now), expected);
                    list.retain(|(name, ..)| Some(*name) != expected);
                    in_service -= usize::from(expected.is_none());
                }
                Move::Release => {}
                Move::Leave(index) => {
                    if let Some((name, ticket)) = tickets.get(index) {
                        let waited = list.iter().any(|(other, ..)| other == name);
                        prop_assert_eq!(queue.queue.leave(ticket).is_some(), waited);
                        list.retain(|(other, ..)| other != name);
                    }
                }
                Move::Wait(seconds) => now = after(now, seconds),
            }
            let counts = (queue.queue.in_service(), queue.queue.waiting());
            prop_assert_eq!(counts, (in_service, list.len()));
            prop_assert!(in_service <= limit);
            prop_assert!(list.is_empty() || in_service == limit);
        }
    }
}
