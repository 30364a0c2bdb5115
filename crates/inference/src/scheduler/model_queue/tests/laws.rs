//! Properties that hold for any sequence of calls.

use super::{
    flows::{NORMAL, flow, weighing},
    *,
};

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
    fn no_call_is_lost_or_served_twice_and_no_flow_is_kept(limit in 1..4_usize, steps in steps()) {
        let mut queue = Queue::new(limit, 12);
        let (mut now, mut slots, mut tickets) = (Instant::now(), Vec::new(), Vec::new());
        for (name, step) in steps.into_iter().enumerate() {
            match step {
                Step::Arrive { class, flow, weight } => {
                    let flow = weighing(flow, weight);
                    if let Some(slot) = queue.try_admit(class, &flow) {
                        slots.push(slot);
                    } else if let Ok(ticket) = queue.wait(class, &flow, now, name) {
                        tickets.push((name, ticket));
                    } else {
                        prop_assert_eq!(tickets.len(), 12);
                    }
                }
                Step::End { index, cost } if !slots.is_empty() => {
                    let first = tickets.iter().find(|(_, t)| queue.ahead(t, now) == Some(0));
                    let expected = first.map(|(name, _)| *name);
                    let slot = slots.remove(index % slots.len());
                    // What the call has cost may change who is next, but not within a flow.
                    let next = queue.release(slot, cost, now);
                    prop_assert_eq!(next.is_some(), expected.is_some());
                    if let Some((name, slot)) = next {
                        let served = tickets.iter().position(|(other, _)| *other == name);
                        let (_, ticket) = tickets.remove(served.unwrap());
                        let earlier = tickets.iter().filter(|(_, other)| {
                            (other.class, &other.owner) == (ticket.class, &ticket.owner)
                                && other.number < ticket.number
                        });
                        prop_assert_eq!(earlier.count(), 0, "first come first served in a flow");
                        slots.push(slot);
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
            prop_assert_eq!(counts, (slots.len(), tickets.len()));
            prop_assert!(tickets.is_empty() || slots.len() == limit);
            let mut ahead: Vec<_> = tickets.iter().map(|(_, t)| queue.ahead(t, now)).collect();
            ahead.sort_unstable();
            prop_assert!(ahead.into_iter().eq((0..tickets.len()).map(Some)));
        }
        while let Some(slot) = slots.pop() {
            slots.extend(queue.release(slot, Some(1), now).map(|(_, slot)| slot));
        }
        prop_assert_eq!((queue.in_service(), queue.waiting(), queue.flows()), (0, 0, 0));
    }

    #[test]
    fn the_call_with_nobody_ahead_is_next(
        costs in prop::collection::vec((0..5_u8, 1..900_u64), 2..40),
    ) {
        let now = Instant::now();
        let mut service = Service::new(1, 256);
        prop_assert!(service.admit(NORMAL, &flow("first")));
        let mut tickets = Vec::new();
        for (name, (owner, _)) in costs.iter().enumerate() {
            tickets.push((name, service.join(&flow(owner), now, name)));
        }
        let positions = |service: &mut Service<usize>, tickets: &[(usize, Place)]| {
            let ahead = |(name, ticket): &(_, _)| (service.queue.ahead(ticket, now), *name);
            let mut order: Vec<_> = tickets.iter().map(ahead).collect();
            order.sort_unstable();
            order.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        // While all calls cost the same, the whole order is known beforehand.
        service.end(100, now);
        let reported = positions(&mut service, &tickets);
        let reported: Vec<_> = reported.into_iter().skip(1).collect();
        let served: Vec<_> = (1..costs.len()).filter_map(|_| service.end(100, now)).collect();
        prop_assert_eq!(reported, served);
    }

    #[test]
    fn flows_that_always_wait_are_served_alike_by_their_weights(
        limit in 1..4_usize,
        flows in prop::collection::vec((1..5_u32, 1..900_u64, 1..4_usize), 2..6),
        random in prop::collection::vec(0..1_000_u64, 300),
    ) {
        let now = Instant::now();
        let mut queue = Queue::new(limit, 256);
        let named: Vec<_> = flows.iter().enumerate().map(|(i, f)| weighing(i, f.0)).collect();
        let mut slots = Vec::new();
        for index in 0..limit {
            let index = index % flows.len();
            slots.push((index, queue.try_admit(NORMAL, &named[index]).unwrap()));
        }
        for (index, (_, _, open)) in flows.iter().enumerate() {
            for _ in 0..*open + limit {
                queue.wait(NORMAL, &named[index], now, index).unwrap();
            }
        }
        let mut served = vec![0_u64; flows.len()];
        for random in random {
            let (index, slot) = slots.remove(0);
            let dearest = flows[index].1;
            let cost = 1 + random * dearest / 1_000;
            served[index] += cost;
            let (next, slot) = queue.release(slot, Some(cost), now).unwrap();
            queue.wait(NORMAL, &named[next], now, next).unwrap();
            slots.push((next, slot));
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
