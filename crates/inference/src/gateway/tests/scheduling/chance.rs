//! Whatever happens, in whatever order.

use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use super::*;

#[derive(Clone, Debug)]
struct Visit {
    model: usize,
    class: AdmissionClass,
    comes_ms: u64,
    /// It leaves so long after it came, unless it is over.
    leaves_ms: Option<u64>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Chat,
    Embedding,
    WarmUp,
}

#[derive(Clone, Debug)]
struct Place {
    holds: usize,
    says_so: bool,
    loads_singly: bool,
    calls_at_once: usize,
    failing_loads: [usize; 3],
}

fn visits() -> impl Strategy<Value = Vec<Visit>> {
    let class = prop_oneof![
        4 => Just(AdmissionClass::Normal),
        1 => Just(AdmissionClass::Low),
        1 => Just(AdmissionClass::Urgent),
    ];
    let kind =
        prop_oneof![6 => Just(Kind::Chat), 1 => Just(Kind::Embedding), 1 => Just(Kind::WarmUp)];
    let leaves = prop_oneof![3 => Just(None), 2 => (0_u64..40_000).prop_map(Some)];
    let comes = prop_oneof![Just(0_u64), 0_u64..60_000];
    let visit = (0..3_usize, class, comes, leaves, kind).prop_map(
        |(model, class, comes_ms, leaves_ms, kind)| Visit {
            model,
            class,
            comes_ms,
            leaves_ms,
            kind,
        },
    );
    prop::collection::vec(visit, 1..40)
}

fn places() -> impl Strategy<Value = Place> {
    let failing = [0..3_usize, 0..3, 0..3];
    (1..4_usize, any::<bool>(), any::<bool>(), 1..3_usize, failing).prop_map(
        |(holds, says_so, loads_singly, calls_at_once, failing_loads)| Place {
            holds,
            says_so,
            loads_singly,
            calls_at_once,
            failing_loads,
        },
    )
}

fn desk(place: &Place) -> Desk {
    let holds = place.holds.try_into().unwrap();
    let mut host = ScriptedHost::new("desk").holding(holds);
    host = host.serving(place.calls_at_once.try_into().unwrap());
    if place.says_so {
        host = host.with_models_at_once(holds);
    }
    if place.loads_singly {
        host = host.loading_one_at_a_time();
    }
    let gone = ChatError::Failed {
        host: HostName::new("desk").unwrap(),
        detail: "gone".into(),
        retry_after: None,
        source: None,
    };
    let model = |(name, failures): (&str, usize)| {
        let model = slow(name).embedding_takes(REPLY);
        (0..failures).fold(model, |model, _| model.failing_to_load(gone.clone()))
    };
    let models = ["a", "b", "c"].into_iter().zip(place.failing_loads).map(model);
    Desk::of(host, models.collect())
}

async fn make(desk: &Desk, visit: &Visit) {
    sleep(Duration::from_millis(visit.comes_ms)).await;
    let name = ["a", "b", "c"][visit.model];
    let stay = async {
        match visit.kind {
            Kind::Chat => drop(whole(desk.call_of(name, visit.class).await).await),
            Kind::WarmUp => drop(desk.model(name).await.warm_up().await),
            Kind::Embedding => {
                let infos = desk.gateway.models().await.remove(0).models.unwrap();
                let embedder = desk
                    .gateway
                    .embedder(&infos[visit.model], visit.class, &Flow::default(), |_| ())
                    .await;
                let texts = vec!["tea".to_owned()];
                drop(embedder.unwrap().embed(texts, seconds(90)).await);
            }
        }
    };
    match visit.leaves_ms {
        None => stay.await,
        Some(leaves) => drop(timeout(Duration::from_millis(leaves), stay).await),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_call_has_its_turn_and_nothing_is_left_behind(visits in visits(), place in places()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let desk = desk(&place);
            desk.gateway.models().await;
            // Each call by itself is a load and a reply; so long nobody waits for nothing.
            let longest = seconds(60) + (LOAD * 3 + REPLY) * u32::try_from(visits.len() + 6).unwrap();
            let all = join_all(visits.iter().map(|visit| make(&desk, visit)));
            prop_assert!(timeout(longest, all).await.is_ok(), "somebody waits for ever");
            // Loads for those who have left end too.
            sleep(LOAD * 2).await;
            for guest in desk.gateway.schedulers()[0].usage() {
                prop_assert_eq!(guest, (0, 0, false), "calls in use and waiting, loading");
            }
            let seen: Vec<_> = desk.models.iter().map(ScriptedModel::record).collect();
            // Of several a host may push out another than was expected.
            if place.says_so && place.holds == 1 {
                let unasked: usize = seen.iter().map(|seen| seen.loads_by_chats).sum();
                prop_assert_eq!(unasked, 0, "a model was sent a call that was not there");
            }
            let made = desk.loads().made;
            let loads: usize = seen.iter().map(|seen| seen.loads).sum();
            prop_assert!(made <= loads as u64, "{made} made, and the host knows of {loads}");
            Ok(())
        })?;
    }
}
