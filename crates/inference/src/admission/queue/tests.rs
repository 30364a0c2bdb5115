use proptest::prelude::*;

use super::*;

mod flows;
mod laws;

/// A queue and the places that it has given.
struct Service<W> {
    queue: AdmissionQueue<W>,
    places: Vec<Place>,
}

impl<W> Service<W> {
    fn new(limit: usize, most_waiting: usize) -> Self {
        Self { queue: AdmissionQueue::new(limit, most_waiting), places: Vec::new() }
    }

    fn admit(&mut self, class: AdmissionClass, flow: &Flow) -> bool {
        let place = self.queue.try_admit(class, flow);
        let admitted = place.is_some();
        self.places.extend(place);
        admitted
    }

    fn wait(&mut self, class: AdmissionClass, now: Instant, name: W) -> Result<Ticket, Full> {
        self.queue.wait(class, &Flow::default(), now, name)
    }

    /// Ends the call that was admitted first.
    fn release(&mut self, now: Instant) -> Option<W> {
        let (name, place) = self.queue.release(self.places.remove(0), Some(10), now)?;
        self.places.push(place);
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
fn the_higher_class_goes_first_and_within_a_class_the_first_that_came() {
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
fn one_more_than_may_wait_is_refused_and_told_how_many_wait() {
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
