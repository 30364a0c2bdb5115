//! Random calls in random order.

use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use super::*;

#[derive(Clone, Debug)]
struct RandomCall {
    model: usize,
    class: AdmissionClass,
    begins_ms: u64,
    /// It is dropped this long after it began, unless it has ended.
    dropped_ms: Option<u64>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Chat,
    Embedding,
    WarmUp,
}

#[derive(Clone, Debug)]
struct RandomHost {
    holds: usize,
    reports_it: bool,
    loads_one_at_a_time: bool,
    calls_at_once: usize,
    failing_loads: [usize; 3],
}

fn calls() -> impl Strategy<Value = Vec<RandomCall>> {
    let class = prop_oneof![
        4 => Just(AdmissionClass::Normal),
        1 => Just(AdmissionClass::Low),
        1 => Just(AdmissionClass::Urgent),
    ];
    let kind =
        prop_oneof![6 => Just(Kind::Chat), 1 => Just(Kind::Embedding), 1 => Just(Kind::WarmUp)];
    let dropped = prop_oneof![3 => Just(None), 2 => (0_u64..40_000).prop_map(Some)];
    let begins = prop_oneof![Just(0_u64), 0_u64..60_000];
    let call = (0..3_usize, class, begins, dropped, kind).prop_map(
        |(model, class, begins_ms, dropped_ms, kind)| RandomCall {
            model,
            class,
            begins_ms,
            dropped_ms,
            kind,
        },
    );
    prop::collection::vec(call, 1..40)
}

fn hosts() -> impl Strategy<Value = RandomHost> {
    let failing = [0..3_usize, 0..3, 0..3];
    (1..4_usize, any::<bool>(), any::<bool>(), 1..3_usize, failing).prop_map(
        |(holds, reports_it, loads_one_at_a_time, calls_at_once, failing_loads)| RandomHost {
            holds,
            reports_it,
            loads_one_at_a_time,
            calls_at_once,
            failing_loads,
        },
    )
}

fn harness(random_host: &RandomHost) -> Harness {
    let holds = random_host.holds.try_into().unwrap();
    let mut host = ScriptedHost::new("desk").holding(holds);
    host = host.serving(random_host.calls_at_once.try_into().unwrap());
    if random_host.reports_it {
        host = host.with_models_at_once(holds);
    }
    if random_host.loads_one_at_a_time {
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
    let models = ["a", "b", "c"].into_iter().zip(random_host.failing_loads).map(model);
    Harness::of(host, models.collect())
}

async fn make(harness: &Harness, call: &RandomCall) {
    sleep(Duration::from_millis(call.begins_ms)).await;
    let name = ["a", "b", "c"][call.model];
    let stay = async {
        match call.kind {
            Kind::Chat => drop(whole(harness.call_of(name, call.class).await).await),
            Kind::WarmUp => drop(harness.model(name).await.warm_up().await),
            Kind::Embedding => {
                let infos = harness.gateway.models().await.remove(0).models.unwrap();
                let embedder = harness
                    .gateway
                    .embedder(&infos[call.model], call.class, &Flow::default(), |_| ())
                    .await;
                let texts = vec!["tea".to_owned()];
                drop(embedder.unwrap().embed(texts, seconds(90)).await);
            }
        }
    };
    match call.dropped_ms {
        None => stay.await,
        Some(dropped) => drop(timeout(Duration::from_millis(dropped), stay).await),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_call_has_its_turn_and_nothing_is_left_behind(calls in calls(), random_host in hosts()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let harness = harness(&random_host);
            harness.gateway.models().await;
            // Each call alone takes a load and a reply, which bounds the wait of all.
            let longest = seconds(60) + (LOAD * 3 + REPLY) * u32::try_from(calls.len() + 6).unwrap();
            let all = join_all(calls.iter().map(|call| make(&harness, call)));
            prop_assert!(timeout(longest, all).await.is_ok(), "a call waits for ever");
            // Loads of dropped calls end too.
            sleep(LOAD * 2).await;
            for usage in harness.gateway.schedulers()[0].usage() {
                prop_assert_eq!(usage, (0, 0, false), "calls in use and waiting, loading");
            }
            let seen: Vec<_> = harness.models.iter().map(ScriptedModel::record).collect();
            // Of several a host may push out another than was expected.
            if random_host.reports_it && random_host.holds == 1 {
                let unasked: usize = seen.iter().map(|seen| seen.loads_by_chats).sum();
                prop_assert_eq!(unasked, 0, "a model was sent a call that was not there");
            }
            let made = harness.loads().made;
            let loads: usize = seen.iter().map(|seen| seen.loads).sum();
            prop_assert!(made <= loads as u64, "{made} made, and the host knows of {loads}");
            Ok(())
        })?;
    }
}
